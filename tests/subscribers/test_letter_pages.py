"""Pages of letters for editors: by state and Story, newest first."""

from bot.subscribers.feedback import Feedback, LetterKey
from storage.database import Database
from storage.subscribers import letters, subscribers
from storage.subscribers.letter_pages import LetterState
from storage.words import StoryState
from tests.factories import NOON, MovableClock, add_story, add_subscribers


async def test_letters_are_in_one_state_each(database: Database) -> None:
    """A muted reader's are muted, answered or not; the counts agree with the lists."""
    anna, tom = await add_subscribers(database, 2)
    async with database.transaction() as session:
        for reader, message_id in ((anna, 1), (anna, 2), (tom, 3), (tom, 4)):
            await letters.add(session, (reader, message_id), story_id=None, now=NOON)
        await subscribers.change(session, tom, muted=True)
    service = Feedback(database, MovableClock())
    for letter in (LetterKey(anna, 1), LetterKey(tom, 3)):
        await service.mark_answered(letter)
    found = {state: await service.page(state, limit=9) for state in LetterState}
    assert {state: [one.letter.message_id for one in page.letters] for state, page in found.items()} == {
        LetterState.OPEN: [2],
        LetterState.ANSWERED: [1],
        LetterState.MUTED: [4, 3],
    }
    assert await service.counts() == {
        LetterState.OPEN: 1,
        LetterState.ANSWERED: 1,
        LetterState.MUTED: 2,
    }


async def test_pages_and_stories(database: Database) -> None:
    """A page ends where the next one begins; Stories with most open letters come first."""
    [anna] = await add_subscribers(database, 1)
    async with database.transaction() as session:
        story, other = [
            await add_story(session, headline=headline, state=StoryState.PUBLISHED)
            for headline in ("The bridge", "The road")
        ]
        for message_id, about in ((1, story), (2, None), (3, other), (4, other)):
            await letters.add(session, (anna, message_id), story_id=about, now=NOON)
    service = Feedback(database, MovableClock())
    first = await service.page(LetterState.OPEN, limit=2)
    rest = await service.page(LetterState.OPEN, before=first.older, limit=2)
    assert [one.letter.message_id for one in (*first.letters, *rest.letters)] == [4, 3, 2, 1]
    assert rest.older is None
    of_story = await service.page(LetterState.OPEN, story_id=story, limit=9)
    assert [one.letter.message_id for one in of_story.letters] == [1]
    assert await service.asked_about(limit=9) == [(other, "The road", 2), (story, "The bridge", 1)]
    assert (await service.one(of_story.letters[0].letter.id)).letter.headline == "The bridge"

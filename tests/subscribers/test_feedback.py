"""Letters are counted by day and found by the messages that show them, on both databases."""

from datetime import timedelta

from bot.subscribers.feedback import Feedback, LetterKey
from storage.database import Database
from storage.subscribers import feedback, subscribers
from tests.factories import NOON, MovableClock, add_subscribers, at_once, get_subscriber

TODAY = NOON.date()


async def test_no_more_letters_than_the_limit(database: Database) -> None:
    """Of many letters at once only as many count as the limit allows; the next day has a new limit."""
    [chat_id] = await add_subscribers(database, 1)
    counted = await at_once(
        database, lambda session: feedback.count(session, chat_id, day=TODAY, limit=4), times=6
    )
    assert sorted(counted) == [False, False, True, True, True, True]
    async with database.transaction() as session:
        assert await feedback.count(session, chat_id, day=TODAY + timedelta(days=1), limit=4)
    assert (await get_subscriber(database, chat_id)).feedback_count == 1


async def test_a_muted_reader_counts_nothing(database: Database) -> None:
    """A letter of a muted or unknown reader is not counted."""
    [chat_id] = await add_subscribers(database, 1)
    async with database.transaction() as session:
        await subscribers.change(session, chat_id, muted=True)
        assert not await feedback.count(session, chat_id, day=TODAY, limit=5)
        assert not await feedback.count(session, 7, day=TODAY, limit=5)


async def test_a_letter_is_found_by_an_editors_message(database: Database) -> None:
    """A letter with ids of 64 bits is found by the messages that show it; other Prompts are none."""
    service, letter = Feedback(database, MovableClock()), LetterKey(2**52 - 1, 2**40)
    await service.remember(letter, chat_id=9, message_ids=[1, 2])
    assert [await service.letter(chat_id=9, message_id=number) for number in (1, 2, 3)] == [
        letter,
        letter,
        None,
    ]
    await service.remember(letter, chat_id=9, message_ids=[4, 5], head=4, following="letters:1:2:3")
    await service.remember(LetterKey(letter.reader, 1), chat_id=9, message_ids=[6], head=6)
    await service.remember(letter, chat_id=8, message_ids=[4], head=4)
    assert await service.mark_answered(letter) == [(8, 4, ""), (9, 4, "letters:1:2:3")]
    assert await service.following(chat_id=9, message_id=4) == "letters:1:2:3"
    assert await service.following(chat_id=9, message_id=5) == ""
    assert LetterKey.load({"what": "headline", "story": "1"}) is None

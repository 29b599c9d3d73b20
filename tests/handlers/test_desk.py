"""/review and /broadcasts: for editors alone, and one of two wins."""

import pytest

from bot.app import App
from bot.message import TEXT_LIMIT, units
from bot.services import Services
from bot.texts import in_language
from storage.words import BroadcastState, Length, StoryState
from tests.chats import ANNA, EDITH, EDITORS, MARTA, READERS, Chats, data_of, labels, says
from tests.factories import MovableClock, get_story, reading


async def _draft(services: Services, headline: str = "Volunteers reopen the bridge") -> int:
    """A story that waits for review."""
    return (await services.stories.add(reading(headline), actor="test")).story.id


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize("command", ["/review", "/broadcasts"])
async def test_commands_for_editors_only(chats: Chats, person: int, language: str, command: str) -> None:
    """A reader is told so, in their language."""
    sentence = in_language(language).say("This is for editors. What readers can do: /help")
    assert (await chats.ask(person, command))["text"] == sentence


async def test_buttons_for_editors_only(chats: Chats, app: App) -> None:
    """A reader who makes up an editor's button decides nothing and sees nothing."""
    draft = await _draft(app.services, "Secret")
    message = await chats.ask(ANNA, "/help")
    acts = [f"review:{act}:{draft}" for act in ("push", "quiet", "reject")]
    for data in (*acts, "review:show:0", "broadcasts"):
        assert (await chats.toast_of(ANNA, message, data)).startswith("This is for editors.")
    assert (await get_story(app.database, draft)).state is StoryState.DRAFT


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_stories_wait_one_at_a_time(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """The card is drawn as readers will see it; its arrows turn in place, and end at the ends."""
    say = in_language(language).say
    assert (await chats.ask(person, "/review"))["text"] == say("No story waits for review.")
    for headline in ("First", "Second", "Third"):
        await _draft(services, headline)
    card = await chats.ask(person, "/review")
    waits = "Waits for review: {place} of {total}"
    assert (says(card)[0], says(card)[-1]) == ("First", say(waits, place=1, total=3))
    assert labels(card) == [say("Publish and push"), say("Publish quietly"), say("Reject"), "›"]
    card = await chats.tap(person, card, "›")
    assert labels(card)[3:] == ["‹", "›"]
    card = await chats.tap(person, card, "›")
    assert (says(card)[0], labels(card)[3:]) == ("Third", ["‹"])
    card = await chats.tap(person, card, "‹")
    assert says(card)[-1] == say(waits, place=2, total=3)


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_publish_and_push(chats: Chats, app: App, person: int, language: str) -> None:
    """One tap publishes, plans the push, and leads to how far it is, all in the same message."""
    say = in_language(language).say
    draft = await _draft(app.services, "Pushed")
    told = await chats.tap(person, await chats.ask(person, "/review"), say("Publish and push"))
    assert says(told) == [
        "Pushed",
        say("Published, and on its way to subscribers. Progress: /broadcasts"),
    ]
    assert (await get_story(app.database, draft)).state is StoryState.PUBLISHED
    [broadcast] = await app.services.broadcasts.listed()
    assert broadcast.story_id == draft
    progress = await chats.tap(person, told, say("Progress"))
    assert progress["text"].startswith(say("Broadcasts"))
    assert f"{broadcast.id} · Pushed" in says(progress)


@pytest.mark.parametrize(("person", "language"), EDITORS)
@pytest.mark.parametrize(
    ("button", "sentence", "state"),
    [
        ("Publish quietly", "Published quietly: readers find it, nobody is sent it.", StoryState.PUBLISHED),
        ("Reject", "Rejected: readers will not see it.", StoryState.REJECTED),
    ],
)
async def test_publish_quietly_and_reject(  # noqa: PLR0917 -- two tables of parameters
    chats: Chats, app: App, person: int, language: str, button: str, sentence: str, state: StoryState
) -> None:
    """Nobody is sent the story, and the next one that waits is a tap away."""
    say = in_language(language).say
    draft = await _draft(app.services)
    await _draft(app.services, "Next")
    told = await chats.tap(person, await chats.ask(person, "/review"), say(button))
    assert says(told)[-1] == say(sentence)
    assert (await get_story(app.database, draft)).state is state
    assert await app.services.broadcasts.listed() == []
    assert says(await chats.tap(person, told, say("Next story")))[0] == "Next"


@pytest.mark.parametrize("act", ["Publish and push", "Publish quietly"])
async def test_of_two_editors_at_once_one_wins(chats: Chats, app: App, act: str) -> None:
    """Both tap in the same moment: the story is published once, and the other is told in their language."""
    await _draft(app.services)
    english, ukrainian = await chats.ask(EDITH, "/review"), await chats.ask(MARTA, "/review")
    answers = await chats.both(
        chats.world.tap(EDITH, english, act),
        chats.world.tap(MARTA, ukrainian, in_language("uk").say(act)),
    )
    await chats.handled()
    told = [answer["text"] for answer in answers]
    assert told.count(None) == 1
    sentence = "Story {number} is published already."
    assert told in (
        [None, in_language("uk").say(sentence, number=1)],
        [in_language("en").say(sentence, number=1), None],
    )
    assert len(await app.services.broadcasts.listed()) == (act == "Publish and push")


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_a_card_that_was_decided_elsewhere(chats: Chats, app: App, person: int, language: str) -> None:
    """The buttons of an old card tell what became of the story, and change nothing."""
    say = in_language(language).say
    draft = await _draft(app.services)
    card = await chats.ask(person, "/review")
    await app.services.review.reject(draft, actor="somebody else")
    for button in ("Publish and push", "Publish quietly", "Reject"):
        word = await chats.toast(person, card, say(button))
        assert word == say("Story {number} was rejected.", number=draft)
    assert (await get_story(app.database, draft)).state is StoryState.REJECTED


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_buttons_of_an_older_version(chats: Chats, person: int, language: str) -> None:
    """Data that this version does not read gets a word that leads on."""
    message = await chats.ask(person, "/review")
    sentence = "This button is from an older version. Ask anew: /review"
    for rest in ("", "push:", "push:x", "burn:1", "show:-1"):
        assert await chats.toast_of(person, message, f"review:{rest}") == in_language(language).say(sentence)


async def test_a_story_that_is_no_more(chats: Chats, app: App) -> None:
    """Deciding about a story that was deleted says that there is none."""
    draft = await _draft(app.services)
    card = await chats.ask(EDITH, "/review")
    async with app.database.sessions.begin() as session:
        await session.delete(await get_story(app.database, draft))
    assert await chats.toast(EDITH, card, "Reject") == f"There is no story {draft}."


async def test_a_place_past_the_end_shows_the_last(chats: Chats, services: Services) -> None:
    """The list became shorter meanwhile: the arrow of an old card still shows something."""
    await _draft(services, "Only")
    card = await chats.ask(EDITH, "/review")
    await chats.press_old(EDITH, card, "review:show:7")
    assert says(chats.now(card))[0] == "Only"


async def test_an_endless_story_has_a_card_too(chats: Chats, services: Services) -> None:
    """A draft whose summary fills a message leaves room for the card's own line."""
    endless = reading("Long", "word " * 12_000 + ".")
    for length in Length:
        endless.summaries[length] = endless.article.body
    await services.stories.add(endless, actor="test")
    card = await chats.ask(EDITH, "/review")
    assert units(card["text"]) <= TEXT_LIMIT
    assert says(card)[-1] == "Waits for review: 1 of 1"
    assert "Reject" in labels(card)


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_broadcasts_tell_how_far_they_are(
    chats: Chats, app: App, clock: MovableClock, person: int, language: str
) -> None:
    """/broadcasts follows a push to its end; looking again edits the same message."""
    say = in_language(language).say
    answer = await chats.ask(person, "/broadcasts")
    assert say("There is none yet. Publish a story: /review") in says(answer)
    await chats.ask(ANNA, "/start")
    draft = await _draft(app.services, "Pushed")
    await app.services.review.publish(draft, actor="test", push=True)
    clock.advance(seconds=2)  # the timetable looks for what is due once a second
    await chats.world.until(lambda: says(chats.said(ANNA)[-1])[0] == "Pushed")
    looked = await chats.tap(person, answer, say("Look again"))
    assert "1 · Pushed" in says(looked)
    assert any(line.startswith((say("running"), say("finished"))) for line in says(looked))
    assert BroadcastState.SCHEDULED not in [one.state for one in await app.services.broadcasts.listed()]


async def test_a_decision_tapped_twice_at_once(chats: Chats, app: App) -> None:
    """The second press is told that it is done already; one push goes out."""
    await _draft(app.services)
    card = await chats.ask(EDITH, "/review")
    data = data_of(card, "Publish and push")
    answers = await chats.both(*(chats.world.press_old(EDITH, card, data) for _ in range(2)))
    await chats.handled()
    assert [answer["text"] for answer in answers] == [None, "Story 1 is published already."]
    assert len(await app.services.broadcasts.listed()) == 1

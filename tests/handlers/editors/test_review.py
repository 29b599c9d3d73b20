"""/review: the card, its decisions for editors alone, and what the slower of two editors reads."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import in_language
from bot.rendering.message import TEXT_LIMIT, units
from bot.runtime.app import App
from bot.services import Services
from handlers.routes import COMMANDS
from storage.words import Length, StoryState
from tests.chats import ANNA, EDITH, EDITORS, MARTA, NOBODY, READERS, Chats, data_of, labels, says
from tests.factories import NOON, analysis, get_story, published


async def _draft(services: Services, headline: str = "Volunteers reopen the bridge") -> int:
    """A Story that waits for review."""
    return (await services.stories.add(analysis(headline), actor="test")).story.id


def _noon(language: str) -> str:
    """The moment at which the tests' clock stands still, as an editor reads it: in their time zone."""
    zone = ZoneInfo("Europe/Kyiv") if language == "uk" else UTC
    return in_language(language).short_moment(NOON, zone)


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize("command", [f"/{one.name}" for one in COMMANDS if one.for_editors])
async def test_commands_for_editors_only(chats: Chats, person: int, language: str, command: str) -> None:
    """A reader who sends /review reads, in their language, that it is for editors."""
    sentence = in_language(language).say("Only editors can do this. All commands: /help")
    assert (await chats.ask(person, command))["text"] == sentence


async def test_buttons_for_editors_only(chats: Chats, app: App) -> None:
    """A reader with a made-up editor's button decides nothing and sees nothing."""
    draft = await _draft(app.services, "Secret")
    message = await chats.ask(ANNA, "/help")
    acts = [f"review:{act}:{draft}" for act in ("push", "quiet", "reject")]
    for data in (*acts, "review:show:0", "broadcasts"):
        assert (await chats.toast_of(ANNA, message, data)).startswith("Only editors can do this.")
    assert (await get_story(app.database, draft)).state is StoryState.DRAFT


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_stories_wait_one_at_a_time(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """The card looks as readers will see it; its arrows turn in place and stop at both ends."""
    say, page = in_language(language).say, in_language(language).page
    assert (await chats.ask(person, "/review"))["text"] == say("No story is waiting for review.")
    for headline in ("First", "Second", "Third"):
        await _draft(services, headline)
    card = await chats.ask(person, "/review")
    waits = "Waiting for review: {place} of {total}"
    assert (says(card)[0], says(card)[-1]) == ("First", say(waits, place=1, total=3))
    decisions = [say("Publish and push"), say("Publish quietly"), say("Reject"), say("Change …")]
    assert labels(card) == [
        *decisions,
        say("− Shorter"),
        say("+ Longer"),
        say("Full story"),
        f"{page(2, 3)} ›",
    ]
    card = await chats.tap(person, card, f"{page(2, 3)} ›")
    assert labels(card)[7:] == [f"‹ {page(1, 3)}", f"{page(3, 3)} ›"]
    card = await chats.tap(person, card, f"{page(3, 3)} ›")
    assert (says(card)[0], labels(card)[7:]) == ("Third", [f"‹ {page(2, 3)}"])
    card = await chats.tap(person, card, "‹")
    assert says(card)[-1] == say(waits, place=2, total=3)


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_where_each_sentence_stands(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """The card names the paragraph of each sentence of the Summary, and a dash for one that is not there."""
    body = "It held. One sentence.\n\nNobody came.\n\nThree sentences. It rained."
    await services.stories.add(analysis("First", body), actor="test")
    say = in_language(language).say
    card = await chats.ask(person, "/review")
    assert say("The summary’s sentences come from these paragraphs: {places}", places="1, –, 3") in says(card)
    card = await chats.tap(person, card, say("− Shorter"))
    assert say("The summary’s sentences come from these paragraphs: {places}", places="1") in says(card)


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_publish_and_push(chats: Chats, app: App, person: int, language: str) -> None:
    """The button "publish and push" shows the Audience first; then the same message becomes the Card."""
    say = in_language(language).say
    draft = await _draft(app.services, "Pushed")
    told = await chats.push(person, await chats.ask(person, "/review"), language)
    assert says(told)[0] == "1 · Pushed"
    assert (await get_story(app.database, draft)).state is StoryState.PUBLISHED
    [broadcast] = await app.services.broadcasts.listed()
    assert broadcast.story_id == draft
    progress = await chats.tap(person, told, say("All broadcasts"))
    assert progress["text"].startswith(say("Broadcasts"))
    assert f"{broadcast.id} · Pushed" in says(progress)


@pytest.mark.parametrize(("person", "language"), EDITORS)
@pytest.mark.parametrize(
    ("button", "sentence", "state"),
    [
        (
            "Publish quietly",
            "Published quietly: readers can find it, but nobody gets a push.",
            StoryState.PUBLISHED,
        ),
        ("Reject", "Rejected: readers will not see it.", StoryState.REJECTED),
    ],
)
async def test_publish_quietly_and_reject(
    *, chats: Chats, app: App, person: int, language: str, button: str, sentence: str, state: StoryState
) -> None:
    """After a quiet publication or a rejection nobody is sent the Story, and the next one is a tap away."""
    say = in_language(language).say
    draft = await _draft(app.services)
    await _draft(app.services, "Next")
    told = await chats.tap(person, await chats.ask(person, "/review"), say(button))
    assert says(told)[-1] == say(sentence)
    assert (await get_story(app.database, draft)).state is state
    assert await app.services.broadcasts.listed() == []
    assert says(await chats.tap(person, told, say("Next story")))[0] == "Next"


@pytest.mark.parametrize("act", ["Publish and send to 0", "Publish quietly"])
async def test_of_two_editors_at_once_one_wins(chats: Chats, app: App, act: str) -> None:
    """If two editors tap at once, the Story is published once, and the other reads so in their language."""
    await _draft(app.services)
    english, ukrainian = await chats.ask(EDITH, "/review"), await chats.ask(MARTA, "/review")
    sentence = "Publish quietly"
    if act != sentence:
        sentence, push = "Publish and send to {number}", "Publish and push"
        english = await chats.tap(EDITH, english, push)
        ukrainian = await chats.tap(MARTA, ukrainian, in_language("uk").say(push))
    answers = await chats.both(
        chats.world.tap(EDITH, english, act),
        chats.world.tap(MARTA, ukrainian, in_language("uk").say(sentence, number=0)),
    )
    await chats.handled()
    told = [answer["text"] for answer in answers]
    assert told.count(None) == 1
    sentence = "Story {number} has already been published by {who} ({when})."
    assert told in (
        [None, in_language("uk").say(sentence, number=1, who="Edith", when=_noon("uk"))],
        [in_language("en").say(sentence, number=1, who="Marta", when=_noon("en")), None],
    )
    assert len(await app.services.broadcasts.listed()) == (act != "Publish quietly")


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_a_card_that_was_decided_elsewhere(chats: Chats, app: App, person: int, language: str) -> None:
    """A button of an old card names who decided what, and shows the Story as it is now."""
    say = in_language(language).say
    draft = await _draft(app.services)
    card = await chats.ask(person, "/review")
    await app.services.review.reject(draft, actor="command line")
    for button in ("Publish and push", "Publish quietly", "Reject"):
        answer = await chats.world.press_old(person, card, data_of(card, say(button)))
        sentence = "Story {number} was rejected by {who} ({when})."
        assert answer["text"] == say(
            sentence, number=draft, who=say("someone at the command line"), when=_noon(language)
        )
    await chats.handled()
    assert labels(chats.now(card))[0] == say("Undo")
    assert (await get_story(app.database, draft)).state is StoryState.REJECTED


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_buttons_of_an_older_version(chats: Chats, person: int, language: str) -> None:
    """Data that this version does not read gets a sentence that leads on."""
    message = await chats.ask(person, "/review")
    sentence = "This button is out of date. Try again: /review"
    for rest in ("", "push:", "push:x", "burn:1", "show:-1"):
        assert await chats.toast_of(person, message, f"review:{rest}") == in_language(language).say(sentence)


async def test_a_story_that_is_no_more(chats: Chats, app: App) -> None:
    """A decision about a deleted Story says that there is none."""
    draft = await _draft(app.services)
    card = await chats.ask(EDITH, "/review")
    async with app.database.transaction() as session:
        await session.delete(await get_story(app.database, draft))
    assert await chats.toast(EDITH, card, "Reject") == f"There is no story {draft}."


async def test_a_place_past_the_end_shows_the_last(chats: Chats, services: Services) -> None:
    """An arrow of an old card shows something, though the queue is shorter by now."""
    await _draft(services, "Only")
    card = await chats.ask(EDITH, "/review")
    await chats.press_old(EDITH, card, "review:show:7")
    assert says(chats.now(card))[0] == "Only"


async def test_an_endless_story_has_a_card_too(chats: Chats, services: Services) -> None:
    """A draft whose Summary fills a message leaves room for the lines of the card."""
    endless = analysis("Long", "word " * 12_000 + ".")
    for length in Length:
        endless.summaries[length] = endless.article.body
    await services.stories.add(endless, actor="test")
    card = await chats.ask(EDITH, "/review")
    assert units(card["text"]) <= TEXT_LIMIT
    assert says(card)[-1] == "Waiting for review: 1 of 1"
    assert "Reject" in labels(card)


async def test_a_decision_tapped_twice_at_once(chats: Chats, app: App) -> None:
    """A second tap reads that it is done already, and one push is sent."""
    await _draft(app.services)
    card = await chats.tap(EDITH, await chats.ask(EDITH, "/review"), "Publish and push")
    data = data_of(card, "Publish and send to 0")
    answers = await chats.both(*(chats.world.press_old(EDITH, card, data) for _ in range(2)))
    await chats.handled()
    assert answers[0]["text"] is None
    assert answers[1]["text"].startswith("This push is gone")
    assert labels(chats.now(card))[-2:] == ["Refresh", "All broadcasts"]
    assert len(await app.services.broadcasts.listed()) == 1


async def test_a_card_by_its_number(chats: Chats, app: App) -> None:
    """/review 1 shows a Story in any state, with what may be done in that state."""
    story = await published(app.services, "Out there")
    card = await chats.ask(EDITH, f"/review {story}")
    assert (says(card)[0], says(card)[-1]) == ("Out there", "Published: readers can find it.")
    assert labels(card) == ["Change …", "Push …", "Withdraw", "− Shorter", "+ Longer", "Full story"]
    rejected = await _draft(app.services, "No")
    await app.services.review.reject(rejected, actor="test")
    card = await chats.ask(EDITH, f"/review {rejected}")
    assert labels(card) == ["Undo", "− Shorter", "+ Longer", "Full story"]
    assert says(await chats.tap(EDITH, card, "Undo"))[-1] == "Waiting for review: 1 of 1"
    assert (await chats.ask(EDITH, "/review 99"))["text"] == "There is no story 99."
    word = "Use /review 12 for one story, or /review for all that are waiting."
    for rubbish in ("/review x", "/review -1", "/review ²", "/review 1 2"):
        assert (await chats.ask(EDITH, rubbish))["text"] == word


async def test_the_card_shows_each_length(chats: Chats, services: Services) -> None:
    """The chosen Length stays on the card when the Story is changed."""
    await _draft(services)
    card = await chats.ask(EDITH, "/review")
    assert "One sentence. Two sentences. Three sentences." in says(card)
    card = await chats.tap(EDITH, card, "− Shorter")
    assert "One sentence." in says(card)
    assert "− Shorter" not in labels(card)
    card = await chats.tap(EDITH, await chats.tap(EDITH, card, "Change …"), "‹ Back")
    assert "One sentence." in says(card)


async def test_a_card_that_was_changed_meanwhile_publishes_nothing(chats: Chats, app: App) -> None:
    """An editor publishes only what they have seen: else the card turns into what there is now."""
    draft = await _draft(app.services)
    card = await chats.ask(EDITH, "/review")
    actor = f"editor {MARTA}"
    await app.services.editing.set_headline(draft, "Another headline", version=0, actor=actor)
    answer = await chats.world.tap(EDITH, card, "Publish and push")
    await chats.handled()
    assert answer["text"] == f"The headline of story 1 was changed by Marta ({_noon('en')})."
    assert says(chats.now(card))[0] == "Another headline"
    assert (await get_story(app.database, draft)).state is StoryState.DRAFT
    await chats.tap(EDITH, card, "Publish quietly")
    assert (await get_story(app.database, draft)).state is StoryState.PUBLISHED


async def test_an_editor_whom_telegram_does_not_name(chats: Chats, app: App) -> None:
    """If the other editor's name is not available, their number is shown."""
    draft = await _draft(app.services)
    card = await chats.ask(EDITH, "/review")
    await app.services.review.reject(draft, actor=f"editor {NOBODY}")
    answer = await chats.world.tap(EDITH, card, "Reject")
    assert answer["text"] == f"Story 1 was rejected by {NOBODY} ({_noon('en')})."


async def test_the_whole_story_can_be_read_before_it_is_published(chats: Chats, services: Services) -> None:
    """The full Story can be read page by page, and the last button leads back to the card."""
    body = "\n\n".join(f"Paragraph {number}. " + "It goes on and on. " * 60 for number in range(6))
    await services.stories.add(analysis("Long", body), actor="test")
    card = await chats.ask(EDITH, "/review")
    page = await chats.tap(EDITH, card, "Full story")
    assert says(page)[1].startswith("Paragraph 0.")
    after = labels(page)[0]
    assert labels(page) == [f"2\u00a0of\u00a0{after[-3]} ›", "‹ Summary"]
    page = await chats.tap(EDITH, page, after)
    assert says(page)[-1].startswith("Page 2 of ")
    assert (
        labels(await chats.tap(EDITH, await chats.tap(EDITH, page, "‹"), "‹ Summary"))[0]
        == "Publish and push"
    )
    word = await chats.toast_of(EDITH, card, "review:body:1:0:short:")
    assert word == "This button is out of date. Try again: /review"

"""What an editor decides in the chat can be undone for ten seconds; then the message shows what it did."""

from datetime import timedelta

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.stories.review.decisions import GRACE
from handlers.editors.decision_cards import DecisionCards
from storage.words import StoryState
from tests.chats import ANNA, EDITH, EDITORS, MARTA, Chats, data_of, labels, says
from tests.factories import MovableClock, get_story, published
from tests.handlers.editors.screens import add_draft


@pytest.fixture
def grace() -> timedelta:
    """As the bot has it."""
    return GRACE


async def _past(chats: Chats, app: App, clock: MovableClock) -> None:
    """Let ten seconds pass, and the duties that then have something to do."""
    clock.advance(seconds=10)
    await app.services.decisions.act_due()
    await DecisionCards(app.application.bot, app.services).update()
    await chats.handled()


async def _decided(chats: Chats, person: int, story: int, button: str) -> Message:
    """The message that says what is about to happen."""
    say = in_language(dict(EDITORS)[person]).say
    return await chats.tap(person, await chats.ask(person, f"/review {story}"), say(button))


@pytest.mark.parametrize(("person", "language"), EDITORS)
@pytest.mark.parametrize(
    ("button", "about_to", "done", "state"),
    [
        (
            "Publish quietly",
            "This story is about to be published quietly.",
            "Published quietly: readers can find it, but nobody gets a push.",
            StoryState.PUBLISHED,
        ),
        (
            "Reject",
            "This story is about to be rejected.",
            "Rejected: readers will not see it.",
            StoryState.REJECTED,
        ),
    ],
)
async def test_a_decision_shows_that_it_waits_and_then_what_it_did(
    *,
    chats: Chats,
    app: App,
    clock: MovableClock,
    person: int,
    language: str,
    button: str,
    about_to: str,
    done: str,
    state: StoryState,
) -> None:
    """The message says what happens in ten seconds, with a button to undo it, and afterwards that it did."""
    texts, story = in_language(language), await add_draft(app.services, "The bridge")
    told = await _decided(chats, person, story, button)
    assert says(told) == [
        "The bridge",
        texts.say(about_to),
        texts.count(
            "It happens in {number} second. Until then, you can undo it.",
            "It happens in {number} seconds. Until then, you can undo it.",
            10,
        ),
    ]
    assert labels(told) == [texts.say("Undo this")]
    assert (await get_story(app.database, story)).state is StoryState.DRAFT
    await _past(chats, app, clock)
    assert says(chats.now(told)) == ["The bridge", texts.say(done)]
    assert (await get_story(app.database, story)).state is state


@pytest.mark.parametrize(("person", "language"), EDITORS)
@pytest.mark.parametrize("button", ["Publish quietly", "Reject"])
async def test_undo_shows_the_card_again(
    *, chats: Chats, app: App, clock: MovableClock, person: int, language: str, button: str
) -> None:
    """After undoing, the same message is the Story's card, and nothing happens later."""
    say, story = in_language(language).say, await add_draft(app.services)
    told = await _decided(chats, person, story, button)
    card = await chats.tap(person, told, say("Undo this"))
    assert labels(card)[0] == say("Publish and push")
    await _past(chats, app, clock)
    assert labels(chats.now(card))[0] == say("Publish and push")
    assert (await get_story(app.database, story)).version == 0


async def test_undoing_too_late(chats: Chats, app: App, clock: MovableClock) -> None:
    """The answer says so, and the message shows the Story as it is now."""
    story = await add_draft(app.services)
    told = await _decided(chats, EDITH, story, "Publish quietly")
    undo = data_of(told, "Undo this")
    await _past(chats, app, clock)
    answer = await chats.world.press_old(EDITH, told, undo)
    await chats.handled()
    assert answer["text"] == "It is too late to undo that. The story is shown as it is now."
    assert says(chats.now(told))[-1] == "Published: readers can find it."


async def test_a_push_waits_with_its_story(chats: Chats, app: App, clock: MovableClock) -> None:
    """The preview's message says that it waits; undone, nothing is sent; otherwise it becomes the Card."""
    services, story = app.services, await add_draft(app.services, "The bridge")
    told = await chats.push(EDITH, await chats.ask(EDITH, f"/review {story}"))
    assert says(told)[:2] == ["The bridge", "This story is about to be published and sent."]
    card = await chats.tap(EDITH, told, "Undo this")
    assert labels(card)[0] == "Publish and push"
    told = await chats.push(EDITH, card)
    assert await services.broadcasts.listed() == []
    await _past(chats, app, clock)
    assert (await get_story(app.database, story)).state is StoryState.PUBLISHED
    [push] = await services.broadcasts.listed()
    [found] = [one for one in await services.cards.to_update() if one.broadcast.id == push.id]
    assert (EDITH, told["message_id"]) in found.locations


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_a_withdrawal_waits_too(
    chats: Chats, app: App, clock: MovableClock, person: int, language: str
) -> None:
    """So does a withdrawal, whether it is undone or says why."""
    say, story = in_language(language).say, await published(app.services, "The bridge")
    asked = await _decided(chats, person, story, "Withdraw")
    told = await chats.tap(person, asked, say("Withdraw"))
    assert say("This story is about to be withdrawn.") in says(told)
    card = await chats.tap(person, told, say("Undo this"))
    assert say("Published: readers can find it.") in says(card)
    asked = await chats.tap(person, card, say("Withdraw"))
    [question] = await chats.press(person, asked, say("Withdraw, and say why"))
    told = await chats.reply(person, question, "The place was wrong.")
    assert say("This story is about to be withdrawn.") in says(told)
    assert (await get_story(app.database, story)).state is StoryState.PUBLISHED
    await _past(chats, app, clock)
    assert says(chats.now(told)) == [say("The story has been withdrawn.")]
    assert (await get_story(app.database, story)).notice == "The place was wrong."


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_a_conflict_meanwhile_is_told(
    chats: Chats, app: App, clock: MovableClock, person: int, language: str
) -> None:
    """The editor gets a message of who changed the Story; the one that says it will happen is gone."""
    say, story = in_language(language).say, await add_draft(app.services, "The bridge")
    told = await _decided(chats, person, story, "Publish quietly")
    other = MARTA if person == EDITH else EDITH
    await app.services.editing.set_headline(story, "The other bridge", version=0, actor=f"editor {other}")
    await _past(chats, app, clock)
    assert told["message_id"] not in [one["message_id"] for one in chats.said(person)]
    news = chats.said(person)[-1]
    name = {EDITH: "Edith", MARTA: "Marta"}[other]
    assert says(news)[:2] == [say("Your decision was not carried out"), "The other bridge"]
    assert name in says(news)[2]
    card = await chats.tap(person, news, say("Show the story"))
    assert says(card)[0] == "The other bridge"
    assert await app.services.decisions.unshown() == []


async def test_another_editor_sees_what_was_decided(chats: Chats, app: App) -> None:
    """The card of a Story that was decided about says so, offers to undo it, and nothing else."""
    story = await add_draft(app.services)
    old = await chats.ask(MARTA, f"/review {story}")
    await _decided(chats, EDITH, story, "Publish quietly")
    answer = await chats.world.press_old(MARTA, old, data_of(old, in_language("uk").say("Reject")))
    await chats.handled()
    assert "Edith" in answer["text"]
    card = chats.now(old)
    say = in_language("uk").say
    assert says(card)[-1] == say("This story is about to be published quietly.")
    assert labels(card)[0] == say("Undo this")
    assert say("Reject") not in labels(card)
    assert labels(await chats.tap(MARTA, card, say("Undo this")))[0] == say("Publish and push")


async def test_a_reader_cannot_undo(chats: Chats, app: App) -> None:
    """A reader who knows the data of the button changes nothing."""
    story = await add_draft(app.services)
    told = await _decided(chats, EDITH, story, "Reject")
    message = await chats.ask(ANNA, "/help")
    word = await chats.toast_of(ANNA, message, data_of(told, "Undo this"))
    assert word.startswith("Only editors can do this.")
    assert (await app.services.review.look(story)).decision is not None

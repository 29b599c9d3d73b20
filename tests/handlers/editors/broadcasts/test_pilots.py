"""Pilot waves in the chat: choose one, watch it, and decide where too many left."""

import pytest

from bot.broadcasts.pilots import pilot, pilot_words
from bot.broadcasts.pilots.pilot import PilotPhase
from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.services import Services
from storage.deliveries import receipts
from storage.models import Subscriber
from storage.words import BroadcastState, SubscriberState
from tests.chats import EDITH, EDITORS, Chats, data_of, labels, says
from tests.factories import MovableClock, add_subscribers, published
from tests.handlers.editors.broadcasts.test_preparation import preview_of
from tests.waiting import comes_true

READERS, FIRST = 40, 20


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty subscribers are enough for a pilot wave, which has about twenty."""
    for module in (pilot, pilot_words):
        monkeypatch.setattr(module, "SMALLEST_AUDIENCE", 20)
    monkeypatch.setattr(pilot, "_AIM", FIRST)


@pytest.fixture
async def story(app: App, chats: Chats, services: Services, _small: None) -> int:
    """A published Story, and forty readers."""
    people = await add_subscribers(app.database, READERS)
    chats.world.add_readers(READERS, first=people[0])
    return await published(services, "The bridge holds")


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_a_pilot_wave_is_chosen(chats: Chats, story: int, person: int, language: str) -> None:
    """The preview says who gets it first and when the others do; an urgent push has none."""
    texts = in_language(language)
    shown = await preview_of(chats, person, story, language)
    screen = await chats.tap(person, shown, texts.say("Pilot wave first …"))
    shown = await chats.tap(person, screen, texts.say("{number} minutes", number=30))
    first = "Pilot wave: about {number} of them, chosen at random, get it first."
    assert texts.say(first, number=FIRST) in says(shown)
    assert pilot_words.the_others(30, texts) in says(shown)
    urgent = await chats.tap(person, shown, texts.say("Urgent …"))
    assert texts.say("An urgent push has no pilot wave.") in says(urgent)
    assert not any(texts.say("Pilot: {number} min", number=30) in label for label in labels(urgent))
    shown = await chats.tap(person, urgent, texts.say("Not urgent"))
    screen = await chats.tap(person, shown, texts.say("Pilot: {number} min", number=30))
    assert f"✓ {texts.say('{number} minutes', number=30)}" in labels(screen)
    shown = await chats.tap(person, screen, texts.say("No pilot wave"))
    assert texts.say("Pilot wave first …") in labels(shown)


async def test_a_made_up_time_is_refused(chats: Chats, story: int) -> None:
    """One sentence says which there are."""
    shown = await preview_of(chats, EDITH, story)
    data = data_of(shown, "Send me a test").replace("test", "pilot") + ":7"
    assert "15, 30 or 60 minutes" in await chats.toast_of(EDITH, shown, data)


async def _begin(chats: Chats, app: App, clock: MovableClock, story: int) -> Message:
    """Send a push with a pilot wave, until the wave has it. Return the Card."""
    screen = await chats.tap(EDITH, await preview_of(chats, EDITH, story), "Pilot wave first …")
    card = await chats.tap(EDITH, await chats.tap(EDITH, screen, "15 minutes"), "Send to 40")
    assert "It begins with a pilot wave." in says(card)

    async def is_sent() -> bool:
        clock.advance(seconds=1)
        status = await app.services.broadcasts.status(1)
        return status.pilot is not None and status.pilot.phase is PilotPhase.WAITING

    await comes_true(is_sent)
    return card


async def _reached(app: App) -> list[int]:
    """Return the chats that have the push."""
    async with app.database.read() as session:
        found = await receipts.of(session, 1)
        return [(await session.get_one(Subscriber, one.subscriber_id)).chat_id for one in found]


async def test_a_pilot_wave_that_loses_too_many_asks(
    chats: Chats, app: App, clock: MovableClock, story: int
) -> None:
    """Editors read how many left and what is usual; after a tap the others get it."""
    await _begin(chats, app, clock, story)
    reached = await _reached(app)
    assert 10 < len(reached) < 30
    for chat in reached[:3]:
        await app.services.subscribers.set_state(chat, SubscriberState.STOPPED)
    clock.advance(minutes=15)

    async def is_asked() -> bool:
        clock.advance(seconds=1)
        return "paused itself" in str(chats.said(EDITH)[-1]["text"])

    await comes_true(is_asked)
    asked = chats.said(EDITH)[-1]
    why = f"Too many left within 15 minutes after the pilot wave: 3 of {len(reached)}. The usual limit: 2"
    assert why in says(asked)
    assert labels(asked) == ["Send to the others", "Cancel", "Show progress"]
    assert len(await _reached(app)) == len(reached)
    await chats.tap(EDITH, asked, "Send to the others")

    async def is_finished() -> bool:
        clock.advance(seconds=1)
        return (await app.services.broadcasts.status(1)).broadcast.state is BroadcastState.FINISHED

    await comes_true(is_finished)
    assert len(await _reached(app)) == READERS


async def test_the_card_shows_the_wait_and_ends_it(
    chats: Chats, app: App, clock: MovableClock, story: int
) -> None:
    """It shows the leavers and when the others follow; a tap sends it to them at once."""
    card = await _begin(chats, app, clock, story)
    reached = len(await _reached(app))

    async def is_shown() -> bool:
        clock.advance(seconds=1)
        return "The pilot wave is sent." in str(chats.now(card)["text"])

    await comes_true(is_shown)
    left = f"Left within 15 minutes: 0 of {reached}. There is no usual rate yet; more than 2 are too many."
    assert left in says(chats.now(card))
    assert labels(chats.now(card))[:3] == ["Pause sending", "Cancel", "Send to the others now"]
    assert not any("missed" in label for label in labels(chats.now(card)))
    await chats.tap(EDITH, chats.now(card), "Send to the others now")
    status = await app.services.broadcasts.status(1)
    assert status.pilot is not None
    assert status.pilot.phase is PilotPhase.OVER

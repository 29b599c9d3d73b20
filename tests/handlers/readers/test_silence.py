"""A reader who has been silent for long is asked once whether fewer messages would suit."""

from datetime import timedelta
from typing import Any, cast

import pytest
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from bot.i18n import in_language
from bot.runtime.app import App
from handlers.readers.silence import SilenceQuestions
from storage.subscribers import subscribers
from storage.words import Rhythm, SubscriberState
from tests.chats import ANNA, READERS, Chats, labels, says
from tests.factories import MovableClock, get_subscriber
from tests.running import without_duties

ASKED = "We have not heard from you for a while."


@pytest.fixture(autouse=True)
async def _nobody_else_asks(app: App) -> None:
    """The scheduler would ask first, or note late that a reader was seen today."""
    await without_duties(app, "ask silent readers", "note who was seen")


async def _silent(chats: Chats, app: App, clock: MovableClock, person: int) -> None:
    """Start, and be silent for 60 days."""
    await chats.ask(person, "/start")
    await app.services.silence.write()
    async with app.database.transaction() as session:
        day = clock().date() - timedelta(days=60)
        await subscribers.change(session, person, seen_on=day, quiet_from=None, quiet_until=None)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_fewer_messages_by_one_tap(
    chats: Chats, app: App, clock: MovableClock, person: int, language: str
) -> None:
    """The question comes once, without a sound, and the tap makes it one message a week."""
    texts = in_language(language)
    await _silent(chats, app, clock, person)
    questions = SilenceQuestions(app.application.bot, app.services)
    for _ in range(2):
        await questions.ask()
    asked = [one for one in chats.said(person) if says(one)[0] == texts.say(ASKED)]
    assert len(asked) == 1
    answer = await chats.tap(person, asked[0], texts.say("One message a week"))
    assert answer["text"] == texts.say("Done. You get your stories in one message a week.")
    assert (await get_subscriber(app.database, person)).rhythm is Rhythm.WEEKLY
    await app.services.silence.write()
    assert (await get_subscriber(app.database, person)).seen_on == clock().date()


async def test_all_may_stay_as_it_is(chats: Chats, app: App, clock: MovableClock) -> None:
    """To stay changes nothing; a break opens the screen of the day off."""
    await _silent(chats, app, clock, ANNA)
    await SilenceQuestions(app.application.bot, app.services).ask()
    asked = chats.said(ANNA)[-1]
    before = await get_subscriber(app.database, ANNA)
    opened = await chats.tap(ANNA, asked, "Take a break")
    assert "A week" in labels(opened)
    await chats.world.press_old(ANNA, asked, "silence:stay")
    await chats.handled()
    assert chats.now(asked)["text"] == "Good. Everything stays as it is."
    after = await get_subscriber(app.database, ANNA)
    assert (after.rhythm, after.away_until) == (before.rhythm, before.away_until)


async def test_a_reader_of_weekly_messages_is_not_offered_them(
    chats: Chats, app: App, clock: MovableClock
) -> None:
    """A break is the rest that there is."""
    await _silent(chats, app, clock, ANNA)
    await app.services.preferences.set_rhythm(ANNA, Rhythm.WEEKLY)
    await SilenceQuestions(app.application.bot, app.services).ask()
    assert labels(chats.said(ANNA)[-1]) == ["Take a break", "Leave it as it is"]


async def test_a_reader_who_left_is_noted(chats: Chats, app: App, clock: MovableClock) -> None:
    """Where Telegram says that we are blocked, that is stored, and the next reader is asked."""
    await _silent(chats, app, clock, ANNA)
    chats.world.block(ANNA)
    await chats.handled()
    async with app.database.transaction() as session:
        await subscribers.change(session, ANNA, state=SubscriberState.ACTIVE)  # the update was lost
    await SilenceQuestions(app.application.bot, app.services).ask()
    assert (await get_subscriber(app.database, ANNA)).state is SubscriberState.BLOCKED


@pytest.mark.parametrize(
    ("error", "comes_again"), [(RetryAfter(5), True), (TimedOut(), False), (NetworkError("502"), False)]
)
async def test_a_refused_question_comes_later(
    chats: Chats, app: App, clock: MovableClock, error: TelegramError, comes_again: bool
) -> None:
    """After a 429 the reader counts as not asked; where the question may have arrived, it is not repeated."""
    await _silent(chats, app, clock, ANNA)

    class Bot:
        async def send_message(self, *_: object, **__: object) -> None:
            raise error

    await SilenceQuestions(cast("Any", Bot()), app.services).ask()
    assert ((await get_subscriber(app.database, ANNA)).asked_at is None) is comes_again
    await SilenceQuestions(app.application.bot, app.services).ask()
    assert (says(chats.said(ANNA)[-1])[0] == ASKED) is comes_again

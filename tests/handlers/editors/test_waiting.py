"""Each editor is notified once of a Broadcast that waits for them, through outages and kills."""

from typing import cast

import pytest
from telegram.error import Forbidden, NetworkError
from telegram.ext import ExtBot

from bot.broadcasts.reasons import RefusalsInARow
from bot.delivery.rate.pacer import Lane
from bot.editors.roles import Right
from bot.runtime.app import App
from bot.services import Services
from handlers.editors.broadcasts.progress_cards import ProgressCards
from tests.chats import EDITH, MARTA, NOBODY, Chats
from tests.factories import MovableClock, add_subscribers, running_broadcast
from tests.fakes import FakeBot
from tests.running import without_duties

WHY = RefusalsInARow(25, "can't parse entities")


@pytest.fixture
def bot() -> FakeBot:
    return FakeBot()


@pytest.fixture
def cards(bot: FakeBot, services: Services, clock: MovableClock) -> ProgressCards:
    """ProgressCards, as in the process that runs the duty."""
    return ProgressCards(cast("ExtBot[Lane]", bot), services, clock)


@pytest.fixture(autouse=True)
async def _nobody_else_notifies(app: App) -> None:
    """The scheduler would notify them first."""
    await without_duties(app, "tell editors what waits")


@pytest.fixture
async def paused(app: App) -> int:
    """A Broadcast that paused itself."""
    await add_subscribers(app.database, 1)
    broadcast_id = await running_broadcast(app.database)
    await app.services.control.pause_itself(broadcast_id, WHY)
    return broadcast_id


async def test_editors_are_notified_why_it_paused_itself(
    app: App, chats: Chats, clock: MovableClock, paused: int
) -> None:
    """The notification is in the editor's language, has buttons to resume and to cancel, and comes once."""
    cards = ProgressCards(app.application.bot, app.services, clock)
    for person in (EDITH, MARTA):
        await chats.say(person, "/start")
    await cards.notify_waiting()
    await cards.notify_waiting()
    [edith], [marta] = (
        [one["text"] for one in chats.said(person) if f" {paused} " in one["text"]]
        for person in (EDITH, MARTA)
    )
    assert edith.startswith(f"Broadcast {paused} paused itself.")
    assert "Its last answer: can't parse entities" in edith
    assert "can't parse entities" in marta
    assert marta.partition("\n")[0] != edith.partition("\n")[0]


async def test_after_an_outage_only_missed_editors_are_notified(
    bot: FakeBot, cards: ProgressCards, services: Services, paused: int
) -> None:
    """After an outage only those who were missed are notified; who cannot be reached is not waited for."""
    bot.errors = {MARTA: NetworkError("Bad Gateway"), NOBODY: Forbidden("bot was blocked by the user")}
    await cards.notify_waiting()
    await cards.notify_waiting()
    assert bot.notified == [EDITH]
    del bot.errors[MARTA]
    await cards.notify_waiting()
    assert bot.notified == [EDITH, MARTA]
    assert await services.control.unannounced() == []
    await cards.notify_waiting()
    assert bot.notified == [EDITH, MARTA]
    assert (await services.broadcasts.status(paused)).broadcast.reason == WHY.dump()


async def test_a_broadcast_that_pauses_itself_again_is_announced_again(
    bot: FakeBot, cards: ProgressCards, services: Services, paused: int
) -> None:
    """A Broadcast that was resumed and pauses itself again is announced again."""
    await cards.notify_waiting()
    before = list(bot.notified)
    await services.control.resume(paused, actor="test")
    await services.control.pause_itself(paused, WHY)
    await cards.notify_waiting()
    assert bot.notified == before * 2


async def test_after_a_kill_editors_are_notified(
    bot: FakeBot, cards: ProgressCards, services: Services, clock: MovableClock, paused: int
) -> None:
    """If the process that stored the pause notified nobody, the next one does."""
    editors = await services.editors.with_right(Right.WRITE)
    bot.errors = {editor: NetworkError("Bad Gateway") for editor in editors}
    await cards.notify_waiting()
    bot.errors.clear()
    await ProgressCards(cast("ExtBot[Lane]", bot), services, clock).notify_waiting()
    assert sorted(bot.notified) == sorted(editors)


async def test_a_resumed_broadcast_is_not_announced(
    bot: FakeBot, cards: ProgressCards, services: Services, paused: int
) -> None:
    """If an editor resumed it before, nobody is notified."""
    await services.control.resume(paused, actor="test")
    await cards.notify_waiting()
    assert bot.notified == []

"""Broadcasts that wait for an editor's word: each editor is told once, through outages and kills."""

from typing import Any, cast

import pytest
from telegram.error import Forbidden, NetworkError, TelegramError
from telegram.ext import ExtBot

from bot.broadcasts.reasons import RefusalsInARow
from bot.delivery.pacer import Lane
from bot.runtime.app import App
from bot.services import Services
from handlers.editors.progress import ProgressCards
from tests.chats import EDITH, MARTA, NOBODY, Chats
from tests.factories import MovableClock, add_subscribers, running_broadcast

WHY = RefusalsInARow(25, "can't parse entities")


class Bot:
    """Takes messages, unless an error is set for a chat."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.errors: dict[int, TelegramError] = {}

    async def send_message(self, chat_id: int, **_message: Any) -> None:
        if chat_id in self.errors:
            raise self.errors[chat_id]
        self.told.append(chat_id)


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
def teller(bot: Bot, services: Services, clock: MovableClock) -> ProgressCards:
    """As the process that has the turn has one."""
    return ProgressCards(cast("ExtBot[Lane]", bot), services, clock)


@pytest.fixture(autouse=True)
def _nobody_else_tells(app: App) -> None:
    """The timetable's own duty would tell them first."""
    app.timetable._duties = [one for one in app.timetable._duties if one.name != "tell editors what waits"]


@pytest.fixture
async def paused(app: App) -> int:
    """A Broadcast that paused itself."""
    await add_subscribers(app.database, 1)
    broadcast_id = await running_broadcast(app.database)
    await app.services.broadcasts.pause_itself(broadcast_id, WHY)
    return broadcast_id


async def test_editors_are_told_why_it_paused_itself(
    app: App, chats: Chats, clock: MovableClock, paused: int
) -> None:
    """In their languages, with buttons to go on or to end it; once."""
    teller = ProgressCards(app.application.bot, app.services, clock)
    for person in (EDITH, MARTA):
        await chats.say(person, "/start")
    await teller.tell_waiting()
    await teller.tell_waiting()
    [edith], [marta] = (
        [one["text"] for one in chats.said(person) if f" {paused} " in one["text"]]
        for person in (EDITH, MARTA)
    )
    assert edith.startswith(f"Broadcast {paused} paused itself.")
    assert "it said: can't parse entities" in edith
    assert "can't parse entities" in marta
    assert marta.partition("\n")[0] != edith.partition("\n")[0]


async def test_who_could_not_be_reached_is_told_later_and_the_others_not_again(
    bot: Bot, teller: ProgressCards, services: Services, paused: int
) -> None:
    """An outage in the middle; an editor who never wrote to the bot, or shut it out, is not waited for."""
    bot.errors = {MARTA: NetworkError("Bad Gateway"), NOBODY: Forbidden("bot was blocked by the user")}
    await teller.tell_waiting()
    await teller.tell_waiting()
    assert bot.told == [EDITH]
    del bot.errors[MARTA]
    await teller.tell_waiting()
    assert bot.told == [EDITH, MARTA]
    assert await services.broadcasts.untold() == []
    await teller.tell_waiting()
    assert bot.told == [EDITH, MARTA]
    assert (await services.broadcasts.status(paused)).broadcast.reason == WHY.dump()


async def test_one_that_pauses_itself_again_is_told_of_again(
    bot: Bot, teller: ProgressCards, services: Services, paused: int
) -> None:
    """It was resumed meanwhile: that is another pause."""
    await teller.tell_waiting()
    before = list(bot.told)
    await services.broadcasts.resume(paused, actor="test")
    await services.broadcasts.pause_itself(paused, WHY)
    await teller.tell_waiting()
    assert bot.told == before * 2


async def test_after_a_kill_editors_are_told(
    bot: Bot, teller: ProgressCards, services: Services, clock: MovableClock, paused: int
) -> None:
    """The process that stored the pause told nobody: the next one does."""
    bot.errors = {editor: NetworkError("Bad Gateway") for editor in services.owner_ids}
    await teller.tell_waiting()
    bot.errors.clear()
    await ProgressCards(cast("ExtBot[Lane]", bot), services, clock).tell_waiting()
    assert sorted(bot.told) == sorted(services.owner_ids)


async def test_one_that_goes_on_is_not_told_of(
    bot: Bot, teller: ProgressCards, services: Services, paused: int
) -> None:
    """An editor was quicker: there is nothing left to decide."""
    await services.broadcasts.resume(paused, actor="test")
    await teller.tell_waiting()
    assert bot.told == []

"""The worker in an outage of Telegram: nobody is missed, and hardly anybody gets a message twice."""

from datetime import timedelta
from functools import partial

import pytest

from bot.broadcasts.agreement import Agreement
from bot.broadcasts.broadcasts import Broadcasts, BroadcastStatus
from bot.delivery.outcome import Outcome, Transient
from bot.editors.rights import Rights
from storage.words import DeliveryState
from tests.fakes import WINDOW, DeliveryWorld, FakeTelegram
from tests.waiting import comes_true


class AwayTelegram(FakeTelegram):
    """A Telegram that does not answer while `away` is set; messages arrive all the same if `accepts`."""

    def __init__(self, *, accepts: bool) -> None:
        super().__init__()
        self.away = False
        self.accepts = accepts
        self.tries = 0

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        self.tries += 1
        if self.away and not self.accepts:
            return Transient("502", maybe_sent=True, answered=True)
        outcome = await super().send(chat_id, body)
        return Transient("no answer", maybe_sent=True) if self.away else outcome

    async def knock(self, chat_id: int) -> Outcome | None:
        await super().knock(chat_id)
        return Transient("502") if self.away else None


async def open_to_an_outage(world: DeliveryWorld, *, accepts: bool) -> AwayTelegram:
    """Start a Broadcast to 60 readers. Telegram goes away in the middle of the 20th send."""
    await world.open(60, size=20)
    telegram = world.telegram = AwayTelegram(accepts=accepts)

    async def go_away() -> None:
        telegram.away = True

    world.at_send(20, go_away)
    return telegram


async def status(world: DeliveryWorld) -> BroadcastStatus:
    """Return what editors see of the Broadcast."""
    return await Broadcasts(world.database, world.clock, Agreement(Rights()), lambda _pushed: {}).status(
        world.broadcast_id
    )


async def is_outage_seen(world: DeliveryWorld) -> bool:
    return (await status(world)).outage_since is not None


@pytest.mark.usefixtures("quick_retries")
async def test_editors_see_since_when_an_outage_lasts(world: DeliveryWorld) -> None:
    """They see its beginning, without a failure, until it is over."""
    telegram = await open_to_an_outage(world, accepts=False)

    async def is_over() -> bool:
        return not await is_outage_seen(world)

    async with world.at_work(world.worker()):
        await comes_true(partial(is_outage_seen, world))
        seen = await status(world)
        assert seen.outage_since is not None
        assert world.clock() - timedelta(minutes=1) < seen.outage_since <= world.clock()
        assert seen.progress.failed == 0
        telegram.away = False
        await comes_true(is_over)


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize("accepts", [False, True])
async def test_an_outage_in_the_middle_of_a_push_misses_nobody(
    world: DeliveryWorld, *, accepts: bool
) -> None:
    """Nobody fails and at most a window is repeated; until the end only knocks are on the wire."""
    telegram = await open_to_an_outage(world, accepts=accepts)
    worker = world.worker()
    async with world.at_work(worker):
        await comes_true(partial(is_outage_seen, world))
        tries, knocks = telegram.tries, len(telegram.knocks)

        async def has_knocked() -> bool:
            return len(telegram.knocks) > knocks + 20

        await comes_true(has_knocked)
        assert telegram.tries == tries
        telegram.away = False
        await worker.until(world.is_finished)
    assert set(telegram.chats) == set(world.chats)
    assert len(telegram.chats) <= len(world.chats) + WINDOW
    assert {one.state for one in (await world.receipts()).values()} == {DeliveryState.SENT}

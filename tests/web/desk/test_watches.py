"""Watches: one look at the database for all who watch, a beat when nothing changes, an end with the push."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from itertools import pairwise
from typing import Any, cast

import pytest

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.errors import NotFoundError
from bot.i18n import mark
from bot.services import Services
from bot.web.desk.pushes.live import event
from bot.web.desk.pushes.watches import Watch, Watches
from storage.broadcasts.broadcasts import Progress
from storage.engine.unavailable import DatabaseUnavailableError
from storage.models import Broadcast
from storage.words import BroadcastState
from tests.factories import MovableClock
from tests.waiting import PATIENCE


class Sending:
    """Stands for services.broadcasts: the test says what each look finds, and looks are counted."""

    def __init__(self) -> None:
        self.broadcasts = self
        self.looks = 0
        self.sent = 0
        self.state = BroadcastState.RUNNING
        self.error: Exception | None = None

    async def status(self, broadcast_id: int) -> BroadcastStatus:
        self.looks += 1
        if self.error is not None:
            raise self.error
        broadcast = Broadcast(id=broadcast_id, state=self.state, expected=10)
        return BroadcastStatus(broadcast, Progress(self.sent, 0, 0, 0, 1, 0))


def watching(sending: Sending, *, beat_s: float = PATIENCE) -> Watches:
    return Watches(cast("Services", cast("Any", sending)), every_s=0, beat_s=beat_s)


async def test_all_watchers_share_the_looks() -> None:
    """Ten watchers see the end by the looks of one, and nothing looks afterwards."""
    sending = Sending()
    watches = watching(sending)

    async def watch() -> Watch | None:
        found = []
        async with aclosing(watches.follow(7)) as looks:
            async for one in looks:
                found.append(one)
                sending.sent = 10
                sending.state = BroadcastState.FINISHED
        return found[-1]

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        found = [group.create_task(watch()) for _ in range(10)]
    assert {one.result() is not None for one in found} == {True}
    assert sending.looks == 2
    assert watches._watches == {}


async def test_without_a_change_there_is_a_beat() -> None:
    """The first look is shown; then the same numbers are no news."""
    watches = watching(Sending(), beat_s=0.01)
    async with asyncio.timeout(PATIENCE), aclosing(watches.follow(7)) as looks:
        found = [await anext(looks) for _ in range(3)]
    assert [one is not None for one in found][-1] is False
    assert watches._watches == {}


async def test_a_push_that_is_gone_ends_the_stream() -> None:
    sending = Sending()
    sending.error = NotFoundError(mark("There is no broadcast {number}."), number=7)
    async with asyncio.timeout(PATIENCE), aclosing(watching(sending).follow(7)) as looks:
        assert [one async for one in looks] == [None]


async def test_a_lost_database_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It looks again until the database is back."""
    sending = Sending()
    sending.error = DatabaseUnavailableError("away")
    watches = watching(sending, beat_s=0.01)
    async with asyncio.timeout(PATIENCE), aclosing(watches.follow(7)) as looks:
        assert await anext(looks) is None
        sending.error = None
        while (found := await anext(looks)) is None:
            pass
    assert found.status is not None
    assert "cannot be read" in caplog.text


async def test_a_stop_of_the_process_ends_the_streams() -> None:
    """Also of a push that goes on."""
    watches = watching(Sending())
    async with asyncio.timeout(PATIENCE), aclosing(watches.follow(7)) as looks:
        assert await anext(looks) is not None
        await watches.close()
        assert [one async for one in looks] in ([], [None])
    assert watches._watches == {}


async def test_the_speeds_of_ten_minutes_are_kept() -> None:
    """One every five seconds, however many watch; older ones are forgotten."""
    sending, clock, elapsed = Sending(), MovableClock(), MovableClock()
    watches = Watches(cast("Services", cast("Any", sending)), clock=clock, elapsed=elapsed)
    watch = Watch()
    for number in range(1_000):
        sending.sent = number * 30
        await watches._note(watch, await sending.status(7))
        clock.advance(seconds=1)
        elapsed.advance(seconds=1)
    times = [at for at, _ in watch.speeds]
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(seconds=5)}
    assert len(times) == 120
    assert {rate for _, rate in watch.speeds} == {30.0}


def test_an_event_has_its_data_line_by_line() -> None:
    """An empty line would end it too early."""
    assert event("<p>\nA</p>") == "data: <p>\ndata: A</p>\n\n"
    assert event("end", name="end") == "event: end\ndata: end\n\n"

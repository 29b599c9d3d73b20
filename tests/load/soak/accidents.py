"""What befalls the machine in the middle of a push."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from tests.load.soak.databases import Disk, Server
from tests.load.soak.diary import Accident
from tests.load.soak.house import House

RATE = 1_000
WINDOW = 150  # messages that a kill or an outage may repeat at this rate (docs/promises.md)
_LOST = 3
_FLOOD_S = 4
_AWAY_S = 6.0
_DISK_S = 60.0  # the product waits for ten seconds, and then ends in order
_SENT_S = 2.0
_LOOK_S = 0.002


class Accidents:
    """Makes trouble, and notes it in the diary."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._kinds: dict[str, tuple[Callable[[], Awaitable[None]], int]] = {
            "kill": (self._kill, WINDOW),
            "flood": (self._flood, 0),
            "outage": (self._outage, WINDOW),
            "lost answers": (self._lose, _LOST),
            "database restart": (self._restart, WINDOW),
            "full disk": (self._fill_disk, WINDOW),
        }
        self._happened = ""
        self._victim = 0

    async def suffer(self, kind: str | None, before: int, *, by_night: bool) -> None:
        """Let it happen once a part of the push is out; `before` messages were sent before the push.

        By night the process is killed that sends, by day the one that answers. So at the end of each day each
        one is as old as on any other day, and memory can be compared.
        """
        self._happened, self._victim = kind or "", -1 if by_night else 0
        if kind is None:
            return
        if kind != "lost answers":
            await self._sent(before + max(2, len(self._house.diary.readers) // 40))
        act, _ = self._kinds[kind]
        await act()

    def end(self, began: datetime, ended: datetime) -> None:
        """All is calm again: note what happened."""
        telegram = self._house.telegram
        telegram.come_back()
        telegram.end_flood()
        if self._happened:
            _, may_repeat = self._kinds[self._happened]
            self._house.diary.accidents.append(Accident(began, ended, self._happened, may_repeat))
        self._happened = ""

    async def _sent(self, number: int) -> None:
        """Wait until so many messages were sent; not for long, since a push may be smaller."""
        end = time.monotonic() + _SENT_S
        while self._house.telegram.sent < number:
            if time.monotonic() > end:
                return
            await asyncio.sleep(_LOOK_S)

    async def _kill(self) -> None:
        victim = self._house.processes[self._victim]
        victim.kill()
        victim.start()
        await self._house.followed()

    async def _flood(self) -> None:
        self._house.telegram.flood(_FLOOD_S)

    async def _outage(self) -> None:
        self._house.telegram.go_away()
        await asyncio.sleep(_AWAY_S)
        self._house.telegram.come_back()

    async def _lose(self) -> None:
        self._house.telegram.lose(_LOST)

    async def _restart(self) -> None:
        store = self._house.store
        assert isinstance(store, Server)
        await asyncio.to_thread(store.restart)

    async def _fill_disk(self) -> None:
        """Fill the disk until the product ends by itself, make room, and start it again."""
        house, disk = self._house, self._house.store
        assert isinstance(disk, Disk)
        [process] = house.processes
        await asyncio.to_thread(disk.fill)
        end = time.monotonic() + _DISK_S
        while process.is_running:
            if time.monotonic() > end:
                house.problems.append("the product ran on although the disk was full")
                break
            await asyncio.sleep(_LOOK_S)
        await asyncio.to_thread(disk.make_room)
        if not process.is_running:
            house.say("the disk was full, and the product ended by itself")
            process.start()
        await house.followed()

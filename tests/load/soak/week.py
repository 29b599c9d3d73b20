"""The week: moves the clock from moment to moment, publishes, lets readers act, and makes trouble."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import select

from bot.sandbox.world.history import Message
from bot.services import Services
from storage.database import Database
from storage.models import Story
from tests.load.soak import chats, plan
from tests.load.soak.databases import Disk, Server, Store
from tests.load.soak.diary import Accident, Diary, Kind, Push, Withdrawal
from tests.load.soak.feeds import Feeds
from tests.load.soak.people import People, SilentError
from tests.load.soak.plan import Moment
from tests.load.soak.processes import Process
from tests.load.soak.readers import Reader
from tests.load.soak.stories import Tale, tales
from tests.load.soak.telegram import Telegram
from tests.load.soak.watch import Watch

RATE = 1_000
WINDOW = 150  # messages that a kill may repeat at this rate (docs/promises.md)
STORIES_A_DAY = 40
_GRACE = timedelta(seconds=11)  # a decision acts ten seconds after the tap
_MOST_PROBLEMS = 20
_MARGIN = timedelta(minutes=5)  # before the end of a day off, nobody ends it
_PATIENCE_S = 600.0
_INTAKE_S = 120.0
_FLOOD_S = 4
_AHEAD = 2  # publishing hours
_AWAY_S = 6.0
_DISK_S = 20.0
_ACTING = 0.004  # of the readers, after each publishing hour and for each kind of deed
_OPENED = 40  # gathered messages whose pages are turned, at each moment
_LOOK_S = 0.01


@dataclass(slots=True)
class House:
    """All that the week works with."""

    telegram: Telegram
    feeds: Feeds
    store: Store
    database: Database
    watch: Watch
    processes: list[Process]
    services: Services
    diary: Diary
    people: People
    say: Callable[[str], None]


class Week:
    """So many days. `memory` has the MiB of each process at the end of each day, by its role."""

    def __init__(self, house: House, days: int, seed: int, appeal: int) -> None:
        self._house = house
        self._days = days
        self._appeal = appeal
        self._random = Random(seed)
        self._absent: dict[int, Kind] = {}
        self._stories: dict[int, int] = {}
        self._seen: dict[int, int] = {}
        self._tales = tales(days * STORIES_A_DAY)
        self.memory: dict[str, list[float]] = {one.role: [] for one in house.processes}
        self.problems: list[str] = []
        self.took: defaultdict[str, float] = defaultdict(float)
        self._accident: tuple[str, int] | None = None  # what befell it now, and what that may repeat

    async def run(self) -> None:
        """Live through the week."""
        first = plan.first_day(datetime.now(UTC))
        for number in range(self._days):
            began, readers = time.monotonic(), self._house.diary.readers
            day = first + timedelta(days=number)
            for moment in plan.moments(readers, day, number, self._house.store.accidents):
                await self._live(moment, number)
            for process in self._house.processes:
                self.memory[process.role].append(process.memory_mib())
            sent, took = self._house.telegram.sent, time.monotonic() - began
            parts = ", ".join(f"{what} {seconds:.0f}" for what, seconds in sorted(self.took.items()))
            self._house.say(f"day {number + 1}: {sent} messages so far, {took:.0f} s ({parts})")

    # --- moments ---

    async def _live(self, moment: Moment, day: int) -> None:
        await self.go_to(moment.at)
        await self.settle()
        await self._timed("pages", self._open_some())
        if moment.batch is not None:
            await self._publish(moment, day)
            await self._timed("readers", self._let_readers_act())
            if moment.batch == 2:  # once a day, at noon
                await self._withdraw(day)

    async def go_to(self, at: datetime) -> None:
        """Move the clock there, never back, and wait until the product follows."""
        clock = self._house.telegram.world.clock
        if at > clock():
            clock.move_to(at.isoformat())
        await self._followed()

    async def _timed(self, what: str, work: Awaitable[None]) -> None:
        """Do it, and add up how long that took."""
        began = time.monotonic()
        await work
        self.took[what] += time.monotonic() - began

    async def _followed(self) -> None:
        await self._timed("clock", self._follow())

    async def _follow(self) -> None:
        offset = self._house.telegram.world.clock.offset
        end = time.monotonic() + _INTAKE_S
        for process in self._house.processes:
            while not process.follows(offset):
                if not process.is_running:
                    self._again(process)
                if time.monotonic() > end:
                    raise TimeoutError(f"{process.role} does not follow the clock")
                await asyncio.sleep(_LOOK_S)

    def _again(self, process: Process) -> None:
        """Start a process that ended by itself, which is wrong. Raises RuntimeError if it never stays."""
        self.problems.append(f"{process.role} ended by itself")
        if len(self.problems) > _MOST_PROBLEMS:
            raise RuntimeError("; ".join(self.problems))
        process.start()

    async def settle(self) -> None:
        """Wait until the product has nothing left to do, and note that."""
        clock, began = self._house.telegram.world.clock, time.monotonic()
        world = self._house.telegram.world
        with suppress(TimeoutError):
            await world.until(lambda: len(world.updates) == 0, _PATIENCE_S)
        left = await self._house.watch.until(clock(), _PATIENCE_S)
        if left is not None:
            self.problems.append(f"not calm at {clock():%F %T}: {left}")
            self._house.say(self.problems[-1])
        self._house.diary.calm.append(clock())
        self.took["rest"] += time.monotonic() - began

    # --- publishing ---

    def _batch(self, day: int, batch: int) -> Sequence[Tale]:
        size = STORIES_A_DAY // len(plan.PUBLISHING)
        first = (day * len(plan.PUBLISHING) + batch) * size
        return self._tales[first : first + size]

    def tell_first(self) -> None:
        """Let the feeds have what is published first: drafts wait for a while until they are looked at."""
        for batch in range(_AHEAD):
            self._tell(self._batch(0, batch))

    def _tell(self, batch: Sequence[Tale]) -> None:
        for tale in batch:
            self._house.diary.tales[tale.number] = tale
            self._house.feeds.tell(tale)

    async def _publish(self, moment: Moment, day: int) -> None:
        house, clock = self._house, self._house.telegram.world.clock
        batch = self._batch(day, moment.batch or 0)
        await self._timed("intake", self._taken_in(batch))
        began = clock()
        by_hand, *others = batch
        await self._timed("taps", house.people.publish(by_hand, self._stories[by_hand.number]))
        following = day * len(plan.PUBLISHING) + (moment.batch or 0) + _AHEAD
        self._tell(self._batch(*divmod(following, len(plan.PUBLISHING))))
        before = house.telegram.sent
        clock.move_by(_GRACE.total_seconds())
        await self._followed()
        for one in others:
            await house.services.review.publish(self._stories[one.number], actor="soak", push=True)
        await self._timed("accidents", self._suffer(moment.accident, before, moment.batch))
        await self.settle()
        house.telegram.end_flood()
        house.telegram.come_back()
        ended = clock()
        house.diary.pushes += [Push(began, ended, one.number) for one in batch]
        self._end_accident(began, ended)

    async def _taken_in(self, batch: Sequence[Tale]) -> None:
        """Wait until all of these are drafts; let some of them ask for help."""
        house, end = self._house, time.monotonic() + _INTAKE_S
        wanted = {one.headline: one for one in batch}
        while True:
            async with house.database.read() as session:
                found = select(Story.headline, Story.id).where(Story.headline.in_(wanted))
                known = {row.headline: row.id for row in await session.execute(found)}
            if len(known) == len(wanted):
                break
            if time.monotonic() > end:
                raise TimeoutError(f"not taken in: {sorted(wanted.keys() - known.keys())}")
            await asyncio.sleep(0.05)
        for headline, tale in wanted.items():
            self._stories[tale.number] = known[headline]
            if tale.with_appeal:
                await house.services.editing.set_appeal(
                    known[headline], self._appeal, version=None, actor="soak"
                )

    async def _withdraw(self, day: int) -> None:
        """Take back one story of this morning."""
        house, clock = self._house, self._house.telegram.world.clock
        tale = self._batch(day, 1)[0]
        began = clock()
        await house.services.corrections.withdraw(self._stories[tale.number], actor="soak")
        await self.settle()
        house.diary.withdrawals.append(Withdrawal(began, clock(), tale.number))

    # --- accidents ---

    async def _suffer(self, kind: str | None, before: int, batch: int | None) -> None:
        house = self._house
        self._accident = None
        some = max(2, len(house.diary.readers) // 40)
        match kind:
            case "kill":
                await self._sent(before + some)
                await self._kill(batch)
                self._accident = (kind, WINDOW)
            case "flood":
                house.telegram.flood(_FLOOD_S)
                await self._sent(before + some)
                await self._some_stop()
            case "outage":
                await self._sent(before + some)
                house.telegram.go_away()
                await asyncio.sleep(_AWAY_S)
                house.telegram.come_back()
                self._accident = (kind, WINDOW)
            case "lost answers":
                house.telegram.lose(3)
                self._accident = (kind, 3)
            case "database restart" if isinstance(house.store, Server):
                await self._sent(before + some)
                await asyncio.to_thread(house.store.restart)
                self._accident = (kind, WINDOW)
            case "full disk" if isinstance(house.store, Disk):
                await self._sent(before + some)
                await self._fill_disk(house.store)
                self._accident = (kind, WINDOW)

    def _end_accident(self, began: datetime, ended: datetime) -> None:
        if self._accident is not None:
            kind, may_repeat = self._accident
            self._house.diary.accidents.append(Accident(began, ended, kind, may_repeat))

    async def _sent(self, number: int) -> None:
        """Wait until so many messages were sent; for two seconds, since a push may be smaller."""
        end = time.monotonic() + 2
        while self._house.telegram.sent < number and time.monotonic() < end:  # noqa: ASYNC110  # another process sends
            await asyncio.sleep(0.002)

    async def _kill(self, batch: int | None) -> None:
        """Kill a process and start it again: the one that sends by night, the one that answers by day.

        So at the end of each day each process is as old as on any other day, and memory can be compared.
        """
        victim = self._house.processes[0 if batch else -1]
        victim.kill()
        victim.start()
        await self._followed()

    async def _fill_disk(self, disk: Disk) -> None:
        """Fill the disk until the product ends by itself, make room, and start it again."""
        house = self._house
        [process] = house.processes
        await asyncio.to_thread(disk.fill)
        end = time.monotonic() + _DISK_S
        while process.is_running and time.monotonic() < end:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.1)
        ended = not process.is_running
        await asyncio.to_thread(disk.make_room)
        house.say(f"the disk was full: the process {'ended by itself' if ended else 'ran on'}")
        if ended:
            process.start()
        await self._followed()

    # --- readers ---

    async def _let_readers_act(self) -> None:
        """Let some begin or end a day off, leave and come back."""
        house, readers = self._house, self._house.diary.readers
        number = max(1, int(len(readers) * _ACTING))
        present = [
            one
            for one in self._random.sample(readers, min(len(readers), 8 * number))
            if one.chat not in self._absent
        ]
        now = house.telegram.world.clock()
        over = {one.chat for one in house.diary.deeds if one.until is not None and one.until <= now + _MARGIN}
        self._absent = {
            chat: kind for chat, kind in self._absent.items() if kind is not Kind.AWAY or chat not in over
        }
        back = [one for one in readers if one.chat in self._absent]
        self._random.shuffle(back)
        acts: list[tuple[Reader, Kind]] = []
        for kind in (Kind.AWAY, Kind.STOP, Kind.BLOCK):
            acts += [(present.pop(), kind) for _ in range(number) if present]
        ends = {Kind.AWAY: Kind.BACK, Kind.STOP: Kind.START, Kind.BLOCK: Kind.RETURN}
        acts += [(one, ends[self._absent[one.chat]]) for one in back[: 2 * number]]
        for reader, kind in acts:
            if kind in ends:
                self._absent[reader.chat] = kind
            else:
                del self._absent[reader.chat]
        await asyncio.gather(*(self._act(reader, kind) for reader, kind in acts))
        await self.settle()

    async def _some_stop(self) -> None:
        """Let some say /stop while a push waits for them."""
        present = [one for one in self._house.diary.readers if one.chat not in self._absent]
        stopping = self._random.sample(present, max(1, int(len(present) * _ACTING)))
        for reader in stopping:
            self._absent[reader.chat] = Kind.STOP
        await asyncio.gather(*(self._act(reader, Kind.STOP) for reader in stopping))

    async def _act(self, reader: Reader, kind: Kind) -> None:
        await self._house.people.do(reader, kind, self._random.choice([1, 3]))

    async def _open_some(self) -> None:
        """Turn the pages of some of the gathered messages that came since the last time."""
        world, readers = self._house.telegram.world, self._house.diary.readers
        turning: list[tuple[Reader, Message]] = []
        for reader in self._random.sample(readers, min(len(readers), 20 * _OPENED)):
            if reader.chat in world.people.blocked or len(turning) >= _OPENED:
                continue
            turning += [
                (reader, entry.message)
                for entry in world.history(reader.chat)
                if entry.from_bot
                and entry.message["message_id"] > self._seen.get(reader.chat, 0)
                and chats.is_gathered(entry.message, reader)
            ]
            self._seen[reader.chat] = world.history(reader.chat).last_id
        for reader, message in turning:
            try:
                await self._house.people.open(reader, message)
            except SilentError:
                self.problems.append("a tap on a page was not answered")

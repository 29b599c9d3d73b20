"""Updates as Telegram hands them over: kept, confirmed, and handled once, those of one chat in order."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from bot.errors import ComebackError
from bot.inbox.chat_queues import ChatQueues
from bot.inbox.heartbeat import BEAT_S, Heartbeat
from bot.inbox.jobs import Job, JobRunner
from bot.inbox.journal import Journal, Noted
from bot.inbox.priority import Priority, PriorityLimiter, placed
from storage.database import Database, Moment
from storage.engine.unavailable import DatabaseUnavailableError
from storage.inbox import inbox
from storage.inbox.inbox import NewUpdate, PendingJob, PendingUpdate

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(hours=48)  # Telegram keeps an update for 24 hours at most
MOST_WAITING = 50_000  # past that Telegram has to keep them: their numbers alone take 10 MB here
REMEMBERED = 2_000  # whose contents are in memory; those of the others are read when their turn comes
WORKING = 4  # that compute or use the database at once: more of them would only wait for one another
BESIDE = 2  # of them at once that nobody looks at the screen for: letters and errands
UNDER_WAY = 2_000  # that are begun at once, most of them waiting for Telegram; a chat has one
TRIES = 5  # of an update with which the process died
_HELD_S = 0.05  # between two looks whether another process is through with a chat
_AGAIN_S = 1.0  # after the database did not answer
_GRACE_S = 2.5  # for what is under way when we stop
_64_BITS = 2**63

Handle = Callable[[dict[str, Any]], Awaitable[Job | None]]


class FullError(ComebackError):
    """Too many updates wait, or we stop: Telegram should keep this one for now."""


@dataclass(slots=True)
class _Entry:
    """An update in a line. Its content is read where it is None; `again`: a process died that had it."""

    id: int
    chat_id: int
    receiver_id: int
    content: str | None = None
    haste: Priority = Priority.AWAITED
    errand: str | None = None
    again: bool = False


class Inbox:
    """Keeps updates and handles them outside of the request that brought them.

    What waits is in the database, so a kill loses nothing; what was being handled then is handled again.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], Moment],
        handle: Handle,
        runners: Mapping[str, JobRunner] | None = None,
        *,
        alone: bool = True,
    ) -> None:
        """`handle` returns what is left to do, which the runner of that kind does. `alone`: see Heartbeat."""
        self._database = database
        self._clock = clock
        self._handle = handle
        self.presence = Heartbeat(database, alone=alone)
        self._ledger = Journal(database, clock, self.presence, self._noted)
        self._places = PriorityLimiter(WORKING)
        self._beside = PriorityLimiter(BESIDE)
        self._updates = ChatQueues[_Entry](self._work, places=UNDER_WAY)
        self._errands = {
            kind: ChatQueues[_Entry](self._errand_of(runner), places=runner.places, width=runner.width)
            for kind, runner in (runners or {}).items()
        }
        self._remembered = 0
        self._held: set[int] = set()
        self._wake_holder = asyncio.Event()
        self._lost = asyncio.Event()
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def waiting(self) -> int:
        """Updates that are not done, as far as we have them in hand."""
        return sum(lines.length for lines in self._lines())

    async def receive(self, update: dict[str, Any]) -> None:
        """Return once the update is kept, or known. Raises FullError, or what the database raised."""
        if self._stopping.is_set() or self.waiting >= MOST_WAITING:
            raise FullError
        if not 0 <= update["update_id"] < _64_BITS:
            raise ValueError("an update's number has 64 bits at most")
        self._idle.clear()
        content = orjson.dumps(update).decode()
        await self._ledger.arrive(NewUpdate(update["update_id"], chat_of(update), content))

    def stop(self) -> None:
        """Begin no further update; those under way get a moment to end."""
        self._stopping.set()

    async def idle(self) -> None:
        """Wait until nothing is to be done."""
        await self._idle.wait()

    async def prune(self) -> None:
        """Forget the numbers of updates that Telegram no longer repeats."""
        async with self._database.transaction() as session:
            await inbox.prune(session, older_than=self._clock() - KEPT_FOR)

    async def run(self) -> None:
        """Handle what waits and what comes, until `stop()`."""
        await self._join()
        under_way: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as tasks:

            def start(work: Coroutine[Any, Any, None]) -> None:
                task = tasks.create_task(work)
                under_way.add(task)
                task.add_done_callback(under_way.discard)

            beside = [tasks.create_task(self._stay()), tasks.create_task(self._watch_held())]
            writing = tasks.create_task(self._ledger.run())
            for lines in self._lines():
                lines.open(start)
            await self._stopping.wait()
            for lines in self._lines():
                lines.close()
            await _end(under_way, beside)
            self._ledger.close()
            await writing
        await self.presence.leave()

    def _lines(self) -> tuple[ChatQueues[_Entry], ...]:
        return (self._updates, *self._errands.values())

    async def _join(self) -> None:
        """Be one of those who take updates; what we had as another one is no longer ours."""
        for lines in self._lines():
            lines.clear()
        self._held.clear()
        self._remembered = 0
        await self.presence.join()
        await self._take_over()

    async def _take_over(self) -> None:
        """Have in hand what nobody has."""
        async with self._database.transaction() as session:
            rows = await inbox.take_over(session, receiver_id=self.presence.id)
        if rows:
            log.info("updates are taken over", extra={"number": len(rows)})
            self._idle.clear()
        for row in rows:
            self._add(row, again=True)

    async def _stay(self) -> None:
        """Show that we live and take over from those who do not; register again where we were given up."""
        while True:
            try:
                if self._lost.is_set() or not (self.presence.alone or await self.presence.beat()):
                    log.warning("this process was taken for gone: it begins again")
                    self._lost.clear()
                    await self._join()
                elif not self.presence.alone:
                    await self._take_over()
            except DatabaseUnavailableError:
                pass  # the next beat tries again
            self._look_whether_idle()
            await _either(self._lost, None if self.presence.alone else BEAT_S)

    async def _watch_held(self) -> None:
        """Let a chat go on once the process that had its earlier updates is through with them."""
        while True:
            await self._wake_holder.wait()
            try:
                async with self._database.read() as session:
                    chats, mine = sorted(self._held), self.presence.id
                    elsewhere = await inbox.first_elsewhere(session, chats, receiver_id=mine)
            except DatabaseUnavailableError:
                await asyncio.sleep(_AGAIN_S)
                continue
            for chat_id in chats:
                first = self._updates.next_of(chat_id)
                if first is None or elsewhere.get(chat_id, first.id) >= first.id:
                    self._held.discard(chat_id)
                    self._updates.release(chat_id)
            if not self._held:
                self._wake_holder.clear()
            await asyncio.sleep(_HELD_S)

    def _noted(self, noted: Noted) -> None:
        """These are in the database: they may be handled."""
        if not noted.ours:
            self._lost.set()
            return
        for row_id, arrival in noted.rows:
            if noted.elsewhere.get(arrival.chat_id, row_id) < row_id:
                self._held.add(arrival.chat_id)
                self._updates.hold(arrival.chat_id)
                self._wake_holder.set()
            self._add(PendingUpdate(row_id, arrival.chat_id), arrival.content)
        self._look_whether_idle()

    def _add(self, row: PendingUpdate, content: str | None = None, *, again: bool = False) -> None:
        entry = _Entry(row.id, row.chat_id, self.presence.id, errand=row.errand, again=again)
        if content is not None:
            entry.haste = haste_of(content)
            self._remember(entry, content)
        lines = self._errands.get(row.errand) if row.errand else self._updates
        if lines is None:
            log.error("nobody knows this errand: it is dropped", extra={"errand": row.errand})
            self._ledger.done(row.id)
        else:
            lines.add(entry)

    def _remember(self, entry: _Entry, content: str) -> None:
        if self._remembered < REMEMBERED:
            self._remembered += 1
            entry.content = content

    def _look_whether_idle(self) -> None:
        if self._ledger.is_blank and not self.waiting:
            self._idle.set()

    async def _work(self, entry: _Entry) -> None:
        """Handle an update; hand on what is left of it."""
        await self._until_safe()
        async with self._place(entry.haste):
            content = await self._content(entry)
            if content is None:
                return
            left = await _guarded(self._handle(orjson.loads(content)), entry.id)
        if left is None:
            self._ledger.done(entry.id)
            return
        rest = orjson.dumps(left.content).decode()
        self._ledger.leave(PendingJob(entry.id, left.kind, rest))
        self._add(PendingUpdate(entry.id, entry.chat_id, left.kind), rest)

    def _errand_of(self, runner: JobRunner) -> Callable[[_Entry], Coroutine[Any, Any, None]]:
        async def run(entry: _Entry) -> None:
            await self._until_safe()
            async with self._place(Priority.ERRAND):
                content = await self._content(entry)
                if content is None:
                    return
                await _guarded(runner.run(orjson.loads(content)), entry.id)
            self._ledger.done(entry.id)

        return run

    def _place(self, haste: Priority) -> AbstractAsyncContextManager[None]:
        """Letters and errands have places of their own: however many wait, they take none from commands."""
        return placed(self._places if haste is Priority.AWAITED else self._beside, haste)

    async def _until_safe(self) -> None:
        """Wait while the others may take us for gone."""
        while not self.presence.is_safe():  # noqa: ASYNC110 - it waits for a moment, not for a flag
            await asyncio.sleep(_HELD_S)

    async def _content(self, entry: _Entry) -> str | None:
        """What is to be done; None where it no longer is, or not by us."""
        content, entry.content = entry.content, None
        if content is not None:
            self._remembered -= 1
        if entry.receiver_id != self.presence.id:
            return None
        while content is None or entry.again:
            try:
                return await self._read(entry)
            except DatabaseUnavailableError:
                await asyncio.sleep(_AGAIN_S)
        return content

    async def _read(self, entry: _Entry) -> str | None:
        """Read it, and count the try where a process died that had it; what kills us is given up at last."""
        async with self._database.transaction() as session:
            content = await inbox.content(session, entry.id, receiver_id=entry.receiver_id)
            if content is None or not entry.again:
                return content
            if await inbox.begin_again(session, entry.id) <= TRIES:
                return content
        log.error("an update is given up: the process died with it too often", extra={"row": entry.id})
        self._ledger.done(entry.id)
        return None


async def _guarded(work: Awaitable[Job | None] | Awaitable[None], row_id: int) -> Job | None:
    """Do it; a fault is logged and done with, since trying again would meet it again."""
    try:
        return await work
    except Exception:  # whatever a handler raises must not end the others
        log.exception("an update was not handled", extra={"row": row_id})
        return None


async def _end(under_way: Collection[asyncio.Task[None]], beside: Collection[asyncio.Task[None]]) -> None:
    """Give what is under way a moment; break off the rest."""
    late: Collection[asyncio.Task[None]] = ()
    if under_way:
        _, late = await asyncio.wait(under_way, timeout=_GRACE_S)
    for task in (*late, *beside):
        task.cancel()
    await asyncio.wait((*late, *beside))


async def _either(event: asyncio.Event, seconds: float | None) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def haste_of(content: str) -> Priority:
    """Prose, such as a letter, can wait a little; after a command or a tap a person looks at the screen."""
    message = orjson.loads(content).get("message")
    is_command = not isinstance(message, dict) or str(message.get("text") or "").startswith("/")
    return Priority.AWAITED if is_command else Priority.PROSE


def chat_of(update: dict[str, Any]) -> int:
    """The chat that an update belongs to, else the person, else 0."""
    for content in update.values():
        found = _chat_in(content)
        if found is not None:
            return found
    return 0


def _chat_in(content: Any) -> int | None:
    """The chat in a part of an update; None where there is none, or in a shape that nobody foresaw."""
    if not isinstance(content, dict):
        return None
    message = content.get("message")
    above = message.get("chat") if isinstance(message, dict) else None
    chat = content.get("chat") or above or content.get("from")
    number = chat.get("id") if isinstance(chat, dict) else None
    return number if isinstance(number, int) and abs(number) < _64_BITS else None

"""The inbox: stores each update of Telegram's, and handles it once, in order within its chat."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson

from bot.errors import ComebackError
from bot.inbox.chat_queues import ChatQueues
from bot.inbox.heartbeat import BEAT_S, Heartbeat
from bot.inbox.held_chats import HeldChats
from bot.inbox.jobs import Job, JobRunner
from bot.inbox.journal import Journal, StoredUpdates
from bot.inbox.priority import Priority, PriorityLimiter, permit
from bot.inbox.raw_update import LARGEST_ID, chat_of, priority_of
from bot.logs import correlated
from bot.tasks import rest
from storage.database import Database, Moment
from storage.engine.unavailable import DatabaseUnavailableError
from storage.inbox import inbox
from storage.inbox.inbox import NewUpdate, PendingJob, PendingUpdate

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(hours=48)  # Telegram keeps an update for 24 hours at most
MOST_WAITING = 50_000  # more than that stay with Telegram: in memory, their ids alone take 10 MB
REMEMBERED = 2_000  # updates whose content stays in memory; that of the others is read when their turn comes
WORKING = 4  # commands and taps that compute or use the database at once: more would only wait
BESIDE = 2  # of prose and jobs, for which no person looks at the screen: they work beside the others
UNDER_WAY = 2_000  # updates that are begun at once, most of them waiting for Telegram; a chat has one
TRIES = 5  # of an update with which the process died
_SAFE_LOOK_S = 0.05  # between two looks whether we may go on
_RETRY_S = 1.0  # after the database did not answer
_GRACE_S = 2.5  # for updates that are under way when we stop

Handle = Callable[[dict[str, Any]], Awaitable[Job | None]]


class FullError(ComebackError):
    """Too many updates wait, or the inbox stops: Telegram should keep this one for now."""


@dataclass(slots=True)
class _QueuedUpdate:
    """An update, or a job that is left of one, in a queue.

    `content` None: it is read from the database. `receiver_id`: our id when it was queued. `again`: a process
    died with it.
    """

    id: int
    chat_id: int
    receiver_id: int
    content: str | None = None
    priority: Priority = Priority.AWAITED
    again: bool = False


class Inbox:
    """Stores updates, and handles them outside of the request that brought them.

    What waits is in the database, so a kill loses nothing. An update that was being handled is handled again.
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
        """`handle` returns the Job that is left of an update, if any; `runners` do the Jobs, by their kind.

        `alone`: no other process handles updates (see Heartbeat).
        """
        self._database = database
        self._clock = clock
        self._handle = handle
        self.heartbeat = Heartbeat(database, alone=alone)
        self._journal = Journal(database, clock, self.heartbeat, self._on_stored)
        self._working = PriorityLimiter(WORKING)
        self._beside = PriorityLimiter(BESIDE)
        self._updates = ChatQueues[_QueuedUpdate](_correlated(self._work), limit=UNDER_WAY)
        self._jobs = {kind: self._job_queues(runner) for kind, runner in (runners or {}).items()}
        self._held = HeldChats(database, self.heartbeat, self._updates)
        self._remembered = 0
        self._lost = asyncio.Event()
        self._stopping = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def waiting(self) -> int:
        """How many updates and jobs of ours are not done."""
        return sum(queues.length for queues in self._queues())

    async def receive(self, update: dict[str, Any]) -> None:
        """Return when the update is stored, now or earlier.

        Raises FullError, ValueError for a number that no database could hold, or what the database raised.
        """
        if self._stopping.is_set() or self.waiting >= MOST_WAITING:
            raise FullError
        if not 0 <= update["update_id"] <= LARGEST_ID:
            raise ValueError("an update's number has 64 bits at most")
        self._idle.clear()
        content = orjson.dumps(update).decode()
        await self._journal.store(NewUpdate(update["update_id"], chat_of(update), content))

    def stop(self) -> None:
        """Begin no further update; those under way get a moment to end."""
        self._stopping.set()

    async def idle(self) -> None:
        """Wait until no update waits or is handled."""
        await self._idle.wait()

    async def prune(self) -> None:
        """Forget the numbers of updates that Telegram no longer repeats."""
        async with self._database.transaction() as session:
            await inbox.prune(session, older_than=self._clock() - KEPT_FOR)

    async def run(self) -> None:
        """Handle the updates that wait and those that come, until `stop()`."""
        await self._join()
        under_way: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as tasks:

            def start(work: Coroutine[Any, Any, None]) -> None:
                task = tasks.create_task(work)
                under_way.add(task)
                task.add_done_callback(under_way.discard)

            beside = [tasks.create_task(self._stay()), tasks.create_task(self._held.run())]
            writing = tasks.create_task(self._journal.run())
            for queues in self._queues():
                queues.open(start)
            await self._stopping.wait()
            for queues in self._queues():
                queues.close()
            await _end(under_way, beside)
            self._journal.close()
            await writing
        await self.heartbeat.leave()

    def _queues(self) -> tuple[ChatQueues[_QueuedUpdate], ...]:
        return (self._updates, *self._jobs.values())

    async def _join(self) -> None:
        """Register under a new id; what we had under an earlier one is no longer ours."""
        for queues in self._queues():
            queues.clear()
        self._held.clear()
        self._remembered = 0
        await self.heartbeat.join()
        await self._take_over()

    async def _take_over(self) -> None:
        """Queue the updates and jobs that no process owns.

        Until they are queued, a later update of the same chat must not begin: it would pass them.
        """
        async with self._database.read() as session:
            if not await inbox.has_free(session):
                return
        with self._updates.paused():
            async with self._database.transaction() as session:
                rows = await inbox.take_over(session, receiver_id=self.heartbeat.id)
            if rows:
                log.info("updates are taken over", extra={"number": len(rows)})
                self._idle.clear()
            for row in rows:
                self._add(row, again=True)

    async def _stay(self) -> None:
        """Show that we live, and take over from dead processes; register again if one took us for dead."""
        while True:
            try:
                if self._lost.is_set() or not (self.heartbeat.alone or await self.heartbeat.beat()):
                    log.warning("another process took this one for dead: it begins again")
                    self._lost.clear()
                    await self._join()
                elif not self.heartbeat.alone:
                    await self._take_over()
            except DatabaseUnavailableError:
                pass  # the next beat tries again
            self._note_if_idle()
            await rest(self._lost, None if self.heartbeat.alone else BEAT_S)

    def _on_stored(self, stored: StoredUpdates) -> None:
        """Queue the updates that a transaction of the journal stored."""
        if not stored.owned:
            self._lost.set()
            return
        for row_id, update in stored.rows:
            if stored.elsewhere.get(update.chat_id, row_id) < row_id:
                self._held.hold(update.chat_id)
            self._add(PendingUpdate(row_id, update.chat_id), update.content)
        self._note_if_idle()

    def _add(self, row: PendingUpdate, content: str | None = None, *, again: bool = False) -> None:
        queues = self._jobs.get(row.job) if row.job else self._updates
        if queues is None:
            log.error("a job is dropped: nothing runs its kind", extra={"job": row.job})
            self._journal.finish(row.id)
            return
        queued = _QueuedUpdate(row.id, row.chat_id, self.heartbeat.id, again=again)
        if content is not None:
            queued.priority = priority_of(content)
            if self._remembered < REMEMBERED:
                self._remembered += 1
                queued.content = content
        queues.add(queued)

    def _note_if_idle(self) -> None:
        if self._journal.is_idle and not self.waiting:
            self._idle.set()

    async def _work(self, queued: _QueuedUpdate) -> None:
        """Handle an update, and queue the job that is left of it."""
        await self._until_safe()
        async with self._permit(queued.priority):
            content = await self._content(queued)
            if content is None:
                return
            job = await _logging_faults(self._handle(orjson.loads(content)), queued.id)
        if job is None:
            self._journal.finish(queued.id)
            return
        left = orjson.dumps(job.content).decode()
        self._journal.replace(PendingJob(queued.id, job.kind, left))
        self._add(PendingUpdate(queued.id, queued.chat_id, job.kind), left)

    def _job_queues(self, runner: JobRunner) -> ChatQueues[_QueuedUpdate]:
        """Return the queues of one kind of job, which its runner does."""

        async def work(queued: _QueuedUpdate) -> None:
            await self._until_safe()
            async with self._permit(Priority.JOB):
                content = await self._content(queued)
                if content is None:
                    return
                await _logging_faults(runner.run(orjson.loads(content)), queued.id)
            self._journal.finish(queued.id)

        return ChatQueues(_correlated(work), limit=runner.limit, chat_limit=runner.chat_limit)

    def _permit(self, priority: Priority) -> AbstractAsyncContextManager[None]:
        """Return a permit. Prose and jobs have permits of their own: they take none from commands."""
        return permit(self._working if priority is Priority.AWAITED else self._beside, priority)

    async def _until_safe(self) -> None:
        """Wait while another process may take us for dead."""
        while not self.heartbeat.is_safe():  # noqa: ASYNC110  # it waits for a moment, not for a flag
            await asyncio.sleep(_SAFE_LOOK_S)

    async def _content(self, queued: _QueuedUpdate) -> str | None:
        """Return what is to be done; None if it is done, or no longer ours."""
        content, queued.content = queued.content, None
        if content is not None:
            self._remembered -= 1
        if queued.receiver_id != self.heartbeat.id:
            return None
        while content is None or queued.again:
            try:
                return await self._read(queued)
            except DatabaseUnavailableError:
                await asyncio.sleep(_RETRY_S)
        return content

    async def _read(self, queued: _QueuedUpdate) -> str | None:
        """Return the stored content; None, and mark it as done, if processes died with it TRIES times."""
        async with self._database.transaction() as session:
            content = await inbox.content(session, queued.id, receiver_id=queued.receiver_id)
            if content is None or not queued.again:
                return content
            if await inbox.count_try(session, queued.id) <= TRIES:
                return content
        log.error("an update is given up: the process died with it too often", extra={"row": queued.id})
        self._journal.finish(queued.id)
        return None


def _correlated(
    work: Callable[[_QueuedUpdate], Coroutine[Any, Any, None]],
) -> Callable[[_QueuedUpdate], Coroutine[Any, Any, None]]:
    """Return `work` with one correlation id in the log for an update and the jobs that are left of it."""

    async def correlated_work(queued: _QueuedUpdate) -> None:
        with correlated("update", queued.id):
            await work(queued)

    return correlated_work


async def _logging_faults(work: Awaitable[Job | None] | Awaitable[None], row_id: int) -> Job | None:
    """Await `work`; log an error of it and go on, since another try would meet it again."""
    try:
        return await work
    except Exception:  # whatever a handler raises must not end the others
        log.exception("an update was not handled", extra={"row": row_id})
        return None


async def _end(under_way: Collection[asyncio.Task[None]], beside: Collection[asyncio.Task[None]]) -> None:
    """Wait a moment for the updates under way, then cancel those that are left and the tasks beside them."""
    late: Collection[asyncio.Task[None]] = ()
    if under_way:
        _, late = await asyncio.wait(under_way, timeout=_GRACE_S)
    for task in (*late, *beside):
        task.cancel()
    await asyncio.wait((*late, *beside))

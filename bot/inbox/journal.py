"""The journal: writes to the inbox's table, many changes in one transaction.

While one transaction is written, the changes for the next one gather.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.inbox.heartbeat import Heartbeat
from bot.tasks import rest
from storage.database import Database, Moment
from storage.engine.unavailable import DatabaseUnavailableError
from storage.inbox import inbox
from storage.inbox.inbox import NewUpdate, PendingJob

log = logging.getLogger(__name__)

_RETRY_S = 1.0  # after the database did not answer
_MOST = 500  # new updates in one transaction


@dataclass(frozen=True, slots=True)
class StoredUpdates:
    """What one transaction stored: each new update with the id of its row.

    `elsewhere`: for the chats of these updates, the earliest row that another process has to handle first.
    `owned`: False if another process has taken us for dead, so that no process owns the rows.
    """

    rows: Sequence[tuple[int, NewUpdate]] = ()
    elsewhere: Mapping[int, int] = field(default_factory=dict)
    owned: bool = True


@dataclass(slots=True)
class _Changes:
    """The changes of one transaction. Each new update has a future that is done when it is stored."""

    new: list[tuple[NewUpdate, asyncio.Future[None]]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    jobs: list[PendingJob] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.new or self.done or self.jobs)


class Journal:
    """Gathers changes and writes them as soon as the transaction before has ended."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], Moment],
        heartbeat: Heartbeat,
        on_stored: Callable[[StoredUpdates], None],
    ) -> None:
        """`on_stored` is called after each transaction, before the waiting calls of `store` return."""
        self._database = database
        self._clock = clock
        self._heartbeat = heartbeat
        self._on_stored = on_stored
        self._next = _Changes()
        self._wanted = asyncio.Event()
        self._closing = asyncio.Event()
        self._is_writing = False

    @property
    def is_idle(self) -> bool:
        """Whether no change waits to be written, and none is being written."""
        return not (self._next or self._is_writing)

    async def store(self, update: NewUpdate) -> None:
        """Return when the update is stored. Raises what the database raised."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._next.new.append((update, stored))
        self._wanted.set()
        await stored

    def finish(self, row_id: int) -> None:
        """Mark a row as done with the next transaction."""
        self._next.done.append(row_id)
        self._wanted.set()

    def replace(self, job: PendingJob) -> None:
        """Replace a handled update by a job with the next transaction."""
        self._next.jobs.append(job)
        self._wanted.set()

    def close(self) -> None:
        """End `run` when all is written."""
        self._closing.set()
        self._wanted.set()

    async def run(self) -> None:
        """Write until `close()`."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._next:
                if not await self._write_next():
                    if self._closing.is_set():
                        return
                    await rest(self._closing, _RETRY_S)
            if self._closing.is_set():
                return

    async def _write_next(self) -> bool:
        """Write what has gathered; return False if the database does not answer."""
        changes = self._take()
        self._is_writing = True
        try:
            stored = await self._write(changes)
        except DatabaseUnavailableError as error:
            self._put_back(changes, error)
            return False
        finally:
            self._is_writing = False
        self._on_stored(stored)
        for _, waiting in changes.new:
            if not waiting.done():
                waiting.set_result(None)
        return True

    def _take(self) -> _Changes:
        """Return the changes of the next transaction; new updates past `_MOST` wait for the one after."""
        changes = self._next
        self._next = _Changes(new=changes.new[_MOST:])
        del changes.new[_MOST:]
        return changes

    def _put_back(self, changes: _Changes, error: Exception) -> None:
        """Keep the changes of rows for later. Refuse new updates: Telegram sends them again."""
        self._next.done[:0] = changes.done
        self._next.jobs[:0] = changes.jobs
        for _, waiting in changes.new:
            if not waiting.done():
                waiting.set_exception(error)

    async def _write(self, changes: _Changes) -> StoredUpdates:
        async with self._database.transaction() as session:
            if changes.jobs:
                await inbox.replace_by_jobs(session, changes.jobs)
            if changes.done:
                await inbox.finish(session, changes.done)
            if not changes.new:
                return StoredUpdates()
            updates = list({one.update_id: one for one, _ in changes.new}.values())
            receiver = self._heartbeat.id
            rows, owned = await inbox.add(session, updates, receiver_id=receiver, now=self._clock())
            new = [(rows[one.update_id], one) for one in updates if one.update_id in rows]
            if self._heartbeat.alone or not new:
                return StoredUpdates(new, owned=owned)
            chats = [one.chat_id for _, one in new]
            elsewhere = await inbox.first_elsewhere(session, chats, receiver_id=receiver)
            return StoredUpdates(new, elsewhere, owned)

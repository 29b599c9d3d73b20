"""The ledger: notes what came in and what is done, many in one transaction."""

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

_AGAIN_S = 1.0  # after the database did not answer
_MOST = 500  # arrivals in one transaction


@dataclass(frozen=True, slots=True)
class Noted:
    """What one transaction kept: each update that is new with its row.

    `elsewhere`: of their chats, the earliest row that another process has to do first. `ours`: False where
    the other processes take us for gone, so that the rows are in nobody's hand.
    """

    rows: Sequence[tuple[int, NewUpdate]] = ()
    elsewhere: Mapping[int, int] = field(default_factory=dict)
    ours: bool = True


@dataclass(slots=True)
class _Page:
    """What is to be written next."""

    arrivals: list[tuple[NewUpdate, asyncio.Future[None]]] = field(default_factory=list)
    done: list[int] = field(default_factory=list)
    left: list[PendingJob] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.arrivals or self.done or self.left)


class Journal:
    """Writes while anybody has something to note; what comes up meanwhile goes into the next transaction."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], Moment],
        presence: Heartbeat,
        written: Callable[[Noted], None],
    ) -> None:
        """`written` is called after each transaction, before those who wait for it go on."""
        self._database = database
        self._clock = clock
        self._presence = presence
        self._written = written
        self._next = _Page()
        self._wanted = asyncio.Event()
        self._closing = asyncio.Event()
        self.is_writing = False

    @property
    def is_blank(self) -> bool:
        """Nothing is to be written, nor being written."""
        return not (self._next or self.is_writing)

    async def arrive(self, arrival: NewUpdate) -> None:
        """Return once it is kept. Raises what the database raised."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._next.arrivals.append((arrival, kept))
        self._wanted.set()
        await kept

    def done(self, row_id: int) -> None:
        """Note that an update is done."""
        self._next.done.append(row_id)
        self._wanted.set()

    def leave(self, left: PendingJob) -> None:
        """Note what is left to do of an update."""
        self._next.left.append(left)
        self._wanted.set()

    def close(self) -> None:
        """End once all is written."""
        self._closing.set()
        self._wanted.set()

    async def run(self) -> None:
        """Write until `close()`."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._next:
                page = self._turn()
                self.is_writing = True
                try:
                    noted = await self._write(page)
                except DatabaseUnavailableError as error:
                    self._put_back(page, error)
                    if self._closing.is_set():
                        return
                    await rest(self._closing, _AGAIN_S)
                    continue
                finally:
                    self.is_writing = False
                self._written(noted)
                for _, kept in page.arrivals:
                    if not kept.done():
                        kept.set_result(None)
            if self._closing.is_set():
                return

    def _turn(self) -> _Page:
        page = self._next
        self._next = _Page(arrivals=page.arrivals[_MOST:])
        del page.arrivals[_MOST:]
        return page

    def _put_back(self, page: _Page, error: Exception) -> None:
        """What is done is noted later; Telegram still has what came in, and brings it again."""
        self._next.done[:0] = page.done
        self._next.left[:0] = page.left
        for _, kept in page.arrivals:
            if not kept.done():
                kept.set_exception(error)

    async def _write(self, page: _Page) -> Noted:
        async with self._database.transaction() as session:
            if page.left:
                await inbox.leave(session, page.left)
            if page.done:
                await inbox.finish(session, page.done)
            if not page.arrivals:
                return Noted()
            arrivals = list({one.update_id: one for one, _ in page.arrivals}.values())
            receiver = self._presence.id
            rows, ours = await inbox.add(session, arrivals, receiver_id=receiver, now=self._clock())
            new = [(rows[one.update_id], one) for one in arrivals if one.update_id in rows]
            if self._presence.alone or not new:
                return Noted(new, ours=ours)
            chats = [one.chat_id for _, one in new]
            return Noted(new, await inbox.first_elsewhere(session, chats, receiver_id=receiver), ours)

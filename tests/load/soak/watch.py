"""The watch on the database: whether the product has anything left to do, and how much it stores."""

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from storage.models import Base, Broadcast, InboxUpdate, PendingDecision, Subscriber
from storage.words import BroadcastState, SubscriberState

_LOOK_S = 0.03
_AWAY = (DatabaseUnavailableError, OperationalError, DBAPIError, OSError)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left to do: broadcasts that run or should, readers who are due, decisions, updates."""

    broadcasts: int
    due: int
    decisions: int
    updates: int

    @property
    def nothing(self) -> bool:
        return not (self.broadcasts or self.due or self.decisions or self.updates)


class Watch:
    """Looks into the product's database, and changes nothing there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def left(self, now: datetime) -> Left | None:
        """Return what is left to do at this instant; None while the database does not answer."""
        scheduled = (Broadcast.state == BroadcastState.SCHEDULED) & (Broadcast.start_at <= now)
        running = (Broadcast.state == BroadcastState.RUNNING) | scheduled
        due = (Subscriber.state == SubscriberState.ACTIVE) & (Subscriber.due_at <= now)
        acting = PendingDecision.acted_at.is_(None) & (PendingDecision.acts_at <= now)
        counts = [
            select(func.count()).select_from(model).where(condition).scalar_subquery()
            for model, condition in (
                (Broadcast, running),
                (Subscriber, due),
                (PendingDecision, acting),
                (InboxUpdate, InboxUpdate.content.is_not(None)),
            )
        ]
        try:
            async with self._database.read() as session:
                return Left(*(await session.execute(select(*counts))).one())
        except _AWAY:
            return None

    async def until(self, now: datetime, patience: float) -> Left | None:
        """Wait until nothing is left to do. Return what is left after `patience` seconds; None: nothing."""
        end = time.monotonic() + patience
        while True:
            left = await self.left(now)
            if left is not None and left.nothing:
                return None
            if time.monotonic() > end:
                return left or Left(-1, -1, -1, -1)
            await asyncio.sleep(_LOOK_S)

    async def rows(self) -> dict[str, int]:
        """Return how many rows each table has, without the empty ones."""
        async with self._database.read() as session:
            counted = {
                table.name: await session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }
        return {name: number for name, number in counted.items() if number}

    async def bytes_of_tables(self) -> dict[str, int]:
        """Return how many bytes each table takes with its indexes, the largest first."""
        async with self._database.read() as session:
            if self._database.is_sqlite:
                found = await session.execute(text(_SQLITE_SIZES))
            else:
                found = await session.execute(text(_POSTGRESQL_SIZES))
            return {str(name): int(size) for name, size in found}


_SQLITE_SIZES = (
    "SELECT m.tbl_name, SUM(d.pgsize) FROM dbstat d JOIN sqlite_master m ON m.name = d.name"
    " WHERE d.aggregate = TRUE GROUP BY 1 ORDER BY 2 DESC"
)
_POSTGRESQL_SIZES = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables ORDER BY 2 DESC"

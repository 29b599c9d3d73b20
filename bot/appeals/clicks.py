"""Clicks: people follow the help link of an Appeal, and are counted by day. Nobody's name is kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.appeals.visibility import BEING_CHECKED, showable
from bot.clock import Clock
from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from storage.appeals import appeals, clicks
from storage.broadcasts import aftermaths
from storage.database import Database
from storage.words import AppealState

_RECENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class ClickCounts:
    """How often people followed the help link of an Appeal: in all, and in the last seven days (UTC)."""

    total: int = 0
    recent: int = 0


class Clicks:
    """Use cases around the clicks on help links; each is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def follow(self, appeal_id: int, *, counted: bool) -> str:
        """Return the present address of an Appeal, and count the click if `counted`.

        Raises NotFoundError if there is no such Appeal, RefusedError if readers may not see it (any more).
        """
        now = self._clock()
        async with self._database.transaction() if counted else self._database.read() as session:
            appeal = await appeals.get(session, appeal_id)
            if appeal is None:
                raise NotFoundError(mark("This link does not exist."))
            if appeal.state is AppealState.SUSPENDED:
                raise RefusedError(BEING_CHECKED)
            if showable(appeal, now) is None:
                raise RefusedError(mark("This appeal has ended. Its link no longer works."))
            if counted:
                await clicks.count(session, appeal_id, day=now.date())
                await aftermaths.count_click(session, appeal_id, now=now)
            return appeal.url

    async def counts(self) -> dict[int, ClickCounts]:
        """Return how often people followed the links, by Appeal id; an Appeal without clicks is left out."""
        since = self._clock().date() - timedelta(days=_RECENT_DAYS - 1)
        async with self._database.read() as session:
            totals = await clicks.totals(session, since=since)
        return {number: ClickCounts(*of) for number, of in totals.items()}

    async def of(self, appeal_id: int, days: int) -> Sequence[tuple[date, int]]:
        """Return the clicks on the link of an Appeal on each of the last `days` days (UTC), today last."""
        today = self._clock().date()
        every = [today - timedelta(days=ago) for ago in reversed(range(days))]
        async with self._database.read() as session:
            found = await clicks.by_day(session, appeal_id, since=every[0])
        return [(day, found.get(day, 0)) for day in every]

    async def most(self, days: int, *, limit: int) -> Sequence[tuple[int, str, int]]:
        """Return the Appeals with most clicks in the last `days` days (UTC): id, organisation, clicks."""
        async with self._database.read() as session:
            return await clicks.most(session, since=self._since(days), limit=limit)

    async def by_day(self, appeal_ids: Collection[int], days: int) -> Mapping[int, Mapping[date, int]]:
        """Return these Appeals' clicks of each of the last `days` days (UTC), by id, without empty days."""
        async with self._database.read() as session:
            return await clicks.of_some_by_day(session, appeal_ids, since=self._since(days))

    def _since(self, days: int) -> date:
        return self._clock().date() - timedelta(days=days - 1)

"""Re-checks: read the page behind each verified Appeal once a day, and suspend one that changed hands.

The checks are spread over the day, and each host is asked one thing at a time. A difference counts only if a
second reading shows it too, for many pages rotate what they show.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession

from bot import tasks
from bot.appeals.appeals import CHECK_EVERY, Appeals
from bot.appeals.pages.fingerprints import (
    Change,
    Difference,
    Fingerprint,
    Verdict,
    compare,
    led_away,
)
from bot.appeals.pages.pages import AppealPages
from bot.articles.fetch.errors import FetchRefusedError
from bot.clock import Clock
from bot.errors import UserError
from storage.appeals import appeals, notices, rechecks
from storage.appeals.rechecks import DueRecheck
from storage.database import Database
from storage.models import Appeal, AppealNotice, Recheck
from storage.words import AppealNews, AppealState, SuspensionReason

log = logging.getLogger(__name__)

ACTOR = "daily check"
"""The actor of the audit log."""

_AT_ONCE = 4  # hosts
_A_TURN = 20  # Appeals: 500 that are due together take 25 turns
_SOONER = timedelta(hours=2)  # at most so much before a day has passed, so that no two stay together
_SILENT_AFTER = 3  # failed checks in a row, a day apart


@dataclass(frozen=True, slots=True)
class _Reading:
    """What came of reading a page: one Fingerprint or two, or none, and then the hosts to which it led."""

    fingerprints: tuple[Fingerprint, ...] = ()
    hosts: tuple[str, ...] = ()

    def change(self, before: Fingerprint | None) -> Change:
        """Return what differs, at each reading."""
        if before is None:
            return Change()
        if not self.fingerprints:
            return led_away(before, self.hosts)
        first, *more = (compare(before, one) for one in self.fingerprints)
        for other in more:
            first = first.agreed(other)
        return first


@dataclass(frozen=True, slots=True)
class PageCheck:
    """The checks of a page: when it was read last (None: never) and is read next.

    - `failures`: how often in a row it could not be read.
    - `differences`: what its last reading shows other than the page that an editor found right.
    """

    checked_at: datetime | None
    next_at: datetime
    failures: int
    differences: Sequence[Difference]


class Rechecks:
    """The use cases of the daily check."""

    def __init__(self, database: Database, clock: Clock, service: Appeals, pages: AppealPages) -> None:
        self._database = database
        self._clock = clock
        self._appeals = service
        self._pages = pages

    async def check_due(self) -> int:
        """Check the Appeals whose turn has come, at most 20. Return how many."""
        now = self._clock()
        await self._plan_first(now)
        async with self._database.read() as session:
            found = await rechecks.due(session, now=now, limit=_A_TURN)
        limit = asyncio.Semaphore(_AT_ONCE)
        by_host: dict[str, list[DueRecheck]] = {}
        for one in found:
            by_host.setdefault(urlsplit(one.url).hostname or "", []).append(one)

        async def work(of_host: Sequence[DueRecheck]) -> None:
            async with limit:
                for one in of_host:
                    await self._check_safely(one)

        await tasks.all_of(map(work, by_host.values()))
        return len(found)

    async def found(self, appeal_id: int) -> PageCheck | None:
        """Return what the checks of an Appeal's page found; None if none was planned yet."""
        async with self._database.read() as session:
            check = await rechecks.of(session, appeal_id)
        if check is None:
            return None
        differences: tuple[Difference, ...] = ()
        if check.verified and check.latest:
            before, after = Fingerprint.load(check.verified), Fingerprint.load(check.latest)
            differences = compare(before, after).differences
        return PageCheck(check.checked_at, check.next_at, check.failures, differences)

    async def untold(self) -> Sequence[AppealNotice]:
        """Return the news that editors do not know yet, with the Appeals."""
        async with self._database.read() as session:
            return await notices.untold(session)

    async def mark_told(self, *ids: int) -> None:
        """Note that every editor who can be reached knows these."""
        async with self._database.transaction() as session:
            await notices.drop(session, ids)

    async def _plan_first(self, now: datetime) -> None:
        """Plan the first check of Appeals that were verified before there were any, spread over a day."""
        async with self._database.read() as session:
            unplanned = await rechecks.unplanned(session)
        if unplanned:
            async with self._database.transaction() as session:
                at = {number: now + CHECK_EVERY * _share(number, now) for number in unplanned}
                await rechecks.plan(session, at)

    async def _check_safely(self, due: DueRecheck) -> None:
        try:
            reading = await self._read(due)
        except Exception:  # one page must not keep the others waiting
            log.exception("a page could not be checked", extra={"appeal": due.appeal_id})
            reading = _Reading()
        async with self._database.transaction() as session:
            await self._settle(session, due, reading)

    async def _read(self, due: DueRecheck) -> _Reading:
        """Read the page; a second time if it differs, and if that works."""
        before = Fingerprint.load(due.verified) if due.verified else None
        try:
            first = await self._pages.read(due.url, due.organisation)
        except FetchRefusedError as error:
            return _Reading(hosts=error.hosts)
        except UserError:  # a check for robots, an error page, one that is too slow
            return _Reading()
        if before is None or not compare(before, first).differences:
            return _Reading((first,))
        try:
            return _Reading((first, await self._pages.read(due.url, due.organisation)))
        except UserError:
            return _Reading((first,))

    async def _settle(self, session: AsyncSession, due: DueRecheck, reading: _Reading) -> None:
        """Store what came of a check, unless an editor has changed the Appeal meanwhile."""
        appeal = await appeals.get(session, due.appeal_id, lock=True)
        check = await rechecks.of(session, due.appeal_id)
        if check is None or appeal is None:
            return
        if appeal.state is not AppealState.VERIFIED or appeal.version != due.version:
            return
        now = self._clock()
        await rechecks.change(
            session, appeal.id, next_at=now + CHECK_EVERY - _SOONER * _share(appeal.id, now)
        )
        change = reading.change(Fingerprint.load(check.verified) if check.verified else None)
        if reading.fingerprints:
            await self._note_read(session, check, reading.fingerprints[0], change, now)
        elif change.verdict is not Verdict.CHANGED:
            await self._note_failure(session, check, now)
        if change.verdict is Verdict.CHANGED:
            await self._suspend(session, appeal, change, now)
        elif change.verdict is Verdict.ODD:
            await self._warn(session, check, change, now)

    async def _note_read(
        self, session: AsyncSession, check: Recheck, found: Fingerprint, change: Change, now: datetime
    ) -> None:
        number, stored = check.appeal_id, found.dump()
        await rechecks.change(session, number, checked_at=now, failures=0)
        if check.verified is None:
            await rechecks.change(session, number, verified=stored)
        elif change.differences:
            await rechecks.change(session, number, latest=stored)
        else:
            await rechecks.change(session, number, latest=None, warned_of="")

    async def _note_failure(self, session: AsyncSession, check: Recheck, now: datetime) -> None:
        """Count a day on which the page could not be read; editors hear of the third in a row."""
        failures = check.failures + 1
        await rechecks.change(session, check.appeal_id, failures=failures)
        if failures == _SILENT_AFTER:
            await notices.add(session, check.appeal_id, AppealNews.SILENT, now=now, days=failures)

    async def _suspend(self, session: AsyncSession, appeal: Appeal, change: Change, now: datetime) -> None:
        await self._appeals.suspend_within(
            session,
            appeal,
            reason=SuspensionReason.CHANGED,
            actor=ACTOR,
            before={one.sign.value: one.before for one in change.differences},
            after={one.sign.value: one.after for one in change.differences},
        )
        shown = _stored(change)
        await notices.add(session, appeal.id, AppealNews.CHANGED, now=now, differences=shown)
        log.warning("the page of an appeal changed hands", extra={"appeal": appeal.id})

    async def _warn(self, session: AsyncSession, check: Recheck, change: Change, now: datetime) -> None:
        """Tell editors of odd signs, once for as long as they stay."""
        signs = " ".join(sorted({one.sign.value for one in change.differences}))
        if signs != check.warned_of:
            await rechecks.change(session, check.appeal_id, warned_of=signs)
            shown = _stored(change)
            await notices.add(session, check.appeal_id, AppealNews.ODD, now=now, differences=shown)


def _stored(change: Change) -> list[dict[str, str]]:
    names = ("sign", "before", "after")
    return [{name: str(asdict(one)[name]) for name in names} for one in change.differences]


def _share(appeal_id: int, now: datetime) -> float:
    """Return a number from 0 to 1 that is another one for each Appeal and each day."""
    digest = sha256(f"{appeal_id} {now.date()}".encode()).digest()
    return digest[0] / 256 + digest[1] / 65536

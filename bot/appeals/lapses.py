"""Lapses: a verified Appeal at whose page no person has looked for long is suspended, after two reminders."""

from datetime import datetime, timedelta

from bot.appeals.appeals import Appeals
from bot.clock import Clock
from storage.appeals import appeals, notices, rechecks
from storage.appeals.rechecks import UnseenAppeal
from storage.database import Database
from storage.words import AppealNews, AppealState, SuspensionReason

ACTOR = "lapse"
"""The actor of the audit log."""

LAPSED_AFTER = timedelta(days=90)
REMINDED_AFTER = (45, 80)
"""Days without a look after which editors are reminded, once each."""


class Lapses:
    """The use case of the duty that suspends and reminds; one transaction for each Appeal."""

    def __init__(self, database: Database, clock: Clock, service: Appeals) -> None:
        self._database = database
        self._clock = clock
        self._appeals = service

    async def note_due(self) -> None:
        """Suspend the Appeals that have lapsed, and store the reminders that are due."""
        now = self._clock()
        async with self._database.read() as session:
            unseen = await rechecks.unseen(session, since=now - timedelta(days=REMINDED_AFTER[0]))
        for one in unseen:
            if now - one.looked_at >= LAPSED_AFTER:
                await self._lapse(one, now)
            elif due := _reminder_due(one, now):
                await self._remind(one, due, now)

    async def _lapse(self, unseen: UnseenAppeal, now: datetime) -> None:
        async with self._database.transaction() as session:
            appeal = await appeals.get(session, unseen.appeal_id, lock=True)
            if appeal is None or appeal.state is not AppealState.VERIFIED:
                return
            if (appeal.looked_at or appeal.verified_at) != unseen.looked_at:  # an editor was quicker
                return
            await self._appeals.suspend_within(session, appeal, reason=SuspensionReason.LAPSED, actor=ACTOR)
            await notices.add(session, appeal.id, AppealNews.LAPSED, now=now, days=LAPSED_AFTER.days)

    async def _remind(self, unseen: UnseenAppeal, days: int, now: datetime) -> None:
        async with self._database.transaction() as session:
            if await rechecks.remind(session, unseen.appeal_id, days=days, now=now):
                await notices.add(session, unseen.appeal_id, AppealNews.AGING, now=now, days=days)


def _reminder_due(unseen: UnseenAppeal, now: datetime) -> int | None:
    """Return after how many days the last reminder should have come, if it did not."""
    passed = [days for days in REMINDED_AFTER if now - unseen.looked_at >= timedelta(days=days)]
    last = max(passed, default=0)
    return last if last > unseen.reminded_after else None

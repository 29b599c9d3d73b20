"""The audit log for people who read it: who did what and when, and what was there before and after."""

from collections.abc import AsyncIterator
from datetime import timedelta

from bot.clock import Clock
from storage import audit
from storage.audit import AuditFilter, AuditPage
from storage.database import Database
from storage.models import AuditEntry

_READ_AT_ONCE = 1_000
_FORGOTTEN_AT_ONCE = 1_000


class Audit:
    """Use cases that read the audit log, and forget its oldest entries."""

    def __init__(self, database: Database, clock: Clock, *, kept: timedelta | None) -> None:
        """`kept`: for how long an entry is kept; None: for ever."""
        self._database = database
        self._clock = clock
        self._kept = kept

    async def forget_old(self) -> None:
        """Delete the entries that are older than is set, in short transactions."""
        deleted = _FORGOTTEN_AT_ONCE if self._kept else 0
        while self._kept and deleted == _FORGOTTEN_AT_ONCE:
            async with self._database.transaction() as session:
                before = self._clock() - self._kept
                deleted = await audit.forget(session, before=before, limit=_FORGOTTEN_AT_ONCE)

    async def page(self, wanted: AuditFilter, *, before: int | None = None, limit: int) -> AuditPage:
        """Return a page of the wanted entries, newest first; `before`: the `older` of the page before.

        It may be empty although there are older ones: `AuditPage.older` says whether to go on.
        """
        async with self._database.read() as session:
            return await audit.page(session, wanted, before=before, limit=limit)

    async def every(self, wanted: AuditFilter) -> AsyncIterator[AuditEntry]:
        """Yield all wanted entries, newest first. No transaction stays open between two pages."""
        before: int | None = None
        while True:
            found = await self.page(wanted, before=before, limit=_READ_AT_ONCE)
            for entry in found.entries:
                yield entry
            if found.older is None:
                return
            before = found.older

"""The audit log for people who read it: who did what and when, and what was there before and after."""

from collections.abc import AsyncIterator

from storage import audit
from storage.audit import AuditFilter, AuditPage
from storage.database import Database
from storage.models import AuditEntry

_READ_AT_ONCE = 1_000


class Audit:
    """Use cases that read the audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

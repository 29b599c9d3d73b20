"""Notices for owners about the bot itself that wait to be sent."""

from collections.abc import Sequence

from storage.database import Database
from storage.editors import owner_notices
from storage.models import OwnerNotice


class OwnerNotices:
    """The use cases around notices for owners; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def untold(self) -> Sequence[OwnerNotice]:
        """Return the notices that wait, the oldest first."""
        async with self._database.read() as session:
            return await owner_notices.untold(session)

    async def mark_told(self, notice_id: int) -> None:
        """Delete a notice: every owner who can be reached has it."""
        async with self._database.transaction() as session:
            await owner_notices.drop(session, [notice_id])

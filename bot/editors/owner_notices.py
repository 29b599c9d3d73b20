"""What owners are still to be told about the bot itself."""

from collections.abc import Sequence

from storage.database import Database
from storage.editors import owner_notices
from storage.models import OwnerNotice


class OwnerNotices:
    """The use cases around notices for owners; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def untold(self) -> Sequence[OwnerNotice]:
        """Return what owners are to be told, the oldest first."""
        async with self._database.read() as session:
            return await owner_notices.untold(session)

    async def mark_told(self, notice_id: int) -> None:
        """Note that every owner who can be reached was told."""
        async with self._database.transaction() as session:
            await owner_notices.drop(session, [notice_id])

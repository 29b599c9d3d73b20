"""Backs up and restores as the bot does it, with the numbers of the tests."""

from datetime import date, datetime, timedelta
from pathlib import Path

from storage.backups import backups
from storage.backups.manifest import Manifest
from storage.backups.restored import Restoring, Settled
from storage.database import Database
from tests.factories import NOON

REASON = "it was restored"
LATER = NOON + timedelta(hours=14)


async def backed_up(database: Database, file: Path, at: datetime = NOON) -> Manifest:
    return await backups.back_up(database, file, program="1.2.3", now=at)


async def restored(
    target: Database, file: Path, at: datetime = LATER, *, replace: bool = False, reason: str = REASON
) -> Settled:
    def restoring(manifest: Manifest) -> Restoring:
        return Restoring(
            made_at=manifest.made_at,
            at=at,
            actor="command line",
            reason=reason,
            silent_since=date(2026, 9, 20),
            range_size=500,
        )

    return await backups.restore(target, file, restoring, replace=replace)

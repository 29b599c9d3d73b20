"""Caches the frozen Bodies of the Broadcast that a worker sends, and reads each version once."""

import orjson

from bot.delivery.selection import BodyOfVariant
from storage.broadcasts import bodies
from storage.database import Database
from storage.deliveries.leases import Lease


class BodyCache:
    """Reads the Bodies of a Broadcast when they are first needed, and again when their version changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bodies: dict[tuple[int, int], BodyOfVariant] = {}  # by Broadcast and version

    async def of(self, lease: Lease) -> BodyOfVariant:
        """Return the Bodies of the Broadcast, in the version that the lease names."""
        key = (lease.broadcast_id, lease.body_version)
        if key not in self._bodies:
            async with self._database.read() as session:
                frozen = await bodies.of(session, lease.broadcast_id)
            # Only the last version stays here: few Broadcasts run at once.
            self._bodies = {key: {variant: orjson.dumps(body) for variant, body in frozen.items()}}
        return self._bodies[key]

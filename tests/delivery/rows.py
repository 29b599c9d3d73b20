"""Short calls of the functions on leases, recipients and receipts, each in a transaction of its own."""

from collections.abc import Collection, Sequence

from storage.database import Database
from storage.deliveries import leases, receipts, recipients
from storage.deliveries.leases import Lease, ObservedLease
from storage.deliveries.receipts import Receipt
from storage.models import Range
from storage.words import DeliveryState
from tests.factories import NOON, get_subscriber


async def claim(
    database: Database, worker: str = "one", dead: Collection[ObservedLease] = ()
) -> Lease | None:
    """Claim the next Range."""
    async with database.transaction() as session:
        return await leases.claim(session, worker=worker, dead=dead)


async def claimed(database: Database, worker: str = "one", dead: Collection[ObservedLease] = ()) -> Lease:
    """Claim the next Range, which must exist."""
    lease = await claim(database, worker, dead)
    assert lease is not None
    return lease


async def leased(database: Database) -> Sequence[ObservedLease]:
    """Return all leases."""
    async with database.read() as session:
        return await leases.observe(session)


async def rescued(database: Database, worker: str = "two") -> Lease:
    """Claim a Range whose lease counts as dead."""
    return await claimed(database, worker, await leased(database))


async def write(database: Database, lease: Lease, batch: Sequence[Receipt]) -> bool:
    """Write receipts."""
    async with database.transaction() as session:
        return await receipts.write(session, lease, batch, now=NOON)


async def due(database: Database, lease: Lease, *, after_id: int = 0, limit: int = 1000) -> list[int]:
    """Return the chats of the recipients who are due."""
    async with database.read() as session:
        found = await recipients.due(session, lease, after_id=after_id, limit=limit)
    return [recipient.chat_id for recipient in found]


async def ids_of(database: Database, chats: Sequence[int]) -> list[int]:
    """Return the Subscriber ids of these chats."""
    return [(await get_subscriber(database, chat)).id for chat in chats]


async def range_of(database: Database, lease: Lease) -> Range:
    """Return the row of a leased Range."""
    async with database.read() as session:
        found = await session.get(Range, lease.range_id)
    assert found is not None
    return found


def sent(subscriber_id: int) -> Receipt:
    """Return the receipt of a message that arrived."""
    return Receipt(subscriber_id, DeliveryState.SENT, message_id=2**40 + subscriber_id)

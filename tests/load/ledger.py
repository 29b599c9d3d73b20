"""The ledger alone: claim, read, settle and close as the worker does, with nothing sent between.

`python -m tests.load.ledger DATABASE_URL DELIVERIES` works on a running Broadcast and prints
one JSON object.
"""

import json
import sys
import time

import uvloop

from bot.clock import utc_now
from storage.database import Database
from storage.deliveries import leases, receipts, recipients
from storage.deliveries.leases import Lease
from storage.deliveries.receipts import Receipt
from storage.words import DeliveryState

BATCH = 150  # the worker's window at 1,000/s: no commit of its receipts can be larger


async def work(url: str, wanted: int) -> dict[str, float]:
    """Deliver to so many, or to all that are left: how many, in what time, and what it cost this process."""
    database = Database(url)
    done = 0
    began, cpu = time.monotonic(), time.process_time()
    while done < wanted:
        async with database.transaction() as session:
            lease = await leases.claim(session, worker="ledger")
        if lease is None:
            break
        done += await _range(database, lease)
    took, used = time.monotonic() - began, time.process_time() - cpu
    await database.close()
    return {"deliveries": done, "seconds": took, "cpu_s": used}


async def _range(database: Database, lease: Lease) -> int:
    async with database.read() as session:
        assert await leases.is_workable(session, lease)
        due = await recipients.due(session, lease, after_id=lease.first_id - 1, limit=1000)
    for place in range(0, len(due), BATCH):
        batch = [
            Receipt(one.subscriber_id, DeliveryState.SENT, message_id=one.subscriber_id)
            for one in due[place : place + BATCH]
        ]
        async with database.transaction() as session:
            assert await receipts.write(session, lease, batch, now=utc_now())
    async with database.transaction() as session:
        assert await leases.close(session, lease)
    return len(due)


def main() -> None:
    """Print what it came to."""
    url, wanted = sys.argv[1:]
    print(json.dumps(uvloop.run(work(url, int(wanted)))))


if __name__ == "__main__":
    main()

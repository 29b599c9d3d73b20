"""When Digests start, and in which order they are sent beside other Broadcasts."""

import asyncio
from datetime import timedelta

import pytest

from bot.digests.selection import DigestSelector
from storage.broadcasts import lists
from storage.database import Database
from storage.deliveries import due, leases
from storage.models import Subscriber
from storage.words import (
    SubscriberState,
)
from tests.digests.worlds import (
    MORNING,
    DigestWorld,
    all_finished,
)
from tests.factories import (
    add_subscribers,
    running_broadcast,
)


async def test_processes_that_start_at_once_start_one_digest(digest_world: DigestWorld) -> None:
    """Of four starts at once one makes a Digest, and readers who become due meanwhile are in the next one."""
    await add_subscribers(digest_world.database, 5)
    later = await add_subscribers(digest_world.database, 1, quiet_until=9)
    await digest_world.push("The bridge holds")
    digest_world.clock.now = MORNING
    started = await asyncio.gather(*(digest_world.digests.start_due() for _ in range(4)))
    assert len([one for one in started if one is not None]) == 1
    digest_world.clock.advance(hours=1)
    second = await digest_world.digests.start_due()
    assert second is not None
    digest_world.broadcast_id = second
    worker = digest_world.worker()
    async with digest_world.at_work(worker):
        await worker.until(lambda: all_finished(digest_world.database))
    assert len(digest_world.telegram.got) == 6
    assert digest_world.telegram.chats.count(later[0]) == 1


async def test_two_digests_at_once_have_no_reader_in_common(digest_world: DigestWorld) -> None:
    """Readers of both lie between each other: each is in one of the two, and gets one message."""
    for _ in range(3):
        await add_subscribers(digest_world.database, 2)
        await add_subscribers(digest_world.database, 1, quiet_until=9)
    await digest_world.push("The bridge holds")
    for wait in (timedelta(0), timedelta(hours=1)):
        digest_world.clock.now = MORNING + wait
        assert await digest_world.digests.start_due() is not None
    selector = DigestSelector(digest_world.database, digest_world.clock, digest_world.digests.gatherer, "UTC")
    found: list[set[int]] = []
    async with digest_world.database.transaction() as session:
        for worker in ("one", "another"):
            lease = await leases.claim(session, worker=worker)
            assert lease is not None
            due_now = await selector.recipients(session, lease, after_id=lease.first_id - 1, limit=100)
            found.append({one.subscriber_id for one in due_now})
    assert [len(one) for one in found] == [6, 3]
    assert not found[0] & found[1]


async def test_a_digest_does_not_wait_behind_a_long_push(digest_world: DigestWorld) -> None:
    """Urgent pushes go first, then the Digest, then the push that began before both."""
    early = await add_subscribers(digest_world.database, 4, quiet_from=None, quiet_until=None)
    (late,) = await add_subscribers(digest_world.database, 1)
    await digest_world.push("The bridge holds")
    await digest_world.push("The school opens")
    digest_world.clock.now = MORNING
    digest_world.telegram.got.clear()
    await running_broadcast(digest_world.database, size=1)
    assert await digest_world.digests.start_due() is not None
    digest_world.broadcast_id = await running_broadcast(digest_world.database, size=1, urgent=True)
    worker = digest_world.worker(window=1)
    async with digest_world.at_work(worker):
        await worker.until(lambda: all_finished(digest_world.database))
    assert sorted(digest_world.telegram.chats[:5]) == sorted([*early, late])
    assert digest_world.telegram.chats[5] == late
    assert sorted(digest_world.telegram.chats[6:]) == sorted([*early, late])


async def test_a_finished_digest_is_not_listed(digest_world: DigestWorld) -> None:
    """Editors see a Digest in their list only while they can pause it."""
    await add_subscribers(digest_world.database, 1)
    await digest_world.push("The bridge holds")
    digest_world.clock.now = MORNING
    started = await digest_world.digests.start_due()
    async with digest_world.database.read() as session:
        assert (await lists.newest(session))[0].id == started
    digest_world.broadcast_id = started or 0
    await digest_world.finish(digest_world.worker())
    async with digest_world.database.read() as session:
        assert started not in [one.id for one in await lists.newest(session)]


@pytest.mark.parametrize("dense", [True, False])
async def test_due_readers_are_found_by_either_index(database: Database, dense: bool) -> None:
    """Both conditions find the active Subscribers who are due by then, within the ids."""
    await add_subscribers(database, 3, due_at=MORNING)
    await add_subscribers(database, 2, due_at=MORNING + timedelta(seconds=1))
    await add_subscribers(database, 2, due_at=MORNING, state=SubscriberState.STOPPED)
    await add_subscribers(database, 1)
    async with database.read() as session:
        wanted = due.condition(2, 100, MORNING, dense=dense)
        found = await session.scalars(
            Subscriber.__table__.select().with_only_columns(Subscriber.id).where(wanted)
        )
        assert len(list(found)) == 2

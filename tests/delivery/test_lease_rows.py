"""Leases in the database: which worker may claim which Range, and what a fenced worker may not do."""

import pytest

from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import leases, receipts
from storage.words import BroadcastState
from tests.delivery.rows import claim, claimed, ids_of, leased, range_of, rescued, sent, write
from tests.factories import add_subscribers, at_once, running_broadcast
from tests.waiting import soon


async def test_ranges_are_claimed_in_the_order_of_their_ids(database: Database) -> None:
    """Each Range is claimed once, and then none is open."""
    await add_subscribers(database, 6)
    await running_broadcast(database, size=2)
    claims = [await claimed(database, worker) for worker in ("one", "two", "one")]
    bounds = [(lease.range_id, lease.first_id, lease.last_id) for lease in claims]
    assert bounds == sorted(set(bounds))
    assert {last - first for _, first, last in bounds} == {1}
    assert await claim(database, "three") is None
    async with database.read() as session:
        assert not await leases.is_anything_open(session)


async def test_concurrent_claimers_get_different_ranges(database: Database) -> None:
    """Of eight claims at once for five Ranges, five get one each and three get none."""
    await add_subscribers(database, 5)
    await running_broadcast(database, size=1)
    claims = await at_once(database, lambda session: leases.claim(session, worker="w"), 8)
    got = [lease.range_id for lease in claims if lease is not None]
    assert len(got) == len(set(got)) == 5


async def test_a_claim_under_way_blocks_no_other(postgres_url: str) -> None:
    """On PostgreSQL a Range that another transaction claims is skipped and not waited for."""
    database = Database(postgres_url)
    await add_subscribers(database, 2)
    await running_broadcast(database, size=1)
    async with database.transaction() as session:
        first = await leases.claim(session, worker="one")
        second = await soon(claim(database, "two"))
    await database.close()
    assert first is not None
    assert second is not None
    assert first.range_id != second.range_id


async def test_a_dead_lease_is_claimed_with_a_higher_attempt(database: Database) -> None:
    """Its Range comes before Ranges that were never claimed."""
    await add_subscribers(database, 3)
    await running_broadcast(database, size=1)
    first = await claimed(database)
    dead = await leased(database)
    second = await claimed(database)
    assert second.range_id != first.range_id
    async with database.read() as session:
        assert await leases.is_anything_open(session, dead=dead)
    again = await claimed(database, "two", dead)
    assert (again.range_id, again.attempt) == (first.range_id, first.attempt + 1)
    assert (first.was_leased_before, again.was_leased_before) == (False, True)
    assert (await claimed(database, "two", dead)).range_id not in {first.range_id, second.range_id}


async def test_of_many_claims_of_a_dead_lease_one_succeeds(database: Database) -> None:
    """The first claim makes it a living lease."""
    await add_subscribers(database, 1)
    await running_broadcast(database)
    first = await claimed(database)
    dead = await leased(database)
    taken = await at_once(database, lambda session: leases.claim(session, worker="w", dead=dead), 8)
    assert [lease.attempt for lease in taken if lease is not None] == [first.attempt + 1]


async def test_the_ranges_of_a_dead_worker_are_freed_and_fenced(database: Database) -> None:
    """Only its own Ranges are freed; if it lives after all, it can neither write, renew nor close."""
    chats = await add_subscribers(database, 3)
    await running_broadcast(database, size=1)
    wrongly, others = await claimed(database, "dead"), await claimed(database, "alive")
    async with database.transaction() as session:
        assert await leases.release_all(session, worker="dead") == 1
    (subscriber_id, *_) = await ids_of(database, chats)
    assert not await write(database, wrongly, [sent(subscriber_id)])
    async with database.transaction() as session:
        assert not await leases.renew(session, wrongly)
        assert not await leases.is_workable(session, wrongly)
        assert not await leases.close(session, wrongly)
        assert await leases.renew(session, others)
    assert (await claimed(database, "heir")).range_id == wrongly.range_id


async def test_an_excepted_broadcast_is_not_claimed(database: Database) -> None:
    """Another Broadcast is claimed instead."""
    await add_subscribers(database, 1)
    alone, other = [await running_broadcast(database) for _ in range(2)]
    async with database.transaction() as session:
        assert not await leases.is_anything_open(session, except_for={alone, other})
        assert await leases.is_anything_open(session, except_for={alone})
        lease = await leases.claim(session, worker="w", except_for={alone})
    assert lease is not None
    assert lease.broadcast_id == other


async def test_a_released_range_is_claimed_at_once(database: Database) -> None:
    """The next worker gets it with a higher attempt."""
    await add_subscribers(database, 1)
    await running_broadcast(database)
    first = await claimed(database)
    async with database.transaction() as session:
        await leases.release(session, first)
    assert (await claimed(database, "two")).attempt == 2


async def test_a_renewed_lease_is_not_dead(database: Database) -> None:
    """A worker that saw the lease before its renewal cannot claim it."""
    await add_subscribers(database, 1)
    await running_broadcast(database)
    lease = await claimed(database)
    before = await leased(database)
    async with database.transaction() as session:
        assert await leases.renew(session, lease)
    assert await claim(database, "two", before) is None
    (after,) = await leased(database)
    assert (after.range_id, after.attempt) == (lease.range_id, lease.attempt)
    assert after not in before


async def test_a_fenced_worker_changes_nothing(database: Database) -> None:
    """It can neither write, renew, close nor release: the Range stays as its new worker left it."""
    chats = await add_subscribers(database, 1)
    broadcast_id = await running_broadcast(database)
    old = await claimed(database, "old")
    new = await rescued(database, "new")
    before = vars(await range_of(database, new)).copy()
    (subscriber_id,) = await ids_of(database, chats)
    assert not await write(database, old, [sent(subscriber_id)])
    async with database.transaction() as session:
        assert not await leases.renew(session, old)
        assert not await leases.close(session, old)
        await leases.release(session, old)
        assert not await leases.is_workable(session, old)
        assert await leases.is_workable(session, new)
        assert await receipts.of(session, broadcast_id) == []
    after = vars(await range_of(database, new))
    assert {**after, "_sa_instance_state": None} == {**before, "_sa_instance_state": None}
    assert after["worker"] == "new"


@pytest.mark.parametrize("state", [one for one in BroadcastState if one is not BroadcastState.RUNNING])
async def test_only_a_running_broadcast_is_worked_on(database: Database, state: BroadcastState) -> None:
    """A paused or ended Broadcast is neither workable nor claimed; receipts of sent messages are still
    written.
    """
    await add_subscribers(database, 2)
    broadcast_id = await running_broadcast(database, size=1)
    lease = await claimed(database)
    async with database.transaction() as session:
        await broadcasts.change(session, broadcast_id, state=state)
    async with database.read() as session:
        assert not await leases.is_workable(session, lease)
        assert not await leases.is_anything_open(session)
    assert await claim(database) is None
    assert await write(database, lease, [sent(lease.first_id)])  # what was sent is still noted


async def test_a_closed_range_is_done_for_good(database: Database) -> None:
    """Nobody claims it again, and its last worker can write no more."""
    await add_subscribers(database, 1)
    await running_broadcast(database)
    lease = await claimed(database)
    async with database.transaction() as session:
        assert await leases.close(session, lease)
        assert not await leases.close(session, lease)
        assert not await leases.is_workable(session, lease)
    assert not await write(database, lease, [sent(lease.first_id)])
    assert await leased(database) == []
    assert await claim(database, "two") is None

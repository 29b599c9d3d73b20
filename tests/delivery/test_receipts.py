"""The ledger: who may claim which Range, who is due in it, and what may be written by whom."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import pytest

from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import deliveries
from storage.deliveries.deliveries import Lease, ObservedLease, Receipt
from storage.models import Range
from storage.stories import topics
from storage.subscribers import subscribers
from storage.words import BroadcastState, ChatKind, DeliveryState, Length, SubscriberState
from tests.factories import NOON, add_subscribers, at_once, get_subscriber, running_broadcast
from tests.waiting import soon


async def claim(
    database: Database, worker: str = "one", dead: Collection[ObservedLease] = ()
) -> Lease | None:
    async with database.transaction() as session:
        return await deliveries.claim(session, worker=worker, dead=dead)


async def claimed(database: Database, worker: str = "one", dead: Collection[ObservedLease] = ()) -> Lease:
    lease = await claim(database, worker, dead)
    assert lease is not None
    return lease


async def leased(database: Database) -> Sequence[ObservedLease]:
    async with database.read() as session:
        return await deliveries.leased(session)


async def rescued(database: Database, worker: str = "two") -> Lease:
    """Claim a Range whose holder stands still."""
    return await claimed(database, worker, await leased(database))


async def settle(database: Database, lease: Lease, receipts: Sequence[Receipt]) -> bool:
    async with database.transaction() as session:
        return await deliveries.settle(session, lease, receipts, now=NOON)


async def due(database: Database, lease: Lease, *, after_id: int = 0, limit: int = 1000) -> list[int]:
    """The chats that are due."""
    async with database.read() as session:
        found = await deliveries.due(session, lease, after_id=after_id, limit=limit)
    return [recipient.chat_id for recipient in found]


async def ids_of(database: Database, chats: Sequence[int]) -> list[int]:
    return [(await get_subscriber(database, chat)).id for chat in chats]


async def range_of(database: Database, lease: Lease) -> Range:
    async with database.read() as session:
        found = await session.get(Range, lease.range_id)
    assert found is not None
    return found


def sent(subscriber_id: int) -> Receipt:
    return Receipt(subscriber_id, DeliveryState.SENT, message_id=2**40 + subscriber_id)


async def test_ranges_are_claimed_in_the_order_of_their_ids(database: Database) -> None:
    """Each once; a held one is nobody else's; then there is none."""
    await add_subscribers(database, 6)
    await running_broadcast(database, size=2)
    leases = [await claimed(database, worker) for worker in ("one", "two", "one")]
    assert [lease.range_id for lease in leases] == sorted(lease.range_id for lease in leases)
    assert [lease.last_id - lease.first_id for lease in leases] == [1, 1, 1]
    assert len({lease.first_id for lease in leases}) == 3
    assert await claim(database, "three") is None
    async with database.read() as session:
        assert not await deliveries.is_anything_open(session)


async def test_concurrent_claimers_get_different_ranges(database: Database) -> None:
    """Eight at once for five Ranges: five get one each, three get none."""
    await add_subscribers(database, 5)
    await running_broadcast(database, size=1)
    leases = await at_once(database, lambda session: deliveries.claim(session, worker="w"), 8)
    got = [lease.range_id for lease in leases if lease is not None]
    assert len(got) == len(set(got)) == 5


async def test_a_claim_under_way_holds_up_nobody(postgres_url: str) -> None:
    """On PostgreSQL a Range that somebody is just claiming is skipped, not waited for."""
    database = Database(postgres_url)
    await add_subscribers(database, 2)
    await running_broadcast(database, size=1)
    async with database.transaction() as session:
        first = await deliveries.claim(session, worker="one")
        second = await soon(claim(database, "two"))
    await database.close()
    assert first is not None
    assert second is not None
    assert first.range_id != second.range_id


async def test_a_lease_that_stands_still_is_claimed_again_with_a_higher_attempt(database: Database) -> None:
    """By whoever knows that it does; it comes before Ranges that were never claimed."""
    await add_subscribers(database, 3)
    await running_broadcast(database, size=1)
    first = await claimed(database)
    dead = await leased(database)
    second = await claimed(database)
    assert second.range_id != first.range_id
    async with database.read() as session:
        assert await deliveries.is_anything_open(session, dead=dead)
    again = await claimed(database, "two", dead)
    assert (again.range_id, again.attempt) == (first.range_id, first.attempt + 1)
    assert (first.was_leased_before, again.was_leased_before) == (False, True)
    assert (await claimed(database, "two", dead)).range_id not in {first.range_id, second.range_id}


async def test_of_many_who_take_over_at_once_one_does(database: Database) -> None:
    """Each saw it stand still; the first who claims it makes it a lease that lives."""
    await add_subscribers(database, 1)
    await running_broadcast(database)
    first = await claimed(database)
    dead = await leased(database)
    taken = await at_once(database, lambda session: deliveries.claim(session, worker="w", dead=dead), 8)
    assert [lease.attempt for lease in taken if lease is not None] == [first.attempt + 1]


async def test_what_a_dead_worker_held_is_freed_and_fenced(database: Database) -> None:
    """Only what is its; and if it lives after all, it may not write, renew or close any more."""
    chats = await add_subscribers(database, 3)
    await running_broadcast(database, size=1)
    wrongly, others = await claimed(database, "dead"), await claimed(database, "alive")
    async with database.transaction() as session:
        assert await deliveries.release_all(session, worker="dead") == 1
    (subscriber_id, *_) = await ids_of(database, chats)
    assert not await settle(database, wrongly, [sent(subscriber_id)])
    async with database.transaction() as session:
        assert not await deliveries.renew(session, wrongly)
        assert not await deliveries.is_workable(session, wrongly)
        assert not await deliveries.close(session, wrongly)
        assert await deliveries.renew(session, others)
    assert (await claimed(database, "heir")).range_id == wrongly.range_id


async def test_a_broadcast_that_is_to_be_left_alone_is_not_claimed(database: Database) -> None:
    """The others are."""
    await add_subscribers(database, 1)
    alone, other = [await running_broadcast(database) for _ in range(2)]
    async with database.transaction() as session:
        assert not await deliveries.is_anything_open(session, except_for={alone, other})
        assert await deliveries.is_anything_open(session, except_for={alone})
        lease = await deliveries.claim(session, worker="w", except_for={alone})
    assert lease is not None
    assert lease.broadcast_id == other


async def test_a_released_range_need_not_be_waited_for(database: Database) -> None:
    """The next worker gets it at once, as a later attempt."""
    await add_subscribers(database, 1)
    await running_broadcast(database)
    first = await claimed(database)
    async with database.transaction() as session:
        await deliveries.release(session, first)
    assert (await claimed(database, "two")).attempt == 2


async def test_a_lease_that_was_renewed_stands_still_no_more(database: Database) -> None:
    """Who thought it dead gets nothing."""
    await add_subscribers(database, 1)
    await running_broadcast(database)
    lease = await claimed(database)
    before = await leased(database)
    async with database.transaction() as session:
        assert await deliveries.renew(session, lease)
    assert await claim(database, "two", before) is None
    (after,) = await leased(database)
    assert (after.range_id, after.attempt) == (lease.range_id, lease.attempt)
    assert after not in before


async def test_a_fenced_holder_may_write_nothing(database: Database) -> None:
    """Neither settle nor renew nor close nor release: the Range is as its new holder left it."""
    chats = await add_subscribers(database, 1)
    broadcast_id = await running_broadcast(database)
    old = await claimed(database, "old")
    new = await rescued(database, "new")
    before = vars(await range_of(database, new)).copy()
    (subscriber_id,) = await ids_of(database, chats)
    assert not await settle(database, old, [sent(subscriber_id)])
    async with database.transaction() as session:
        assert not await deliveries.renew(session, old)
        assert not await deliveries.close(session, old)
        await deliveries.release(session, old)
        assert not await deliveries.is_workable(session, old)
        assert await deliveries.is_workable(session, new)
        assert await deliveries.receipts(session, broadcast_id) == []
    after = vars(await range_of(database, new))
    assert {**after, "_sa_instance_state": None} == {**before, "_sa_instance_state": None}
    assert after["worker"] == "new"


async def test_what_is_settled_is_counted_and_kept(database: Database) -> None:
    """Each receipt once, blocked apart from failed, batch upon batch."""
    chats = await add_subscribers(database, 5)
    broadcast_id = await running_broadcast(database)
    lease = await claimed(database)
    ids = await ids_of(database, chats)
    first = [sent(ids[0]), sent(ids[1]), Receipt(ids[2], DeliveryState.FAILED, reason="bad")]
    second = [
        Receipt(ids[3], DeliveryState.FAILED, reason="blocked", blocked=True),
        Receipt(ids[4], DeliveryState.SKIPPED),
    ]
    assert await settle(database, lease, first)
    assert await settle(database, lease, second)
    async with database.read() as session:
        progress = await broadcasts.progress(session, broadcast_id)
        kept = await deliveries.receipts(session, broadcast_id)
    assert (progress.sent, progress.failed, progress.blocked, progress.skipped) == (2, 1, 1, 1)
    assert [(one.subscriber_id, one.state, one.message_id, one.reason) for one in kept] == [
        (one.subscriber_id, one.state, one.message_id, one.reason) for one in [*first, *second]
    ]
    assert all(one.settled_at == NOON for one in kept)


async def test_a_receipt_that_is_written_again_is_counted_once(database: Database) -> None:
    """The answer to a commit was lost and the same receipts are settled again: the counts stay right."""
    chats = await add_subscribers(database, 2)
    await running_broadcast(database)
    lease = await claimed(database)
    receipts = [sent(one) for one in await ids_of(database, chats)]
    assert await settle(database, lease, receipts[:1])
    assert await settle(database, lease, receipts)
    assert (await range_of(database, lease)).sent == 2


async def test_concurrent_settlements_lose_no_count(database: Database) -> None:
    """Six at once in one Range add up."""
    chats = await add_subscribers(database, 6)
    broadcast_id = await running_broadcast(database)
    lease = await claimed(database)
    ids = iter(await ids_of(database, chats))
    done = await at_once(
        database, lambda session: deliveries.settle(session, lease, [sent(next(ids))], now=NOON)
    )
    assert done == [True] * 6
    async with database.read() as session:
        assert (await broadcasts.progress(session, broadcast_id)).sent == 6
        assert len(await deliveries.receipts(session, broadcast_id)) == 6


async def test_after_a_rescue_only_those_without_a_receipt_are_due(database: Database) -> None:
    """Whoever has one, whatever it says, is left out; the order and the limit stay."""
    chats = await add_subscribers(database, 6)
    await running_broadcast(database)
    first = await claimed(database)
    ids = await ids_of(database, chats)
    await settle(database, first, [sent(ids[1]), Receipt(ids[3], DeliveryState.FAILED, reason="x")])
    second = await rescued(database)
    assert await due(database, second) == [chats[0], chats[2], chats[4], chats[5]]
    assert await due(database, second, after_id=ids[0], limit=2) == [chats[2], chats[4]]


async def test_a_receipt_of_another_broadcast_counts_for_nothing(database: Database) -> None:
    """Who got yesterday's story still gets today's."""
    chats = await add_subscribers(database, 2)
    await running_broadcast(database)
    await settle(database, await claimed(database), [sent(one) for one in await ids_of(database, chats)])
    await running_broadcast(database)
    lease = await claimed(database)
    assert await due(database, replace(lease, attempt=2)) == chats


@pytest.mark.parametrize("state", [one for one in BroadcastState if one is not BroadcastState.RUNNING])
async def test_only_a_running_broadcast_is_worked_on(database: Database, state: BroadcastState) -> None:
    """Paused or cancelled: what is held is not workable, what is free is not claimed."""
    await add_subscribers(database, 2)
    broadcast_id = await running_broadcast(database, size=1)
    lease = await claimed(database)
    async with database.transaction() as session:
        await broadcasts.change(session, broadcast_id, state=state)
    async with database.read() as session:
        assert not await deliveries.is_workable(session, lease)
        assert not await deliveries.is_anything_open(session)
    assert await claim(database) is None
    assert await settle(database, lease, [sent(lease.first_id)])  # what was sent is still noted


async def test_a_closed_range_is_done_for_good(database: Database) -> None:
    """Nobody claims it again, and its last holder may write no more."""
    await add_subscribers(database, 1)
    await running_broadcast(database)
    lease = await claimed(database)
    async with database.transaction() as session:
        assert await deliveries.close(session, lease)
        assert not await deliveries.close(session, lease)
        assert not await deliveries.is_workable(session, lease)
    assert not await settle(database, lease, [sent(lease.first_id)])
    assert await leased(database) == []
    assert await claim(database, "two") is None


async def test_due_are_the_active_of_the_range_and_the_audience(database: Database) -> None:
    """Not whoever stopped, speaks another language, follows other Topics, or came later."""
    async with database.transaction() as session:
        (topic,) = await topics.ensure(session, {"bridges": "Bridges"})
    wanted = await add_subscribers(database, 2, length=Length.LONG)
    await add_subscribers(database, 1, language="uk")
    for state in SubscriberState:
        if state is not SubscriberState.ACTIVE:
            await add_subscribers(database, 1, state=state)
    await add_subscribers(database, 1, kind=ChatKind.GROUP)
    (follower,) = await add_subscribers(database, 1, all_topics=False)
    await add_subscribers(database, 1, all_topics=False)
    async with database.transaction() as session:
        found = await subscribers.by_chat(session, follower)
        assert found is not None
        await subscribers.set_topics(session, found.id, [topic.id])
    await running_broadcast(database, topics=[topic.id], languages=("en",), kinds=("private",))
    await add_subscribers(database, 1)
    lease = await claimed(database)
    assert await due(database, lease) == [*wanted, follower]
    async with database.read() as session:
        (first, *_) = await deliveries.due(session, lease, after_id=0, limit=1)
    assert (first.language, first.length) == ("en", Length.LONG)


async def test_a_stop_acts_on_a_range_that_is_held(database: Database) -> None:
    """The next slice that is read leaves them out."""
    chats = await add_subscribers(database, 3)
    await running_broadcast(database)
    lease = await claimed(database)
    async with database.transaction() as session:
        await subscribers.change(session, chats[1], state=SubscriberState.STOPPED)
    assert await due(database, lease) == [chats[0], chats[2]]

"""Receipts in the database: each is written and counted once, and decides who is still due."""

from dataclasses import replace

from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import receipts, recipients
from storage.deliveries.receipts import Receipt
from storage.stories import topics
from storage.subscribers import subscribers
from storage.words import ChatKind, DeliveryState, Length, SubscriberState
from tests.delivery.rows import claimed, due, ids_of, range_of, rescued, sent, write
from tests.factories import NOON, add_subscribers, at_once, running_broadcast


async def test_receipts_are_stored_and_counted(database: Database) -> None:
    """Each batch adds to the counts, and blocked is counted apart from failed."""
    chats = await add_subscribers(database, 5)
    broadcast_id = await running_broadcast(database)
    lease = await claimed(database)
    ids = await ids_of(database, chats)
    first = [sent(ids[0]), sent(ids[1]), Receipt(ids[2], DeliveryState.FAILED, reason="bad")]
    second = [
        Receipt(ids[3], DeliveryState.FAILED, reason="blocked", blocked=True),
        Receipt(ids[4], DeliveryState.SKIPPED),
    ]
    assert await write(database, lease, first)
    assert await write(database, lease, second)
    async with database.read() as session:
        progress = await broadcasts.progress(session, broadcast_id)
        stored = await receipts.of(session, broadcast_id)
    assert (progress.sent, progress.failed, progress.blocked, progress.skipped) == (2, 1, 1, 1)
    assert [(one.subscriber_id, one.state, one.message_id, one.reason) for one in stored] == [
        (one.subscriber_id, one.state, one.message_id, one.reason) for one in [*first, *second]
    ]
    assert all(one.settled_at == NOON for one in stored)


async def test_a_receipt_that_is_written_again_is_counted_once(database: Database) -> None:
    """A receipt that is written again, after the answer to its commit was lost, changes no count."""
    chats = await add_subscribers(database, 2)
    await running_broadcast(database)
    lease = await claimed(database)
    receipts = [sent(one) for one in await ids_of(database, chats)]
    assert await write(database, lease, receipts[:1])
    assert await write(database, lease, receipts)
    assert (await range_of(database, lease)).sent == 2


async def test_concurrent_writes_lose_no_count(database: Database) -> None:
    """Six writes at once in one Range add up."""
    chats = await add_subscribers(database, 6)
    broadcast_id = await running_broadcast(database)
    lease = await claimed(database)
    ids = iter(await ids_of(database, chats))
    done = await at_once(
        database, lambda session: receipts.write(session, lease, [sent(next(ids))], now=NOON)
    )
    assert done == [True] * 6
    async with database.read() as session:
        assert (await broadcasts.progress(session, broadcast_id)).sent == 6
        assert len(await receipts.of(session, broadcast_id)) == 6


async def test_under_a_later_lease_only_subscribers_without_a_receipt_are_due(database: Database) -> None:
    """Any receipt counts; the order and the limit stay."""
    chats = await add_subscribers(database, 6)
    await running_broadcast(database)
    first = await claimed(database)
    ids = await ids_of(database, chats)
    await write(database, first, [sent(ids[1]), Receipt(ids[3], DeliveryState.FAILED, reason="x")])
    second = await rescued(database)
    assert await due(database, second) == [chats[0], chats[2], chats[4], chats[5]]
    assert await due(database, second, after_id=ids[0], limit=2) == [chats[2], chats[4]]


async def test_a_receipt_of_another_broadcast_does_not_count(database: Database) -> None:
    """A reader who has another Broadcast is still due."""
    chats = await add_subscribers(database, 2)
    await running_broadcast(database)
    await write(database, await claimed(database), [sent(one) for one in await ids_of(database, chats)])
    await running_broadcast(database)
    lease = await claimed(database)
    assert await due(database, replace(lease, attempt=2)) == chats


async def test_due_are_active_subscribers_of_the_audience(database: Database) -> None:
    """Readers who stopped, read another language, chose other Topics or came later are left out."""
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
        (first, *_) = await recipients.due(session, lease, after_id=0, limit=1)
    assert (first.language, first.length) == ("en", Length.LONG)


async def test_a_stop_acts_on_a_leased_range(database: Database) -> None:
    """The next slice leaves out a reader who sent /stop."""
    chats = await add_subscribers(database, 3)
    await running_broadcast(database)
    lease = await claimed(database)
    async with database.transaction() as session:
        await subscribers.change(session, chats[1], state=SubscriberState.STOPPED)
    assert await due(database, lease) == [chats[0], chats[2]]

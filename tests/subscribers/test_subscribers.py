"""Rows of Subscribers: one for a chat; states, topics and moves change only what they should."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.models import Subscriber
from storage.stories import topics
from storage.subscribers import subscribers
from storage.words import ChatKind, Length, SubscriberState
from tests.factories import NOON, add_subscribers, at_once, get_subscriber

LARGEST = 2**52 - 1  # "at most 52 significant bits" (Bot API, Chat)


async def meet(session: AsyncSession, chat_id: int, language: str = "en") -> Subscriber:
    return await subscribers.meet(
        session,
        chat_id=chat_id,
        kind=ChatKind.PRIVATE,
        language=language,
        state=SubscriberState.STOPPED,
    )


@pytest.mark.parametrize("chat_id", [1, LARGEST, -LARGEST, 2**63 - 1])
async def test_a_chat_is_met_once(database: Database, chat_id: int) -> None:
    """A chat has one Subscriber, also with an id of 64 bits; meeting it again changes nothing."""
    async with database.transaction() as session:
        first = await meet(session, chat_id)
        again = await meet(session, chat_id, language="uk")
    assert first.id == again.id
    kept = await get_subscriber(database, chat_id)
    assert (kept.language, kept.state, kept.length) == ("en", SubscriberState.STOPPED, Length.SHORT)
    assert kept.all_topics
    assert kept.joined_at is None


async def test_a_chat_that_is_met_at_once_is_met_once(database: Database) -> None:
    """Six updates of a new chat at once make one Subscriber."""
    found = await at_once(database, lambda session: meet(session, 5_000_000_001))
    assert len({one.id for one in found}) == 1


async def test_a_change_is_stored_and_returned(database: Database) -> None:
    """A change returns the changed Subscriber, and changes no other one."""
    one, other = await add_subscribers(database, 2)
    async with database.transaction() as session:
        await subscribers.by_chat(session, one)
        changed = await subscribers.change(session, one, length=Length.LONG, all_topics=False)
        assert changed is not None
        assert (changed.chat_id, changed.length, changed.all_topics) == (one, Length.LONG, False)
        assert await subscribers.change(session, 1, length=Length.LONG) is None
    assert (await get_subscriber(database, one)).length is Length.LONG
    assert (await get_subscriber(database, other)).length is Length.SHORT


async def test_a_group_is_followed_to_its_new_id(database: Database) -> None:
    """A moved group is the same Subscriber with its Preferences."""
    (old,) = await add_subscribers(database, 1, kind=ChatKind.GROUP, length=Length.LONG)
    before = await get_subscriber(database, old)
    async with database.transaction() as session:
        await subscribers.move_chat(session, old=old, new=-1_001_000_000_002, now=NOON)
        assert await subscribers.by_chat(session, old) is None
    after = await get_subscriber(database, -1_001_000_000_002)
    assert (after.id, after.length, after.state) == (before.id, Length.LONG, SubscriberState.ACTIVE)


async def test_a_group_whose_new_id_is_known_already_is_gone(database: Database) -> None:
    """A moved group whose new id has joined is marked as gone; an unknown group changes nothing."""
    old, new = await add_subscribers(database, 2)
    async with database.transaction() as session:
        await subscribers.move_chat(session, old=old, new=new, now=NOON)
        await subscribers.move_chat(session, old=1, new=2, now=NOON)
        assert await subscribers.by_chat(session, 2) is None
    gone = await get_subscriber(database, old)
    assert (gone.state, gone.blocked_at) == (SubscriberState.GONE, NOON)
    assert (await get_subscriber(database, new)).state is SubscriberState.ACTIVE


async def test_blocked_is_noted_for_active_subscribers_only(database: Database) -> None:
    """Blocked is noted for active Subscribers only; a /stop at the same moment stays."""
    states = list(SubscriberState)
    chats = [(await add_subscribers(database, 1, state=state))[0] for state in states]
    bystander = (await add_subscribers(database, 1))[0]
    ids = [(await get_subscriber(database, chat)).id for chat in chats]
    async with database.transaction() as session:
        await subscribers.set_states(session, ids, SubscriberState.BLOCKED, now=NOON)
        await subscribers.set_states(session, [], SubscriberState.GONE, now=NOON)
    found = [await get_subscriber(database, chat) for chat in chats]
    blocked, active = SubscriberState.BLOCKED, SubscriberState.ACTIVE
    assert [one.state for one in found] == [blocked if one is active else one for one in states]
    assert [one.blocked_at for one in found] == [NOON if one is active else None for one in states]
    assert (await get_subscriber(database, bystander)).state is SubscriberState.ACTIVE


async def test_topics_are_replaced_and_unknown_ones_left_out(database: Database) -> None:
    """Setting topics replaces the old ones, leaves out unknown ones, and changes nobody else's."""
    one, other = [(await get_subscriber(database, chat)).id for chat in await add_subscribers(database, 2)]
    async with database.transaction() as session:
        known = await topics.ensure(session, {"a": "A", "b": "B", "c": "C"})
        a, b, c = (topic.id for topic in known)
        await subscribers.set_topics(session, other, [c])
        await subscribers.set_topics(session, one, [a, b])
        assert await subscribers.topics_of(session, one) == {a, b}
        await subscribers.set_topics(session, one, [b, b, 999_999])
        assert await subscribers.topics_of(session, one) == {b}
        await subscribers.set_topics(session, one, [])
        assert await subscribers.topics_of(session, one) == set()
        assert await subscribers.topics_of(session, other) == {c}


async def test_subscribers_are_counted_by_state(database: Database) -> None:
    """Subscribers are counted by state; states without any are left out."""
    await add_subscribers(database, 3)
    await add_subscribers(database, 2, state=SubscriberState.BLOCKED)
    async with database.read() as session:
        counts = await subscribers.count_by_state(session)
    assert counts == {SubscriberState.ACTIVE: 3, SubscriberState.BLOCKED: 2}

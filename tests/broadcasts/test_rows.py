"""Rows of Broadcasts on real databases: Audience, states, Bodies and progress."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Unpack

import pytest

from storage.broadcasts import bodies, broadcasts, lists
from storage.broadcasts.audience import Audience
from storage.broadcasts.bodies import Variant
from storage.broadcasts.broadcasts import BroadcastChanges, Progress
from storage.database import Database
from storage.deliveries import leases
from storage.stories import topics
from storage.subscribers import subscribers
from storage.words import BroadcastState, ChatKind, Length, SubscriberState
from tests.factories import (
    NOON,
    add_story,
    add_subscribers,
    at_once,
    get_subscriber,
    running_broadcast,
)

EVERYBODY = 2**62


async def reach(database: Database, audience: Audience) -> int:
    async with database.read() as session:
        return await broadcasts.count(session, audience)


async def follow(database: Database, chat_id: int, topic_ids: Sequence[int]) -> None:
    """Let these Subscribers have these Topics, and not all any more."""
    subscriber = await get_subscriber(database, chat_id)
    async with database.transaction() as session:
        await subscribers.change(session, chat_id, all_topics=False)
        await subscribers.set_topics(session, subscriber.id, topic_ids)


async def make_topics(database: Database, *slugs: str) -> list[int]:
    async with database.transaction() as session:
        made = await topics.ensure(session, {slug: slug for slug in slugs})
    return [topic.id for topic in made]


async def prepared(database: Database, **changes: Unpack[BroadcastChanges]) -> int:
    """Add a Broadcast in preparation with these columns. Return its id."""
    async with database.transaction() as session:
        story_id = await add_story(session)
        broadcast = await broadcasts.add(session, story_id=story_id, now=NOON)
        if changes:
            await broadcasts.change(session, broadcast.id, **changes)
        return broadcast.id


async def test_the_audience_by_topics(database: Database) -> None:
    """Subscribers with all Topics are in every Audience; those with some once, if one of theirs is in it."""
    a, b, c = await make_topics(database, "a", "b", "c")
    await add_subscribers(database, 2)
    first, both, none = await add_subscribers(database, 3)
    await follow(database, first, [a])
    await follow(database, both, [a, b])
    await follow(database, none, [])
    cases = {(): 2, (a,): 4, (b,): 3, (a, b): 4, (c,): 2}
    for asked, expected in cases.items():
        assert await reach(database, Audience(topics=asked, highest_id=EVERYBODY)) == expected


async def test_a_choice_counts_for_nothing_once_all_topics_are_followed(database: Database) -> None:
    """Subscriptions that a Subscriber with all Topics still has neither exclude nor double them."""
    a, b = await make_topics(database, "a", "b")
    (chat,) = await add_subscribers(database, 1)
    await follow(database, chat, [a, b])
    async with database.transaction() as session:
        await subscribers.change(session, chat, all_topics=True)
    for asked in ((), (a,), (a, b)):
        assert await reach(database, Audience(topics=asked, highest_id=EVERYBODY)) == 1


async def test_the_audience_by_language_kind_and_state(database: Database) -> None:
    """Each filter works alone and with the others; an inactive Subscriber passes none."""
    await add_subscribers(database, 4)
    await add_subscribers(database, 3, language="uk")
    await add_subscribers(database, 2, language="uk", kind=ChatKind.GROUP)
    for state in SubscriberState:
        if state is not SubscriberState.ACTIVE:
            await add_subscribers(database, 5, state=state)
    assert await reach(database, Audience(highest_id=EVERYBODY)) == 9
    assert await reach(database, Audience(languages=("uk",), highest_id=EVERYBODY)) == 5
    assert await reach(database, Audience(languages=("uk", "en"), highest_id=EVERYBODY)) == 9
    assert await reach(database, Audience(kinds=("group",), highest_id=EVERYBODY)) == 2
    assert await reach(database, Audience(languages=("en",), kinds=("group",), highest_id=EVERYBODY)) == 0


async def test_whoever_comes_after_the_start_is_left_out(database: Database) -> None:
    """`highest_id` excludes later Subscribers; without Subscribers the Audience is empty."""
    async with database.read() as session:
        assert await broadcasts.highest_subscriber(session) == 0
        assert await broadcasts.lowest_subscriber(session) == 0
    await add_subscribers(database, 3)
    async with database.read() as session:
        highest = await broadcasts.highest_subscriber(session)
        assert await broadcasts.lowest_subscriber(session) == highest - 2
    await add_subscribers(database, 2)
    assert await reach(database, Audience(highest_id=highest)) == 3
    assert await reach(database, Audience()) == 0


async def test_an_audience_is_read_back_as_it_was_frozen(database: Database) -> None:
    """An Audience that is read back is the same filter."""
    audience = Audience((1, 2), ("en", "uk"), ("private",), 2**40)
    broadcast_id = await prepared(database, audience=audience)
    async with database.read() as session:
        broadcast = await broadcasts.get(session, broadcast_id)
    assert broadcast is not None
    assert Audience.load(broadcast.audience) == audience


async def test_of_many_processes_one_starts_a_broadcast(database: Database) -> None:
    """Of six attempts at once, exactly one moves it from scheduled to running."""
    broadcast_id = await prepared(database, state=BroadcastState.SCHEDULED)
    moved = await at_once(
        database,
        lambda session: broadcasts.move(
            session,
            broadcast_id,
            come_from=[BroadcastState.SCHEDULED],
            to=BroadcastState.RUNNING,
            started_at=NOON,
        ),
    )
    assert sorted(moved) == [False] * 5 + [True]


async def test_a_move_from_another_state_changes_nothing(database: Database) -> None:
    """A move from another state changes neither the state nor other columns; nor does one of no Broadcast."""
    broadcast_id = await prepared(database)
    async with database.transaction() as session:
        for number in (broadcast_id, broadcast_id + 1):
            assert not await broadcasts.move(
                session, number, come_from=[BroadcastState.PAUSED], to=BroadcastState.RUNNING, reason="x"
            )
    async with database.read() as session:
        broadcast = await broadcasts.get(session, broadcast_id)
    assert broadcast is not None
    assert (broadcast.state, broadcast.reason) == (BroadcastState.PREPARING, None)


async def test_due_are_the_scheduled_ones_whose_hour_has_come(database: Database) -> None:
    """The scheduled Broadcasts whose hour has come are found, the earliest first."""
    scheduled = BroadcastState.SCHEDULED
    now = await prepared(database, state=scheduled, start_at=NOON)
    earlier = await prepared(database, state=scheduled, start_at=NOON - timedelta(hours=1))
    await prepared(database, state=scheduled, start_at=NOON + timedelta(seconds=1))
    await prepared(database, state=BroadcastState.CANCELLED, start_at=NOON)
    await prepared(database, start_at=NOON)
    async with database.read() as session:
        assert list(await broadcasts.due_to_start(session, now=NOON, longest=timedelta(hours=1))) == [
            earlier,
            now,
        ]


async def test_bodies_are_read_back_as_they_were_frozen(database: Database) -> None:
    """Bodies are read back as they were frozen, each Broadcast its own."""
    broadcast_id, other = await prepared(database), await prepared(database)
    payloads: dict[Variant, dict[str, Any]] = {
        Variant("uk", Length.LONG, "en", appeal=False): {
            "text": "Їжак 👩‍👩‍👧 <&>",
            "entities": [{"type": "bold", "offset": 0}],
        },
        Variant("en", Length.LONG): {"text": "Hedgehog"},
    }
    async with database.transaction() as session:
        await bodies.freeze(session, broadcast_id, payloads)
        await bodies.freeze(session, other, {Variant("en", Length.BRIEF): {"text": "x"}})
    async with database.read() as session:
        assert await bodies.of(session, broadcast_id) == payloads


async def test_progress_is_the_sum_over_the_ranges(database: Database) -> None:
    """Progress is the sum over the Ranges of this Broadcast; without Ranges it is 0."""
    await add_subscribers(database, 4)
    other = await running_broadcast(database, size=1)
    broadcast_id = await running_broadcast(database, size=2)
    empty = await prepared(database)
    async with database.transaction() as session:
        await broadcasts.change(session, other, state=BroadcastState.PAUSED)
        lease = await leases.claim(session, worker="w")
        assert lease is not None
        assert lease.broadcast_id == broadcast_id
        await leases.close(session, lease)
        assert await broadcasts.progress(session, broadcast_id) == Progress(0, 0, 0, 0, 2, 1)
        assert await broadcasts.progress(session, other) == Progress(0, 0, 0, 0, 4, 0)
        assert await broadcasts.progress(session, empty) == Progress(0, 0, 0, 0, 0, 0)


async def test_a_broadcast_is_finished_with_its_last_range_by_one(database: Database) -> None:
    """A Broadcast finishes with its last Range; of six that notice it at once, one is the one that did it."""
    await add_subscribers(database, 2)
    broadcast_id = await running_broadcast(database, size=1)
    for _ in range(2):
        async with database.transaction() as session:
            assert not await broadcasts.finish(session, broadcast_id, now=NOON)
            lease = await leases.claim(session, worker="w")
            assert lease is not None
            await leases.close(session, lease)
    told = await at_once(database, lambda session: broadcasts.finish(session, broadcast_id, now=NOON))
    assert sorted(told) == [False] * 5 + [True]
    async with database.read() as session:
        broadcast = await broadcasts.get(session, broadcast_id)
    assert broadcast is not None
    assert (broadcast.state, broadcast.finished_at) == (BroadcastState.FINISHED, NOON)


async def test_the_last_two_ranges_closed_at_once_finish_it(postgres_url: str) -> None:
    """Of two transactions that close the last two Ranges at once, one finishes the Broadcast."""
    database = Database(postgres_url)
    await add_subscribers(database, 2)
    broadcast_id = await running_broadcast(database, size=1)
    both_closed = asyncio.Barrier(2)

    async def close_one() -> bool:
        async with database.transaction() as session:
            lease = await leases.claim(session, worker="w")
            assert lease is not None
            await leases.close(session, lease)
            await both_closed.wait()
            return await broadcasts.finish(session, broadcast_id, now=NOON)

    told = await asyncio.gather(close_one(), close_one())
    await database.close()
    assert sorted(told) == [False, True]


@pytest.mark.parametrize("state", [BroadcastState.PAUSED, BroadcastState.CANCELLED])
async def test_only_a_running_broadcast_finishes(database: Database, state: BroadcastState) -> None:
    """A paused Broadcast is not finished, though it has no open Range."""
    broadcast_id = await prepared(database, state=state)
    async with database.transaction() as session:
        assert not await broadcasts.finish(session, broadcast_id, now=NOON)


async def test_broadcasts_come_with_their_story_newest_first(database: Database) -> None:
    """The list has Stories, is newest first, and leaves out what is in preparation."""
    ids = [await prepared(database, state=BroadcastState.SCHEDULED) for _ in range(3)]
    await prepared(database)
    async with database.read() as session:
        listed = await lists.newest(session)
        assert await broadcasts.get(session, ids[-1] + 2) is None
    assert [one.id for one in listed] == ids[::-1]
    assert all(one.story and one.title == one.story.headline for one in listed)

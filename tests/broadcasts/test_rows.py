"""Broadcasts: their Audience, their states, their frozen Bodies and their progress."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from storage.broadcasts import broadcasts
from storage.broadcasts.broadcasts import Audience, Progress, Variant
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
    """They chose these Topics, and no longer all."""
    subscriber = await get_subscriber(database, chat_id)
    async with database.transaction() as session:
        await subscribers.change(session, chat_id, all_topics=False)
        await subscribers.set_topics(session, subscriber.id, topic_ids)


async def make_topics(database: Database, *slugs: str) -> list[int]:
    async with database.transaction() as session:
        made = await topics.ensure(session, {slug: slug for slug in slugs})
    return [topic.id for topic in made]


async def draft(database: Database, **values: object) -> int:
    async with database.transaction() as session:
        story_id = await add_story(session)
        broadcast = await broadcasts.draft(session, story_id=story_id, now=NOON)
        if values:
            await broadcasts.change(session, broadcast.id, **values)
        return broadcast.id


async def test_the_audience_by_topics(database: Database) -> None:
    """Who follows all gets every Story; who chose gets those about a chosen one, once, and no others."""
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
    """Old rows of chosen Topics neither leave anybody out nor count anybody twice."""
    a, b = await make_topics(database, "a", "b")
    (chat,) = await add_subscribers(database, 1)
    await follow(database, chat, [a, b])
    async with database.transaction() as session:
        await subscribers.change(session, chat, all_topics=True)
    for asked in ((), (a,), (a, b)):
        assert await reach(database, Audience(topics=asked, highest_id=EVERYBODY)) == 1


async def test_the_audience_by_language_kind_and_state(database: Database) -> None:
    """Each filter alone and all together; whoever is not active is in none."""
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
    """`highest_id` is the last one who was there; without any there is nobody."""
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


async def test_an_audience_is_kept_as_it_was_frozen(database: Database) -> None:
    """What is read back from the row is the same filter."""
    audience = Audience((1, 2), ("en", "uk"), ("private",), 2**40)
    broadcast_id = await draft(database, audience=audience.dump())
    async with database.read() as session:
        broadcast = await broadcasts.get(session, broadcast_id)
    assert broadcast is not None
    assert Audience.load(broadcast.audience) == audience


async def test_of_many_processes_one_starts_a_broadcast(database: Database) -> None:
    """Exactly one of six moves it from scheduled to running."""
    broadcast_id = await draft(database, state=BroadcastState.SCHEDULED)
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
    """Neither the state nor the values that came with it; one that does not exist is not moved."""
    broadcast_id = await draft(database)
    async with database.transaction() as session:
        for number in (broadcast_id, broadcast_id + 1):
            assert not await broadcasts.move(
                session, number, come_from=[BroadcastState.PAUSED], to=BroadcastState.RUNNING, reason="x"
            )
    async with database.read() as session:
        broadcast = await broadcasts.get(session, broadcast_id)
    assert broadcast is not None
    assert (broadcast.state, broadcast.reason) == (BroadcastState.DRAFT, None)


async def test_due_are_the_scheduled_ones_whose_hour_has_come(database: Database) -> None:
    """The one that waited longest first."""
    scheduled = BroadcastState.SCHEDULED
    now = await draft(database, state=scheduled, start_at=NOON)
    earlier = await draft(database, state=scheduled, start_at=NOON - timedelta(hours=1))
    await draft(database, state=scheduled, start_at=NOON + timedelta(seconds=1))
    await draft(database, state=BroadcastState.CANCELLED, start_at=NOON)
    await draft(database, start_at=NOON)
    async with database.read() as session:
        assert list(await broadcasts.due(session, now=NOON, longest=timedelta(hours=1))) == [earlier, now]


async def test_bodies_are_kept_by_language_and_length(database: Database) -> None:
    """Telegram's own parameters, letter for letter, each Broadcast its own."""
    broadcast_id, other = await draft(database), await draft(database)
    payloads: dict[Variant, dict[str, Any]] = {
        Variant("uk", Length.LONG, "en", appeal=False): {
            "text": "Їжак 👩‍👩‍👧 <&>",
            "entities": [{"type": "bold", "offset": 0}],
        },
        Variant("en", Length.LONG): {"text": "Hedgehog"},
    }
    async with database.transaction() as session:
        await broadcasts.freeze_bodies(session, broadcast_id, payloads)
        await broadcasts.freeze_bodies(session, other, {Variant("en", Length.BRIEF): {"text": "x"}})
    async with database.read() as session:
        assert await broadcasts.bodies(session, broadcast_id) == payloads


async def test_progress_is_the_sum_over_the_ranges(database: Database) -> None:
    """Of this Broadcast only; without Ranges all is 0."""
    await add_subscribers(database, 4)
    other = await running_broadcast(database, size=1)
    broadcast_id = await running_broadcast(database, size=2)
    empty = await draft(database)
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
    """Not before, and of six that notice it at once one is told."""
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
    """On PostgreSQL neither of two transactions sees what the other closed: yet one must finish it."""
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
    """Though none of its Ranges is open."""
    broadcast_id = await draft(database, state=state)
    async with database.transaction() as session:
        assert not await broadcasts.finish(session, broadcast_id, now=NOON)


async def test_broadcasts_come_with_their_story_newest_first(database: Database) -> None:
    """As the editors' list shows them; what an editor only prepares is in no list."""
    ids = [await draft(database, state=BroadcastState.SCHEDULED) for _ in range(3)]
    await draft(database)
    async with database.read() as session:
        listed = await broadcasts.every(session)
        assert await broadcasts.get(session, ids[-1] + 2) is None
    assert [one.id for one in listed] == ids[::-1]
    assert all(one.story and one.title == one.story.headline for one in listed)

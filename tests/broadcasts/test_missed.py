"""Pushes that a Subscriber missed while they had blocked the bot, on both databases."""

import asyncio
import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select

from bot.delivery.outcome import Blocked
from bot.subscribers.subscribers import Subscribers
from storage import schema
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.models import Broadcast, Delivery, Range
from storage.stories import stories, topics
from storage.subscribers import subscribers
from storage.words import BroadcastState, DeliveryState, StoryState, SubscriberState
from tests.factories import NOON, MovableClock, add_subscribers, get_subscriber, running_broadcast
from tests.fakes import DeliveryWorld

DAY = timedelta(days=1)


async def _pushed(
    database: Database, at: datetime, state: BroadcastState = BroadcastState.FINISHED, **about: object
) -> int:
    """Add a push that started then and has ended."""
    broadcast_id = await running_broadcast(database, **about)  # type: ignore[arg-type]
    async with database.transaction() as session:
        await broadcasts.change(session, broadcast_id, state=state, started_at=at)
    return broadcast_id


async def _held(database: Database, chat: int) -> list[int]:
    subscriber_id = (await get_subscriber(database, chat)).id
    async with database.read() as session:
        rows = await session.scalars(
            select(Delivery.broadcast_id)
            .where(Delivery.subscriber_id == subscriber_id, Delivery.state == DeliveryState.HELD)
            .order_by(Delivery.broadcast_id)
        )
        return list(rows)


@pytest.fixture
def people(database: Database, clock: MovableClock) -> Subscribers:
    return Subscribers(database, clock, "en")


async def _away(people: Subscribers, clock: MovableClock, chat: int, until: datetime) -> None:
    """Let them block the bot now and unblock it then."""
    await people.blocked(chat)
    clock.now = until
    await people.unblocked(chat)


async def test_pushes_that_started_during_the_absence_are_held(
    database: Database, people: Subscribers, clock: MovableClock
) -> None:
    """What started before they left is not held, nor what was cancelled or withdrawn."""
    away, stopped = await add_subscribers(database, 2)
    await _pushed(database, NOON - timedelta(seconds=1))
    missed = [await _pushed(database, NOON + timedelta(seconds=1)), await _pushed(database, NOON + DAY)]
    await _pushed(database, NOON + DAY, BroadcastState.CANCELLED)
    withdrawn = await _pushed(database, NOON + DAY)
    async with database.transaction() as session:
        story_id = (await session.get_one(Broadcast, withdrawn)).story_id
        await stories.change(session, story_id or 0, state=StoryState.WITHDRAWN)
        await subscribers.change(session, stopped, state=SubscriberState.STOPPED)
    await _away(people, clock, away, NOON + 2 * DAY)
    await _away(people, clock, stopped, NOON + 2 * DAY)
    returned = await get_subscriber(database, away)
    assert (returned.state, returned.due_at) == (SubscriberState.ACTIVE, NOON + 2 * DAY)
    assert await _held(database, away) == missed
    assert (await get_subscriber(database, stopped)).state is SubscriberState.STOPPED
    assert await _held(database, stopped) == []
    await people.unblocked(away)  # told twice by Telegram
    assert await _held(database, away) == missed


@pytest.mark.parametrize("seed", range(4))
async def test_when_it_started_decides_and_no_id(
    database: Database, people: Subscribers, clock: MovableClock, seed: int
) -> None:
    """When a push started counts, not when it was prepared."""
    [chat] = await add_subscribers(database, 1)
    clock.now = left = NOON + 10 * DAY
    hours = random.Random(seed).sample(range(20 * 24), 12)  # ids tell nothing of the order
    starts = {await _pushed(database, NOON + timedelta(hours=hour)): hour for hour in hours}
    await _away(people, clock, chat, NOON + 20 * DAY)
    assert await _held(database, chat) == sorted(
        one for one, hour in starts.items() if NOON + timedelta(hours=hour) > left
    )


async def test_a_newcomer_gets_nothing_from_before_they_came(
    database: Database, people: Subscribers, clock: MovableClock
) -> None:
    """A push that started during the absence is held, though ids above theirs have receipts."""
    [there] = await add_subscribers(database, 1)
    await _pushed(database, NOON)
    clock.now = NOON + DAY
    [newcomer] = await add_subscribers(database, 1, joined_at=clock.now)
    prepared = await _pushed(database, NOON - DAY)
    assert (await get_subscriber(database, there)).id < (await get_subscriber(database, newcomer)).id
    missed = await _pushed(database, NOON + 2 * DAY)
    await _away(people, clock, newcomer, NOON + 3 * DAY)
    assert await _held(database, newcomer) == [missed]
    assert prepared not in await _held(database, newcomer)


async def test_nothing_comes_from_the_time_of_a_stop(
    database: Database, people: Subscribers, clock: MovableClock
) -> None:
    """After /stop, a new subscription and a block, only what started after the block is held."""
    [chat] = await add_subscribers(database, 1)
    await people.set_state(chat, SubscriberState.STOPPED)
    await _pushed(database, NOON + DAY)
    clock.now = NOON + 2 * DAY
    await people.start(chat)
    clock.now = NOON + 3 * DAY
    missed = await _pushed(database, NOON + 4 * DAY)
    await _away(people, clock, chat, NOON + 5 * DAY)
    assert await _held(database, chat) == [missed]


async def test_old_news_is_not_held(database: Database, people: Subscribers, clock: MovableClock) -> None:
    """Of a long absence, the last three months count, and of these the fifty of theirs that started last."""
    [chat] = await add_subscribers(database, 1, all_topics=False)
    async with database.transaction() as session:
        [food] = await topics.ensure(session, {"food": "Food"})
        subscriber = await subscribers.by_chat(session, chat)
        assert subscriber is not None
        await subscribers.set_topics(session, subscriber.id, [food.id])
    await _pushed(database, NOON + DAY, topics=[food.id])
    recent = [
        await _pushed(database, NOON + 100 * DAY + timedelta(hours=hour), topics=[food.id])
        for hour in range(52)
    ]
    for hour in range(60):
        await _pushed(database, NOON + 110 * DAY + timedelta(hours=hour))
    await _away(people, clock, chat, NOON + 120 * DAY)
    assert await _held(database, chat) == recent[2:]


async def test_a_return_asks_once_for_each_audience(
    database: Database, people: Subscribers, clock: MovableClock
) -> None:
    """Hundreds of pushes that were missed cost no more statements than a few."""
    [chat] = await add_subscribers(database, 1, story_languages="en")
    statements: list[str] = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda _conn, _cursor, statement, *_: statements.append(statement),
    )

    async def held_after(pushes: int) -> int:
        await people.blocked(chat)
        clock.advance(days=1)
        languages = [(("en",), ("de",), ("uk",))[number % 3] for number in range(pushes)]
        missed = [await _pushed(database, clock.now, story_languages=one) for one in languages]
        clock.advance(days=1)
        statements.clear()
        await people.unblocked(chat)
        asked = len(statements)
        assert (await _held(database, chat))[-pushes // 3 :] == missed[::3]
        return asked

    assert await held_after(6) == await held_after(60)


async def test_the_push_that_was_refused_by_the_block_is_held_too(
    database: Database, clock: MovableClock
) -> None:
    """A push that Telegram refused because of the block becomes held, and is counted so."""
    office, people = DeliveryWorld(database, clock), Subscribers(database, clock, "en")
    await office.open(3)
    chat = office.chats[1]
    office.telegram.outcomes = {chat: Blocked()}
    clock.now = NOON + timedelta(minutes=3)
    await office.finish(office.worker())
    left = await get_subscriber(database, chat)
    assert (left.state, left.blocked_at) == (SubscriberState.BLOCKED, clock.now)
    later = await _pushed(database, NOON + DAY)
    clock.now = NOON + 2 * DAY
    await people.unblocked(chat)
    assert await _held(database, chat) == [office.broadcast_id, later]
    progress = await office.progress()
    assert (progress.sent, progress.held, progress.blocked) == (2, 1, 0)


async def test_what_still_runs_counts_where_it_has_passed_them(
    database: Database, people: Subscribers, clock: MovableClock
) -> None:
    """Of a running push, only Subscribers of a done Range get it held; the worker serves the others."""
    first, second = await add_subscribers(database, 2)
    running = await _pushed(database, NOON + DAY, BroadcastState.RUNNING, size=1)
    async with database.transaction() as session:
        ranges = list(await session.scalars(select(Range).order_by(Range.first_id)))
        ranges[0].done = True
    for chat in (first, second):
        clock.now = NOON
        await _away(people, clock, chat, NOON + 2 * DAY)
    assert await _held(database, first) == [running]
    assert await _held(database, second) == []
    async with database.read() as session:
        progress = await broadcasts.progress(session, running)
    assert (progress.held, progress.more) == (1, 1)


async def test_whom_a_worker_has_just_passed_is_not_missed(database: Database, clock: MovableClock) -> None:
    """A Subscriber who returns while a worker is in their Range gets the push once."""
    office, people = DeliveryWorld(database, clock), Subscribers(database, clock, "en")
    await office.open(30)
    back = office.chats[0]
    await people.blocked(back)

    async def return_() -> None:
        await people.unblocked(back)

    office.at_send(20, return_)
    await office.finish(office.worker())
    assert sorted(office.telegram.chats) == sorted(office.chats)
    assert await _held(database, back) == []


async def test_a_return_at_the_last_moment_of_a_range(database: Database, clock: MovableClock) -> None:
    """A worker that believes it is through gives the Range back if somebody in it returned."""
    office, people = DeliveryWorld(database, clock), Subscribers(database, clock, "en")
    await office.open(3)
    back = office.chats[0]
    await people.blocked(back)

    async def return_() -> None:
        await people.unblocked(back)

    office.at_send(2, return_)  # the last one of the only Range
    await office.finish(office.worker())
    assert sorted(office.telegram.chats) == sorted(office.chats)


async def test_an_absence_without_a_date_begins_after_the_newest_receipt(database: Database) -> None:
    """The absence begins after their newest receipt; without any, after they joined."""
    sent, never, there = await add_subscribers(database, 3)
    pushes = [await _pushed(database, NOON), await _pushed(database, NOON)]
    subscriber_id = (await get_subscriber(database, sent)).id
    async with database.transaction() as session:
        for chat in (sent, never):
            await subscribers.change(session, chat, state=SubscriberState.BLOCKED)
        for push, hours in zip(pushes, (5, 2), strict=True):
            at = NOON + timedelta(hours=hours)
            receipt = {"broadcast_id": push, "subscriber_id": subscriber_id, "settled_at": at}
            session.add(Delivery(state=DeliveryState.SENT, **receipt))
    await schema.migrate(database, "0004")
    await schema.migrate(database)
    found = [(await get_subscriber(database, chat)).blocked_at for chat in (sent, never, there)]
    assert found == [NOON + timedelta(hours=5), NOON, None]


async def test_what_was_not_for_them_is_not_held(
    database: Database, people: Subscribers, clock: MovableClock
) -> None:
    """A push on Topics that they did not choose is not held."""
    [picky] = await add_subscribers(database, 1, all_topics=False)
    await _pushed(database, NOON + DAY)
    await _away(people, clock, picky, NOON + 2 * DAY)
    assert (await get_subscriber(database, picky)).due_at is None
    assert await _held(database, picky) == []


async def test_who_returns_and_who_stops_block_nobody(
    database: Database, people: Subscribers, clock: MovableClock
) -> None:
    """Both change the counts of the same pushes at the same moment: no transaction ends in a deadlock."""
    chats = await add_subscribers(database, 16)
    pushes = [await _pushed(database, NOON + timedelta(hours=hour)) for hour in range(1, 13)]
    back, gone = chats[::2], chats[1::2]
    for chat in chats:
        await people.blocked(chat)
    clock.now = NOON + DAY
    for chat in gone:
        await people.unblocked(chat)  # they hold all of them
    await asyncio.gather(
        *(people.unblocked(chat) for chat in back),
        *(people.set_state(chat, SubscriberState.STOPPED) for chat in gone),
    )
    assert {tuple(await _held(database, chat)) for chat in back} == {tuple(pushes)}
    assert {tuple(await _held(database, chat)) for chat in gone} == {()}

"""One statement says what there may be to do."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event, text, update

from storage.broadcasts import broadcasts, cards
from storage.broadcasts.cards import CardLocation
from storage.database import Database
from storage.deliveries import work
from storage.deliveries.work import Work
from storage.models import Broadcast, Card, Range, Subscriber
from storage.stories import decisions, stories
from storage.webhooks import events, parcels, webhooks
from storage.words import (
    BroadcastKind,
    BroadcastState,
    DecisionAction,
    EventKind,
    StoryState,
    SubscriberState,
)
from tests.factories import NOON, add_story, add_subscribers, running_broadcast

NOTHING = Work(broadcasts=False, digests=False, ranges=False, cards=False, drafts=False)
HOUR = timedelta(hours=1)


async def _look(database: Database, now: datetime = NOON) -> Work:
    async with database.read() as session:
        return await work.look(session, now=now)


async def test_in_an_empty_database_there_is_nothing_to_do(database: Database) -> None:
    """Nor where readers have nothing held."""
    assert await _look(database) == NOTHING
    await add_subscribers(database, 3)
    assert await _look(database) == NOTHING
    assert not NOTHING.anything()


async def test_a_broadcast_is_due_from_its_hour_on(database: Database) -> None:
    """Not before; one that waits for an editor has a message to tell it."""
    async with database.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED)
        pushed = await broadcasts.add(session, story_id=story_id, now=NOON)
        await broadcasts.change(session, pushed.id, state=BroadcastState.SCHEDULED, start_at=NOON + HOUR)
    before = await _look(database, NOON + HOUR - timedelta(seconds=1))
    assert not before.anything()
    assert before.next_at == NOON + HOUR
    assert (await _look(database, NOON + HOUR)).broadcasts
    async with database.transaction() as session:
        await broadcasts.change(session, pushed.id, untold=True)
    assert (await _look(database)).cards


async def test_a_decision_is_due_and_then_its_outcome_is_to_be_shown(
    database: Database,
) -> None:
    """Before, its time is known; once it was shown, nothing is left to do."""
    later = NOON + timedelta(seconds=10)
    async with database.transaction() as session:
        story_id = await add_story(session)
        await stories.mark_announced(session, [story_id], now=NOON)
        decision = await decisions.add(
            session,
            story_id=story_id,
            action=DecisionAction.REJECT,
            actor="editor 1",
            decided_at=NOON,
            acts_at=later,
        )
    before = await _look(database)
    assert (before.anything(), before.next_at) == (False, later)
    assert (await _look(database, later)).decisions
    async with database.transaction() as session:
        assert await decisions.take(session, decision, now=later)
    after = await _look(database, later)
    assert (after.decisions, after.outcomes, after.next_at) == (False, True, None)
    async with database.transaction() as session:
        await decisions.remove(session, decision)
    assert await _look(database, later) == NOTHING


async def test_a_webhook_is_told_when_it_may_take_something(database: Database) -> None:
    """Not while it is paused, nor behind an Event that failed just now; then its next try is known."""
    async with database.transaction() as session:
        number = await webhooks.add(session, "https://hooks.example.org/", b"secret", now=NOON)
        assert number is not None
        for push in range(2):
            await events.add(session, EventKind.FINISHED, {"push": push}, now=NOON)
    assert (await _look(database)).parcels
    async with database.transaction() as session:
        claimed = await parcels.claim(session, number, now=NOON, until=NOON + HOUR)
        assert claimed is not None
    waits = await _look(database)
    assert (waits.anything(), waits.next_at) == (False, NOON + HOUR)
    assert (await _look(database, NOON + HOUR)).parcels
    async with database.transaction() as session:
        await webhooks.pause_all(session)
    assert await _look(database, NOON + HOUR) == NOTHING


async def test_a_reader_is_due_unless_a_digest_under_way_has_them(database: Database) -> None:
    """And only while they are active."""
    await add_subscribers(database, 1, due_at=NOON)
    before = await _look(database, NOON - HOUR)
    assert (before.digests, before.next_at) == (False, NOON)
    assert (await _look(database)).digests
    async with database.transaction() as session:
        digest = await broadcasts.add(session, story_id=None, now=NOON, kind=BroadcastKind.DIGEST)
        await broadcasts.change(session, digest.id, state=BroadcastState.RUNNING, due_before=NOON)
    assert not (await _look(database)).digests
    async with database.transaction() as session:
        await broadcasts.change(session, digest.id, state=BroadcastState.FINISHED)
    assert (await _look(database)).digests
    async with database.transaction() as session:
        await session.execute(update(Subscriber).values(state=SubscriberState.STOPPED))
    assert not (await _look(database)).digests


async def test_an_open_range_of_a_running_broadcast_is_to_be_sent(database: Database) -> None:
    """Also one that a worker has, which may be dead; not one of a broadcast that is paused, or done."""
    await add_subscribers(database, 1)
    broadcast_id = await running_broadcast(database)
    assert (await _look(database)).ranges
    async with database.transaction() as session:
        await session.execute(update(Range).values(worker="one"))
    assert (await _look(database)).ranges
    async with database.transaction() as session:
        await broadcasts.change(session, broadcast_id, state=BroadcastState.PAUSED)
    assert not (await _look(database)).ranges
    async with database.transaction() as session:
        await broadcasts.change(session, broadcast_id, state=BroadcastState.RUNNING)
        await session.execute(update(Range).values(done=True))
    assert not (await _look(database)).ranges


async def test_editors_are_owed_the_card_of_a_draft_until_they_have_it(database: Database) -> None:
    """Not that of a story which is published."""
    async with database.transaction() as session:
        await add_story(session, state=StoryState.PUBLISHED)
    assert not (await _look(database)).drafts
    async with database.transaction() as session:
        draft = await add_story(session)
    assert (await _look(database)).drafts
    async with database.transaction() as session:
        await stories.mark_announced(session, [draft], now=NOON)
    assert not (await _look(database)).drafts


async def test_cards_are_looked_after_until_they_show_the_end(database: Database) -> None:
    """Also those of a broadcast that has ended."""
    [chat] = await add_subscribers(database, 1)
    broadcast_id = await running_broadcast(database)
    async with database.transaction() as session:
        await cards.put(session, broadcast_id, CardLocation(chat, 5))
        await session.execute(update(Broadcast).values(state=BroadcastState.FINISHED))
    assert (await _look(database)).cards
    async with database.transaction() as session:
        await session.execute(update(Card).values(is_open=False))
    assert await _look(database) == NOTHING


async def _oldest_due(database: Database) -> datetime | None:
    async with database.read() as session:
        return await work.oldest_due(session, now=NOON)


async def test_the_oldest_of_what_should_have_begun_is_found(database: Database) -> None:
    """A push, a reader's gathered message, a decision; not what comes later or waits for an editor."""
    assert await _oldest_due(database) is None
    [late, soon, left] = await add_subscribers(database, 3)
    async with database.transaction() as session:
        for chat, due_at in ((late, NOON - HOUR), (soon, NOON + HOUR), (left, NOON - 9 * HOUR)):
            of_chat = update(Subscriber).where(Subscriber.chat_id == chat)
            await session.execute(of_chat.values(due_at=due_at))
        stopped = update(Subscriber).where(Subscriber.chat_id == left)
        await session.execute(stopped.values(state=SubscriberState.STOPPED))
    assert await _oldest_due(database) == NOON - HOUR
    async with database.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED)
        pushed = await broadcasts.add(session, story_id=story_id, now=NOON)
        await broadcasts.change(session, pushed.id, state=BroadcastState.SCHEDULED, start_at=NOON - 2 * HOUR)
    assert await _oldest_due(database) == NOON - 2 * HOUR
    async with database.transaction() as session:
        await broadcasts.change(session, pushed.id, reason="its hour passed: editors are asked")
    assert await _oldest_due(database) == NOON - HOUR
    async with database.transaction() as session:
        draft = await add_story(session)
        await decisions.add(
            session,
            story_id=draft,
            action=DecisionAction.REJECT,
            actor="editor 1",
            decided_at=NOON - 3 * HOUR,
            acts_at=NOON - 3 * HOUR,
        )
    assert await _oldest_due(database) == NOON - 3 * HOUR


async def test_readers_whose_digest_is_under_way_are_not_late(database: Database) -> None:
    """However long it takes to send it to all of them."""
    [chat] = await add_subscribers(database, 1)
    broadcast_id = await running_broadcast(database)
    async with database.transaction() as session:
        await session.execute(update(Subscriber).values(due_at=NOON - HOUR))
        digest = update(Broadcast).where(Broadcast.id == broadcast_id)
        await session.execute(digest.values(kind=BroadcastKind.DIGEST, due_before=NOON))
    assert chat
    assert await _oldest_due(database) is None


async def test_what_is_late_is_found_by_an_index(database: Database) -> None:
    """Every ten seconds, however many Subscribers there are, and however many of them are due."""
    await add_subscribers(database, 3000, due_at=NOON - HOUR)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    async with database.transaction() as session:
        if not database.is_sqlite:
            await session.execute(text("ANALYZE subscribers"))
        connection = await session.connection()
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        assert await work.oldest_due(session, now=NOON) == NOON - HOUR
        event.remove(connection.sync_connection, "before_cursor_execute", note)
        [(statement, parameters)] = asked
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plan = str(list(await connection.exec_driver_sql(f"{explain} {statement}", parameters)))
    assert "ix_subscribers_due_at" in plan, plan
    assert "SCAN subscribers" not in plan, plan
    assert "Seq Scan on subscribers" not in plan, plan

"""After a restore nothing goes out by itself; what an editor resumes goes to nobody who has a receipt."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.broadcasts.agreement import Agreement
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.control import Control
from bot.broadcasts.reasons import RESTORED
from bot.editors.rights import Rights
from bot.feeds import entries
from bot.feeds.feed import Feed, FeedEntry
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import held as stored_held
from storage.deliveries import leases, work
from storage.deliveries.given_up import GIVEN_UP
from storage.inbox import inbox, receivers
from storage.inbox.inbox import NewUpdate
from storage.models import Broadcast, Delivery, Source, Subscriber
from storage.stories import decisions
from storage.stories.source_entries import KnownEntries
from storage.subscribers import silence, subscribers
from storage.words import BroadcastKind, BroadcastState, DecisionAction, DeliveryState, EntryState, StoryState
from tests.digests.worlds import MORNING, NIGHT, DigestWorld
from tests.factories import NOON, MovableClock, add_story, add_subscribers
from tests.fakes import DeliveryWorld
from tests.storage.backups.restoring import backed_up, restored
from tests.waiting import comes_true

EDITOR = "editor 1"


def _control(world: DeliveryWorld) -> Control:
    return Control(world.database, world.clock, Rights({1}), world.bodies)


async def _reached(database: Database) -> set[int]:
    """Return the chats that have a receipt."""
    async with database.read() as session:
        statement = select(Subscriber.chat_id).join(Delivery, Delivery.subscriber_id == Subscriber.id)
        return set(await session.scalars(statement.where(Delivery.state == DeliveryState.SENT)))


async def _broadcast(database: Database, kind: BroadcastKind) -> Broadcast:
    async with database.read() as session:
        found = await session.scalars(
            select(Broadcast).where(Broadcast.kind == kind).order_by(Broadcast.id.desc())
        )
        return found.first() or pytest.fail(f"no {kind}")


async def test_a_push_that_was_running_goes_on_after_a_resume(
    database: Database, target: Database, clock: MovableClock, file: Path
) -> None:
    """The drill: it is paused, and then comes once to each of those who have no receipt in the backup."""
    world = DeliveryWorld(database, clock)
    await world.open(60, size=20)
    made = world.at_send(25, lambda: backed_up(database, file))
    await world.finish(world.worker(window=4))
    assert made.is_set()

    settled = await restored(target, file, reason=RESTORED)
    after = DeliveryWorld(target, clock)
    after.broadcast_id = world.broadcast_id
    with_receipt = await _reached(target)
    assert settled.paused == 1
    assert 0 < len(with_receipt) < 60
    assert await after.state() is BroadcastState.PAUSED
    async with target.read() as session:
        assert not await leases.is_anything_open(session)
    await _control(after).resume(after.broadcast_id, actor=EDITOR)
    await after.finish(after.worker(name="another"))
    sent = Counter(chat for chat, _text in after.telegram.got)
    assert set(sent) == set(world.chats) - with_receipt
    assert set(sent.values()) == {1}


@pytest.fixture
async def held(database: Database, target: Database, clock: MovableClock, file: Path) -> DigestWorld:
    """Two readers for whom a story was held in the backup; the hour of their digest passed since then."""
    before = DigestWorld(database, clock)
    await add_subscribers(database, 2)
    await before.push("Held over night")
    await backed_up(database, file, NIGHT)
    settled = await restored(target, file, MORNING + timedelta(hours=1), reason=RESTORED)
    assert (settled.paused, settled.due) == (1, 2)
    after = DigestWorld(target, clock)
    after.clock.now = MORNING + timedelta(hours=1)
    after.broadcast_id = (await _broadcast(target, BroadcastKind.DIGEST)).id
    return after


async def test_a_digest_whose_hour_passed_does_not_go_out_again(held: DigestWorld) -> None:
    """Nobody gets it by itself, also not later in the day; an editor who resumes it sends it."""
    held.clock.advance(hours=5)
    assert await held.gather() == 0
    await _control(held).resume(held.broadcast_id, actor=EDITOR)
    await held.finish(held.worker())
    assert len(held.telegram.got) == 2
    assert await held.gather() == 0


async def test_a_digest_that_is_cancelled_is_dropped(held: DigestWorld, target: Database) -> None:
    """What was held for its readers does not come with a later digest; what is held from now on does."""
    await _control(held).cancel(held.broadcast_id, actor=EDITOR)
    assert await held.gather() == 0
    async with target.read() as session:
        assert set(await session.scalars(select(Delivery.state))) == {DeliveryState.SKIPPED}
        assert set(await session.scalars(select(Subscriber.due_at))) == {None}
        first = await broadcasts.progress(session, 1)
    assert (first.held, first.skipped) == (0, 2)
    held.clock.now = NIGHT + timedelta(days=1)
    await held.push("The next night")
    held.clock.now = MORNING + timedelta(days=1)
    assert await held.gather() == 2


async def test_a_stop_while_a_digest_is_cancelled(held: DigestWorld, target: Database) -> None:
    """Both drop what is held for the same reader: neither waits for the other for ever."""

    async def waits() -> bool:
        if target.is_sqlite:  # which has one writer at a time
            return True
        async with target.read() as session:
            blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            return bool(await session.scalar(text(blocked)))

    async with target.transaction() as session:
        reader = await session.scalar(select(Subscriber.chat_id).order_by(Subscriber.id))
        locked = await subscribers.lock(session, reader or 0)
        cancelling = asyncio.create_task(_control(held).cancel(held.broadcast_id, actor=EDITOR))
        await comes_true(waits)
        await stored_held.drop(session, locked.id if locked else 0, now=held.clock(), reason="stopped")
    await cancelling
    async with target.read() as session:
        reasons = await session.scalars(select(Delivery.reason).order_by(Delivery.subscriber_id))
        assert list(reasons) == ["stopped", GIVEN_UP]


async def test_what_is_held_meanwhile_is_not_dropped(held: DigestWorld) -> None:
    """A push that came after the restore, while the digest waited, comes at once when that is cancelled."""
    held.clock.now = NIGHT + timedelta(days=1)
    waiting = held.broadcast_id
    await held.push("After the restore")
    held.clock.now = MORNING + timedelta(days=1)
    assert await held.gather() == 0
    await _control(held).cancel(waiting, actor=EDITOR)
    assert await held.gather() == 2
    assert await held.gather() == 0


async def test_what_was_scheduled_waits_for_an_editor(
    database: Database, target: Database, clock: MovableClock, file: Path
) -> None:
    """Nothing starts at its hour, whether that passed or not: it may have been sent, moved or cancelled."""
    async with database.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED)
        for kind, minutes in (
            (BroadcastKind.PUSH, 5),
            (BroadcastKind.CORRECTION, 5),
            (BroadcastKind.PUSH, 600),
        ):
            added = await broadcasts.add(session, story_id=story_id, now=NOON, kind=kind)
            start_at = NOON + timedelta(minutes=minutes)
            await broadcasts.change(session, added.id, state=BroadcastState.SCHEDULED, start_at=start_at)
    await backed_up(database, file)
    clock.advance(minutes=20)
    settled = await restored(target, file, clock(), reason=RESTORED)
    assert settled.scheduled == 3
    world = DeliveryWorld(target, clock)
    service = Broadcasts(target, clock, Agreement(Rights()), world.bodies)
    for _ in range(2):
        assert await service.start_due() == []
        clock.advance(hours=12)
    async with target.read() as session:
        assert not (await work.look(session, now=clock())).broadcasts
        assert len(await broadcasts.unannounced(session)) == 3
    await _control(world).send_now(1, actor=EDITOR)
    assert await service.start_due() == [1]


async def test_a_decision_that_waited_does_not_act(
    database: Database, target: Database, clock: MovableClock, file: Path
) -> None:
    """The ten seconds of an undo were over soon after the backup: it acted then."""
    async with database.transaction() as session:
        story_id = await add_story(session)
        await decisions.add(
            session,
            story_id=story_id,
            action=DecisionAction.PUSH,
            version=0,
            actor=EDITOR,
            decided_at=NOON,
            acts_at=NOON + timedelta(seconds=10),
        )
    await backed_up(database, file)
    await restored(target, file)
    async with target.read() as session:
        assert await decisions.due(session, now=NOON + timedelta(days=1)) == []
        found = await work.look(session, now=NOON + timedelta(days=1))
    assert not found.decisions
    assert not found.drafts  # nor is the card of the draft sent again


async def test_updates_that_waited_are_not_answered_again(
    database: Database, target: Database, file: Path
) -> None:
    """Their words are gone, and their numbers stay, so that a repeat is recognised."""
    async with database.transaction() as session:
        receiver = await receivers.add(session)
        await inbox.add(session, [NewUpdate(7, 70, "{}")], receiver_id=receiver, now=NOON)
    await backed_up(database, file)
    await restored(target, file)
    async with target.transaction() as session:
        assert not await inbox.has_free(session)
        assert await receivers.beats(session) == {}
        receiver = await receivers.add(session)
        added, _owned = await inbox.add(session, [NewUpdate(7, 70, "{}")], receiver_id=receiver, now=NOON)
    assert added == {}


async def test_a_trusted_feed_pushes_nothing_that_it_held(
    database: Database, target: Database, file: Path
) -> None:
    """Its stories since the backup were pushed: the next poll counts as the first, which pushes nobody."""
    async with database.transaction() as session:
        values = {"address": "https://example.org/feed", "title": "Feed", "trusted": True, "etag": "x"}
        session.add(Source(**values, next_poll_at=NOON, added_at=NOON, first_polled_at=NOON))
    await backed_up(database, file)
    await restored(target, file)
    async with target.read() as session:
        [source] = await session.scalars(select(Source))
    assert (source.first_polled_at, source.etag) == (None, None)
    feed = Feed(title="Feed", site=None, entries=tuple(FeedEntry(key=str(number)) for number in range(5)))
    rows = entries.new_entries(source, feed, KnownEntries(set(), set()), NOON)
    assert [row["state"] for row in rows].count(EntryState.WAITING) == entries.FIRST_DRAFTS


async def test_silent_readers_are_not_asked_twice(database: Database, target: Database, file: Path) -> None:
    """A reader who was due the question since the backup counts as asked."""
    old = NOON.date() - timedelta(days=90)
    [silent] = await add_subscribers(database, 1, seen_on=old)
    [lively] = await add_subscribers(database, 1, seen_on=NOON.date())
    await backed_up(database, file)
    await restored(target, file)
    async with target.read() as session:
        assert await silence.silent(session, until=NOON.date(), after=None, limit=9) != []
        found = await session.execute(select(Subscriber.chat_id, Subscriber.asked_at))
        asked = {chat_id: at is not None for chat_id, at in found}
    assert asked == {silent: True, lively: False}

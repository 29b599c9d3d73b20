"""Digests in trouble: refused messages, errors of ours, dead workers and wrong clocks lose nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.delivery.leased_range import LEASE_S
from bot.delivery.outcome import Blocked, Rejected
from bot.digests import renderer
from bot.digests.welcome import first_message
from bot.rendering.buttons import DigestPage
from bot.rendering.message import Message
from bot.rendering.render import Reader
from storage.broadcasts import broadcasts
from storage.deliveries import held
from storage.models import Delivery, Subscriber
from storage.subscribers import subscribers
from storage.words import (
    DeliveryState,
    Length,
    Rhythm,
    StoryState,
    SubscriberState,
)
from tests.digests.worlds import (
    MORNING,
    NIGHT,
    DigestWorld,
)
from tests.factories import (
    Elapsed,
    add_story,
    add_subscribers,
    get_subscriber,
)


async def test_readers_who_cannot_be_reached_delay_nobody(digest_world: DigestWorld) -> None:
    """A refused Digest is tried again after an hour; a blocked reader gets it after their return."""
    refused, blocked, fine = await add_subscribers(digest_world.database, 3)
    await digest_world.push("The bridge holds")
    digest_world.telegram.outcomes = {refused: Rejected("no"), blocked: Blocked()}
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 3
    assert await digest_world.gather() == 0
    assert (await get_subscriber(digest_world.database, refused)).due_at == MORNING + timedelta(hours=1)
    assert (await get_subscriber(digest_world.database, fine)).due_at is None
    digest_world.telegram.outcomes = {}
    digest_world.clock.advance(days=60)
    async with digest_world.database.transaction() as session:
        await subscribers.change(session, blocked, state=SubscriberState.ACTIVE)
    assert await digest_world.gather() == 2
    assert sorted(digest_world.telegram.chats[3:]) == sorted([refused, blocked])


async def test_an_error_of_ours_fails_one_reader(
    digest_world: DigestWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Their Stories stay held and are tried again after an hour; everybody else gets theirs."""
    unlucky, fine = await add_subscribers(digest_world.database, 2)
    async with digest_world.database.transaction() as session:
        await subscribers.change(session, unlucky, length=Length.LONG)
    await digest_world.push("The bridge holds")
    await digest_world.push("The school opens")
    draw = first_message

    def faulty(tellings: Any, page: DigestPage, reader: Reader, **more: Any) -> Message:
        if reader.length is Length.LONG:
            raise ZeroDivisionError
        return draw(tellings, page, reader, **more)

    monkeypatch.setattr(renderer, "first_message", faulty)
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 1
    assert digest_world.telegram.chats == [fine]
    assert "could not be drawn" in caplog.text
    assert (await digest_world.states(unlucky))[-1] is DeliveryState.FAILED
    assert (await get_subscriber(digest_world.database, unlucky)).due_at == MORNING + timedelta(hours=1)
    monkeypatch.setattr(renderer, "first_message", draw)
    digest_world.clock.advance(hours=1)
    assert await digest_world.gather() == 1


async def test_a_worker_that_dies_loses_nothing(digest_world: DigestWorld, elapsed: Elapsed) -> None:
    """At most a window of Digests comes twice, and all others once."""
    chats = await add_subscribers(digest_world.database, 30)
    await digest_world.push("The bridge holds")
    await digest_world.push("The school opens")
    digest_world.clock.now = MORNING
    started = await digest_world.digests.start_due()
    assert started is not None
    digest_world.broadcast_id = started
    dying = digest_world.worker("dying")
    reached = asyncio.Event()

    async def hang() -> None:
        reached.set()
        await asyncio.get_running_loop().create_future()

    digest_world.at_send(15, hang)
    run = asyncio.create_task(dying.run())
    await reached.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    digest_world.telegram.hooks.clear()
    heir = digest_world.worker("heir")
    async with digest_world.at_work(heir):
        await heir.look()
        elapsed.now += LEASE_S
        await heir.until(digest_world.is_finished)
    counts = {chat: digest_world.telegram.chats.count(chat) for chat in chats}
    assert min(counts.values()) == 1
    assert sum(counts.values()) - 30 <= 4
    assert {state for chat in chats for state in await digest_world.states(chat)} == {
        DeliveryState.MERGED,
        DeliveryState.SENT,
    }


async def test_a_story_that_is_held_during_a_digest_comes_with_the_next_one(
    digest_world: DigestWorld,
) -> None:
    """A push that is held while the Digest is on its way makes the reader due again."""
    (chat,) = await add_subscribers(digest_world.database, 1, rhythm=Rhythm.DAILY)
    digest_world.clock.now = MORNING - timedelta(hours=1)
    await digest_world.push("Early")
    digest_world.clock.now = MORNING
    started = await digest_world.digests.start_due()
    assert started is not None
    async with digest_world.database.transaction() as session:
        subscriber = await session.get(Subscriber, (await get_subscriber(digest_world.database, chat)).id)
        assert subscriber is not None
        late = await add_story(session, headline="Late", state=StoryState.PUBLISHED, released_at=NIGHT)
        push = await broadcasts.add(session, story_id=late, now=NIGHT)

        async def hold_late() -> None:
            async with digest_world.database.transaction() as session:
                session.add(
                    Delivery(
                        broadcast_id=push.id,
                        subscriber_id=subscriber.id,
                        state=DeliveryState.HELD,
                        settled_at=digest_world.clock(),
                    )
                )
                await held.hold(session, [(subscriber.id, MORNING + timedelta(days=1))])

    digest_world.at_send(1, hold_late)
    digest_world.broadcast_id = started
    await digest_world.finish(digest_world.worker())
    assert (await get_subscriber(digest_world.database, chat)).due_at == MORNING + timedelta(days=1)
    digest_world.clock.now = MORNING + timedelta(days=1)
    assert await digest_world.gather() == 1
    assert "Late" in digest_world.telegram.got[-1][1]
    assert "Early" not in digest_world.telegram.got[-1][1]


async def test_a_clock_that_was_wrong_holds_nothing_for_years(digest_world: DigestWorld) -> None:
    """A reader who is due later than any Preferences say is due now; one with a long day off is not."""
    (lost,) = await add_subscribers(digest_world.database, 1, due_at=NIGHT + timedelta(days=700))
    away_until = NIGHT + timedelta(days=60)
    (away,) = await add_subscribers(digest_world.database, 1, due_at=away_until, away_until=away_until)
    await digest_world.digests.bring_forward()
    assert (await get_subscriber(digest_world.database, lost)).due_at == NIGHT
    assert (await get_subscriber(digest_world.database, away)).due_at == away_until

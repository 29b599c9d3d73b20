"""Control on real databases: failures are retried, those who missed a push get it, overdue pushes wait."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.broadcasts.broadcasts import OVERDUE
from bot.broadcasts.reasons import RefusalsInARow, load
from bot.delivery.outcome import Blocked, Rejected, Sent
from bot.errors import RefusedError
from storage import audit
from storage.database import Database
from storage.models import Delivery
from storage.stories import stories
from storage.subscribers import subscribers
from storage.words import BroadcastState, DeliveryState, StoryState, SubscriberState
from tests.broadcasts.test_corrections import EDITOR, Newsroom
from tests.factories import MovableClock, add_story, add_subscribers, running_broadcast


@pytest.fixture
def newsroom(database: Database, clock: MovableClock) -> Newsroom:
    return Newsroom(database, clock)


async def set_state(newsroom: Newsroom, chat: int, state: SubscriberState) -> None:
    async with newsroom.database.transaction() as session:
        await subscribers.change(session, chat, state=state)


async def counts(newsroom: Newsroom) -> tuple[int, int, int, int]:
    """Return how many were sent, failed, blocked and wait."""
    status = await newsroom.broadcasts.status(newsroom.broadcast_id)
    progress = status.progress
    return progress.sent, progress.failed, progress.blocked, status.waiting


async def test_failures_are_tried_again(newsroom: Newsroom) -> None:
    """Only those whose message failed get it again, once, and the sums are right afterwards."""
    await newsroom.prepare(23, size=5)
    broken, blocked, stopped = newsroom.chats[3], newsroom.chats[4], newsroom.chats[12]
    newsroom.telegram.outcomes = {
        broken: Rejected("no"),
        blocked: Blocked(),
        stopped: Rejected("no"),
        newsroom.chats[20]: Rejected("no"),
    }
    await newsroom.finish(newsroom.worker())
    assert await counts(newsroom) == (19, 3, 1, 0)
    await set_state(newsroom, stopped, SubscriberState.STOPPED)
    newsroom.telegram.outcomes = {broken: Rejected("still no")}
    newsroom.telegram.got.clear()
    assert await newsroom.control.failures(newsroom.push_id) == 3
    assert await newsroom.control.retry(newsroom.push_id, actor=EDITOR, starter=7) == 3
    assert await counts(newsroom) == (19, 0, 1, 3)
    await newsroom.finish(newsroom.worker())
    assert Counter(newsroom.telegram.chats) == Counter([broken, newsroom.chats[20]])
    assert await counts(newsroom) == (20, 1, 1, 0)
    assert (await newsroom.receipts())[broken].reason == "still no"
    assert await newsroom.attempts() == [3, 1, 3, 1, 3]
    broadcast = (await newsroom.broadcasts.status(newsroom.push_id)).broadcast
    assert broadcast.started_by == 7
    assert broadcast.finished_at is not None


async def test_a_finished_push_goes_on_with_the_story_as_it_is_now(newsroom: Newsroom) -> None:
    """A retried message has the text of the Story as it is now."""
    await newsroom.prepare(2)
    newsroom.telegram.outcomes = {newsroom.chats[0]: Rejected("no")}
    await newsroom.finish(newsroom.worker())
    await newsroom.rename("The bridge is closed")
    newsroom.telegram.outcomes = {}
    newsroom.telegram.got.clear()
    await newsroom.control.retry(newsroom.push_id, actor=EDITOR)
    await newsroom.finish(newsroom.worker())
    assert newsroom.telegram.got == [(newsroom.chats[0], "The bridge is closed")]


async def test_failures_are_tried_again_in_a_running_one(newsroom: Newsroom) -> None:
    """A Range that a worker has in hand is not retried by another one, and nobody gets it twice."""
    await newsroom.prepare(20, size=5)
    newsroom.telegram.outcomes = {newsroom.chats[1]: Rejected("no")}
    again: list[int] = []

    async def retry() -> None:
        newsroom.telegram.outcomes = {}
        while not await newsroom.control.failures(newsroom.push_id):  # until its Range is done
            continue
        again.append(await newsroom.control.retry(newsroom.push_id, actor=EDITOR))

    newsroom.at_send(17, retry)
    await newsroom.finish(newsroom.worker())
    assert again == [1]
    expected = Counter(newsroom.chats)
    expected[newsroom.chats[1]] += 1
    assert Counter(newsroom.telegram.chats) == expected
    assert await counts(newsroom) == (20, 0, 0, 0)


async def test_whoever_missed_it_gets_it(newsroom: Newsroom) -> None:
    """Those who joined, returned after /stop or unblocked the bot get it once, and nobody who has it."""
    await newsroom.prepare(12, size=5)
    back, unblocked, away, failed = newsroom.chats[:4]
    await set_state(newsroom, back, SubscriberState.STOPPED)
    await set_state(newsroom, away, SubscriberState.PAUSED)
    newsroom.telegram.outcomes = {unblocked: Blocked(), failed: Rejected("no")}
    await newsroom.finish(newsroom.worker())
    assert await counts(newsroom) == (8, 1, 1, 0)
    newcomers = await add_subscribers(newsroom.database, 7)
    await add_subscribers(newsroom.database, 1, state=SubscriberState.STOPPED)
    newsroom.chats += newcomers
    await set_state(newsroom, back, SubscriberState.ACTIVE)
    await set_state(newsroom, unblocked, SubscriberState.ACTIVE)
    newsroom.telegram.outcomes = {}
    newsroom.telegram.got.clear()
    assert await newsroom.control.missing(newsroom.push_id) == 9
    assert await newsroom.control.send_to_missing(newsroom.push_id, actor=EDITOR) == 9
    assert await counts(newsroom) == (8, 1, 0, 9)
    await newsroom.finish(newsroom.worker())
    assert Counter(newsroom.telegram.chats) == Counter([back, unblocked, *newcomers])
    assert await counts(newsroom) == (17, 1, 0, 0)
    assert await newsroom.control.missing(newsroom.push_id) == 0
    with pytest.raises(RefusedError, match="Nobody missed it"):
        await newsroom.control.send_to_missing(newsroom.push_id, actor=EDITOR)


async def test_newcomers_get_a_running_push(newsroom: Newsroom) -> None:
    """Newcomers in the middle of a push get it once, as do all others."""
    await newsroom.prepare(20, size=5)
    there = list(newsroom.chats)

    async def join() -> None:
        newsroom.chats += await add_subscribers(newsroom.database, 6)
        await newsroom.control.send_to_missing(newsroom.push_id, actor=EDITOR)

    newsroom.at_send(12, join)
    await newsroom.finish(newsroom.worker())
    assert len(newsroom.chats) == len(there) + 6
    assert Counter(newsroom.telegram.chats) == Counter(newsroom.chats)
    assert await counts(newsroom) == (26, 0, 0, 0)


async def test_of_two_editors_one_tries_again(newsroom: Newsroom) -> None:
    """Of two editors who retry at once, the other reads that nobody is left."""
    await newsroom.prepare(3)
    newsroom.telegram.outcomes = {newsroom.chats[0]: Rejected("no")}
    await newsroom.finish(newsroom.worker())
    told: list[str] = []

    async def retry() -> int:
        try:
            return await newsroom.control.retry(newsroom.push_id, actor=EDITOR)
        except RefusedError as error:
            told.append(error.sentence)
            return 0

    assert sorted(await asyncio.gather(retry(), retry())) == [0, 1]
    assert told == ["There is nobody left to send it to again."]


@pytest.mark.parametrize(
    "state", [BroadcastState.PREPARING, BroadcastState.SCHEDULED, BroadcastState.CANCELLED]
)
async def test_what_did_not_run_is_not_opened_again(newsroom: Newsroom, state: BroadcastState) -> None:
    """A Broadcast in another state is not reopened, stays as it is, and the answer names the state."""
    await newsroom.prepare(2)
    await newsroom.set_state(state)
    for verb in (newsroom.control.retry, newsroom.control.send_to_missing):
        with pytest.raises(RefusedError):
            await verb(newsroom.push_id, actor=EDITOR)
    assert await newsroom.state() is state


async def test_nothing_is_sent_of_a_story_that_was_taken_back(newsroom: Newsroom) -> None:
    """A push of a withdrawn Story is not retried, not even for those whose message failed."""
    await newsroom.prepare(2)
    newsroom.telegram.outcomes = {newsroom.chats[0]: Rejected("no")}
    await newsroom.finish(newsroom.worker())
    async with newsroom.database.transaction() as session:
        await stories.move(
            session,
            newsroom.story_id,
            come_from=[StoryState.PUBLISHED],
            to=StoryState.WITHDRAWN,
            released_at=None,
        )
    newsroom.telegram.got.clear()
    with pytest.raises(RefusedError, match="nothing is sent"):
        await newsroom.control.retry(newsroom.push_id, actor=EDITOR)
    await newsroom.finish(newsroom.worker())
    assert newsroom.telegram.got == []


async def test_a_correction_that_failed_is_tried_again(newsroom: Newsroom) -> None:
    """A retried correction edits messages, and sends none."""
    await newsroom.push(4)
    newsroom.telegram.outcomes = {newsroom.chats[1]: Rejected("no")}
    [made] = await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR)
    await newsroom.work_off([made])
    newsroom.telegram.outcomes = {}
    newsroom.telegram.edited.clear()
    assert await newsroom.control.retry(made, actor=EDITOR) == 1
    await newsroom.work_off([made])
    assert [chat for chat, _ in newsroom.telegram.edited] == [newsroom.chats[1]]
    receipts = await newsroom.receipts()
    assert all(one.state is DeliveryState.SENT for one in receipts.values())
    with pytest.raises(RefusedError, match="Only a push"):
        await newsroom.control.send_to_missing(made, actor=EDITOR)


async def schedule(newsroom: Newsroom, **hours: float) -> int:
    async with newsroom.database.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED)
    at = newsroom.clock() + timedelta(**hours)
    return await newsroom.broadcasts.schedule(story_id, at=at, actor=EDITOR)


async def untold(newsroom: Newsroom) -> list[int]:
    """Return the ids of the Broadcasts of which editors are to be notified."""
    return [one.id for one in await newsroom.control.unannounced()]


async def test_a_broadcast_that_paused_itself_is_announced(newsroom: Newsroom) -> None:
    """A Broadcast that paused itself is announced until that was done; an editor's pause is not."""
    await add_subscribers(newsroom.database, 1)
    first, second = [await running_broadcast(newsroom.database) for _ in range(2)]
    await newsroom.control.pause_itself(first, RefusalsInARow(25, "x"))
    await newsroom.control.pause(second, actor=EDITOR)
    [waiting] = await newsroom.control.unannounced()
    assert (waiting.id, waiting.state) == (first, BroadcastState.PAUSED)
    assert load(waiting.reason or "") == RefusalsInARow(25, "x")
    await newsroom.control.mark_announced(first)
    assert await untold(newsroom) == []
    await newsroom.control.resume(first, actor=EDITOR)
    await newsroom.control.pause_itself(first, RefusalsInARow(25, "y"))
    assert await untold(newsroom) == [first]
    await newsroom.control.cancel(first, actor=EDITOR)
    assert await untold(newsroom) == []


async def test_one_whose_hour_passed_long_ago_asks(newsroom: Newsroom) -> None:
    """A push that is an hour late does not start; editors are asked once, and one of them starts it."""
    broadcast_id = await schedule(newsroom, hours=1)
    newsroom.clock.advance(hours=2, seconds=1)
    assert await newsroom.broadcasts.start_due() == []
    await asyncio.gather(*(newsroom.broadcasts.note_overdue() for _ in range(4)))
    assert await untold(newsroom) == [broadcast_id]
    await newsroom.control.mark_announced(broadcast_id)
    await newsroom.broadcasts.note_overdue()
    assert await untold(newsroom) == []
    broadcast = (await newsroom.broadcasts.status(broadcast_id)).broadcast
    assert (broadcast.state, broadcast.reason) == (BroadcastState.SCHEDULED, OVERDUE)
    await newsroom.control.send_now(broadcast_id, actor=EDITOR)
    assert await newsroom.broadcasts.start_due() == [broadcast_id]
    assert (await newsroom.broadcasts.status(broadcast_id)).broadcast.reason is None


async def test_one_that_is_an_hour_late_starts(newsroom: Newsroom) -> None:
    """A push that is a few minutes late after a restart starts by itself."""
    broadcast_id = await schedule(newsroom, hours=1)
    newsroom.clock.advance(hours=2)
    await newsroom.broadcasts.note_overdue()
    assert await untold(newsroom) == []
    assert await newsroom.broadcasts.start_due() == [broadcast_id]


async def test_a_late_correction_starts_by_itself(newsroom: Newsroom) -> None:
    """A late correction starts by itself."""
    await newsroom.push(2)
    [made] = await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR)
    newsroom.clock.advance(days=1)
    await newsroom.broadcasts.note_overdue()
    assert await untold(newsroom) == []
    assert await newsroom.broadcasts.start_due() == [made]


async def test_control_is_in_the_audit_log(newsroom: Newsroom) -> None:
    """The audit log has who did what, in order."""
    await newsroom.prepare(2)
    newsroom.telegram.outcomes = {chat: Sent(1) for chat in newsroom.chats}
    await newsroom.control.pause(newsroom.push_id, actor=EDITOR)
    await newsroom.control.resume(newsroom.push_id, actor="editor 2")
    await newsroom.control.cancel(newsroom.push_id, actor=EDITOR)
    with pytest.raises(RefusedError, match="was cancelled"):
        await newsroom.control.resume(newsroom.push_id, actor=EDITOR)
    async with newsroom.database.read() as session:
        kept = await audit.history(session, "broadcast", newsroom.push_id)
    assert [(one.action, one.actor) for one in kept] == [
        ("pause", EDITOR),
        ("resume", "editor 2"),
        ("cancel", EDITOR),
    ]


async def test_old_receipts_are_pruned_in_slices(
    newsroom: Newsroom, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a year after its end a push keeps only receipts of what is held, and cannot be sent on."""
    monkeypatch.setattr("bot.broadcasts.broadcasts._PRUNED_AT_ONCE", 4)
    await newsroom.prepare(11)
    await newsroom.finish(newsroom.worker())
    async with newsroom.database.transaction() as session:
        held = (await session.scalars(select(Delivery).limit(1))).one()
        held.state = DeliveryState.HELD
    clock.advance(days=179)
    assert await newsroom.broadcasts.prune() == 0
    clock.advance(days=2)
    assert await newsroom.broadcasts.prune() == 10
    assert await newsroom.broadcasts.prune() == 0
    assert [one.state for one in (await newsroom.receipts()).values()] == [DeliveryState.HELD]
    with pytest.raises(RefusedError, match="too long ago"):
        await newsroom.control.send_to_missing(newsroom.push_id, actor=EDITOR)

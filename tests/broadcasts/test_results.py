"""Results on real databases: pages of Broadcasts, failures by reason, leavers, messages by hour, clashes."""

from datetime import timedelta

import pytest

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.broadcasts.preparation.choices import Choices
from bot.broadcasts.preparation.timeline import clashes
from bot.broadcasts.results import Results, spread
from bot.delivery.outcome import Blocked, Rejected
from bot.errors import RefusedError
from storage.broadcasts import aftermaths, broadcasts
from storage.broadcasts.aftermaths import Deed
from storage.broadcasts.audience import Audience
from storage.broadcasts.broadcasts import Progress
from storage.database import Database
from storage.models import Broadcast
from storage.words import BroadcastKind, BroadcastState, StoryState
from tests.broadcasts.test_corrections import EDITOR, Newsroom
from tests.factories import NOON, MovableClock, add_story, add_subscribers, running_broadcast

EVERY = list(BroadcastState)


@pytest.fixture
def newsroom(database: Database, clock: MovableClock) -> Newsroom:
    return Newsroom(database, clock)


@pytest.fixture
def results(database: Database, clock: MovableClock) -> Results:
    return Results(database, clock)


async def test_the_progress_of_a_page_is_that_of_each(newsroom: Newsroom, results: Results) -> None:
    """Two statements for the page tell the same as those for one Broadcast, later changes included."""
    await newsroom.prepare(9, size=2)
    newsroom.telegram.outcomes = {newsroom.chats[1]: Rejected("no"), newsroom.chats[2]: Blocked()}
    await newsroom.finish(newsroom.worker())
    await add_subscribers(newsroom.database, 1)
    await running_broadcast(newsroom.database)
    found, number = await results.page(EVERY, limit=9)
    assert number == 2
    assert [one.broadcast.id for one in found] == sorted((one.broadcast.id for one in found), reverse=True)
    for one in found:
        single = await newsroom.broadcasts.status(one.broadcast.id)
        assert BroadcastStatus(single.broadcast, single.progress).progress == one.progress
    assert [one.broadcast.id for one in (await results.page(EVERY, limit=1, offset=1))[0]] == [
        newsroom.push_id
    ]


async def test_finished_digests_are_not_listed(database: Database, results: Results) -> None:
    """Several come every day, and would hide what editors sent."""
    async with database.transaction() as session:
        digest = await broadcasts.add(session, story_id=None, now=NOON, kind=BroadcastKind.DIGEST)
        await broadcasts.change(session, digest.id, state=BroadcastState.RUNNING)
    assert (await results.page(EVERY, limit=9))[1] == 1
    async with database.transaction() as session:
        await broadcasts.change(session, digest.id, state=BroadcastState.FINISHED)
    assert (await results.page(EVERY, limit=9)) == ([], 0)


async def test_failures_have_reasons(newsroom: Newsroom, results: Results) -> None:
    """The most frequent first; who blocked the bot is no failure."""
    await newsroom.prepare(12, size=3)
    chats = newsroom.chats
    newsroom.telegram.outcomes = {
        chats[0]: Rejected("too odd"),
        chats[4]: Rejected("no rights"),
        chats[8]: Rejected("no rights"),
        chats[9]: Blocked(),
    }
    await newsroom.finish(newsroom.worker())
    assert await results.failures(newsroom.push_id) == [("no rights", 2), ("too odd", 1)]


async def test_leavers_are_compared(newsroom: Newsroom, results: Results) -> None:
    """By push, those who stopped and those who blocked, and as a part of those who were to get it."""
    await newsroom.push(4)
    async with newsroom.database.transaction() as session:
        await broadcasts.change(session, newsroom.push_id, expected=4)
        ids = [await broadcasts.lowest_subscriber(session)]
        await aftermaths.count_by_readers(session, ids, Deed.STOPPED, now=newsroom.clock())
    [found] = await results.leaving()
    assert (found.broadcast.id, found.leavers, found.share) == (newsroom.push_id, 1, 0.25)


async def test_the_calendar_has_what_began_and_what_will(
    database: Database, results: Results, clock: MovableClock
) -> None:
    """From the first moment until before the last; what was cancelled before it began is left out."""
    async with database.transaction() as session:
        story_id = await add_story(session)
        made = [await broadcasts.add(session, story_id=story_id, now=NOON) for _ in range(5)]
        day = [NOON + timedelta(hours=number) for number in range(5)]
        scheduled, cancelled = BroadcastState.SCHEDULED, BroadcastState.CANCELLED
        await broadcasts.change(session, made[0].id, state=scheduled, start_at=day[2])
        await broadcasts.change(
            session, made[1].id, state=BroadcastState.FINISHED, start_at=day[4], started_at=day[1]
        )
        await broadcasts.change(session, made[2].id, state=cancelled, start_at=day[2])
        await broadcasts.change(session, made[3].id, state=scheduled, start_at=day[3])
        await broadcasts.change(session, made[4].id, start_at=day[2])
    found = await results.between(day[1], day[3])
    assert [one.id for one in found] == [made[1].id, made[0].id]


async def test_messages_are_counted_by_hour(newsroom: Newsroom, results: Results) -> None:
    """All messages of the last days are in some hour, once."""
    await newsroom.push(7)
    newsroom.clock.advance(minutes=5)
    assert round(sum((await results.by_hour()).values())) == 7


def push(number: int, **values: object) -> Broadcast:
    return Broadcast(**({"id": number, "kind": BroadcastKind.PUSH} | values))


def test_messages_are_spread_over_the_hours() -> None:
    """Evenly over the time that the push took; those that came with a digest are the digest's."""
    one = push(1, started_at=NOON + timedelta(minutes=30), finished_at=NOON + timedelta(hours=2))
    progress = {1: Progress(sent=100, failed=0, blocked=0, skipped=0, ranges=1, ranges_done=1, later=10)}
    found = spread([one], progress, NOON, NOON + timedelta(hours=3))
    assert [round(number) for number in found.values()] == [30, 60, 0, 0]


def test_pushes_within_an_hour_clash() -> None:
    """By when they begin or will begin; a report beside a push does not, nor what was cancelled."""
    found = [
        push(1, started_at=NOON),
        push(2, start_at=NOON + timedelta(minutes=59)),
        push(3, start_at=NOON + timedelta(hours=3)),
        push(4, start_at=NOON + timedelta(hours=3), kind=BroadcastKind.REPORT),
        push(5, start_at=NOON + timedelta(hours=4)),
        push(6, start_at=NOON + timedelta(hours=4), state=BroadcastState.CANCELLED),
    ]
    assert clashes(found) == {1, 2}


async def test_only_what_is_scheduled_is_moved(newsroom: Newsroom) -> None:
    """By who may publish, and from the hour that they saw; a running one is refused."""
    async with newsroom.database.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED)
    at = newsroom.clock() + timedelta(hours=2)
    number = await newsroom.broadcasts.schedule(story_id, at=at, actor=EDITOR)
    later = at + timedelta(hours=1)
    await newsroom.control.choose_hour(number, later, seen=at, actor=EDITOR)
    assert (await newsroom.broadcasts.status(number)).broadcast.start_at == later
    with pytest.raises(RefusedError, match="moved this push"):
        await newsroom.control.choose_hour(number, at, seen=at, actor=EDITOR)
    with pytest.raises(RefusedError, match="publisher"):
        await newsroom.control.choose_hour(number, at, seen=later, actor="editor 3")
    await newsroom.control.send_now(number, actor=EDITOR)
    await newsroom.broadcasts.start_due()
    with pytest.raises(RefusedError, match=f"Broadcast {number}"):
        await newsroom.control.choose_hour(number, later, seen=later, actor=EDITOR)


def test_choices_say_what_the_log_must_know() -> None:
    """Money and waking readers; not an hour."""
    broadcast = push(1, audience=Audience().dump(), urgent=True, paid=False, start_at=None)
    assert Choices(at=NOON).deeds(broadcast) == ["not urgent"]
    assert Choices(urgent=True, paid=True).deeds(broadcast) == ["pay"]
    assert Choices.of(broadcast) == Choices(urgent=True)

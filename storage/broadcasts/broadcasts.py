"""Broadcasts: their rows, their states, their Ranges and their progress."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from sqlalchemy import ColumnElement, and_, case, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from storage.broadcasts import counts
from storage.broadcasts.audience import EVERYBODY, Audience
from storage.models import Broadcast, Range, Report, Story, Subscriber
from storage.stories.translations import original_id
from storage.webhooks import events
from storage.words import ENDED, OPEN, UNDER_WAY, BroadcastKind, BroadcastState, EventKind

_HAS_BEGUN = (*UNDER_WAY, *ENDED)
_WITH_CONTENT = (joinedload(Broadcast.story), joinedload(Broadcast.report))
_IS_CONFIRMED = Broadcast.state != BroadcastState.PREPARING


class BroadcastChanges(TypedDict, total=False):
    """Columns of a Broadcast, and what to set them to."""

    state: BroadcastState
    kind: BroadcastKind
    audience: Audience
    body_version: ColumnElement[int]
    reason: str | None
    start_at: datetime | ColumnElement[datetime] | None
    expected: int | ColumnElement[int | None]
    started_at: datetime
    finished_at: datetime | None
    due_before: datetime
    paid: bool
    urgent: bool
    asked_by: str | None
    started_by: int | None
    untold: bool
    pilot_minutes: int | None
    pilot_below: int | None
    pilot: dict[str, Any] | None


def columns(changes: BroadcastChanges) -> dict[str, object]:
    """Return the changes as the statement `update(Broadcast)` takes them."""
    found: dict[str, object] = {**changes}
    if "audience" in changes:
        found["audience"] = changes["audience"].dump()
    return found


async def add(
    session: AsyncSession,
    *,
    story_id: int | None,
    now: datetime,
    audience: Audience = EVERYBODY,
    kind: BroadcastKind = BroadcastKind.PUSH,
    corrects_id: int | None = None,
    report_id: int | None = None,
) -> Broadcast:
    """Add a Broadcast in the state PREPARING: nothing is sent before somebody schedules it."""
    broadcast = Broadcast(
        story_id=story_id,
        kind=kind,
        corrects_id=corrects_id,
        report_id=report_id,
        state=BroadcastState.PREPARING,
        audience=audience.dump(),
        created_at=now,
        early_leavers=True,
    )
    session.add(broadcast)
    await session.flush()
    return broadcast


async def change(session: AsyncSession, broadcast_id: int, **changes: Unpack[BroadcastChanges]) -> None:
    """Set columns of a Broadcast, whatever its state is."""
    statement = update(Broadcast).where(Broadcast.id == broadcast_id)
    await session.execute(statement.values(columns(changes)))


async def move(
    session: AsyncSession,
    broadcast_id: int,
    *,
    come_from: Sequence[BroadcastState],
    to: BroadcastState,
    **changes: Unpack[BroadcastChanges],
) -> bool:
    """Change the state if it is one of `come_from`, and other columns with it. Return whether it was."""
    moved = await session.scalar(
        update(Broadcast)
        .where(Broadcast.id == broadcast_id, Broadcast.state.in_(come_from))
        .values(columns(changes) | {"state": to})
        .returning(Broadcast.id)
    )
    return moved is not None


async def forget_starter(session: AsyncSession, broadcast_id: int, chat_id: int) -> None:
    """Send no progress of a Broadcast that has begun to this editor, if they started it."""
    theirs = and_(Broadcast.id == broadcast_id, Broadcast.started_by == chat_id)
    begun = Broadcast.state.in_(_HAS_BEGUN)
    await session.execute(update(Broadcast).where(theirs, begun).values(started_by=None))


async def lock(session: AsyncSession, broadcast_id: int) -> None:
    """Lock the row until the transaction ends. Writers of rows that refer to it do not wait for that."""
    row = select(Broadcast.id).where(Broadcast.id == broadcast_id)
    await session.execute(row.with_for_update(key_share=True))


async def get(session: AsyncSession, broadcast_id: int) -> Broadcast | None:
    """Return a Broadcast with its Story or Report."""
    return await session.get(Broadcast, broadcast_id, options=_WITH_CONTENT)


async def due_to_start(session: AsyncSession, *, now: datetime, longest: timedelta) -> Sequence[int]:
    """Return the ids of the scheduled Broadcasts whose hour has come, the earliest first.

    A push whose hour passed more than `longest` ago is not among them, nor what waits for an editor.
    """
    statement = select(Broadcast.id).where(
        starts_by_itself(),
        Broadcast.start_at <= now,
        or_(Broadcast.kind != BroadcastKind.PUSH, Broadcast.start_at >= now - longest),
    )
    return (await session.scalars(statement.order_by(Broadcast.start_at))).all()


def starts_by_itself() -> ColumnElement[bool]:
    """Return the condition on `broadcasts`: it is scheduled, and no reason lets it wait for an editor."""
    return and_(Broadcast.state == BroadcastState.SCHEDULED, Broadcast.reason.is_(None))


async def overdue(session: AsyncSession, *, before: datetime) -> Sequence[int]:
    """Return the ids of the scheduled pushes whose hour passed before then, and which have no reason yet."""
    return (await session.scalars(select(Broadcast.id).where(_is_overdue(before)))).all()


async def note_overdue(session: AsyncSession, broadcast_id: int, before: datetime, *, reason: str) -> None:
    """Set the reason of an overdue push, and that editors are to be notified, unless that was done."""
    statement = update(Broadcast).where(Broadcast.id == broadcast_id, _is_overdue(before))
    await session.execute(statement.values(reason=reason, untold=True))


async def unannounced(session: AsyncSession) -> Sequence[Broadcast]:
    """Return the Broadcasts that wait for an editor and of which editors were not notified yet.

    With their Stories, the oldest first.
    """
    statement = select(Broadcast).options(joinedload(Broadcast.story)).order_by(Broadcast.id)
    return (await session.scalars(statement.where(waits_unannounced()))).all()


def waits_unannounced() -> ColumnElement[bool]:
    """Return the condition on `broadcasts`: it waits for an editor, and they were not notified yet."""
    waits = Broadcast.state.in_((BroadcastState.PREPARING, BroadcastState.SCHEDULED, BroadcastState.PAUSED))
    return and_(waits, Broadcast.untold)


def _is_overdue(before: datetime) -> ColumnElement[bool]:
    return and_(starts_by_itself(), Broadcast.kind == BroadcastKind.PUSH, Broadcast.start_at < before)


async def pushes_of(session: AsyncSession, story_id: int) -> Sequence[Broadcast]:
    """Return the confirmed pushes of a Story and of its Translations, with their Stories, oldest first."""
    story = select(Story.id, Story.translation_of).where(Story.id == story_id).cte()
    original = select(func.coalesce(story.c.translation_of, story.c.id)).scalar_subquery()
    same = select(Story.id).where(or_(Story.id == original, Story.translation_of == original))
    statement = select(Broadcast).options(joinedload(Broadcast.story)).order_by(Broadcast.id)
    statement = statement.where(
        Broadcast.story_id.in_(same), Broadcast.kind == BroadcastKind.PUSH, _IS_CONFIRMED
    )
    return (await session.scalars(statement)).all()


async def naming(session: AsyncSession, appeal_id: int) -> Sequence[Broadcast]:
    """Return the Broadcasts under way whose Story, or one that says the same, names this Appeal."""
    named = select(original_id(Story)).where(Story.appeal_id == appeal_id)
    same = select(Story.id).where(original_id(Story).in_(named))
    statement = select(Broadcast).where(Broadcast.state.in_(UNDER_WAY), Broadcast.story_id.in_(same))
    return (await session.scalars(statement.order_by(Broadcast.id))).all()


async def reporting(session: AsyncSession, appeal_id: int) -> Sequence[Broadcast]:
    """Return the Broadcasts under way that send a Report of this Appeal."""
    statement = (
        select(Broadcast)
        .join(Broadcast.report)
        .where(Broadcast.state.in_(UNDER_WAY), Report.appeal_id == appeal_id)
    )
    return (await session.scalars(statement.order_by(Broadcast.id))).all()


async def corrections_of(session: AsyncSession, push_id: int) -> Sequence[int]:
    """Return the ids of a push's corrections and withdrawals that have not ended."""
    statement = select(Broadcast.id).where(Broadcast.corrects_id == push_id, Broadcast.state.in_(OPEN))
    return (await session.scalars(statement)).all()


async def scheduled_push(session: AsyncSession, story_id: int) -> Broadcast | None:
    """Return the push of this very Story that waits for its hour, the earliest; None if there is none."""
    statement = select(Broadcast).where(
        Broadcast.story_id == story_id,
        Broadcast.kind == BroadcastKind.PUSH,
        Broadcast.state == BroadcastState.SCHEDULED,
    )
    return await session.scalar(statement.order_by(Broadcast.start_at).limit(1))


async def is_being_withdrawn(session: AsyncSession, story_id: int) -> bool:
    """Return whether messages of this Story are still being deleted, or changed into a note."""
    statement = select(Broadcast.id).where(
        Broadcast.story_id == story_id,
        Broadcast.kind == BroadcastKind.WITHDRAWAL,
        Broadcast.state.in_(OPEN),
    )
    return await session.scalar(statement.limit(1)) is not None


async def stories_of(session: AsyncSession, broadcast_ids: Collection[int]) -> Sequence[int]:
    """Return the ids of the Stories of these Broadcasts."""
    of_them = and_(Broadcast.id.in_(broadcast_ids), Broadcast.story_id.is_not(None))
    found = await session.scalars(select(Broadcast.story_id).where(of_them).distinct())
    return [one for one in found if one is not None]


async def are_digests_sent(session: AsyncSession, *, since: datetime) -> bool:
    """Return whether a Digest is under way, or was cancelled since then."""
    cancelled = and_(Broadcast.state == BroadcastState.CANCELLED, Broadcast.finished_at >= since)
    lately = or_(Broadcast.state.in_(UNDER_WAY), cancelled)
    statement = select(Broadcast.id).where(Broadcast.kind == BroadcastKind.DIGEST, lately)
    return await session.scalar(statement.limit(1)) is not None


async def draw_digests_again(session: AsyncSession) -> None:
    """Let the workers on Digests gather again: they drop messages that are made and not sent yet."""
    running = and_(Broadcast.kind == BroadcastKind.DIGEST, Broadcast.state.in_(UNDER_WAY))
    await session.execute(update(Broadcast).where(running).values(body_version=Broadcast.body_version + 1))


async def lowest_subscriber(session: AsyncSession) -> int:
    """Return the lowest id of a Subscriber; 0 where there is none."""
    return await session.scalar(select(func.min(Subscriber.id))) or 0


async def highest_subscriber(session: AsyncSession) -> int:
    """Return the highest id of a Subscriber; 0 where there is none."""
    return await session.scalar(select(func.max(Subscriber.id))) or 0


async def count(session: AsyncSession, audience: Audience, ids: tuple[int, int] | None = None) -> int:
    """Return how many Subscribers are in the Audience now, of those from the first to the last of `ids`."""
    statement = select(func.count()).select_from(Subscriber).where(audience.includes(ids))
    number = await session.scalar(statement)
    return number or 0


async def runs(session: AsyncSession, audience: Audience, *, size: int) -> Sequence[tuple[int, int]]:
    """Return the first and the last id of runs of up to `size` Subscribers of the Audience.

    Few Subscribers far apart take few Ranges by this; it reads the whole Audience.
    """
    position = func.row_number().over(order_by=Subscriber.id) - 1
    run = (position // size).label("run")
    found = select(Subscriber.id, run).where(audience.includes()).subquery()
    statement = select(func.min(found.c.id), func.max(found.c.id)).group_by(found.c.run)
    return [(first, last) for first, last in await session.execute(statement)]


async def add_ranges(session: AsyncSession, broadcast_id: int, bounds: Sequence[tuple[int, int]]) -> None:
    """Add Ranges to a Broadcast, by their first and last Subscriber ids."""
    if bounds:
        rows = [{"broadcast_id": broadcast_id, "first_id": first, "last_id": last} for first, last in bounds]
        await session.execute(insert(Range), rows)


async def finish(session: AsyncSession, broadcast_id: int, *, now: datetime) -> bool:
    """Finish a running Broadcast that has no open Range. Return whether this call did it.

    A push in its pilot wave is not at its end (storage/broadcasts/pilots.py). The row is locked first: of two
    workers who close the last two Ranges at once, neither sees the other's uncommitted change.
    """
    await lock(session, broadcast_id)
    running = and_(Broadcast.id == broadcast_id, Broadcast.state == BroadcastState.RUNNING)
    finished = await session.scalar(
        update(Broadcast)
        .where(running, Broadcast.pilot_below.is_(None), ~has_open_range(broadcast_id))
        .values(state=BroadcastState.FINISHED, finished_at=now)
        .returning(Broadcast.id)
    )
    if finished is not None and await events.is_heard(session):
        await _tell_finished(session, broadcast_id, now)
    return finished is not None


async def _tell_finished(session: AsyncSession, broadcast_id: int, now: datetime) -> None:
    """Store for Webhooks that a push has finished, and what it counted."""
    columns_of = select(Broadcast.story_id, Broadcast.started_at).where(
        Broadcast.id == broadcast_id, Broadcast.kind == BroadcastKind.PUSH
    )
    push = (await session.execute(columns_of)).one_or_none()
    if push is None:
        return
    counted = await progress(session, broadcast_id)
    told = {
        "id": broadcast_id,
        "story_id": push.story_id,
        "started_at": push.started_at,
        "finished_at": now,
        "sent": counted.sent,
        "held": counted.held,
        "skipped": counted.skipped,
        "blocked": counted.blocked,
        "failed": counted.failed,
    }
    await events.add(session, EventKind.FINISHED, {"push": told}, now=now)


def has_open_range(broadcast_id: int) -> ColumnElement[bool]:
    """Return the condition that some Range of the Broadcast is not done."""
    return exists().where(Range.broadcast_id == broadcast_id, Range.done.is_(False))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a Broadcast is: numbers of Subscribers, and of Ranges.

    - `held`: Subscribers who get it later.
    - `later`: of the `sent`, those who got it later.
    - `more`: Subscribers who were added to the Audience after the start.
    """

    sent: int
    failed: int
    blocked: int
    skipped: int
    ranges: int
    ranges_done: int
    held: int = 0
    later: int = 0
    more: int = 0

    @property
    def done(self) -> int:
        """The number of Subscribers with an outcome."""
        return self.sent + self.failed + self.blocked + self.skipped + self.held


async def progress(session: AsyncSession, broadcast_id: int) -> Progress:
    """Return the sum of what was counted in the Ranges, and of what changed afterwards.

    The later changes are read first: else one could be read whose Range was read before it was counted.
    """
    after = await counts.of(session, broadcast_id)
    statement = select(
        func.coalesce(func.sum(Range.sent), 0),
        func.coalesce(func.sum(Range.failed), 0),
        func.coalesce(func.sum(Range.blocked), 0),
        func.coalesce(func.sum(Range.skipped), 0),
        func.count(),
        func.coalesce(func.sum(case((Range.done, 1), else_=0)), 0),
        func.coalesce(func.sum(Range.held), 0),
    ).where(Range.broadcast_id == broadcast_id)
    sent, failed, blocked, skipped, ranges, done, held = (await session.execute(statement)).one()
    return Progress(
        sent + after.later,
        failed,
        blocked + after.blocked,
        skipped + after.skipped,
        ranges,
        done,
        held + after.held,
        later=after.later,
        more=after.expected,
    )

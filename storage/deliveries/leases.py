"""The ledger: leases on Ranges, and Deliveries as receipts.

A worker leases a Range, reads who in it is due, sends with no transaction open, and settles in small
batches. Whatever has no receipt when a lease ends is sent by the next worker: nobody is missed, and only
what was not settled can repeat.

No clock ends a lease: its holder renews it, and whoever sees it stand still for long enough takes it over
(bot/delivery/leased_range.py).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningInsert

from storage.broadcasts.broadcasts import Audience
from storage.database import PackRows, dialect_of, insert_on, rows_in
from storage.deliveries import held
from storage.deliveries.held import Gathered
from storage.models import Broadcast, Delivery, Range, Subscriber
from storage.words import (
    AppealRhythm,
    BroadcastKind,
    BroadcastState,
    DeliveryState,
    Length,
    Rhythm,
    SubscriberState,
)


@dataclass(frozen=True, slots=True)
class Lease:
    """A Range that is ours for as long as we renew it. `attempt` is the fence."""

    range_id: int
    broadcast_id: int
    first_id: int
    last_id: int
    attempt: int
    audience: Audience
    kind: BroadcastKind = BroadcastKind.PUSH
    corrects_id: int | None = None
    body_version: int = 0
    urgent: bool = False
    due_before: datetime | None = None
    paid: bool = False

    @property
    def was_leased_before(self) -> bool:
        """Only then can there be receipts in the Range that its reader must look for."""
        return self.attempt > 1


class ObservedLease(NamedTuple):
    """A lease as all can see it: it changes with each renewal, and stands still once its holder is dead."""

    range_id: int
    attempt: int
    renewals: int


class Pace(NamedTuple):
    """When a Subscriber wants to be written to: those columns that bot/subscribers/pacing.py reads."""

    zone: str | None = None
    language: str = "en"
    rhythm: Rhythm = Rhythm.AT_ONCE
    hour: int = 8
    weekday: int = 0
    quiet_from: int | None = None
    quiet_until: int | None = None
    rest_days: int = 0
    appeal_rhythm: AppealRhythm = AppealRhythm.EVERY_STORY
    allows_urgent: bool = False


_ALWAYS = Pace()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is to get a Broadcast, and which of its Bodies.

    `message_id` is the message that they have of it already: it is edited, or deleted, instead of a new one;
    `appeal`: an Appeal rode along with it; `gathered_at`: it tells of others too, gathered at that instant.
    `forum_topic` is where in a forum it goes.
    """

    subscriber_id: int
    chat_id: int
    language: str
    length: Length
    message_id: int | None = None
    delete: bool = False
    appeal: bool = False
    gathered_at: datetime | None = None
    pace: Pace = _ALWAYS
    story_languages: str = ""
    silent: bool = False
    away_until: datetime | None = None
    appealed_at: datetime | None = None
    forum_topic: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one send came to.

    `due_at` is when what is held for them is to be gathered. `merges` names the Broadcasts that were held and
    came with this message, gathered at that instant (None: nothing came), or one alone as it is (`whole`);
    `drops` those of which there was nothing to tell any more.
    """

    subscriber_id: int
    state: DeliveryState
    message_id: int | None = None
    reason: str | None = None
    blocked: bool = False
    appeal: bool = False
    due_at: datetime | None = None
    merges: tuple[int, ...] = ()
    drops: tuple[int, ...] = ()
    whole: bool = False
    gathered_at: datetime | None = None


_COUNTS = ("sent", "failed", "skipped", "held", "blocked")
_RANGES = Range.metadata.tables[Range.__tablename__]
_COUNTING = (
    update(_RANGES)
    .where(_RANGES.c.id == bindparam("of_range"), _RANGES.c.attempt == bindparam("fence"), ~_RANGES.c.done)
    .values({name: _RANGES.c[name] + bindparam(f"more_{name}") for name in _COUNTS})
    .returning(_RANGES.c.id)
)
_PACE = [getattr(Subscriber, name) for name in Pace._fields]
_UNREACHABLE = (SubscriberState.BLOCKED, SubscriberState.GONE)
_ON_THE_WAY = timedelta(minutes=1)  # between the gathering of a message, which its receipt tells, and its end
DELETABLE = timedelta(hours=48) - timedelta(minutes=5)  # Bot API, deleteMessage; minutes for the queue


async def leased(session: AsyncSession) -> Sequence[ObservedLease]:
    """All leases, of whatever Broadcast, by Range."""
    statement = select(Range.id, Range.attempt, Range.renewals).where(Range.worker.is_not(None))
    return [ObservedLease(*row) for row in await session.execute(statement.order_by(Range.id))]


async def is_anything_open(
    session: AsyncSession,
    *,
    dead: Collection[ObservedLease] = (),
    except_for: Collection[int] = (),
    waiting: Collection[int] = (),
) -> bool:
    """Tell whether there is a Range to claim. Asked first, so that an idle worker takes no write lock."""
    return await session.scalar(_claimable(dead, except_for, waiting)) is not None


async def claim(
    session: AsyncSession,
    *,
    worker: str,
    dead: Collection[ObservedLease] = (),
    except_for: Collection[int] = (),
    waiting: Collection[int] = (),
) -> Lease | None:
    """Lease the first open Range of a running Broadcast that nobody holds; None where there is none.

    A lease that is `dead`, and was not renewed since, holds nothing. Left alone are the Broadcasts
    `except_for` and the Ranges `waiting`.
    """
    first = _claimable(dead, except_for, waiting).with_for_update(skip_locked=True, of=Range)
    row = (
        await session.execute(
            update(Range)
            .where(Range.id == first.scalar_subquery())
            .values(worker=worker, attempt=Range.attempt + 1, look_again=False)
            .returning(Range.id, Range.broadcast_id, Range.first_id, Range.last_id, Range.attempt)
        )
    ).one_or_none()
    if row is None:
        return None
    of = select(
        Broadcast.audience,
        Broadcast.kind,
        Broadcast.corrects_id,
        Broadcast.body_version,
        Broadcast.urgent,
        Broadcast.due_before,
        Broadcast.paid,
    )
    audience, *rest = (await session.execute(of.where(Broadcast.id == row.broadcast_id))).one()
    return Lease(*row, Audience.load(audience), *rest)


async def renew(session: AsyncSession, lease: Lease) -> bool:
    """Hold the Range longer. One that somebody else was given meanwhile is never renewed: False."""
    renewed = await session.scalar(
        update(Range).where(_ours(lease)).values(renewals=Range.renewals + 1).returning(Range.id)
    )
    return renewed is not None


async def release_all(session: AsyncSession, *, worker: str) -> int:
    """Free the Ranges of a worker that is dead; how many there were. If it lives after all, it is fenced."""
    freed = await session.scalars(
        update(Range)
        .where(Range.worker == worker, ~Range.done)
        .values(worker=None, attempt=Range.attempt + 1)
        .returning(Range.id)
    )
    return len(freed.all())


async def release(session: AsyncSession, lease: Lease) -> None:
    """Give the Range back unfinished, so that the next worker need not wait for the lease to end."""
    await session.execute(update(Range).where(_ours(lease)).values(worker=None))


async def is_workable(session: AsyncSession, lease: Lease) -> bool:
    """The Range is still ours, its Broadcast still runs with the Bodies that we know, and nobody returned
    whom we may have passed.
    """
    found = await session.scalar(
        select(Range.id)
        .join(Broadcast, Broadcast.id == Range.broadcast_id)
        .where(
            _ours(lease),
            ~Range.look_again,
            Broadcast.state == BroadcastState.RUNNING,
            Broadcast.body_version == lease.body_version,
        )
    )
    return found is not None


async def due(session: AsyncSession, lease: Lease, *, after_id: int, limit: int) -> Sequence[Recipient]:
    """Who in the Range, past `after_id`, is active, in the Audience, and without a receipt."""
    wanted = lease.audience.includes((after_id + 1, lease.last_id))
    return await recipients(session, lease, wanted, limit=limit)


async def recipients(
    session: AsyncSession, lease: Lease, wanted: ColumnElement[bool], *, limit: int
) -> Sequence[Recipient]:
    """The first Subscribers of those wanted who have no receipt, with all that decides what they get when."""
    about = (Subscriber.id, Subscriber.chat_id, Subscriber.language, Subscriber.length)
    wishes = (Subscriber.story_languages, Subscriber.silent, Subscriber.away_until, Subscriber.appealed_at)
    statement = (
        select(*about, *wishes, Subscriber.forum_topic, *_PACE)
        .where(wanted)
        .order_by(Subscriber.id)
        .limit(limit)
    )
    if lease.was_leased_before:
        receipt = exists().where(
            Delivery.broadcast_id == lease.broadcast_id, Delivery.subscriber_id == Subscriber.id
        )
        statement = statement.where(~receipt)
    return [
        Recipient(
            subscriber_id=row[0],
            chat_id=row[1],
            language=row[2],
            length=row[3],
            story_languages=row[4],
            silent=row[5],
            away_until=row[6],
            appealed_at=row[7],
            forum_topic=row[8],
            pace=Pace._make(row[9:]),
        )
        for row in await session.execute(statement)
    ]


async def to_mend(
    session: AsyncSession, lease: Lease, *, after_id: int, limit: int, now: datetime
) -> Sequence[Recipient]:
    """Who in the Range, past `after_id`, has a message with what is corrected, and no receipt yet.

    That is the push's own message, or one that was gathered and tells of its Story among others.
    Whatever they prefer meanwhile: what is wrong is wrong for those too who said /stop. A withdrawal deletes
    what Telegram lets a bot delete, for 48 hours; older messages are edited into a note.
    """
    receipt = aliased(Delivery)
    statement = (
        select(Subscriber, Delivery)
        .join(
            Delivery,
            and_(
                Delivery.subscriber_id == Subscriber.id,
                _has_message(lease.corrects_id, lease.audience.since),
            ),
        )
        .where(
            Subscriber.id > after_id, Subscriber.id <= lease.last_id, Subscriber.state.not_in(_UNREACHABLE)
        )
        .order_by(Subscriber.id)
        .limit(limit)
    )
    if lease.was_leased_before:
        done = exists().where(
            receipt.broadcast_id == lease.broadcast_id, receipt.subscriber_id == Subscriber.id
        )
        statement = statement.where(~done)
    is_withdrawal = lease.kind is BroadcastKind.WITHDRAWAL
    return [
        Recipient(
            one.id,
            one.chat_id,
            one.language,
            one.length,
            had.message_id,
            delete=is_withdrawal and had.settled_at > now - DELETABLE,
            appeal=had.appeal,
            gathered_at=had.settled_at if had.state is DeliveryState.MERGED else None,
            story_languages=one.story_languages,
        )
        for one, had in await session.execute(statement)
    ]


async def count_messages(session: AsyncSession, push_id: int, *, since: datetime | None = None) -> int:
    """How many messages with the Story of a push are in chats (those that came since then)."""
    statement = select(func.count()).select_from(Delivery).where(_has_message(push_id, since))
    return await session.scalar(statement) or 0


async def count_by_fate(session: AsyncSession, push_id: int, *, now: datetime) -> tuple[int, int, int]:
    """How many messages with the Story of a push are in chats; which of its own Telegram lets us delete; and
    how many tell of others too.
    """
    own, merged = Delivery.state == DeliveryState.SENT, Delivery.state == DeliveryState.MERGED
    deletable = and_(own, Delivery.settled_at >= now - DELETABLE)
    sums = (func.coalesce(func.sum(case((which, 1), else_=0)), 0) for which in (deletable, merged))
    statement = select(func.count(), *sums).select_from(Delivery).where(_has_message(push_id))
    messages, deleted, gathered = (await session.execute(statement)).one()
    return messages, deleted, gathered


async def message_bounds(session: AsyncSession, push_id: int) -> tuple[int, int] | None:
    """The lowest and highest Subscriber id with a message of a push; None where nobody has one."""
    of = select(Delivery.subscriber_id).where(_has_message(push_id)).limit(1)
    lowest = await session.scalar(of.order_by(Delivery.subscriber_id))
    highest = await session.scalar(of.order_by(Delivery.subscriber_id.desc()))
    return None if lowest is None or highest is None else (lowest, highest)


async def settle(session: AsyncSession, lease: Lease, receipts: Sequence[Receipt], *, now: datetime) -> bool:
    """Write the receipts and add them to the Range's counts; False, and nothing written, when fenced.

    A receipt that is there already is not counted again: the answer to an earlier commit may have been lost.
    Who was forgotten while the message was on its way has no receipt.
    """
    if not await _count(session, lease, receipts, 1):
        return False
    written = await _write(session, lease, receipts, now) if receipts else set()
    fresh = receipts
    if len(written) < len(receipts):
        fresh = [one for one in receipts if one.subscriber_id in written]
        await _count(session, lease, [one for one in receipts if one.subscriber_id not in written], -1)
    if lease.kind is BroadcastKind.DIGEST:
        gathered = [_gathered(one) for one in fresh]
        await held.release(session, gathered, now=now, range_id=lease.range_id)
    else:
        await held.hold(session, [(one.subscriber_id, one.due_at) for one in fresh if one.due_at])
    return True


async def _write(session: AsyncSession, lease: Lease, receipts: Sequence[Receipt], now: datetime) -> set[int]:
    """Write those that are not there yet, of those who are still Subscribers: whose they are."""
    statement, pack = _writing(dialect_of(session))
    rows = [(one.subscriber_id, one.state.value, one.message_id, one.reason, one.appeal) for one in receipts]
    return set(await session.scalars(statement, pack(rows) | {"broadcast": lease.broadcast_id, "now": now}))


@cache
def _writing(dialect: str) -> tuple[ReturningInsert[Any], PackRows]:
    """Write receipts of those who are still Subscribers and have none; the ids of those written."""
    tables = Delivery.metadata.tables
    made, subscribers = tables[Delivery.__tablename__], tables[Subscriber.__tablename__]
    rows, pack = rows_in(
        dialect,
        {
            "subscriber_id": BigInteger(),
            "state": String(),
            "message_id": BigInteger(),
            "reason": String(),
            "appeal": Boolean(),
        },
    )
    now = bindparam("now", type_=made.c.settled_at.type)
    known = select(bindparam("broadcast", type_=Integer), *rows.c, now).where(
        subscribers.c.id == rows.c.subscriber_id
    )
    names = ["broadcast_id", *rows.c.keys(), "settled_at"]
    inserting = insert_on(dialect, made).from_select(names, known)
    return inserting.on_conflict_do_nothing().returning(made.c.subscriber_id), pack


def _gathered(receipt: Receipt) -> Gathered:
    return Gathered(
        receipt.subscriber_id,
        receipt.due_at,
        receipt.gathered_at,
        came=receipt.merges,
        dropped=receipt.drops,
        message_id=receipt.message_id,
        whole=receipt.whole,
        appeal=receipt.appeal,
    )


async def _count(session: AsyncSession, lease: Lease, receipts: Sequence[Receipt], sign: int) -> bool:
    """Add these to the Range's counts, or take them off; False when fenced. Locks the Range."""
    states = Counter("blocked" if receipt.blocked else receipt.state.value for receipt in receipts)
    more = {f"more_{name}": sign * states[name] for name in _COUNTS}
    ours = {"of_range": lease.range_id, "fence": lease.attempt}
    return await session.scalar(_COUNTING, more | ours) is not None


async def close(session: AsyncSession, lease: Lease) -> bool:
    """Everybody in the Range has a receipt or left: it is done.

    False when fenced; and where a reader returned whom we may have passed: then it is given back instead.
    """
    closed = await session.scalar(
        update(Range).where(_ours(lease)).values(done=~Range.look_again, worker=None).returning(Range.done)
    )
    return closed is True


async def oldest_to_prune(session: AsyncSession, *, before: datetime) -> int | None:
    """A Broadcast that ended before then and has receipts that may go; None where there is none."""
    left = exists().where(Delivery.broadcast_id == Broadcast.id, Delivery.state != DeliveryState.HELD)
    statement = select(Broadcast.id).where(Broadcast.finished_at < before, left)
    return await session.scalar(statement.order_by(Broadcast.id).limit(1))


async def prune(session: AsyncSession, broadcast_id: int, *, limit: int) -> int:
    """Remove so many receipts of a Broadcast, but for those of what is still held; how many there were."""
    of = (Delivery.broadcast_id == broadcast_id, Delivery.state != DeliveryState.HELD)
    some = select(Delivery.subscriber_id).where(*of).order_by(Delivery.subscriber_id).limit(limit)
    found = (await session.scalars(some)).all()
    if found:
        slice_ = Delivery.subscriber_id.between(found[0], found[-1])
        await session.execute(delete(Delivery).where(*of, slice_))
    return len(found)


async def receipts(session: AsyncSession, broadcast_id: int) -> Sequence[Delivery]:
    """All receipts of a Broadcast, by Subscriber."""
    statement = select(Delivery).where(Delivery.broadcast_id == broadcast_id)
    return (await session.scalars(statement.order_by(Delivery.subscriber_id))).all()


def _claimable(
    dead: Collection[ObservedLease], except_for: Collection[int], waiting: Collection[int]
) -> Select[int]:
    """The first open Range of a running Broadcast that nobody holds, and nobody alive.

    What is urgent goes first, then Digests, whose readers named an hour, while a push may take half a day.
    Then by id, not by how long it was left alone: else a dead worker's readers would wait behind everybody.
    """
    free: ColumnElement[bool] = Range.worker.is_(None)
    if dead:
        free = or_(free, tuple_(Range.id, Range.attempt, Range.renewals).in_(dead))
    first = case((Broadcast.urgent, 0), (Broadcast.kind == BroadcastKind.DIGEST, 1), else_=2)
    return (
        select(Range.id)
        .join(Broadcast, Broadcast.id == Range.broadcast_id)
        .where(~Range.done, free, Range.id.not_in(waiting))
        .where(Broadcast.state == BroadcastState.RUNNING, Broadcast.id.not_in(except_for))
        .order_by(first, Range.id)
        .limit(1)
    )


def _ours(lease: Lease) -> ColumnElement[bool]:
    """The fence: `attempt` grows with every lease, so an older holder matches nothing."""
    return and_(Range.id == lease.range_id, Range.attempt == lease.attempt, ~Range.done)


def _has_message(push_id: int | None, since: datetime | None = None) -> ColumnElement[bool]:
    """The condition on `deliveries`: a message with the Story of this push is in the chat (since then)."""
    told = Delivery.state.in_([DeliveryState.SENT, DeliveryState.MERGED])
    has_it = and_(Delivery.broadcast_id == push_id, told, Delivery.message_id.is_not(None))
    if since is None:
        return has_it
    gathered = and_(Delivery.state == DeliveryState.MERGED, Delivery.settled_at >= since - _ON_THE_WAY)
    return and_(has_it, or_(Delivery.settled_at >= since, gathered))

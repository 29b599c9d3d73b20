"""Broadcasts, their Audience, their frozen Bodies and their progress."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from storage.broadcasts import counts
from storage.models import Body, Broadcast, Delivery, Following, Range, Story, Subscriber, Subscription
from storage.words import BroadcastKind, BroadcastState, DeliveryState, Length, SubscriberState


@dataclass(frozen=True, slots=True)
class Audience:
    """Who a Broadcast is for. `highest_id` leaves out whoever comes after the start.

    `languages` are those of the readers, or of the Stories that they chose to read. `thread` lets in whoever
    follows this Thread, whatever their Topics are. `except_broadcasts` leaves out whoever was sent one of
    these, or for whom it is held. `since` is for corrections only: it leaves out messages that were sent
    before then. `told_in` are the languages that the Story is told in, the original's first: it leaves out
    whoever reads only others.
    """

    topics: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    highest_id: int = 0
    thread: int | None = None
    except_broadcasts: tuple[int, ...] = ()
    since: datetime | None = None
    told_in: tuple[str, ...] = ()

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> "Audience":
        """Read it back from the Broadcast's column."""
        since = kept.get("since")
        return cls(
            topics=tuple(kept["topics"]),
            languages=tuple(kept["languages"]),
            kinds=tuple(kept["kinds"]),
            highest_id=kept["highest_id"],
            thread=kept.get("thread"),  # rows from before there were Threads have no such key
            except_broadcasts=tuple(kept.get("except_broadcasts", ())),
            since=datetime.fromisoformat(since) if since else None,
            told_in=tuple(kept.get("told_in", ())),
        )

    def dump(self) -> dict[str, Any]:
        return {
            "topics": list(self.topics),
            "languages": list(self.languages),
            "kinds": list(self.kinds),
            "highest_id": self.highest_id,
            "thread": self.thread,
            "except_broadcasts": list(self.except_broadcasts),
            "since": self.since.isoformat() if self.since else None,
            "told_in": list(self.told_in),
        }

    def includes(self, ids: tuple[int, int] | None = None) -> ColumnElement[bool]:
        """The condition on `subscribers`: active, and what this filter asks for.

        Who chose all Topics gets every Story; who chose some gets those about one of them; who follows the
        Thread gets what it goes on with. `ids`: only Subscribers from the first to the last of them are asked
        for. That is said of every table, else PostgreSQL reads all who follow a Thread for a slice of thirty.
        """
        wanted: list[ColumnElement[bool]] = [Subscriber.all_topics.is_(True)]
        if self.topics:
            about = and_(_same_subscriber(Subscription, ids), Subscription.topic_id.in_(self.topics))
            wanted.append(exists().where(about))
        if self.thread is not None:
            of_thread = and_(_same_subscriber(Following, ids), Following.thread_id == self.thread)
            wanted.append(exists().where(of_thread))
        conditions = [
            Subscriber.id <= self.highest_id,
            Subscriber.state == SubscriberState.ACTIVE,
            or_(*wanted),
        ]
        if ids is not None:
            conditions.append(Subscriber.id.between(*ids))
        if self.except_broadcasts:
            has_it = exists().where(
                _same_subscriber(Delivery, ids),
                Delivery.broadcast_id.in_(self.except_broadcasts),
                Delivery.state.in_([DeliveryState.SENT, DeliveryState.HELD, DeliveryState.MERGED]),
            )
            conditions.append(~has_it)
        if self.languages:
            speak = and_(Subscriber.story_languages == "", Subscriber.language.in_(self.languages))
            conditions.append(or_(speak, _reads_any(self.languages)))
        if self.told_in:
            conditions.append(or_(Subscriber.story_languages == "", _reads_any(self.told_in)))
        if self.kinds:
            conditions.append(Subscriber.kind.in_(self.kinds))
        return and_(*conditions)


_EVERYBODY = Audience()
_UNDER_WAY = (BroadcastState.RUNNING, BroadcastState.PAUSED)


def _reads_any(languages: Sequence[str]) -> ColumnElement[bool]:
    """The condition on `subscribers`: one of these is among the languages that they chose to read."""
    chosen = " " + Subscriber.story_languages + " "
    return or_(*(chosen.contains(f" {language} ", autoescape=True) for language in languages))


def _same_subscriber(
    table: type[Subscription | Following | Delivery], ids: tuple[int, int] | None
) -> ColumnElement[bool]:
    """The row is of the Subscriber that is looked at, who is one of `ids`."""
    same = table.subscriber_id == Subscriber.id
    return same if ids is None else and_(same, table.subscriber_id.between(*ids))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a Broadcast is: people, and Ranges.

    `held` are those who get it later, `later` those of the sent who did; `more` were let in after the start.
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
        """How many have an outcome."""
        return self.sent + self.failed + self.blocked + self.skipped + self.held


class Variant(NamedTuple):
    """Which readers a Body is for: their language and Length, the language that the Story in it is told in,
    and whether an Appeal may ride along.
    """

    language: str
    length: Length
    told_in: str = ""
    appeal: bool = True


Payloads = Mapping[Variant, dict[str, Any]]


async def draft(
    session: AsyncSession,
    *,
    story_id: int | None,
    now: datetime,
    audience: Audience = _EVERYBODY,
    kind: BroadcastKind = BroadcastKind.PUSH,
    corrects_id: int | None = None,
) -> Broadcast:
    broadcast = Broadcast(
        story_id=story_id,
        kind=kind,
        corrects_id=corrects_id,
        state=BroadcastState.PREPARING,
        audience=audience.dump(),
        created_at=now,
    )
    session.add(broadcast)
    await session.flush()
    return broadcast


async def change(session: AsyncSession, broadcast_id: int, **values: Any) -> None:
    await session.execute(update(Broadcast).where(Broadcast.id == broadcast_id).values(**values))


async def leave_alone(session: AsyncSession, broadcast_id: int, chat_id: int) -> None:
    """Do not send this editor the progress of a Broadcast that has begun."""
    theirs = and_(Broadcast.id == broadcast_id, Broadcast.started_by == chat_id)
    begun = Broadcast.state.not_in([BroadcastState.PREPARING, BroadcastState.SCHEDULED])
    await session.execute(update(Broadcast).where(theirs, begun).values(started_by=None))


async def get(session: AsyncSession, broadcast_id: int) -> Broadcast | None:
    return await session.get(Broadcast, broadcast_id, options=[joinedload(Broadcast.story)])


async def every(session: AsyncSession, limit: int | None = None) -> Sequence[Broadcast]:
    """All Broadcasts, or the newest `limit`, with their Stories, newest first; no drafts, and of Digests only
    the open ones: those come several times a day, and would hide what editors sent.
    """
    statement = select(Broadcast).options(joinedload(Broadcast.story)).order_by(Broadcast.id.desc())
    open_states = (BroadcastState.RUNNING, BroadcastState.PAUSED)
    statement = statement.where(
        Broadcast.state != BroadcastState.PREPARING,
        or_(Broadcast.kind != BroadcastKind.DIGEST, Broadcast.state.in_(open_states)),
    )
    return (await session.scalars(statement.limit(limit))).all()


async def move(
    session: AsyncSession,
    broadcast_id: int,
    *,
    come_from: Sequence[BroadcastState],
    to: BroadcastState,
    **values: Any,
) -> bool:
    """Change the state if it is one of `come_from`; False where somebody was quicker."""
    moved = await session.scalar(
        update(Broadcast)
        .where(Broadcast.id == broadcast_id, Broadcast.state.in_(come_from))
        .values(state=to, **values)
        .returning(Broadcast.id)
    )
    return moved is not None


async def lock(session: AsyncSession, broadcast_id: int) -> None:
    """Nobody else changes this Broadcast until the transaction ends; a foreign key's lock need not wait."""
    row = select(Broadcast.id).where(Broadcast.id == broadcast_id)
    await session.execute(row.with_for_update(key_share=True))


async def due(session: AsyncSession, *, now: datetime, longest: timedelta) -> Sequence[int]:
    """The scheduled Broadcasts whose hour has come; not a push whose hour passed longer ago than that."""
    statement = select(Broadcast.id).where(
        Broadcast.state == BroadcastState.SCHEDULED,
        Broadcast.start_at <= now,
        or_(Broadcast.kind != BroadcastKind.PUSH, Broadcast.start_at >= now - longest),
    )
    return (await session.scalars(statement.order_by(Broadcast.start_at))).all()


async def overdue(session: AsyncSession, *, before: datetime) -> Sequence[int]:
    """The scheduled pushes whose hour passed before then, and which nobody has noted as such."""
    return (await session.scalars(select(Broadcast.id).where(_is_overdue(before)))).all()


async def note_overdue(session: AsyncSession, broadcast_id: int, before: datetime, *, reason: str) -> None:
    """Give an overdue push this reason, of which editors are to be told, unless somebody was quicker."""
    statement = update(Broadcast).where(Broadcast.id == broadcast_id, _is_overdue(before))
    await session.execute(statement.values(reason=reason, untold=True))


async def untold(session: AsyncSession) -> Sequence[Broadcast]:
    """Those that wait for an editor's word, and of which editors do not know yet, with their Stories."""
    waits = Broadcast.state.in_((BroadcastState.SCHEDULED, BroadcastState.PAUSED))
    statement = select(Broadcast).options(joinedload(Broadcast.story)).order_by(Broadcast.id)
    return (await session.scalars(statement.where(waits, Broadcast.untold))).all()


def _is_overdue(before: datetime) -> ColumnElement[bool]:
    return and_(
        Broadcast.state == BroadcastState.SCHEDULED,
        Broadcast.kind == BroadcastKind.PUSH,
        Broadcast.start_at < before,
        Broadcast.reason.is_(None),
    )


async def highest_subscriber(session: AsyncSession) -> int:
    return await session.scalar(select(func.max(Subscriber.id))) or 0


async def count(session: AsyncSession, audience: Audience, ids: tuple[int, int] | None = None) -> int:
    """How many Subscribers (from the first to the last of `ids`) are in the Audience now."""
    statement = select(func.count()).select_from(Subscriber).where(audience.includes(ids))
    number = await session.scalar(statement)
    return number or 0


async def freeze_bodies(session: AsyncSession, broadcast_id: int, payloads: Payloads) -> None:
    rows = [
        {"broadcast_id": broadcast_id, "payload": payload} | variant._asdict()
        for variant, payload in payloads.items()
    ]
    await session.execute(insert(Body), rows)


async def bodies(session: AsyncSession, broadcast_id: int) -> dict[Variant, dict[str, Any]]:
    """The frozen messages, by who they are for."""
    rows = await session.scalars(select(Body).where(Body.broadcast_id == broadcast_id))
    return {Variant(body.language, body.length, body.told_in, body.appeal): body.payload for body in rows}


async def renew_bodies(session: AsyncSession, broadcast_id: int, payloads: Payloads) -> None:
    """Let a running Broadcast go on with other Bodies: whoever works on it notices within a slice."""
    await session.execute(delete(Body).where(Body.broadcast_id == broadcast_id))
    await freeze_bodies(session, broadcast_id, payloads)
    await change(session, broadcast_id, body_version=Broadcast.body_version + 1)


async def pushes_of(session: AsyncSession, story_id: int) -> Sequence[Broadcast]:
    """The pushes of a Story, and of those that say the same in other languages, oldest first; no drafts."""
    story = select(Story.id, Story.translation_of).where(Story.id == story_id).cte()
    original = select(func.coalesce(story.c.translation_of, story.c.id)).scalar_subquery()
    same = select(Story.id).where(or_(Story.id == original, Story.translation_of == original))
    statement = select(Broadcast).options(joinedload(Broadcast.story)).order_by(Broadcast.id)
    statement = statement.where(
        Broadcast.story_id.in_(same),
        Broadcast.kind == BroadcastKind.PUSH,
        Broadcast.state != BroadcastState.PREPARING,
    )
    return (await session.scalars(statement)).all()


async def stories_of(session: AsyncSession, broadcast_ids: Collection[int]) -> Sequence[int]:
    """The Stories of these Broadcasts."""
    of_them = and_(Broadcast.id.in_(broadcast_ids), Broadcast.story_id.is_not(None))
    found = await session.scalars(select(Broadcast.story_id).where(of_them).distinct())
    return [one for one in found if one is not None]


async def are_digests_sent(session: AsyncSession, *, since: datetime) -> bool:
    """A Digest is under way, or was cancelled since then."""
    cancelled = and_(Broadcast.state == BroadcastState.CANCELLED, Broadcast.finished_at >= since)
    lately = or_(Broadcast.state.in_(_UNDER_WAY), cancelled)
    statement = select(Broadcast.id).where(Broadcast.kind == BroadcastKind.DIGEST, lately)
    return await session.scalar(statement.limit(1)) is not None


async def draw_digests_again(session: AsyncSession) -> None:
    """Let whoever works on a Digest gather anew: what was drawn and is not sent yet is left."""
    running = and_(Broadcast.kind == BroadcastKind.DIGEST, Broadcast.state.in_(_UNDER_WAY))
    await session.execute(update(Broadcast).where(running).values(body_version=Broadcast.body_version + 1))


async def corrections_of(session: AsyncSession, push_id: int) -> Sequence[int]:
    """The corrections of a push that have not ended."""
    open_states = (BroadcastState.SCHEDULED, BroadcastState.RUNNING, BroadcastState.PAUSED)
    statement = select(Broadcast.id).where(Broadcast.corrects_id == push_id, Broadcast.state.in_(open_states))
    return (await session.scalars(statement)).all()


async def add_ranges(session: AsyncSession, broadcast_id: int, bounds: Sequence[tuple[int, int]]) -> None:
    if bounds:
        rows = [{"broadcast_id": broadcast_id, "first_id": first, "last_id": last} for first, last in bounds]
        await session.execute(insert(Range), rows)


async def lowest_subscriber(session: AsyncSession) -> int:
    return await session.scalar(select(func.min(Subscriber.id))) or 0


async def finish(session: AsyncSession, broadcast_id: int, *, now: datetime) -> bool:
    """A running Broadcast without an open Range is finished; True for the one who noticed.

    Its row is locked first: of two who close the last two Ranges at once, neither sees the other's commit.
    """
    await lock(session, broadcast_id)
    open_range = exists().where(Range.broadcast_id == broadcast_id, Range.done.is_(False))
    finished = await session.scalar(
        update(Broadcast)
        .where(Broadcast.id == broadcast_id, Broadcast.state == BroadcastState.RUNNING, ~open_range)
        .values(state=BroadcastState.FINISHED, finished_at=now)
        .returning(Broadcast.id)
    )
    return finished is not None


async def progress(session: AsyncSession, broadcast_id: int) -> Progress:
    """Sum what was settled over the Ranges, and what changed afterwards.

    Those changes are read first: else one could be known of which the Ranges did not tell yet.
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
        sent + after["later"],
        failed,
        blocked + after["blocked"],
        skipped + after["skipped"],
        ranges,
        done,
        held + after["held"],
        later=after["later"],
        more=after["expected"],
    )

"""Rows of Subscribers: find, add and change them, with their Preferences and Subscriptions."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple, TypedDict, Unpack

from sqlalchemy import and_, bindparam, delete, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage import content
from storage.database import insert
from storage.models import Subscriber, Subscription, Topic
from storage.words import AppealRhythm, ChatKind, Length, Rhythm, SubscriberState, WarnedStories


class Columns(TypedDict, total=False):
    """The columns of a Subscriber that `change` can set; the type checker finds a misspelt one."""

    chat_id: int
    state: SubscriberState
    language: str
    story_languages: str
    length: Length
    all_topics: bool
    joined_at: datetime | None
    zone: str | None
    city: int | None
    rhythm: Rhythm
    hour: int
    weekday: int
    quiet_from: int | None
    quiet_until: int | None
    rest_days: int
    appeal_rhythm: AppealRhythm
    appealed_at: datetime | None
    helped_until: datetime | None
    silent: bool
    allows_urgent: bool
    muted_words: str
    warned_stories: WarnedStories
    away_until: datetime | None
    due_at: datetime | None
    forum_topic: int | None
    muted: bool
    open_prompt: int | None
    blocked_at: datetime | None
    seen_on: date | None
    asked_at: datetime | None


_BY_CHAT = select(Subscriber).where(Subscriber.chat_id == bindparam("chat"))  # built once: it is asked often
_NOW = select(content.version().label("version")).subquery("now")
_WITH_CONTENT_VERSION = select(Subscriber, _NOW.c.version).select_from(
    _NOW.outerjoin(Subscriber, Subscriber.chat_id == bindparam("chat"))
)


async def meet(
    session: AsyncSession,
    *,
    chat_id: int,
    kind: ChatKind,
    language: str,
    state: SubscriberState,
) -> Subscriber:
    """Add a Subscriber with these values, unless the chat has one; return the one that it has then.

    A new one reads Stories in the language of the chat.
    """
    statement = insert(session, Subscriber).values(
        chat_id=chat_id, kind=kind, language=language, story_languages=language, state=state
    )
    added = await session.scalar(statement.on_conflict_do_nothing().returning(Subscriber))
    found = added or await by_chat(session, chat_id)
    if found is None:
        raise LookupError(f"subscriber of chat {chat_id} vanished between insert and read")
    return found


async def by_chat(session: AsyncSession, chat_id: int) -> Subscriber | None:
    """Return the Subscriber of a chat; None if there is none."""
    return await session.scalar(_BY_CHAT, {"chat": chat_id})


async def with_content_version(session: AsyncSession, chat_id: int) -> tuple[Subscriber | None, int]:
    """Return the Subscriber of a chat (None if there is none), and the version of the content just then."""
    found, version = (await session.execute(_WITH_CONTENT_VERSION, {"chat": chat_id})).one()
    return found, version


async def lock(session: AsyncSession, chat_id: int) -> Subscriber | None:
    """Return the Subscriber as it is now, and lock it: nobody else changes it until this transaction ends."""
    statement = select(Subscriber).where(Subscriber.chat_id == chat_id).with_for_update(key_share=True)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def change(session: AsyncSession, key: int, /, **columns: Unpack[Columns]) -> Subscriber | None:
    """Set columns of the Subscriber of the chat `key`, and return it; None if there is none."""
    return await session.scalar(
        update(Subscriber).where(Subscriber.chat_id == key).values(**columns).returning(Subscriber)
    )


async def start(session: AsyncSession, chat_id: int, *, now: datetime, forum_topic: int | None) -> None:
    """Make the Subscriber of a chat active; they joined now, unless they joined before."""
    joined_at = func.coalesce(Subscriber.joined_at, literal(now, Subscriber.joined_at.type))
    started = {"state": SubscriberState.ACTIVE, "joined_at": joined_at, "forum_topic": forum_topic}
    await session.execute(update(Subscriber).where(Subscriber.chat_id == chat_id).values(started))


async def mark_blocked(session: AsyncSession, chat_id: int, *, now: datetime) -> Sequence[int]:
    """Note that a chat has blocked the bot, if it is active; a /stop at the same moment stays a /stop.

    Return the id of its Subscriber; nothing if it was not active.
    """
    active = and_(Subscriber.chat_id == chat_id, Subscriber.state == SubscriberState.ACTIVE)
    blocked = update(Subscriber).where(active).values(state=SubscriberState.BLOCKED, blocked_at=now)
    return (await session.scalars(blocked.returning(Subscriber.id))).all()


async def move_chat(session: AsyncSession, *, old: int, new: int, now: datetime) -> None:
    """Give a group its new chat id.

    If the new id has joined by itself, the old one is marked as gone. If the new id has only asked for
    something before we heard of the move, the old Subscriber takes its place.
    """
    there = await by_chat(session, new)
    if there is not None and there.joined_at is not None:
        await change(session, old, state=SubscriberState.GONE, blocked_at=now)
        return
    if there is not None and await by_chat(session, old) is not None:
        await session.execute(delete(Subscriber).where(Subscriber.id == there.id))
    await change(session, old, chat_id=new)


async def set_states(
    session: AsyncSession, ids: Sequence[int], state: SubscriberState, *, now: datetime
) -> Sequence[int]:
    """Note that active Subscribers have blocked the bot or are gone; a /stop that came meanwhile stays.

    Return the ids of those who were active.
    """
    if not ids:
        return []
    changed = await session.scalars(
        update(Subscriber)
        .where(Subscriber.id.in_(ids), Subscriber.state == SubscriberState.ACTIVE)
        .values(state=state, blocked_at=now)
        .returning(Subscriber.id)
    )
    return changed.all()


class AppealTimes(NamedTuple):
    """When a Subscriber last got an Appeal with a push, and until when they get none because they helped."""

    appealed_at: datetime | None
    helped_until: datetime | None


async def lock_appealed(session: AsyncSession, ids: Sequence[int]) -> dict[int, AppealTimes]:
    """Lock these Subscribers until the transaction ends, and return the times that decide on Appeals.

    They are locked in the order of their ids, so that two such transactions wait and do not deadlock.
    """
    columns = (Subscriber.id, Subscriber.appealed_at, Subscriber.helped_until)
    statement = select(*columns).where(Subscriber.id.in_(ids)).order_by(Subscriber.id)
    rows = await session.execute(statement.with_for_update(key_share=True))
    return {row.id: AppealTimes(row.appealed_at, row.helped_until) for row in rows}


async def set_appealed(session: AsyncSession, ids: Sequence[int], *, now: datetime) -> None:
    """Note that these Subscribers get an Appeal with a push now."""
    if ids:
        await session.execute(update(Subscriber).where(Subscriber.id.in_(ids)).values(appealed_at=now))


async def topics_of(session: AsyncSession, subscriber_id: int) -> set[int]:
    """Return the ids of the Topics that this Subscriber chose one by one."""
    rows = await session.scalars(
        select(Subscription.topic_id).where(Subscription.subscriber_id == subscriber_id)
    )
    return set(rows)


async def set_topics(session: AsyncSession, subscriber_id: int, topic_ids: Sequence[int]) -> None:
    """Replace the chosen Topics with these."""
    await session.execute(delete(Subscription).where(Subscription.subscriber_id == subscriber_id))
    if topic_ids:
        known = select(Topic.id).where(Topic.id.in_(topic_ids))
        rows = [
            {"subscriber_id": subscriber_id, "topic_id": topic_id}
            for topic_id in await session.scalars(known)
        ]
        if rows:
            await session.execute(insert(session, Subscription).on_conflict_do_nothing(), rows)


async def count_by_state(session: AsyncSession) -> dict[SubscriberState, int]:
    """Return how many Subscribers there are in each state."""
    rows = await session.execute(select(Subscriber.state, func.count()).group_by(Subscriber.state))
    return dict(rows.all())

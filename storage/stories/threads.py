"""Threads: running stories, the Stories in them, and who follows them.

A Translation belongs to its original's Thread, whether it names one or not.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import itemgetter

from sqlalchemy import ColumnElement, and_, delete, distinct, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.database import insert
from storage.models import Following, Story, Thread
from storage.stories import stories, translations


async def make(session: AsyncSession, *, title: str, now: datetime) -> int:
    """A new Thread without Stories: its id."""
    thread = Thread(title=title, created_at=now)
    session.add(thread)
    await session.flush()
    return thread.id


async def get(session: AsyncSession, thread_id: int) -> Thread | None:
    return await session.get(Thread, thread_id)


async def titles(session: AsyncSession, thread_ids: Collection[int | None]) -> dict[int, str]:
    """What these Threads are called."""
    rows = await session.execute(select(Thread.id, Thread.title).where(Thread.id.in_(thread_ids)))
    return dict(rows.all())


async def newest(session: AsyncSession, limit: int) -> Sequence[Thread]:
    """The Threads that were made last, the newest first."""
    return (await session.scalars(select(Thread).order_by(Thread.id.desc()).limit(limit))).all()


async def stories_of(
    session: AsyncSession,
    thread_id: int,
    *,
    language: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[Story]:
    """Its published Stories, newest first; of a Story and its Translations the one for `language`.

    A Translation stands where its original does, whenever it came.
    """
    came_at = func.coalesce(Story.released_at, Story.added_at)
    places = select(Story.id, translations.original_id(Story), Story.language, came_at)
    places = places.where(_published_in(thread_id)).order_by(Story.translation_of.is_not(None), Story.id)
    groups: dict[int, list[tuple[datetime, int, str]]] = {}
    for story_id, original, spoken, moment in await session.execute(places):
        groups.setdefault(original, []).append((moment, story_id, spoken))
    ordered = sorted(groups.values(), key=itemgetter(0), reverse=True)
    end = None if limit is None else offset + limit
    chosen = [
        next((one for one in group if one[2] == language), group[0])[1] for group in ordered[offset:end]
    ]
    found = {one.id: one for one in await session.scalars(stories.whole().where(Story.id.in_(chosen)))}
    return [found[one] for one in chosen]


async def count(session: AsyncSession, thread_id: int) -> int:
    """How many published Stories it has; a Story and its Translations are one."""
    statement = select(func.count(distinct(translations.original_id(Story)))).where(_published_in(thread_id))
    return await session.scalar(statement) or 0


async def goes_on(session: AsyncSession, thread_id: int, story: Story) -> tuple[bool, bool]:
    """Readers can see another Story of this Thread from before `story`, and one from after it."""
    others = and_(
        _published_in(thread_id),
        translations.shown_in(None),
        translations.original_id(Story) != translations.original_of(story),
    )
    told_at = story.released_at
    if story.original is not None:  # a Translation stands where its original does
        told_at = story.original.released_at or told_at
    if told_at is None:  # not published yet: it will be the newest
        return await session.scalar(select(exists().where(others))) or False, False
    before, after = Story.released_at <= told_at, Story.released_at > told_at
    found = await session.execute(select(exists().where(others, before), exists().where(others, after)))
    was, goes = found.one()
    return was, goes


async def follow(session: AsyncSession, *, subscriber_id: int, thread_id: int) -> None:
    """From now on they want its next Story. Twice is once."""
    statement = insert(session, Following).values(subscriber_id=subscriber_id, thread_id=thread_id)
    await session.execute(statement.on_conflict_do_nothing())


async def unfollow(session: AsyncSession, *, subscriber_id: int, thread_id: int) -> None:
    await session.execute(
        delete(Following).where(Following.subscriber_id == subscriber_id, Following.thread_id == thread_id)
    )


async def is_following(session: AsyncSession, *, subscriber_id: int, thread_id: int) -> bool:
    return await session.get(Following, (subscriber_id, thread_id)) is not None


async def followed_by(session: AsyncSession, subscriber_id: int, *, limit: int) -> Sequence[Thread]:
    """The Threads that a Subscriber follows, the newest first."""
    statement = select(Thread).join(Following, Following.thread_id == Thread.id)
    statement = statement.where(Following.subscriber_id == subscriber_id)
    return (await session.scalars(statement.order_by(Thread.id.desc()).limit(limit))).all()


def _published_in(thread_id: int) -> ColumnElement[bool]:
    original = aliased(Story)
    originals = select(original.id).where(original.thread_id == thread_id)
    in_thread = or_(Story.thread_id == thread_id, Story.translation_of.in_(originals))
    return and_(in_thread, translations.is_published(Story))

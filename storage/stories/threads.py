"""Queries on Threads (running stories), the Stories in them, and the Subscribers who follow them.

A Translation belongs to its original's Thread, whether or not it names one itself.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from operator import itemgetter

from sqlalchemy import ColumnElement, and_, delete, distinct, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.database import insert
from storage.models import Following, Story, Thread
from storage.stories import stories, translations


async def make(session: AsyncSession, *, title: str, now: datetime) -> int:
    """Store a new Thread without Stories and return its id."""
    thread = Thread(title=title, created_at=now)
    session.add(thread)
    await session.flush()
    return thread.id


async def name_after(session: AsyncSession, thread_id: int, *, story_id: int, headline: str) -> None:
    """Name the Thread after this Story, if readers see no other Story of it.

    So its title never tells of a Story that readers cannot see yet, or cannot see any more.
    """
    others = and_(_published_in(thread_id), Story.id != story_id)
    named = update(Thread).where(Thread.id == thread_id, Thread.title != headline, ~exists().where(others))
    await session.execute(named.values(title=headline))


async def get(session: AsyncSession, thread_id: int) -> Thread | None:
    """Return the Thread, or None if there is none with this id."""
    return await session.get(Thread, thread_id)


async def titles(session: AsyncSession, thread_ids: Collection[int | None]) -> dict[int, str]:
    """Return the titles of these Threads, by id."""
    rows = await session.execute(select(Thread.id, Thread.title).where(Thread.id.in_(thread_ids)))
    return dict(rows.all())


async def warned(session: AsyncSession, thread_ids: Collection[int | None]) -> set[int]:
    """Return those of these Threads that have a Story with a content warning: their title may be about it."""
    has_warning = and_(Story.thread_id.in_(thread_ids), Story.warnings != "")
    found = await session.scalars(select(Story.thread_id).where(has_warning).distinct())
    return {thread_id for thread_id in found if thread_id is not None}


async def newest(session: AsyncSession, limit: int) -> Sequence[Thread]:
    """Return the newest Threads, the newest first."""
    return (await session.scalars(select(Thread).order_by(Thread.id.desc()).limit(limit))).all()


async def listed(session: AsyncSession, words: str, *, limit: int, offset: int) -> Sequence[Thread]:
    """Return a page of the Threads that have these words in their title, the newest first; "": of all."""
    statement = select(Thread).where(*_titled(words)).order_by(Thread.id.desc())
    return (await session.scalars(statement.limit(limit).offset(offset))).all()


async def number(session: AsyncSession, words: str) -> int:
    """Return how many Threads have these words in their title."""
    return await session.scalar(select(func.count()).select_from(Thread).where(*_titled(words))) or 0


async def story_counts(session: AsyncSession, thread_ids: Collection[int]) -> dict[int, int]:
    """Return how many Stories, in any state, each of these Threads has, without Translations."""
    statement = select(Story.thread_id, func.count())
    statement = statement.where(Story.thread_id.in_(thread_ids), Story.translation_of.is_(None))
    rows = await session.execute(statement.group_by(Story.thread_id))
    return {thread_id: count for thread_id, count in rows if thread_id is not None}


async def followers(session: AsyncSession, thread_id: int) -> int:
    """Return how many Subscribers follow the Thread."""
    followings = select(func.count()).select_from(Following).where(Following.thread_id == thread_id)
    return await session.scalar(followings) or 0


async def every_story_of(
    session: AsyncSession, thread_id: int, *, limit: int, offset: int
) -> Sequence[Story]:
    """Return a page of the Thread's Stories in any state, without Translations, the last added first."""
    statement = select(Story).where(Story.thread_id == thread_id, Story.translation_of.is_(None))
    return (await session.scalars(statement.order_by(Story.id.desc()).limit(limit).offset(offset))).all()


async def rename(session: AsyncSession, thread_id: int, *, title: str) -> None:
    """Give the Thread another title."""
    await session.execute(update(Thread).where(Thread.id == thread_id).values(title=title))


async def stories_of(
    session: AsyncSession,
    thread_id: int,
    *,
    language: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[Story]:
    """Return the Thread's published Stories, newest first; of a group of Translations the one in `language`.

    A Translation stands where its original does, however late it was added.
    """
    visible_since = func.coalesce(Story.released_at, Story.added_at)
    rows = select(Story.id, translations.original_id(Story), Story.language, visible_since)
    rows = rows.where(_published_in(thread_id)).order_by(Story.translation_of.is_not(None), Story.id)
    groups: dict[int, list[tuple[datetime, int, str]]] = {}
    for story_id, original, code, moment in await session.execute(rows):
        groups.setdefault(original, []).append((moment, story_id, code))
    ordered = sorted(groups.values(), key=itemgetter(0), reverse=True)
    end = None if limit is None else offset + limit
    chosen = [
        next((one for one in group if one[2] == language), group[0])[1] for group in ordered[offset:end]
    ]
    found = {one.id: one for one in await session.scalars(stories.whole().where(Story.id.in_(chosen)))}
    return [found[one] for one in chosen]


async def count(session: AsyncSession, thread_id: int) -> int:
    """Return how many published Stories the Thread has; a Story and its Translations count once."""
    statement = select(func.count(distinct(translations.original_id(Story)))).where(_published_in(thread_id))
    return await session.scalar(statement) or 0


async def has_neighbours(session: AsyncSession, thread_id: int, story: Story) -> tuple[bool, bool]:
    """Return whether readers can see an earlier Story of the Thread, and a later one."""
    others = and_(
        _published_in(thread_id),
        translations.shown_in(None),
        translations.original_id(Story) != translations.original_of(story),
    )
    # A Translation stands where its original does.
    released_at = (story.original.released_at if story.original else None) or story.released_at
    if released_at is None:  # not published yet: it will be the newest
        return await session.scalar(select(exists().where(others))) or False, False
    at_once, number = Story.released_at == released_at, translations.original_of(story)
    before = or_(Story.released_at < released_at, and_(at_once, translations.original_id(Story) < number))
    after = or_(Story.released_at > released_at, and_(at_once, translations.original_id(Story) > number))
    found = await session.execute(select(exists().where(others, before), exists().where(others, after)))
    has_earlier, has_later = found.one()
    return has_earlier, has_later


async def follow(session: AsyncSession, *, subscriber_id: int, thread_id: int) -> None:
    """Let the Subscriber follow the Thread; no effect if they do already."""
    statement = insert(session, Following).values(subscriber_id=subscriber_id, thread_id=thread_id)
    await session.execute(statement.on_conflict_do_nothing())


async def unfollow(session: AsyncSession, *, subscriber_id: int, thread_id: int) -> None:
    """Let the Subscriber no longer follow the Thread; no effect if they do not."""
    await session.execute(
        delete(Following).where(Following.subscriber_id == subscriber_id, Following.thread_id == thread_id)
    )


async def is_following(session: AsyncSession, *, subscriber_id: int, thread_id: int) -> bool:
    """Return whether the Subscriber follows the Thread."""
    return await session.get(Following, (subscriber_id, thread_id)) is not None


async def followed_by(session: AsyncSession, subscriber_id: int, *, limit: int) -> Sequence[Thread]:
    """Return the Threads that a Subscriber follows, the newest first."""
    statement = select(Thread).join(Following, Following.thread_id == Thread.id)
    statement = statement.where(Following.subscriber_id == subscriber_id)
    return (await session.scalars(statement.order_by(Thread.id.desc()).limit(limit))).all()


def _published_in(thread_id: int) -> ColumnElement[bool]:
    original = aliased(Story)
    originals = select(original.id).where(original.thread_id == thread_id)
    in_thread = or_(Story.thread_id == thread_id, Story.translation_of.in_(originals))
    return and_(in_thread, translations.is_published(Story))


def _titled(words: str) -> Sequence[ColumnElement[bool]]:
    """Return the condition for a title with these words. SQLite folds the case of ASCII letters alone."""
    if not words:
        return ()
    forms = dict.fromkeys((words, words.lower(), words.capitalize()))
    return [or_(*(Thread.title.icontains(form, autoescape=True) for form in forms))]

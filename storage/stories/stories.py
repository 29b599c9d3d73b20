"""Queries on Stories with their Summaries and Topics."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from storage.database import insert
from storage.models import Appeal, Story, StoryTopic, Summary
from storage.stories.translations import choose, is_published, original_id, original_of, shown_in
from storage.words import AppealState, Length, StoryState

_LATELY = timedelta(days=30)


class StoryText(TypedDict, total=False):
    """The columns of a Story that depend on its text alone."""

    headline: str
    byline: str | None
    picture: str | None
    language: str
    body: str
    fingerprint: str
    signature: bytes | None
    links: list[dict[str, str]]
    published: datetime | None
    plea: str | None
    plea_speaker: str | None
    proposed_plea: str | None
    proposed_plea_speaker: str | None
    help_sentence: str | None
    help_organisation: str | None
    help_url: str | None
    proposed_warnings: str


class StoryValues(StoryText, total=False):
    """The columns of a Story that `add` and `change` may set."""

    state: StoryState
    address: str | None
    source_id: int | None
    thread_id: int | None
    translation_of: int | None
    appeal_id: int | None
    warnings: str
    added_at: datetime
    released_at: datetime | None
    notice: str | None


Versions = Sequence[tuple[int, int, int | None, AppealState | None]]
"""Id and version of each Story of a group of Translations, and version and state of its Appeal."""


async def add(session: AsyncSession, **values: Unpack[StoryValues]) -> int | None:
    """Store a Story and return its id; None if its address or its text is stored already."""
    statement = insert(session, Story).values(**values).on_conflict_do_nothing().returning(Story.id)
    identity: int | None = await session.scalar(statement)
    return identity


async def set_summaries(session: AsyncSession, story_id: int, texts: Mapping[Length, str]) -> None:
    """Store Summaries of a Story, one sentence a line, in place of older ones of the same Lengths."""
    statement = insert(session, Summary)
    statement = statement.on_conflict_do_update(
        index_elements=[Summary.story_id, Summary.length], set_={"text": statement.excluded.text}
    )
    rows = [{"story_id": story_id, "length": length, "text": text} for length, text in texts.items()]
    await session.execute(statement, rows)


async def add_topics(session: AsyncSession, story_id: int, topic_ids: Sequence[int]) -> None:
    """Give a Story these Topics in addition to those that it has."""
    if topic_ids:
        rows = [{"story_id": story_id, "topic_id": topic_id} for topic_id in topic_ids]
        await session.execute(insert(session, StoryTopic).on_conflict_do_nothing(), rows)


async def set_topics(session: AsyncSession, story_id: int, topic_ids: Sequence[int]) -> None:
    """Give a Story these Topics in place of those that it has."""
    others = StoryTopic.topic_id.not_in(topic_ids)
    await session.execute(delete(StoryTopic).where(StoryTopic.story_id == story_id, others))
    await add_topics(session, story_id, topic_ids)


async def get(session: AsyncSession, story_id: int) -> Story | None:
    """Return the Story, or None if there is none with this id."""
    return await session.scalar(whole().where(Story.id == story_id))


async def reread(session: AsyncSession, story_id: int) -> Story | None:
    """Return the Story as this transaction has left it, whatever was read of it before."""
    statement = whole().where(Story.id == story_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def note_corrected(session: AsyncSession, story_id: int, *, now: datetime) -> None:
    """Note that a Story is corrected now for those who had it, without a new version."""
    await session.execute(update(Story).where(Story.id == story_id).values(corrected_at=now))


async def published_at(session: AsyncSession, address: str) -> Story | None:
    """Return the published Story with this address, or None."""
    return await session.scalar(whole().where(Story.address == address, Story.state == StoryState.PUBLISHED))


async def some(session: AsyncSession, story_ids: Collection[int]) -> Sequence[Story]:
    """Return the Stories with these ids; unknown ids are left out."""
    return (await session.scalars(whole().where(Story.id.in_(story_ids)))).all()


async def versions(session: AsyncSession, story_ids: Collection[int]) -> dict[int, Versions]:
    """Return by Story id the versions of its group; they change with each change of a Story or its Appeal."""
    asked = select(Story.id, original_id(Story).label("original")).where(Story.id.in_(story_ids)).subquery()
    in_group = or_(Story.id == asked.c.original, Story.translation_of == asked.c.original)
    statement = select(asked.c.id, Story.id, Story.version, Appeal.version, Appeal.state)
    statement = statement.join(Story, in_group).outerjoin(Appeal, Appeal.id == Story.appeal_id)
    found: dict[int, list[tuple[int, int, int | None, AppealState | None]]] = {}
    for asked_id, *version in await session.execute(statement.order_by(asked.c.id, Story.id)):
        found.setdefault(asked_id, []).append((version[0], version[1], version[2], version[3]))
    return dict(found)


async def find_same(
    session: AsyncSession, *, fingerprint: str, address: str | None
) -> tuple[int, bool] | None:
    """Return the id of the Story with this text, or else with this address, and whether the text is the same.

    None if there is neither.
    """
    same = Story.fingerprint == fingerprint
    statement = select(Story.id, same).where(or_(same, Story.address == address) if address else same)
    row = (await session.execute(statement.order_by(same.desc()).limit(1))).first()
    return None if row is None else (row[0], bool(row[1]))


async def latest(
    session: AsyncSession, *, limit: int, offset: int = 0, language: str | None = None
) -> Sequence[Story]:
    """Return published Stories, newest first; of each group the one that readers of `language` get."""
    statement = whole().where(Story.state == StoryState.PUBLISHED, shown_in(language))
    statement = statement.order_by(Story.released_at.desc(), Story.id.desc()).limit(limit).offset(offset)
    return (await session.scalars(statement)).all()


async def languages_of_late(session: AsyncSession, now: datetime) -> Sequence[str]:
    """Return the languages, by code, of the published Stories that were released within the last 30 days."""
    recent = Story.released_at >= now - _LATELY
    statement = select(Story.language).where(Story.state == StoryState.PUBLISHED, recent)
    return sorted((await session.scalars(statement.distinct())).all())


async def in_states(
    session: AsyncSession,
    states: Sequence[StoryState] | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[Story]:
    """Return the Stories in these states, or in any state, oldest first."""
    statement = whole().order_by(Story.id).limit(limit).offset(offset)
    if states is not None:
        statement = statement.where(Story.state.in_(states))
    return (await session.scalars(statement)).all()


async def newest(session: AsyncSession, state: StoryState, *, limit: int, offset: int = 0) -> Sequence[Story]:
    """Return Stories in this state: those that readers saw last first, and of those unseen the last added."""
    ids = select(Story.id).where(Story.state == state)  # the ids alone: an index has them
    ids = ids.order_by(Story.released_at.desc(), Story.id.desc()).limit(limit).offset(offset)
    places = {story_id: place for place, story_id in enumerate((await session.scalars(ids)).all())}
    found = await session.scalars(whole().where(Story.id.in_(places)))
    return sorted(found, key=lambda story: places[story.id])


async def headlines(session: AsyncSession, state: StoryState, *, limit: int) -> Sequence[tuple[int, str]]:
    """Return number and headline of the newest Stories in this state; see `newest`."""
    statement = select(Story.id, Story.headline).where(Story.state == state)
    statement = statement.order_by(Story.released_at.desc(), Story.id.desc()).limit(limit)
    return [(story_id, headline) for story_id, headline in await session.execute(statement)]


async def count(session: AsyncSession, state: StoryState) -> int:
    """Return how many Stories are in this state."""
    number = await session.scalar(select(func.count()).select_from(Story).where(Story.state == state))
    return number or 0


async def count_shown(session: AsyncSession) -> int:
    """Return how many published Stories there are; a Story and its Translations count once.

    Few Stories are Translations, so counting the hidden ones is faster than counting the shown ones.
    """
    published = await count(session, StoryState.PUBLISHED)
    hidden = select(func.count()).select_from(Story)
    hidden = hidden.where(
        Story.state == StoryState.PUBLISHED, Story.translation_of.is_not(None), ~shown_in(None)
    )
    return published - (await session.scalar(hidden) or 0)


async def group(session: AsyncSession, story: Story) -> Sequence[Story]:
    """Return the published Stories of the group of `story`, the original first."""
    return (await groups(session, [story]))[original_of(story)]


async def in_language(session: AsyncSession, found: Sequence[Story], language: str) -> Sequence[Story]:
    """Return these published Stories, each as readers of `language` get it; of a group only the first."""
    found_groups = await groups(session, found)
    shown = [choose(found_groups[original_of(story)], language) or story for story in found]
    return list({story.id: story for story in shown}.values())


async def groups(session: AsyncSession, found: Sequence[Story]) -> dict[int, list[Story]]:
    """Return by the original's id the published Stories of each group, the original first."""
    by_original: dict[int, list[Story]] = {original_of(story): [] for story in found}
    statement = whole().where(
        or_(Story.id.in_(by_original), Story.translation_of.in_(by_original)), is_published(Story)
    )
    for story in await session.scalars(statement.order_by(Story.translation_of.is_not(None), Story.id)):
        by_original[original_of(story)].append(story)
    return by_original


async def move(
    session: AsyncSession,
    story_id: int,
    *,
    come_from: Sequence[StoryState],
    to: StoryState,
    released_at: datetime | None,
) -> bool:
    """Change the state if it is one of `come_from`, and return whether it was.

    `released_at` is when readers could first see the Story; None leaves the stored time.
    """
    released = {} if released_at is None else {"released_at": released_at}
    moved = await session.scalar(
        update(Story)
        .where(Story.id == story_id, Story.state.in_(come_from))
        .values(state=to, version=Story.version + 1, **released)
        .returning(Story.id)
    )
    return moved is not None


async def release(
    session: AsyncSession, story_id: int, *, come_from: Collection[StoryState], now: datetime
) -> bool:
    """Let readers see the Story if its state is one of `come_from`, and return whether it was.

    Of one that had been withdrawn, the editors' words on that go: they would stand in it as a correction.
    """
    released = await session.scalar(
        update(Story)
        .where(Story.id == story_id, Story.state.in_(come_from))
        .values(
            state=StoryState.PUBLISHED,
            version=Story.version + 1,
            released_at=now,
            corrected_at=None,
            notice=None,
        )
        .returning(Story.id)
    )
    return released is not None


async def lock(session: AsyncSession, story_id: int) -> Story | None:
    """Return the Story as it is now, and keep others from changing it until this transaction ends.

    PostgreSQL locks the row. On SQLite only one transaction can write at a time anyway.
    """
    statement = whole().where(Story.id == story_id).with_for_update(of=Story)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def change(session: AsyncSession, story_id: int, **values: Unpack[StoryValues]) -> None:
    """Set columns of a Story and add 1 to its version, with or without `values`."""
    statement = update(Story).where(Story.id == story_id)
    await session.execute(statement.values(version=Story.version + 1, **values))


async def translations_of(session: AsyncSession, original_id: int) -> Sequence[Story]:
    """Return the Translations of this Story, in any state, in the order in which they were added."""
    statement = whole().where(Story.translation_of == original_id).order_by(Story.id)
    return (await session.scalars(statement)).all()


async def unannounced(session: AsyncSession, *, limit: int) -> Sequence[int]:
    """Return the ids of drafts that editors have not been notified of, in the order of their arrival."""
    statement = select(Story.id).where(is_unannounced())
    return (await session.scalars(statement.order_by(Story.id).limit(limit))).all()


def is_unannounced() -> ColumnElement[bool]:
    """Return the condition on `stories`: a draft of which editors have not been notified."""
    return and_(Story.state == StoryState.DRAFT, Story.announced_at.is_(None))


async def mark_announced(session: AsyncSession, story_ids: Sequence[int], *, now: datetime) -> None:
    """Note that editors have the cards of these Stories."""
    unmarked = update(Story).where(Story.id.in_(story_ids), Story.announced_at.is_(None))
    await session.execute(unmarked.values(announced_at=now))


async def set_appeal(session: AsyncSession, story_id: int, appeal_id: int) -> bool:
    """Let the Story name this Appeal, without a new version; return False if there is no such Story."""
    changed = await session.scalar(
        update(Story).where(Story.id == story_id).values(appeal_id=appeal_id).returning(Story.id)
    )
    return changed is not None


def whole() -> Select[Story]:
    """Return a query for Stories with all that a message shows of them and of their originals."""
    original = selectinload(Story.original)
    return select(Story).options(
        selectinload(Story.summaries),
        selectinload(Story.topics),
        selectinload(Story.appeal),
        original.selectinload(Story.appeal),
        original.selectinload(Story.topics),
    )

"""Stories with their Summaries and Topics."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from storage.database import insert
from storage.models import Story, StoryTopic, Summary
from storage.stories.translations import choose, is_published, original_id, original_of, shown_in
from storage.words import Length, StoryState


async def add(session: AsyncSession, **values: Any) -> int | None:
    """Store a Story; None where its address or its text is here already."""
    statement = insert(session, Story).values(**values).on_conflict_do_nothing().returning(Story.id)
    identity: int | None = await session.scalar(statement)
    return identity


async def set_summaries(session: AsyncSession, story_id: int, texts: Mapping[Length, str]) -> None:
    """Keep `texts`, one sentence a line, as the Story's Summaries in place of older ones."""
    statement = insert(session, Summary)
    statement = statement.on_conflict_do_update(
        index_elements=[Summary.story_id, Summary.length], set_={"text": statement.excluded.text}
    )
    rows = [{"story_id": story_id, "length": length, "text": text} for length, text in texts.items()]
    await session.execute(statement, rows)


async def add_topics(session: AsyncSession, story_id: int, topic_ids: Sequence[int]) -> None:
    if topic_ids:
        rows = [{"story_id": story_id, "topic_id": topic_id} for topic_id in topic_ids]
        await session.execute(insert(session, StoryTopic).on_conflict_do_nothing(), rows)


async def get(session: AsyncSession, story_id: int) -> Story | None:
    return await session.scalar(whole().where(Story.id == story_id))


async def some(session: AsyncSession, story_ids: Collection[int]) -> Sequence[Story]:
    """These Stories, as far as they are there."""
    return (await session.scalars(whole().where(Story.id.in_(story_ids)))).all()


Versions = Sequence[tuple[int, int]]
"""The id and the version of each Story of a group."""


async def versions(session: AsyncSession, story_ids: Collection[int]) -> dict[int, Versions]:
    """By Story: the versions of all that say the same. Whatever an editor changes of one, a version grows."""
    asked = select(Story.id, original_id(Story).label("original")).where(Story.id.in_(story_ids)).subquery()
    in_group = or_(Story.id == asked.c.original, Story.translation_of == asked.c.original)
    statement = select(asked.c.id, Story.id, Story.version).join(Story, in_group)
    found: dict[int, list[tuple[int, int]]] = {}
    for asked_id, *version in await session.execute(statement.order_by(asked.c.id, Story.id)):
        found.setdefault(asked_id, []).append((version[0], version[1]))
    return dict(found)


async def find_same(
    session: AsyncSession, *, fingerprint: str, address: str | None
) -> tuple[int, bool] | None:
    """The Story that has this text, else the one with this address: its id, and is it the text."""
    same = Story.fingerprint == fingerprint
    statement = select(Story.id, same).where(or_(same, Story.address == address) if address else same)
    row = (await session.execute(statement.order_by(same.desc()).limit(1))).first()
    return None if row is None else (row[0], bool(row[1]))


async def latest(
    session: AsyncSession, *, limit: int, offset: int = 0, language: str | None = None
) -> Sequence[Story]:
    """Published Stories, newest first; of one and its Translations that which readers of `language` get."""
    statement = whole().where(Story.state == StoryState.PUBLISHED, shown_in(language))
    statement = statement.order_by(Story.released_at.desc(), Story.id.desc()).limit(limit).offset(offset)
    return (await session.scalars(statement)).all()


async def in_states(
    session: AsyncSession,
    states: Sequence[StoryState] | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[Story]:
    """Stories of any state or of those given, oldest first."""
    statement = whole().order_by(Story.id).limit(limit).offset(offset)
    if states is not None:
        statement = statement.where(Story.state.in_(states))
    return (await session.scalars(statement)).all()


async def count(session: AsyncSession, state: StoryState) -> int:
    number = await session.scalar(select(func.count()).select_from(Story).where(Story.state == state))
    return number or 0


async def count_shown(session: AsyncSession) -> int:
    """How many published Stories there are; one and its Translations count once.

    Few Stories are Translations: those that another stands for are taken from the number of all.
    """
    all_of_them = await count(session, StoryState.PUBLISHED)
    hidden = select(func.count()).select_from(Story)
    hidden = hidden.where(
        Story.state == StoryState.PUBLISHED, Story.translation_of.is_not(None), ~shown_in(None)
    )
    return all_of_them - (await session.scalar(hidden) or 0)


async def group(session: AsyncSession, story: Story) -> Sequence[Story]:
    """The published Stories that say the same in their languages: the original first, `story` among them."""
    return (await groups(session, [story]))[original_of(story)]


async def in_language(session: AsyncSession, found: Sequence[Story], language: str) -> Sequence[Story]:
    """Published Stories as readers of `language` get them, in this order; the same in two languages once."""
    found_groups = await groups(session, found)
    shown = [choose(found_groups[original_of(story)], language) or story for story in found]
    return list({story.id: story for story in shown}.values())


async def groups(session: AsyncSession, found: Sequence[Story]) -> dict[int, list[Story]]:
    """By the original's id: what readers can see of each group, the original first."""
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
    """Change the state if it is one of `come_from`; False where somebody was quicker."""
    values: dict[str, Any] = {"state": to, "version": Story.version + 1}
    if released_at is not None:
        values["released_at"] = released_at
    moved = await session.scalar(
        update(Story)
        .where(Story.id == story_id, Story.state.in_(come_from))
        .values(values)
        .returning(Story.id)
    )
    return moved is not None


async def lock(session: AsyncSession, story_id: int) -> Story | None:
    """The Story as it is now, and nobody else changes it until this transaction ends.

    PostgreSQL locks the row; on SQLite a transaction that writes is alone anyway.
    """
    statement = whole().where(Story.id == story_id).with_for_update(of=Story)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def change(session: AsyncSession, story_id: int, **values: Any) -> None:
    """Give columns of a Story other values: one change more by an editor."""
    statement = update(Story).where(Story.id == story_id)
    await session.execute(statement.values(version=Story.version + 1, **values))


async def set_topics(session: AsyncSession, story_id: int, topic_ids: Sequence[int]) -> None:
    """Let the Story be about these Topics and no others."""
    others = StoryTopic.topic_id.not_in(topic_ids)
    await session.execute(delete(StoryTopic).where(StoryTopic.story_id == story_id, others))
    await add_topics(session, story_id, topic_ids)


async def translations_of(session: AsyncSession, original_id: int) -> Sequence[Story]:
    """The Stories that say the same as this one, in whatever state, in the order in which they came."""
    statement = whole().where(Story.translation_of == original_id).order_by(Story.id)
    return (await session.scalars(statement)).all()


async def count_before(session: AsyncSession, story_id: int, state: StoryState) -> int:
    """How many Stories in this state came in before that one."""
    statement = select(func.count()).select_from(Story).where(Story.state == state, Story.id < story_id)
    return await session.scalar(statement) or 0


async def unannounced(session: AsyncSession, *, limit: int) -> Sequence[int]:
    """The drafts that no editor was told of yet, in the order in which they came."""
    statement = select(Story.id).where(Story.state == StoryState.DRAFT, Story.announced_at.is_(None))
    return (await session.scalars(statement.order_by(Story.id).limit(limit))).all()


async def announce(session: AsyncSession, story_ids: Sequence[int], *, now: datetime) -> Sequence[int]:
    """Note that editors are told of these: those of them of which nobody had told yet."""
    statement = update(Story).where(Story.id.in_(story_ids), Story.announced_at.is_(None))
    told = await session.scalars(statement.values(announced_at=now).returning(Story.id))
    return sorted(told)


async def set_appeal(session: AsyncSession, story_id: int, appeal_id: int) -> bool:
    """Let the Story name this Appeal; False where there is no such Story."""
    changed = await session.scalar(
        update(Story).where(Story.id == story_id).values(appeal_id=appeal_id).returning(Story.id)
    )
    return changed is not None


def whole() -> Select[Story]:
    """Stories with all that a message shows of them, and of the Story that they translate."""
    original = selectinload(Story.original)
    return select(Story).options(
        selectinload(Story.summaries),
        selectinload(Story.topics),
        selectinload(Story.appeal),
        original.selectinload(Story.appeal),
        original.selectinload(Story.topics),
    )

"""Stories with their Summaries and Topics."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from storage.database import contains, insert
from storage.models import Story, StoryTopic, Summary
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
    return await session.scalar(_whole().where(Story.id == story_id))


async def find_same(session: AsyncSession, *, fingerprint: str, address: str | None) -> Story | None:
    """The Story that has this text or this address."""
    same = [Story.fingerprint == fingerprint]
    if address:
        same.append(Story.address == address)
    return await session.scalar(_whole().where(or_(*same)).limit(1))


async def latest(session: AsyncSession, *, limit: int, offset: int = 0) -> Sequence[Story]:
    """Published Stories, newest first."""
    statement = _whole().where(Story.state == StoryState.PUBLISHED)
    statement = statement.order_by(Story.released_at.desc(), Story.id.desc()).limit(limit).offset(offset)
    return (await session.scalars(statement)).all()


async def with_words(session: AsyncSession, words: Sequence[str], *, limit: int) -> Sequence[Story]:
    """Published Stories that hold every one of `words`; those with all of them in the headline come first."""
    anywhere = and_(*(or_(contains(Story.headline, word), contains(Story.body, word)) for word in words))
    in_headline = and_(*(contains(Story.headline, word) for word in words))
    statement = (
        _whole()
        .where(Story.state == StoryState.PUBLISHED, anywhere)
        .order_by(in_headline.desc(), Story.released_at.desc(), Story.id.desc())
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def in_states(
    session: AsyncSession,
    states: Sequence[StoryState] | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[Story]:
    """Stories of any state or of those given, oldest first."""
    statement = _whole().order_by(Story.id).limit(limit).offset(offset)
    if states is not None:
        statement = statement.where(Story.state.in_(states))
    return (await session.scalars(statement)).all()


async def count(session: AsyncSession, state: StoryState) -> int:
    number = await session.scalar(select(func.count()).select_from(Story).where(Story.state == state))
    return number or 0


async def move(
    session: AsyncSession,
    story_id: int,
    *,
    come_from: Sequence[StoryState],
    to: StoryState,
    released_at: datetime | None,
) -> bool:
    """Change the state if it is one of `come_from`; False where somebody was quicker."""
    values: dict[str, Any] = {"state": to}
    if released_at is not None:
        values["released_at"] = released_at
    moved = await session.scalar(
        update(Story)
        .where(Story.id == story_id, Story.state.in_(come_from))
        .values(values)
        .returning(Story.id)
    )
    return moved is not None


async def set_appeal(session: AsyncSession, story_id: int, appeal_id: int) -> bool:
    """Let the Story name this Appeal; False where there is no such Story."""
    changed = await session.scalar(
        update(Story).where(Story.id == story_id).values(appeal_id=appeal_id).returning(Story.id)
    )
    return changed is not None


def _whole() -> Select[Story]:
    return select(Story).options(
        selectinload(Story.summaries), selectinload(Story.topics), selectinload(Story.appeal)
    )

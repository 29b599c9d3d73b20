"""Queries on Appeals: requests for help and their states."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import and_, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Appeal, Story
from storage.words import AppealState, StoryState, SuspensionReason

_NAMES_NONE = (
    func.coalesce(Story.appeal_id, 0) == 0
)  # not IS NULL: SQLite would look for most Stories by that
_SEEN_BY_EDITORS = (StoryState.DRAFT, StoryState.SCHEDULED, StoryState.PUBLISHED)


class AppealValues(TypedDict, total=False):
    """The columns of an Appeal that `add` and `change` may set."""

    organisation: str
    purpose: str
    url: str
    valid_until: datetime | None
    state: AppealState
    proposed_at: datetime
    verified_at: datetime | None
    verified_by: str
    written_by: str
    language: str
    registration: str
    version: int
    looked_at: datetime | None
    suspended_at: datetime | None
    suspended_for: SuspensionReason | None


async def add(session: AsyncSession, **values: Unpack[AppealValues]) -> Appeal:
    """Store an Appeal and return it with its id."""
    appeal = Appeal(**values)
    session.add(appeal)
    await session.flush()
    return appeal


async def get(session: AsyncSession, appeal_id: int, *, lock: bool = False) -> Appeal | None:
    """Return the Appeal, or None if there is none with this id.

    `lock`: on PostgreSQL no other transaction changes it before the end of this one (SQLite has one writer).
    """
    statement = select(Appeal).where(Appeal.id == appeal_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(statement)


async def keep(session: AsyncSession, appeal_ids: Collection[int | None]) -> None:
    """Read these Appeals as they are now; nobody else changes them before the end of the transaction."""
    statement = select(Appeal).where(Appeal.id.in_(appeal_ids)).order_by(Appeal.id)
    statement = statement.with_for_update(read=True).execution_options(populate_existing=True)
    await session.scalars(statement)


async def change(session: AsyncSession, appeal: Appeal, **values: Unpack[AppealValues]) -> None:
    """Set columns of an Appeal."""
    for name, value in values.items():
        setattr(appeal, name, value)
    await session.flush()


async def every(session: AsyncSession) -> Sequence[Appeal]:
    """Return all Appeals in the order in which they were proposed."""
    return (await session.scalars(select(Appeal).order_by(Appeal.id))).all()


async def listed(
    session: AsyncSession, *, state: AppealState | None, limit: int, offset: int
) -> Sequence[Appeal]:
    """Return Appeals in this state (None: in any), the last proposed first."""
    statement = select(Appeal).order_by(Appeal.id.desc())
    if state is not None:
        statement = statement.where(Appeal.state == state)
    return (await session.scalars(statement.limit(limit).offset(offset))).all()


async def count(session: AsyncSession) -> dict[AppealState, int]:
    """Return how many Appeals are in each state that any is in."""
    rows = await session.execute(select(Appeal.state, func.count()).group_by(Appeal.state))
    return dict(rows.all())


async def showable(session: AsyncSession, *, now: datetime) -> Sequence[Appeal]:
    """Return the Appeals that readers may see: verified and still valid, the last verified first."""
    valid = or_(Appeal.valid_until.is_(None), Appeal.valid_until > now)
    statement = select(Appeal).where(and_(Appeal.state == AppealState.VERIFIED, valid))
    return (await session.scalars(statement.order_by(Appeal.verified_at.desc(), Appeal.id.desc()))).all()


async def stories_of(session: AsyncSession, appeal_id: int) -> Sequence[tuple[int, str]]:
    """Return id and headline of the drafts and published Stories that show this Appeal, newest first.

    A Translation that names no Appeal shows its original's.
    """
    originals = select(Story.id).where(Story.appeal_id == appeal_id)
    inheriting = select(Story.id).where(_NAMES_NONE, Story.translation_of.in_(originals))
    # Each by an index of its own: an OR of both would read every Story.
    naming = union(originals, inheriting).subquery()
    statement = select(Story.id, Story.headline).where(
        Story.id.in_(select(naming.c.id)), Story.state.in_(_SEEN_BY_EDITORS)
    )
    return [(one.id, one.headline) for one in await session.execute(statement.order_by(Story.id.desc()))]

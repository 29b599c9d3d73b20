"""Queries on Reports: what became of an Appeal, and which Appeals have none."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, TypedDict, Unpack

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.models import Appeal, AuditEntry, Report, Story
from storage.words import ReportState


class ReportValues(TypedDict, total=False):
    """The columns of a Report that `add` sets."""

    appeal_id: int
    organisation: str
    text: str
    language: str
    link: str | None
    picture: str | None
    written_by: str
    written_at: datetime


class ReportedAppeal(NamedTuple):
    """An Appeal, when it was first verified, and when its first Report was sent (None: there is none)."""

    appeal: Appeal
    verified_at: datetime
    reported_at: datetime | None


async def add(session: AsyncSession, **values: Unpack[ReportValues]) -> Report:
    """Store a draft and return it with its id."""
    report = Report(**values)
    session.add(report)
    await session.flush()
    return report


async def get(session: AsyncSession, report_id: int) -> Report | None:
    """Return a Report, a draft or sent; None if there is none with this id (any more)."""
    return await session.get(Report, report_id)


async def some(session: AsyncSession, report_ids: Collection[int]) -> Sequence[Report]:
    """Return these Reports, by id."""
    statement = select(Report).where(Report.id.in_(report_ids)).order_by(Report.id)
    return (await session.scalars(statement)).all()


async def of(session: AsyncSession, appeal_id: int) -> Sequence[Report]:
    """Return all Reports of an Appeal, newest first: its draft, if there is one, and those that were sent."""
    statement = select(Report).where(Report.appeal_id == appeal_id).order_by(Report.id.desc())
    return (await session.scalars(statement)).all()


async def drop_draft(session: AsyncSession, appeal_id: int) -> bool:
    """Delete the draft of an Appeal; return whether there was one."""
    drafts = delete(Report).where(Report.appeal_id == appeal_id, Report.state == ReportState.DRAFT)
    return (await session.scalars(drafts.returning(Report.id))).first() is not None


async def mark_sent(session: AsyncSession, report_id: int, *, sent_by: str, now: datetime) -> bool:
    """Turn a draft into a sent Report. Return False if it is no draft any more."""
    sent = await session.scalar(
        update(Report)
        .where(Report.id == report_id, Report.state == ReportState.DRAFT)
        .values(state=ReportState.SENT, sent_by=sent_by, sent_at=now)
        .returning(Report.id)
    )
    return sent is not None


async def threads_of(session: AsyncSession, appeal_id: int) -> Sequence[int]:
    """Return the ids of the Threads of Stories that name the Appeal; a Translation has its original's."""
    original = aliased(Story)
    thread = func.coalesce(Story.thread_id, original.thread_id)
    statement = select(thread).outerjoin(original, original.id == Story.translation_of)
    statement = statement.where(Story.appeal_id == appeal_id, thread.is_not(None)).distinct()
    return (await session.scalars(statement.order_by(thread))).all()


async def ever_verified(session: AsyncSession) -> Sequence[ReportedAppeal]:
    """Return every Appeal that was ever verified, by id.

    The audit log knows when that was first: `verified_at` changes when it is verified again.
    """
    verified = (
        select(AuditEntry.subject_id, func.min(AuditEntry.at).label("at"))
        .where(AuditEntry.subject == "appeal", AuditEntry.action == "verify")
        .group_by(AuditEntry.subject_id)
        .subquery()
    )
    reported = (
        select(Report.appeal_id, func.min(Report.sent_at).label("at"))
        .where(Report.state == ReportState.SENT)
        .group_by(Report.appeal_id)
        .subquery()
    )
    first = func.coalesce(verified.c.at, Appeal.verified_at, type_=Appeal.verified_at.type)
    statement = (
        select(Appeal, first, reported.c.at)
        .outerjoin(verified, verified.c.subject_id == Appeal.id)
        .outerjoin(reported, reported.c.appeal_id == Appeal.id)
        .where(first.is_not(None))
        .order_by(Appeal.id)
    )
    return [ReportedAppeal(*row) for row in await session.execute(statement)]


async def note_reminded(session: AsyncSession, appeal_ids: Collection[int], *, now: datetime) -> None:
    """Note that editors were reminded of these Appeals."""
    await session.execute(update(Appeal).where(Appeal.id.in_(appeal_ids)).values(reminded_at=now))

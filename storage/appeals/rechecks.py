"""Queries on the checks of the pages behind verified Appeals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict, Unpack

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Appeal, Recheck
from storage.words import AppealState


class CheckValues(TypedDict, total=False):
    """Columns of a Recheck, and what to set them to."""

    next_at: datetime
    checked_at: datetime | None
    failures: int
    verified: dict[str, Any] | None
    latest: dict[str, Any] | None
    warned_of: str
    reminded_after: int


_NEW: CheckValues = {"failures": 0, "warned_of": "", "reminded_after": 0}


class DueRecheck(NamedTuple):
    """An Appeal whose page is to be read, in the version that is checked, with its last good Fingerprint."""

    appeal_id: int
    version: int
    url: str
    organisation: str
    verified: dict[str, Any] | None


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[DueRecheck]:
    """Return the verified Appeals that are to be checked by `now`, the most overdue first."""
    columns = (Appeal.id, Appeal.version, Appeal.url, Appeal.organisation, Recheck.verified)
    statement = select(*columns).join(Recheck, Recheck.appeal_id == Appeal.id)
    statement = statement.where(Appeal.state == AppealState.VERIFIED, Recheck.next_at <= now)
    rows = await session.execute(statement.order_by(Recheck.next_at, Appeal.id).limit(limit))
    return [DueRecheck(*row) for row in rows]


async def unplanned(session: AsyncSession) -> Sequence[int]:
    """Return the ids of the verified Appeals for which no check is planned."""
    statement = select(Appeal.id).outerjoin(Recheck, Recheck.appeal_id == Appeal.id)
    statement = statement.where(Appeal.state == AppealState.VERIFIED, Recheck.appeal_id.is_(None))
    return (await session.scalars(statement.order_by(Appeal.id))).all()


async def plan(session: AsyncSession, at: Mapping[int, datetime]) -> None:
    """Plan the first checks of these Appeals, unless another process has done so."""
    rows = [{"appeal_id": number, "next_at": moment} | _NEW for number, moment in at.items()]
    if rows:
        await session.execute(insert(session, Recheck).values(rows).on_conflict_do_nothing())


async def put(session: AsyncSession, appeal_id: int, **values: Unpack[CheckValues]) -> None:
    """Store the first check of an Appeal, or change columns of the one that it has."""
    statement = insert(session, Recheck).values(appeal_id=appeal_id, **(_NEW | values))
    statement = statement.on_conflict_do_update(index_elements=[Recheck.appeal_id], set_={**values})
    await session.execute(statement)


async def change(session: AsyncSession, appeal_id: int, **values: Unpack[CheckValues]) -> None:
    """Change columns of the check of an Appeal, if it has one."""
    await session.execute(update(Recheck).where(Recheck.appeal_id == appeal_id).values(**values))


async def of(session: AsyncSession, appeal_id: int) -> Recheck | None:
    """Return the check of an Appeal, as it is in the database now."""
    statement = select(Recheck).where(Recheck.appeal_id == appeal_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def checked_at(session: AsyncSession) -> dict[int, datetime]:
    """Return when the pages were last read, by Appeal id; those that were never read are left out."""
    statement = select(Recheck.appeal_id, Recheck.checked_at)
    rows = await session.execute(statement.where(Recheck.checked_at.is_not(None)))
    return {appeal_id: at for appeal_id, at in rows if at is not None}


class UnseenAppeal(NamedTuple):
    """A verified Appeal, when a person last looked at its page, and the reminder that editors had since."""

    appeal_id: int
    looked_at: datetime
    reminded_after: int


async def unseen(session: AsyncSession, *, since: datetime) -> Sequence[UnseenAppeal]:
    """Return the verified Appeals at which nobody has looked from `since` on."""
    looked_at = func.coalesce(Appeal.looked_at, Appeal.verified_at)
    statement = (
        select(Appeal.id, Appeal.looked_at, Appeal.verified_at, Recheck.reminded_after)
        .outerjoin(Recheck, Recheck.appeal_id == Appeal.id)
        .where(Appeal.state == AppealState.VERIFIED, looked_at <= since)
        .order_by(Appeal.id)
    )
    return [
        UnseenAppeal(number, since_then, reminded or 0)
        for number, looked, verified, reminded in await session.execute(statement)
        if (since_then := looked or verified) is not None
    ]


async def remind(session: AsyncSession, appeal_id: int, *, days: int, now: datetime) -> bool:
    """Note that editors are reminded after so many days. Return False if they were already.

    `now` is when the first check is planned if the Appeal has none.
    """
    await plan(session, {appeal_id: now})
    reminded = await session.scalar(
        update(Recheck)
        .where(Recheck.appeal_id == appeal_id, Recheck.reminded_after < days)
        .values(reminded_after=days)
        .returning(Recheck.appeal_id)
    )
    return reminded is not None

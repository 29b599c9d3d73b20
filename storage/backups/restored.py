"""What a restore changes in the rows of a backup, so that nothing goes out twice by itself.

The rows are those of a moment in the past. Since then the bot went on: it sent messages, answered updates,
started what was scheduled. None of that is known here. So whatever would act by itself waits for a person,
and what belongs to processes and browsers of that time is forgotten.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, UpdateBase, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.audit import AuditLog
from storage.broadcasts import broadcasts
from storage.broadcasts.audience import Audience
from storage.deliveries import due
from storage.editors import owner_notices
from storage.models import (
    AppealNotice,
    Broadcast,
    DeskSession,
    DutyRun,
    EntryLink,
    InboxUpdate,
    Invitation,
    Letter,
    LetterMark,
    Outage,
    PendingDecision,
    Range,
    Rate,
    Receiver,
    Source,
    Story,
)
from storage.stories import stories
from storage.subscribers import silence
from storage.webhooks import webhooks
from storage.words import UNDER_WAY, BroadcastKind, BroadcastState, OwnerNews

_THE_DATABASE = 0  # in the audit log: there is one alone


@dataclass(frozen=True, slots=True)
class Restoring:
    """A restore. `made_at`: the moment of the backup. `at`: now. `actor`: who does it, for the audit log.

    - `reason`: why a Broadcast waits now, as editors see it.
    - `silent_since`: readers who were last seen by that day are due the question whether they want less.
    - `range_size`: of a Digest, in Subscribers.
    """

    made_at: datetime
    at: datetime
    actor: str
    reason: str
    silent_since: date
    range_size: int


@dataclass(frozen=True, slots=True)
class Settled:
    """How many Broadcasts were paused, how many scheduled ones wait, and how many readers are due."""

    paused: int
    scheduled: int
    due: int


async def settle(session: AsyncSession, restoring: Restoring) -> Settled:
    """Make the rows of a backup safe to go on from; leave a notice for the owners and an audit entry."""
    await _forget_processes(session)
    await _forget_updates(session)
    await _close_doors(session)
    await _forget_decisions(session)
    await _begin_sources_anew(session)
    await _mark_notified(session, restoring)
    await webhooks.pause_all(session)
    paused = await _pause(session, restoring)
    number = await _gather(session, restoring)
    scheduled = await _hold_scheduled(session, restoring)
    settled = Settled(paused + bool(number), scheduled, number)
    details = {"made_at": restoring.made_at.isoformat()}
    await owner_notices.add(session, OwnerNews.RESTORED, details, now=restoring.at)
    log = AuditLog("database", lambda: restoring.at)
    await log.record(session, restoring.actor, "restore", _THE_DATABASE, after=details)
    return settled


async def _forget_processes(session: AsyncSession) -> None:
    """Forget the processes of that time: their leases, turns, outages and share of the rate."""
    leased = update(Range).where(Range.worker.is_not(None))
    await session.execute(leased.values(worker=None, attempt=Range.attempt + 1))
    for table in (Receiver, Outage, Rate, DutyRun):
        await session.execute(delete(table))


async def _forget_updates(session: AsyncSession) -> None:
    """Mark the updates that waited as done, and keep their numbers: they were answered within moments."""
    waiting = update(InboxUpdate).where(InboxUpdate.content.is_not(None))
    await session.execute(waiting.values(content=None, chat_id=None, job=None, receiver_id=None))


async def _close_doors(session: AsyncSession) -> None:
    """Drop sessions of the desk, and links that work once: they may have been used, or taken back."""
    await session.execute(delete(DeskSession))
    await session.execute(delete(EntryLink))
    await session.execute(delete(Invitation).where(Invitation.used_at.is_(None)))


async def _forget_decisions(session: AsyncSession) -> None:
    """Drop decisions that had not acted: they acted a moment later, and would act again."""
    await session.execute(delete(PendingDecision).where(PendingDecision.acted_at.is_(None)))


async def _begin_sources_anew(session: AsyncSession) -> None:
    """Let the next poll of each Source count as its first: what came since the backup is pushed to nobody."""
    await session.execute(update(Source).values(first_polled_at=None, etag=None, modified=None))


async def _mark_notified(session: AsyncSession, restoring: Restoring) -> None:
    """Count as done what readers and editors were told, or would have been told, since the backup."""
    await session.execute(delete(AppealNotice))
    await session.execute(update(Story).where(stories.is_unannounced()).values(announced_at=restoring.at))
    newest = select(func.coalesce(func.max(Letter.id), 0)).scalar_subquery()
    await session.execute(update(LetterMark).where(LetterMark.letter_id < newest).values(letter_id=newest))
    await silence.count_as_asked(session, until=restoring.silent_since, now=restoring.at)


async def _pause(session: AsyncSession, restoring: Restoring) -> int:
    """Pause what was being sent, until an editor resumes it. Return how many there are."""
    running = update(Broadcast).where(
        Broadcast.state == BroadcastState.RUNNING, Broadcast.kind != BroadcastKind.DIGEST
    )
    values = {"state": BroadcastState.PAUSED, "reason": restoring.reason, "untold": True}
    return await _changed(session, running.values(values))


async def _gather(session: AsyncSession, restoring: Restoring) -> int:
    """Put all who were due since the backup into one paused Digest. Return how many there are.

    They may have had theirs. While it is under way no other Digest gathers for them; an editor lets it go on,
    or cancels it. Digests that were under way end: their readers without a receipt are still due.
    """
    under_way = update(Broadcast).where(
        Broadcast.kind == BroadcastKind.DIGEST, Broadcast.state.in_(UNDER_WAY)
    )
    ended = {"state": BroadcastState.CANCELLED, "finished_at": restoring.at, "reason": restoring.reason}
    await session.execute(under_way.values(ended))
    runs = await due.bounds(session, since=None, now=restoring.at, size=restoring.range_size)
    if not runs:
        return 0
    number, highest = sum(run[2] for run in runs), max(run[1] for run in runs)
    digest = await broadcasts.add(
        session,
        story_id=None,
        now=restoring.at,
        kind=BroadcastKind.DIGEST,
        audience=Audience(highest_id=highest),
    )
    await broadcasts.change(
        session,
        digest.id,
        state=BroadcastState.PAUSED,
        reason=restoring.reason,
        untold=True,
        started_at=restoring.at,
        due_before=restoring.at,
        expected=number,
    )
    await broadcasts.add_ranges(session, digest.id, [(first, last) for first, last, _ in runs])
    return number


async def _hold_scheduled(session: AsyncSession, restoring: Restoring) -> int:
    """Let what is scheduled wait for an editor: it may have been sent, moved or cancelled since.

    Return how many there are. A Broadcast with a reason does not start (storage/broadcasts/broadcasts.py).
    """
    scheduled = update(Broadcast).where(Broadcast.state == BroadcastState.SCHEDULED)
    return await _changed(session, scheduled.values(reason=restoring.reason, untold=True))


async def _changed(session: AsyncSession, statement: UpdateBase) -> int:
    """Execute a statement; return how many rows it changed."""
    return cast("CursorResult[Any]", await session.execute(statement)).rowcount

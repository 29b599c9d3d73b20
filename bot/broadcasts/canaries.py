"""Canaries: test chats of the operator's. What should have reached one by now and did not raises an alarm."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.articles.page.blocks import fold
from bot.clock import Clock
from bot.errors import RefusedError
from bot.i18n import mark
from storage.audit import AuditLog
from storage.broadcasts import canaries
from storage.broadcasts.canaries import ListedAlarm, ListedCanary, WatchedPush
from storage.database import Database
from storage.deliveries import outages
from storage.editors import owner_notices
from storage.subscribers import subscribers
from storage.words import BroadcastState, CanaryFault, DeliveryState, OwnerNews, SubscriberState

GRACE = timedelta(minutes=15)
"""How late something may be."""

LONGEST_NAME = 64
_LOOKED_BACK = timedelta(days=1)  # an older push has been looked at
_SLOWNESS = 2  # a push may take so many times as long as it would alone at the full rate


class Canaries:
    """The use cases around Canaries; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, *, rate: float) -> None:
        """`rate`: messages a second."""
        self._database = database
        self._clock = clock
        self._rate = rate
        self._audit = AuditLog("canary", clock)

    async def put(self, chat_id: int, name: str, *, otherwise: str, actor: str) -> str:
        """Watch a chat under this name, cut to LONGEST_NAME characters. Return its name.

        Without a name it keeps the one that it has; a new one is called `otherwise`. Raises RefusedError for
        a chat that gets nothing: it never sent /start, or has stopped since.
        """
        async with self._database.transaction() as session:
            found = await subscribers.lock(session, chat_id)
            if found is None or found.state is not SubscriberState.ACTIVE:
                raise RefusedError(mark("Nothing reaches this chat yet: send /start from it first."))
            before = await canaries.name_of(session, found.id)
            called = fold(name)[:LONGEST_NAME] or before or otherwise[:LONGEST_NAME]
            if before is None:
                await canaries.add(session, found.id, name=called, now=self._clock())
                await self._audit.record(session, actor, "add", found.id, after={"name": called})
            elif await self._audit.record_change(session, actor, "rename", found.id, name=(before, called)):
                await canaries.rename(session, found.id, name=called)
            return called

    async def remove(self, chat_id: int, *, actor: str) -> None:
        """Watch a chat no longer. Raises RefusedError if it is not watched."""
        async with self._database.transaction() as session:
            found = await subscribers.lock(session, chat_id)
            name = await canaries.name_of(session, found.id) if found is not None else None
            if found is None or name is None:
                raise RefusedError(mark("This chat is not a test chat. To make it one: /testchat"))
            await canaries.remove(session, found.id)
            await self._audit.record(session, actor, "remove", found.id, before={"name": name})

    async def listed(self) -> Sequence[ListedCanary]:
        """Return all Canaries, by name."""
        async with self._database.read() as session:
            return await canaries.listed(session)

    async def alarms(self) -> Sequence[ListedAlarm]:
        """Return the alarms of the last day about what is still missing, and the chats that get nothing."""
        async with self._database.read() as session:
            return await canaries.alarms(session, since=self._clock() - _LOOKED_BACK)

    async def watch(self) -> None:
        """Look at what each Canary should have got, and store an alarm for owners of what did not come.

        While Telegram does not answer, nothing is late: nobody is missed then, only later.
        """
        now = self._clock()
        async with self._database.read() as session:
            watched = await canaries.listed(session)
            is_out = bool(watched) and await outages.since(session, now=now) is not None
            faults = [] if is_out else [fault for one in watched for fault in await self._of(session, one)]
        changed = [one for one in watched if one.is_shut != _is_shut(one)]
        if faults or changed:
            await self._store(faults, changed)

    async def _of(
        self, session: AsyncSession, canary: ListedCanary
    ) -> list[tuple[ListedCanary, int, CanaryFault]]:
        """Return the pushes that this Canary should have got by now, with what is wrong."""
        now = self._clock()
        if _is_shut(canary):
            return []
        since = max(canary.since, now - _LOOKED_BACK)
        found = []
        for push in await canaries.pushes(session, canary.subscriber_id, since=since):
            fault = fault_of(push, due_at=canary.due_at, rate=self._rate, now=now)
            is_theirs = fault is not CanaryFault.MISSING or await canaries.is_for(
                session, push.id, canary.subscriber_id
            )
            if fault is not None and is_theirs:
                found.append((canary, push.id, fault))
        return found

    async def _store(
        self, faults: Sequence[tuple[ListedCanary, int, CanaryFault]], changed: Sequence[ListedCanary]
    ) -> None:
        now = self._clock()
        alarms: list[dict[str, Any]] = []
        async with self._database.transaction() as session:
            for canary, push_id, fault in faults:
                if await canaries.alarm(session, canary.subscriber_id, push_id, fault, now=now):
                    alarms.append({"name": canary.name, "push": push_id, "fault": fault})
            for canary in changed:
                await canaries.note_shut(session, [canary.subscriber_id], is_shut=_is_shut(canary))
                if _is_shut(canary):
                    alarms.append({"name": canary.name, "push": None, "fault": CanaryFault.SHUT})
            if alarms:
                await owner_notices.add_alarms(session, OwnerNews.CANARY, alarms, now=now)


def fault_of(push: WatchedPush, *, due_at: datetime | None, rate: float, now: datetime) -> CanaryFault | None:
    """Return what is wrong with a push for one Canary at `now`; None: nothing, or not yet.

    `due_at` is when what is held for the Canary is gathered next; `rate`: messages a second.
    """
    if push.receipt is DeliveryState.FAILED:
        return CanaryFault.REFUSED
    if push.receipt is DeliveryState.HELD:
        by = max((at for at in (due_at, push.settled_at) if at is not None), default=now)
        return CanaryFault.LATE if now > by + GRACE else None
    if push.receipt is None and now > _ends_by(push, rate) + GRACE:
        return CanaryFault.MISSING
    return None


def _ends_by(push: WatchedPush, rate: float) -> datetime:
    """Return when everybody should have it."""
    if push.state is BroadcastState.FINISHED and push.finished_at is not None:
        return push.finished_at
    seconds = _SLOWNESS * push.expected / rate
    return push.going_since + timedelta(seconds=seconds, minutes=push.pilot_minutes)


def _is_shut(canary: ListedCanary) -> bool:
    return canary.state is not SubscriberState.ACTIVE

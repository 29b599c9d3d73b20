"""Decisions of editors about a Story: they act after some seconds, so that a slip of the finger is undone."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import RefusedError, UserError
from bot.i18n import mark
from bot.stories import conflicts
from bot.stories.review import refusals
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from storage.models import PendingDecision
from storage.stories import decisions, stories
from storage.words import DecisionAction

log = logging.getLogger(__name__)

GRACE = timedelta(seconds=10)
"""How long a decision can be undone before it acts."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What `actor` decides about a Story.

    - `version`: that of the Story that they saw; None: any.
    - `broadcast_id`: the push in preparation that is confirmed with it; None: a new one, to everybody.
      `seen`: how many pushes of the Story they saw.
    - `reason`: why it is withdrawn, in a sentence for readers.
    """

    action: DecisionAction
    story_id: int
    actor: str
    version: int | None = None
    broadcast_id: int | None = None
    seen: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision did: the Broadcasts that it scheduled. `is_later`: the Story waits for its hour."""

    broadcast_ids: Sequence[int] = ()
    is_later: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was taken. `id` and `grace`: it waits so long and can be undone; None: it acted."""

    outcome: Outcome
    id: int | None = None
    grace: timedelta = timedelta(0)

    @property
    def waits(self) -> bool:
        """Whether it can still be undone."""
        return self.id is not None


def seconds_left(waiting: Collection[PendingDecision], now: datetime) -> int:
    """Return in how many whole seconds the last of these decisions acts: 1 at least."""
    left = max(one.acts_at for one in waiting) - now
    return max(1, ceil(left.total_seconds()))


Act = Callable[[AsyncSession, Decision], Awaitable[Outcome]]
"""Carries a decision out in a transaction. It checks rights, state and version, and raises UserError."""


class Decisions:
    """The use cases around decisions that can be undone; each is one transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rights: Rights,
        acts: Mapping[DecisionAction, Act],
        *,
        grace: timedelta = GRACE,
    ) -> None:
        """`acts`: what carries each decision out. `grace`: how long it waits; with 0 it acts at once."""
        self._database = database
        self._clock = clock
        self._rights = rights
        self._acts = acts
        self._grace = grace

    async def decide(self, decision: Decision) -> Decided:
        """Take a decision, which acts after the grace. One that only sets an hour acts at once.

        It is tried out first, so that it raises now whatever it would raise then. Raises ConflictError while
        an earlier decision about the Story can still be undone.
        """
        await self.settle(decision.story_id)
        act = self._acts[decision.action]
        async with self._database.transaction() as session:
            await stories.lock(session, decision.story_id)
            earlier = await decisions.waiting(session, decision.story_id)
            if earlier is not None:
                raise conflicts.undecided(earlier)
            attempt = await session.begin_nested()
            outcome = await act(session, decision)
            if outcome.is_later or not self._grace:
                await attempt.commit()
                return Decided(outcome)
            await attempt.rollback()
            return Decided(Outcome(), await self._wait(session, decision), self._grace)

    async def undo(self, story_id: int, *, actor: str) -> PendingDecision:
        """Undo the decision that waits, and return it. Every editor may.

        Raises RefusedError if it has acted.
        """
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.WRITE, actor)
            undone = await decisions.undo(session, story_id)
            if undone is None:
                raise RefusedError(mark("It is too late to undo that. The story is shown as it is now."))
            return undone

    async def waiting(self, story_id: int) -> PendingDecision | None:
        """Return the decision about a Story that can still be undone, after letting it act if it is time."""
        await self.settle(story_id)
        async with self._database.read() as session:
            return await decisions.waiting(session, story_id)

    async def all_waiting(self) -> Sequence[PendingDecision]:
        """Return all decisions that can still be undone, after letting those act whose time has come."""
        await self.act_due()
        async with self._database.read() as session:
            return await decisions.every_waiting(session)

    async def settle(self, story_id: int) -> None:
        """Let the decision about a Story act if its time has come: somebody looks at the Story."""
        async with self._database.read() as session:
            found = await decisions.waiting(session, story_id)
        if found is not None and found.acts_at <= self._clock():
            await self._act_on(found.id)

    async def act_due(self) -> None:
        """Let all decisions act whose time has come. One that fails delays no other."""
        async with self._database.read() as session:
            due = await decisions.due(session, now=self._clock())
        for decision_id in due:
            try:
                await self._act_on(decision_id)
            except DatabaseUnavailableError:
                raise
            except Exception:  # whatever it is, it concerns this decision alone; the next turn tries again
                log.exception("a decision could not act", extra={"decision": decision_id})

    async def unshown(self) -> Sequence[PendingDecision]:
        """Return the decisions that acted or were refused, of which the editor has not seen that yet."""
        async with self._database.read() as session:
            return await decisions.unshown(session)

    async def put_card(self, decision_id: int, message_id: int) -> None:
        """Note which message in the editor's private chat shows the decision."""
        async with self._database.transaction() as session:
            await decisions.set_message(session, decision_id, message_id)

    async def mark_shown(self, decision_id: int) -> None:
        """Note that the editor has seen what came of the decision, or cannot be reached."""
        async with self._database.transaction() as session:
            await decisions.remove(session, decision_id)

    async def _wait(self, session: AsyncSession, decision: Decision) -> int:
        now: datetime = self._clock()
        return await decisions.add(
            session,
            story_id=decision.story_id,
            action=decision.action,
            version=decision.version,
            actor=decision.actor,
            decided_at=now,
            acts_at=now + self._grace,
            broadcast_id=decision.broadcast_id,
            seen=decision.seen,
            reason=decision.reason,
        )

    async def _act_on(self, decision_id: int) -> None:
        """Let a decision act, in one transaction with the note that it did: so it acts once.

        Where it is refused by now, that is noted instead, for the editor.
        """
        now = self._clock()
        try:
            async with self._database.transaction() as session:
                waiting = await decisions.take(session, decision_id, now=now)
                if waiting is not None:
                    outcome = await self._acts[waiting.action](session, _decision_of(waiting))
                    waiting.broadcast_id = next(iter(outcome.broadcast_ids), waiting.broadcast_id)
        except UserError as refused:
            async with self._database.transaction() as session:
                await decisions.take(session, decision_id, now=now, refusal=refusals.dump(refused))


def _decision_of(stored: PendingDecision) -> Decision:
    return Decision(
        stored.action,
        stored.story_id,
        stored.actor,
        stored.version,
        stored.broadcast_id,
        stored.seen,
        stored.reason,
    )

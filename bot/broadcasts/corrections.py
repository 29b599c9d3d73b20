"""Corrections: edit or withdraw a Story in the messages that readers already have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.articles.page.blocks import fold
from bot.broadcasts import remaking
from bot.broadcasts.audiences import RenderBodies
from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import InvalidInputError, RefusedError
from bot.i18n import mark
from bot.stories.locks import require as require_story
from bot.stories.review.decisions import Decision, Outcome
from bot.webhooks.story_events import announce
from storage.audit import AuditLog
from storage.broadcasts import bodies, broadcasts, cards
from storage.broadcasts.audience import EVERYBODY, Audience
from storage.database import Database
from storage.deliveries import sent_messages
from storage.models import Broadcast, Story
from storage.stories import stories
from storage.words import (
    OPEN,
    UNDER_WAY,
    BroadcastKind,
    BroadcastState,
    DecisionAction,
    EventKind,
    StoryState,
)

# A worker that was just sending the old Body has its answers by then: it notices a new Body within a slice (a
# second or two), and waits at most 20 s for an answer.
_LATECOMERS = timedelta(minutes=1)
LONGEST_NOTICE = 200  # characters: one short sentence
WITHDRAWN = mark("the story was withdrawn")
REPLACED = mark("a newer correction takes its place")


@dataclass(frozen=True, slots=True)
class SentMessages:
    """How many messages with a Story are in chats.

    - `deletable`: those of the Story alone that Telegram still lets us delete.
    - `gathered`: those that show other Stories too.
    """

    messages: int
    deletable: int
    gathered: int = 0

    @property
    def older(self) -> int:
        """Those of the Story alone that can only be edited into a note."""
        return self.messages - self.deletable - self.gathered


class Corrections:
    """The use cases around what was sent already; each is one transaction.

    They raise NotFoundError where there is no such Story, and RefusedError where it is not published.
    """

    def __init__(self, database: Database, clock: Clock, rights: Rights, render_bodies: RenderBodies) -> None:
        self._database = database
        self._clock = clock
        self._audit = AuditLog("broadcast", clock)
        self._story_audit = AuditLog("story", clock)
        self._rights = rights
        self._render_bodies = render_bodies

    async def reach(self, story_id: int) -> SentMessages:
        """Return how many messages a correction of the Story would change now."""
        now = self._clock()
        async with self._database.read() as session:
            pushes = await broadcasts.pushes_of(session, story_id)
            counts = [await sent_messages.counts(session, push.id, now=now) for push in pushes]
        return SentMessages(*map(sum, zip(*counts, strict=True))) if counts else SentMessages(0, 0)

    async def correct(self, story_id: int, *, actor: str, note: str | None = None) -> Sequence[int]:
        """Edit the messages that have a published Story. Return the ids of the Broadcasts that do it.

        `note` says in a sentence what was wrong, and stands in the Story from now on. Without one, that of an
        earlier correction stays. A push or a Digest that still runs goes on with the corrected Story. Raises
        InvalidInputError for a note that is no short sentence.
        """
        notice = None if note is None else _sentence(note)
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.PUBLISH, actor)
            story = await _require_published(session, story_id)
            if notice is not None:
                await self._set_notice(session, story, notice, actor)
            await stories.note_corrected(session, story_id, now=self._clock())
            await announce(session, EventKind.CORRECTED, story_id, now=self._clock())
            pushes = await broadcasts.pushes_of(session, story_id)
            late = await self._late(session, pushes)
            for push in pushes:
                await cards.set_open(session, push.id, is_open=True)  # they show the Story's headline
                if push.state in UNDER_WAY and push.story_id is not None:
                    story = await _require_published(session, push.story_id)
                    payloads = await remaking.payloads(session, story, self._render_bodies)
                    await bodies.replace(session, push.id, payloads)
            kind = BroadcastKind.CORRECTION
            return [one for push in pushes for one in await self._schedule(session, push, kind, late, actor)]

    async def withdraw(self, story_id: int, *, actor: str, reason: str | None = None) -> Sequence[int]:
        """Withdraw a published Story, here and in the chats. Return the ids of the Broadcasts that do it.

        They delete the messages of the last 48 hours. Telegram deletes no older ones: those are edited into a
        note. With a `reason`, a sentence for readers, all are edited into a note that has it: a message that
        is gone explains nothing. Messages that show other Stories too are drawn again without this one.
        Raises InvalidInputError for a reason that is no short sentence.
        """
        decision = Decision(DecisionAction.WITHDRAW, story_id, actor, reason=reason)
        async with self._database.transaction() as session:
            return (await self.act(session, decision)).broadcast_ids

    async def act(self, session: AsyncSession, decision: Decision) -> Outcome:
        """Carry out a decision to withdraw, in this transaction; see `withdraw`."""
        story_id, actor, now = decision.story_id, decision.actor, self._clock()
        notice = None if decision.reason is None else _sentence(decision.reason)
        await self._rights.require(session, Right.PUBLISH, actor)
        story = await require_story(session, story_id)
        moved = await stories.move(
            session, story_id, come_from=[StoryState.PUBLISHED], to=StoryState.WITHDRAWN, released_at=None
        )
        if not moved:
            await _require_published(session, story_id)
            raise LookupError("a published story could not be withdrawn")
        await self._story_audit.record(session, actor, "withdraw", story_id)
        await self._set_notice(session, story, notice, actor)
        await announce(session, EventKind.WITHDRAWN, story_id, now=now)
        found = await broadcasts.pushes_of(session, story_id)
        pushes = [push for push in found if push.story_id == story_id]
        late = await self._late(session, pushes)
        for push in pushes:
            await _end(session, push, now)
        kind = BroadcastKind.WITHDRAWAL
        made = [one for push in pushes for one in await self._schedule(session, push, kind, late, actor)]
        return Outcome(made)

    async def _set_notice(self, session: AsyncSession, story: Story, notice: str | None, actor: str) -> None:
        """Store the editor's words, for all who see the Story or what is left of it."""
        change = (story.notice, notice)
        if await self._story_audit.record_change(session, actor, "notice", story.id, notice=change):
            await stories.change(session, story.id, notice=notice)

    async def _late(self, session: AsyncSession, pushes: Sequence[Broadcast]) -> set[int]:
        """Return the ids of the pushes whose old text may be on its way just now, alone or in a Digest.

        Digests that are under way gather their stories again.
        """
        lately = self._clock() - _LATECOMERS
        await broadcasts.draw_digests_again(session)
        if await broadcasts.are_digests_sent(session, since=lately):
            return {push.id for push in pushes}
        return {
            push.id
            for push in pushes
            if push.state in UNDER_WAY
            or (push.state is BroadcastState.CANCELLED and push.finished_at and push.finished_at >= lately)
        }

    async def _schedule(
        self, session: AsyncSession, push: Broadcast, kind: BroadcastKind, late: set[int], actor: str
    ) -> list[int]:
        """Schedule the corrections of a push, in place of older ones that have not ended. Return their ids.

        One starts now, for the messages that are in chats; one a minute later, for those on their way.
        """
        now = self._clock()
        for older in await broadcasts.corrections_of(session, push.id):
            await broadcasts.change(
                session, older, state=BroadcastState.CANCELLED, finished_at=now, reason=REPLACED
            )
        planned: list[tuple[datetime, Audience]] = []
        if await sent_messages.bounds(session, push.id):
            planned.append((now, EVERYBODY))
        if push.id in late:
            planned.append((now + _LATECOMERS, Audience(since=now)))
        made: list[int] = []
        for start_at, audience in planned:
            correction = await broadcasts.add(
                session, story_id=push.story_id, now=now, audience=audience, kind=kind, corrects_id=push.id
            )
            await broadcasts.change(session, correction.id, state=BroadcastState.SCHEDULED, start_at=start_at)
            await self._audit.record(session, actor, kind.value, correction.id)
            made.append(correction.id)
        return made


def _sentence(words: str) -> str:
    """Return what an editor wrote as one line. Raises InvalidInputError unless it has 1 to 200 characters."""
    sentence = fold(words)
    if not 1 <= len(sentence) <= LONGEST_NOTICE:
        raise InvalidInputError(
            mark("Readers get one short sentence: 1 to {limit} characters. This one has {number}."),
            limit=LONGEST_NOTICE,
            number=len(sentence),
        )
    return sentence


async def _end(session: AsyncSession, push: Broadcast, now: datetime) -> None:
    """Cancel a push of a withdrawn Story; one that has ended gets the reason, which editors see."""
    cancelled = await broadcasts.move(
        session,
        push.id,
        come_from=OPEN,
        to=BroadcastState.CANCELLED,
        reason=WITHDRAWN,
        finished_at=now,
    )
    if not cancelled:
        await broadcasts.change(session, push.id, reason=WITHDRAWN)
    await cards.set_open(session, push.id, is_open=True)


async def _require_published(session: AsyncSession, story_id: int) -> Story:
    """Return the Story. Raises NotFoundError where there is none, RefusedError where it is not published."""
    story = await require_story(session, story_id)
    if story.state is not StoryState.PUBLISHED:
        raise RefusedError(mark("Readers cannot see story {number}: nothing was sent."), number=story_id)
    return story

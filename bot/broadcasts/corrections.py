"""Corrections: what was sent is mended or taken back, in the very chats that have it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.audiences import RenderBodies, pushed
from bot.clock import Clock
from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from storage import audit
from storage.broadcasts import broadcasts, cards
from storage.broadcasts.broadcasts import Audience
from storage.database import Database
from storage.deliveries import sent_messages
from storage.models import Broadcast, Story
from storage.stories import stories
from storage.words import BroadcastKind, BroadcastState, StoryState

# Whoever was just being sent the old Body has it by then: a worker notices a new one within a slice (a second
# or two), and waits 20 s at most for an answer.
_LATECOMERS = timedelta(minutes=1)
WITHDRAWN = mark("the story was withdrawn")
REPLACED = mark("a newer correction takes its place")
_UNDER_WAY = (BroadcastState.RUNNING, BroadcastState.PAUSED)


@dataclass(frozen=True, slots=True)
class SentMessages:
    """How many messages with a Story are in chats, and how many of its own Telegram still lets us delete.

    `gathered` tell of others too.
    """

    messages: int
    deletable: int
    gathered: int = 0

    @property
    def older(self) -> int:
        """How many of its own can only be edited into a note."""
        return self.messages - self.deletable - self.gathered


class Corrections:
    """The use cases around what was sent already. `bodies` renders a Story for everyone."""

    def __init__(self, database: Database, clock: Clock, bodies: RenderBodies) -> None:
        self._database = database
        self._clock = clock
        self._bodies = bodies

    async def reach(self, story_id: int) -> SentMessages:
        """Who would see a correction, were it sent now."""
        now = self._clock()
        async with self._database.read() as session:
            pushes = await broadcasts.pushes_of(session, story_id)
            counts = [await sent_messages.counts(session, push.id, now=now) for push in pushes]
        return SentMessages(*map(sum, zip(*counts, strict=True))) if counts else SentMessages(0, 0)

    async def mend(self, story_id: int, *, actor: str) -> Sequence[int]:
        """Edit the messages of a published Story where they are: the ids of the Broadcasts that do it.

        A push that still runs goes on with the mended Body; so does a Digest.
        """
        async with self._database.transaction() as session:
            await _require(session, story_id)
            pushes = await broadcasts.pushes_of(session, story_id)
            late = await self._late(session, pushes)
            for push in pushes:
                await cards.set_open(session, push.id, is_open=True)  # they name the Story
                if push.state in _UNDER_WAY and push.story_id is not None:
                    story = await _require(session, push.story_id)
                    await broadcasts.renew_bodies(
                        session, push.id, self._bodies(await pushed(session, story))
                    )
            kind = BroadcastKind.CORRECTION
            return [one for push in pushes for one in await self._correct(session, push, kind, late, actor)]

    async def withdraw(self, story_id: int, *, actor: str) -> Sequence[int]:
        """Take a published Story back, here and in the chats: the ids of the Broadcasts that do it.

        Messages of the last 48 hours are deleted; older ones, which Telegram keeps, are edited into a note.
        Those that tell of other Stories too are drawn again without it.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            moved = await stories.move(
                session,
                story_id,
                come_from=[StoryState.PUBLISHED],
                to=StoryState.WITHDRAWN,
                released_at=None,
            )
            if not moved:
                await _require(session, story_id)
                raise LookupError("a published story could not be withdrawn")
            await audit.record(
                session, at=now, actor=actor, action="withdraw", subject="story", subject_id=story_id
            )
            found = await broadcasts.pushes_of(session, story_id)
            pushes = [push for push in found if push.story_id == story_id]
            late = await self._late(session, pushes)
            for push in pushes:
                await self._end(session, push, now)
            kind = BroadcastKind.WITHDRAWAL
            return [one for push in pushes for one in await self._correct(session, push, kind, late, actor)]

    async def _end(self, session: AsyncSession, push: Broadcast, now: datetime) -> None:
        """Nobody is sent this push any more, and editors see why, also where it had ended by itself."""
        come_from = [BroadcastState.SCHEDULED, *_UNDER_WAY]
        ended = {"reason": WITHDRAWN, "finished_at": now}
        cancelled = BroadcastState.CANCELLED
        if not await broadcasts.move(session, push.id, come_from=come_from, to=cancelled, **ended):
            await broadcasts.change(session, push.id, reason=WITHDRAWN)
        await cards.set_open(session, push.id, is_open=True)

    async def _late(self, session: AsyncSession, pushes: Sequence[Broadcast]) -> set[int]:
        """Those of these pushes of which somebody may just be sent the old words, by themselves or gathered.

        Digests that are under way gather anew.
        """
        lately = self._clock() - _LATECOMERS
        await broadcasts.draw_digests_again(session)
        if await broadcasts.are_digests_sent(session, since=lately):
            return {push.id for push in pushes}
        return {
            push.id
            for push in pushes
            if push.state in _UNDER_WAY
            or (push.state is BroadcastState.CANCELLED and push.finished_at and push.finished_at >= lately)
        }

    async def _correct(
        self, session: AsyncSession, push: Broadcast, kind: BroadcastKind, late: set[int], actor: str
    ) -> list[int]:
        """Schedule what mends a push, in place of older corrections that have not ended."""
        now = self._clock()
        for older in await broadcasts.corrections_of(session, push.id):
            await broadcasts.change(
                session, older, state=BroadcastState.CANCELLED, finished_at=now, reason=REPLACED
            )
        made: list[Broadcast] = []
        if await sent_messages.bounds(session, push.id):
            made.append(await _draft(session, push, kind, now))
        if push.id in late:
            made.append(await _draft(session, push, kind, now, Audience(since=now)))
        for correction in made:
            is_late = correction.audience["since"] is not None
            await broadcasts.move(
                session,
                correction.id,
                come_from=[BroadcastState.DRAFT],
                to=BroadcastState.SCHEDULED,
                start_at=now + _LATECOMERS if is_late else now,
            )
            await audit.record(
                session,
                at=now,
                actor=actor,
                action=kind.value,
                subject="broadcast",
                subject_id=correction.id,
            )
        return [correction.id for correction in made]


_EVERYBODY = Audience()


async def _draft(
    session: AsyncSession,
    push: Broadcast,
    kind: BroadcastKind,
    now: datetime,
    audience: Audience = _EVERYBODY,
) -> Broadcast:
    return await broadcasts.draft(
        session, story_id=push.story_id, now=now, audience=audience, kind=kind, corrects_id=push.id
    )


async def _require(session: AsyncSession, story_id: int) -> Story:
    """The Story, if readers can see it."""
    story = await stories.get(session, story_id)
    if story is None:
        raise NotFoundError(mark("There is no story {number}."), number=story_id)
    if story.state is not StoryState.PUBLISHED:
        raise RefusedError(mark("Readers do not see story {number}: nothing was sent."), number=story_id)
    return story

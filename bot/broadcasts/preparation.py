"""Drafts: what an editor sees and chooses before a Broadcast starts."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts import audiences, pushes
from bot.broadcasts.audiences import RenderBodies
from bot.broadcasts.cost import stars
from bot.broadcasts.pushes import GONE, Push, require_soon
from bot.clock import Clock
from bot.errors import NotFoundError, RefusedError
from bot.i18n import SOURCE_LANGUAGE, languages, mark
from bot.subscribers.pacing import PacingPreferences, hold
from storage import audit
from storage.broadcasts import broadcasts, preparation
from storage.broadcasts.broadcasts import Audience, Variant
from storage.database import Database
from storage.models import Broadcast, Story, Subscriber, Topic
from storage.stories import stories
from storage.stories import topics as stored_topics
from storage.stories.translations import language_for
from storage.words import BroadcastKind, BroadcastState, ChatKind, StoryState

SAMPLE = 2_000
"""So many Subscribers at most are looked at one by one; a share that they tell is right within 2 % or so."""

_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Sample:
    """Who gets it, counted over some of the Audience: nobody's identity is kept.

    `later` are held until their quiet hours, days off or waits for a digest are over. `whole`: these are all.
    """

    size: int
    languages: Mapping[str, int]
    kinds: Mapping[ChatKind, int]
    all_topics: int
    later: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft as it would go out now: to how many, a sample of them, for how long at `rate` a second.

    `earlier` are the pushes that count (bot/broadcasts/pushes.py) of the same Story and of its Translations,
    the newest first; `seen` is how many there were of this very Story in all.
    """

    broadcast: Broadcast
    story: Story
    audience: Audience
    topics: Sequence[Topic]
    number: int
    sample: Sample
    rate: float
    paid_rate: float
    earlier: Sequence[Push]
    seen: int

    @property
    def is_repeat(self) -> bool:
        """This very Story was pushed before, or is about to be."""
        return any(push.broadcast.story_id == self.story.id for push in self.earlier)

    @property
    def can_be_paid(self) -> bool:
        """It would go out faster for Stars."""
        return self.paid_rate > self.rate

    @property
    def stars(self) -> int:
        """What it costs at most if it is paid: whoever gets it later, in a digest, costs nothing."""
        return stars(self.number, free=self.rate, rate=self.paid_rate)

    @property
    def pace(self) -> float:
        """The messages a second that are sent, as chosen."""
        return self.paid_rate if self.broadcast.paid else self.rate

    def takes(self, rate: float) -> timedelta:
        """How long it takes at `rate` to send it to all who get it at once."""
        size = self.sample.size
        at_once = self.number * (size - self.sample.later) / size if size else 0
        return timedelta(seconds=at_once / rate)

    @property
    def lasts(self) -> timedelta:
        """As `takes`, at the rate that was chosen."""
        return self.takes(self.pace)


class Preparation:
    """The use cases before a Broadcast starts; each is one transaction. Nothing here sends anything."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        bodies: RenderBodies,
        *,
        zone: str,
        rate: float,
        paid_rate: float = 0,
    ) -> None:
        """`zone` is the default one; `rate` and, for Stars, `paid_rate` are the messages a second allowed."""
        self._database = database
        self._clock = clock
        self._bodies = bodies
        self._zone = zone
        self._rate = rate
        self._paid_rate = paid_rate

    async def prepare(self, story_id: int, *, editor: int) -> int:
        """The draft of this editor for a Story that is published, or will be with it: its id."""
        async with self._database.transaction() as session:
            await _story(session, story_id)
            found = await preparation.find(session, story_id=story_id, started_by=editor)
            if found is not None:
                return found
            made = await broadcasts.draft(session, story_id=story_id, now=self._clock())
            await broadcasts.change(session, made.id, started_by=editor)
            return made.id

    async def preview(self, broadcast_id: int) -> Preview:
        """Who would get it if it started now. NotFoundError where it is no draft (any more)."""
        async with self._database.read() as session:
            broadcast = await _draft(session, broadcast_id)
            story = await _story(session, broadcast.story_id)
            audience = await audiences.frozen(session, Audience.load(broadcast.audience), story)
            lowest = await broadcasts.lowest_subscriber(session)
            ids = _some(lowest, audience.highest_id)
            found = await preparation.sample(session, audience, ids)
            whole = len(ids) == audience.highest_id - lowest + 1
            number = len(found) if whole else await broadcasts.count(session, audience)
            earlier = await pushes.of(session, story.id)
            every = await stored_topics.every(session)
        return Preview(
            broadcast,
            story,
            audience,
            [topic for topic in every if topic.id in Audience.load(broadcast.audience).topics],
            number,
            self._sample(found, urgent=broadcast.urgent, whole=whole),
            self._rate,
            self._paid_rate,
            [push for push in earlier if push.counts],
            sum(push.broadcast.story_id == story.id for push in earlier),
        )

    def price(self, number: int) -> int:
        """The Stars that so many messages cost at most. RefusedError where PAID_SEND_RATE allows none."""
        self._check_paid()
        return stars(number, free=self._rate, rate=self._paid_rate)

    async def topics(self) -> Sequence[Topic]:
        """All Topics that one may choose from."""
        async with self._database.read() as session:
            return await stored_topics.every(session)

    async def choose_topic(self, broadcast_id: int, topic_id: int, *, chosen: bool) -> None:
        """For followers of this Topic too, or no longer; without any, for those of the Story's own."""
        await self._narrow(broadcast_id, "topics", topic_id, chosen=chosen)

    async def choose_language(self, broadcast_id: int, language: str, *, chosen: bool) -> None:
        """For readers of this language too, or no longer; without any, for all."""
        if language not in languages():
            raise NotFoundError(GONE)
        await self._narrow(broadcast_id, "languages", language, chosen=chosen)

    async def choose_hour(self, broadcast_id: int, at: datetime | None) -> None:
        """Start then; None: as soon as it is confirmed. InvalidInputError for an hour that is past."""
        require_soon(at, self._clock())
        await self._change(broadcast_id, start_at=at)

    async def choose_paid(self, broadcast_id: int, *, paid: bool, actor: str) -> None:
        """Send it faster, for Stars of the bot's balance. RefusedError where PAID_SEND_RATE allows none."""
        if paid:
            self._check_paid()
        async with self._database.transaction() as session:
            if not await preparation.change(session, broadcast_id, paid=paid):
                raise NotFoundError(GONE)
            await self._note(session, broadcast_id, "pay" if paid else "do not pay", actor)

    async def propose_urgent(self, broadcast_id: int, *, actor: str, alone: bool) -> None:
        """It may pass quiet hours where readers allow that, once another editor agrees; `alone`: at once."""
        async with self._database.transaction() as session:
            if not await preparation.change(session, broadcast_id, urgent_by=actor, urgent=alone):
                raise NotFoundError(GONE)
            await self._note(session, broadcast_id, "propose urgent", actor)

    async def agree_urgent(self, broadcast_id: int, *, actor: str) -> Broadcast:
        """Another editor agrees. RefusedError for the one who proposed it, or where nobody did."""
        async with self._database.transaction() as session:
            await broadcasts.lock(session, broadcast_id)
            broadcast = await _draft(session, broadcast_id)
            if broadcast.urgent_by is None:
                raise RefusedError(mark("Nobody proposes any more that this is urgent."))
            if broadcast.urgent_by == actor:
                raise RefusedError(mark("Another editor must agree that this is urgent."))
            await preparation.change(session, broadcast_id, urgent=True)
            await self._note(session, broadcast_id, "agree urgent", actor)
            return broadcast

    async def not_urgent(self, broadcast_id: int) -> None:
        """As any other push."""
        await self._change(broadcast_id, urgent_by=None, urgent=False)

    async def confirm(self, broadcast_id: int, *, actor: str, version: int, seen: int) -> None:
        """Let it start. RefusedError where its Story, or what was sent of it, is not what the editor saw.

        `version` is that of the Story, `seen` how many pushes of it there were.
        """
        async with self._database.transaction() as session:
            broadcast = await _draft(session, broadcast_id)
            if broadcast.story_id is not None:
                await stories.lock(session, broadcast.story_id)  # of two editors at once one is first
            story = await _story(session, broadcast.story_id)
            if story.state is not StoryState.PUBLISHED or story.version != version:
                raise RefusedError(mark("The story was changed meanwhile. Look at it, then send it."))
            await pushes.schedule(session, broadcast_id, story.id, now=self._clock(), seen=seen)
            await self._note(session, broadcast_id, "schedule", actor)

    async def drop(self, broadcast_id: int) -> None:
        """Nothing is sent."""
        async with self._database.transaction() as session:
            if not await preparation.drop(session, broadcast_id):
                raise NotFoundError(GONE)

    async def body(self, broadcast_id: int, reader: Subscriber) -> dict[str, Any]:
        """The very message that this reader would get: Telegram's parameters, but for the chat."""
        async with self._database.read() as session:
            broadcast = await _draft(session, broadcast_id)
            story = await _story(session, broadcast.story_id)
            pushed = await audiences.pushed(session, story)
        if story.state is StoryState.DRAFT:  # it will be one of its group when it goes out
            pushed = replace(pushed, group=[*pushed.group, story])
        made = self._bodies(pushed)
        told_in = language_for(list(pushed.told), reader.language, reader.story_languages)
        variant = Variant(reader.language, reader.length, told_in)
        return made[variant if variant in made else variant._replace(language=SOURCE_LANGUAGE)]

    async def forget_old(self) -> None:
        """Forget the drafts that nobody sent for a week."""
        async with self._database.transaction() as session:
            await preparation.forget(session, before=self._clock() - _KEPT)

    def _check_paid(self) -> None:
        if self._paid_rate <= self._rate:
            raise RefusedError(mark("Paid pushes are switched off: PAID_SEND_RATE is not above SEND_RATE."))

    def _sample(self, found: Sequence[Subscriber], *, urgent: bool, whole: bool) -> Sample:
        now = self._clock()
        later = sum(
            hold(PacingPreferences.of(one, self._zone), now, away_until=one.away_until, urgent=urgent)
            is not None
            for one in found
        )
        return Sample(
            len(found),
            Counter(one.language for one in found),
            Counter(one.kind for one in found),
            sum(one.all_topics for one in found),
            later,
            whole,
        )

    async def _narrow(self, broadcast_id: int, field: str, value: int | str, *, chosen: bool) -> None:
        async with self._database.transaction() as session:
            await broadcasts.lock(session, broadcast_id)
            audience = Audience.load((await _draft(session, broadcast_id)).audience)
            others = tuple(one for one in getattr(audience, field) if one != value)
            narrowed: dict[str, Any] = {field: (*others, value) if chosen else others}
            audience = replace(audience, **narrowed)
            await preparation.change(session, broadcast_id, audience=audience.dump())

    async def _change(self, broadcast_id: int, **values: object) -> None:
        async with self._database.transaction() as session:
            if not await preparation.change(session, broadcast_id, **values):
                raise NotFoundError(GONE)

    async def _note(self, session: AsyncSession, broadcast_id: int, action: str, actor: str) -> None:
        await audit.record(
            session,
            at=self._clock(),
            actor=actor,
            action=action,
            subject="broadcast",
            subject_id=broadcast_id,
        )


def _some(lowest: int, highest: int) -> Sequence[int]:
    """All ids, or twice `SAMPLE` of them drawn at random: many may be of others than the Audience."""
    ids = range(lowest, highest + 1)
    if len(ids) <= SAMPLE:
        return ids
    return random.sample(ids, min(len(ids), 2 * SAMPLE))  # a sample is no secret


async def _draft(session: AsyncSession, broadcast_id: int) -> Broadcast:
    broadcast = await broadcasts.get(session, broadcast_id)
    if (
        broadcast is None
        or broadcast.state is not BroadcastState.PREPARING
        or broadcast.kind is not BroadcastKind.PUSH
    ):
        raise NotFoundError(GONE)
    return broadcast


async def _story(session: AsyncSession, story_id: int | None) -> Story:
    """The Story, if readers see it or will; RefusedError for one that was rejected or withdrawn."""
    story = None if story_id is None else await stories.get(session, story_id)
    if story is None:
        raise NotFoundError(mark("There is no story {number}."), number=story_id or 0)
    if story.state not in (StoryState.DRAFT, StoryState.PUBLISHED):
        raise RefusedError(mark("Readers do not see its story any more: nothing is sent."))
    return story

"""Preparation of a push: its preview, and what an editor chooses before it is confirmed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar, Unpack

from sqlalchemy.ext.asyncio import AsyncSession

from bot.appeals.visibility import is_missing
from bot.broadcasts import audiences, pushes
from bot.broadcasts.agreement import Agreement
from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.pilots import pilot
from bot.broadcasts.preparation import samples
from bot.broadcasts.preparation.choices import Choices
from bot.broadcasts.preparation.cost import stars
from bot.broadcasts.preparation.preview import Preview, Sample
from bot.broadcasts.pushes import GONE, require_soon
from bot.broadcasts.variants import FIRST_LENGTH, by_language, variant_for
from bot.clock import Clock
from bot.editors.roles import Right
from bot.errors import NotFoundError, RefusedError
from bot.i18n import languages, mark
from bot.stories import conflicts
from bot.subscribers.pacing import PacingPreferences, by_day, is_held
from storage.audit import AuditLog
from storage.broadcasts import broadcasts, preparation
from storage.broadcasts.audience import Audience
from storage.broadcasts.bodies import Payload, Variant
from storage.broadcasts.broadcasts import BroadcastChanges
from storage.broadcasts.preparation import Sampled
from storage.database import Database
from storage.models import Broadcast, Story, Subscriber, Topic
from storage.stories import stories
from storage.stories import topics as stored_topics
from storage.stories.translations import warnings_of
from storage.words import BroadcastKind, BroadcastState, Length, StoryState, WarnedStories

_KEPT = timedelta(days=7)
_T = TypeVar("_T")

RenderSome = Callable[[StoryVersions, Iterable[Length]], dict[Variant, Payload]]
"""Renders the Bodies of a Story's Broadcast at these Lengths; given by bot/runtime/build.py."""


class Preparation:
    """The use cases before a push is confirmed; each is one transaction. Nothing here sends anything.

    They raise NotFoundError where the Broadcast is not in preparation any more.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        agreement: Agreement,
        render_some: RenderSome,
        *,
        zone: str,
        rate: float,
        paid_rate: float = 0,
    ) -> None:
        """Take the default timezone, and the messages a second that are allowed free and for Stars."""
        self._database = database
        self._clock = clock
        self._agreement = agreement
        self._audit = AuditLog("broadcast", clock)
        self._render_some = render_some
        self._zone = zone
        self._rate = rate
        self._paid_rate = paid_rate

    async def prepare(self, story_id: int, *, editor: int) -> int:
        """Return the id of the push that this editor prepares for a Story; begin one if there is none.

        `editor` is their chat id. The Story is published, or is published with the push: a draft, or one that
        was withdrawn.
        """
        async with self._database.transaction() as session:
            await _require_story(session, story_id)
            found = await preparation.find(session, story_id=story_id, started_by=editor)
            if found is not None:
                return found
            begun = await broadcasts.add(session, story_id=story_id, now=self._clock())
            await broadcasts.change(session, begun.id, started_by=editor)
            return begun.id

    async def preview(self, broadcast_id: int, *, exact: bool = True) -> Preview:
        """Return the push as it would be sent if it started now.

        To count a large Audience takes seconds; unless it must be `exact`, its size is estimated where a
        sample can tell it.
        """
        async with self._database.read() as session:
            broadcast = await _require(session, broadcast_id)
            story = await _require_story(session, broadcast.story_id)
            asked = Audience.of(broadcast)
            audience = await audiences.freeze(session, asked, story, self._clock())
            bounds = await broadcasts.lowest_subscriber(session), audience.highest_id
            ids = samples.ids_of(*bounds)
            found = await preparation.sample(session, audience, ids)
            whole = len(ids) == bounds[1] - bounds[0] + 1
            number = most = len(found)
            if not whole:
                estimate = None if exact else samples.estimate(ids, [one.id for one in found], bounds)
                number, most = estimate or (await broadcasts.count(session, audience),) * 2
            earlier = await pushes.of(session, story.id)
            every = await stored_topics.every(session)
        return Preview(
            broadcast,
            story,
            audience,
            [topic for topic in every if topic.id in asked.topics],
            asked.languages,
            number,
            most,
            self._sample(found, story, urgent=broadcast.urgent, whole=whole),
            self._rate,
            self._paid_rate,
            [push for push in earlier if push.counts],
            sum(push.broadcast.story_id == story.id for push in earlier),
            is_missing(story, self._clock()),
        )

    def price(self, number: int) -> int:
        """Return the Stars that so many messages cost at most. Raises RefusedError where none can be paid."""
        self._check_paid()
        return stars(number, free=self._rate, rate=self._paid_rate)

    async def topics(self) -> Sequence[Topic]:
        """Return all Topics that one may choose from."""
        async with self._database.read() as session:
            return await stored_topics.every(session)

    async def choose_topic(self, broadcast_id: int, topic_id: int, *, chosen: bool) -> None:
        """Add a Topic to the Audience, or remove it. With none, the Audience has the Topics of the Story."""
        await self._narrow(
            broadcast_id, lambda asked: replace(asked, topics=_toggled(asked.topics, topic_id, chosen=chosen))
        )

    async def choose_language(self, broadcast_id: int, language: str, *, chosen: bool) -> None:
        """Add a language to the Audience, or remove it. With none, the Audience reads any language."""
        if language not in languages():
            raise NotFoundError(GONE)
        await self._narrow(
            broadcast_id,
            lambda asked: replace(asked, languages=_toggled(asked.languages, language, chosen=chosen)),
        )

    async def choose(self, broadcast_id: int, choices: Choices, *, actor: str) -> None:
        """Make all choices at once, if any differs. Raises NotFoundError for an unknown Topic or language.

        Raises InvalidInputError for a past hour, RefusedError unless PAID_SEND_RATE allows to pay.
        """
        pilot.require_minutes(choices.pilot)
        async with self._database.transaction() as session:
            await broadcasts.lock(session, broadcast_id)
            broadcast = await _require(session, broadcast_id)
            known = {topic.id for topic in await stored_topics.every(session)}
            if not known.issuperset(choices.topics) or not set(languages()).issuperset(choices.languages):
                raise NotFoundError(GONE)
            if choices == Choices.of(broadcast):
                return
            if choices.at != broadcast.start_at:
                require_soon(choices.at, self._clock())
            if choices.paid:
                self._check_paid()
            await _change(session, broadcast_id, **choices.changes(broadcast))
            for action in choices.deeds(broadcast):
                await self._audit.record(session, actor, action, broadcast_id)

    async def choose_hour(self, broadcast_id: int, at: datetime | None) -> None:
        """Choose when it starts; None: when it is confirmed. Raises InvalidInputError for a past hour."""
        require_soon(at, self._clock())
        async with self._database.transaction() as session:
            await _change(session, broadcast_id, start_at=at)

    async def choose_paid(self, broadcast_id: int, *, paid: bool, actor: str) -> None:
        """Choose whether it is sent faster, for Stars of the bot's balance.

        Raises RefusedError unless PAID_SEND_RATE allows it.
        """
        if paid:
            self._check_paid()
        async with self._database.transaction() as session:
            await _change(session, broadcast_id, paid=paid)
            await self._audit.record(session, actor, "pay" if paid else "do not pay", broadcast_id)

    async def choose_urgent(self, broadcast_id: int, *, urgent: bool, actor: str) -> None:
        """Choose whether it passes quiet hours, of readers who allow that."""
        async with self._database.transaction() as session:
            await _change(session, broadcast_id, urgent=urgent)
            await self._audit.record(session, actor, "urgent" if urgent else "not urgent", broadcast_id)

    async def choose_pilot(self, broadcast_id: int, minutes: int | None, *, actor: str) -> None:
        """Choose how long the others wait after a pilot wave; None: everybody gets it at once.

        Raises InvalidInputError for a time that is not offered.
        """
        pilot.require_minutes(minutes)
        async with self._database.transaction() as session:
            await _change(session, broadcast_id, pilot_minutes=minutes)
            await self._audit.record(session, actor, "pilot" if minutes else "no pilot", broadcast_id)

    async def ask(self, broadcast_id: int, *, actor: str) -> None:
        """Ask the other people who may send it to agree; editors are notified (see Control.unannounced)."""
        async with self._database.transaction() as session:
            if not await preparation.change(session, broadcast_id, asked_by=actor, untold=True):
                raise NotFoundError(GONE)
            await self._audit.record(session, actor, "ask to send", broadcast_id)

    async def decline(self, broadcast_id: int, *, actor: str) -> Broadcast:
        """Decline to agree: it stays in preparation. Raises RefusedError if nobody asks any more."""
        async with self._database.transaction() as session:
            await broadcasts.lock(session, broadcast_id)
            broadcast = await _require(session, broadcast_id)
            if broadcast.asked_by is None:
                raise RefusedError(mark("Nobody asks for your agreement to this push any more."))
            await self._agreement.rights.require(session, Right.PUBLISH, actor)
            await _change(session, broadcast_id)
            await self._audit.record(session, actor, "decline to send", broadcast_id)
            return broadcast

    async def confirm(self, broadcast_id: int, *, actor: str, version: int, seen: int) -> None:
        """Confirm it: it starts at its hour.

        `version` is that of the Story that the editor saw, `seen` how many pushes of it they saw. Raises
        RefusedError if the Story is another one by now, SentBeforeError if there are other pushes,
        SecondNeededError if another person has to agree (see `ask`).
        """
        async with self._database.transaction() as session:
            broadcast = await _require(session, broadcast_id)
            if broadcast.story_id is not None:
                await stories.lock(session, broadcast.story_id)  # of two editors at once one is first
            story = await _require_story(session, broadcast.story_id)
            if story.state is not StoryState.PUBLISHED or story.version != version:
                raise RefusedError(
                    mark("The story has changed since you opened it. Look at it, then send it.")
                )
            await pushes.schedule(
                session, broadcast_id, story.id, self._agreement, actor=actor, now=self._clock(), seen=seen
            )
            await self._audit.record(session, actor, "schedule", broadcast_id)

    async def drop(self, broadcast_id: int) -> None:
        """Delete it: nothing is sent."""
        async with self._database.transaction() as session:
            if not await preparation.drop(session, broadcast_id):
                raise NotFoundError(GONE)

    async def body(self, broadcast_id: int, reader: Subscriber) -> Payload:
        """Return the very message that this reader would get."""
        payloads, story_languages = await self._bodies(broadcast_id, [reader.length])
        return payloads[variant_for(reader, story_languages, payloads)]

    async def messages(self, broadcast_id: int) -> Mapping[str, Payload]:
        """Return the message that a new reader of each of our languages would get, by language."""
        payloads, story_languages = await self._bodies(broadcast_id, [FIRST_LENGTH])
        return by_language(story_languages, payloads)

    async def _bodies(
        self, broadcast_id: int, lengths: Iterable[Length]
    ) -> tuple[dict[Variant, Payload], Sequence[str]]:
        """Return the messages at these Lengths, and the languages of the Story, the original's first."""
        async with self._database.read() as session:
            broadcast = await _require(session, broadcast_id)
            story = await _require_story(session, broadcast.story_id)
            versions = await audiences.story_versions(session, story)
        if story.state is not StoryState.PUBLISHED:  # it will be one of its group when it is sent
            story.state, story.notice = StoryState.PUBLISHED, None  # this copy of it: the session has ended
            versions = replace(versions, group=[*versions.group, story])
        return self._render_some(versions, lengths), list(versions.by_language)

    async def drop_old(self) -> None:
        """Delete what was begun a week ago and not confirmed."""
        async with self._database.transaction() as session:
            await preparation.drop_old(session, before=self._clock() - _KEPT)

    def _check_paid(self) -> None:
        if self._paid_rate <= self._rate:
            raise RefusedError(mark("Paid pushes are switched off: PAID_SEND_RATE is not above SEND_RATE."))

    def _sample(self, found: Sequence[Sampled], story: Story, *, urgent: bool, whole: bool) -> Sample:
        now, has_warning = self._clock(), bool(warnings_of(story))

        def must_wait(one: Sampled) -> bool:
            preferences = PacingPreferences.of(one, self._zone)
            if has_warning and one.warned_stories is WarnedStories.BY_DAY:
                preferences = by_day(preferences)
            return is_held(preferences, now, away_until=one.away_until, urgent=urgent)

        later = sum(map(must_wait, found))
        return Sample(
            len(found),
            Counter(one.language for one in found),
            Counter(one.kind for one in found),
            sum(one.all_topics for one in found),
            later,
            whole,
        )

    async def _narrow(self, broadcast_id: int, narrow: Callable[[Audience], Audience]) -> None:
        async with self._database.transaction() as session:
            await broadcasts.lock(session, broadcast_id)
            asked = Audience.of(await _require(session, broadcast_id))
            await _change(session, broadcast_id, audience=narrow(asked))


async def _change(session: AsyncSession, broadcast_id: int, **changes: Unpack[BroadcastChanges]) -> None:
    """Change it; nobody has agreed to it as it is then. Raises NotFoundError if it is not in preparation."""
    changes |= {"asked_by": None, "untold": False}
    if not await preparation.change(session, broadcast_id, **changes):
        raise NotFoundError(GONE)


def _toggled(values: tuple[_T, ...], value: _T, *, chosen: bool) -> tuple[_T, ...]:
    """Return the values with `value` at the end, or without it."""
    others = tuple(one for one in values if one != value)
    return (*others, value) if chosen else others


async def _require(session: AsyncSession, broadcast_id: int) -> Broadcast:
    """Return a push in preparation. Raises NotFoundError where it is none (any more)."""
    broadcast = await broadcasts.get(session, broadcast_id)
    if (
        broadcast is None
        or broadcast.state is not BroadcastState.PREPARING
        or broadcast.kind is not BroadcastKind.PUSH
    ):
        raise NotFoundError(GONE)
    return broadcast


async def _require_story(session: AsyncSession, story_id: int | None) -> Story:
    """Return a Story that may be pushed. Raises RefusedError if it is rejected, or waits for its hour."""
    story = None if story_id is None else await stories.get(session, story_id)
    if story is None:
        raise NotFoundError(mark("There is no story {number}."), number=story_id or 0)
    if story.state is StoryState.SCHEDULED:
        raise conflicts.wrong_state(story.id, story.state, None)
    if story.state is StoryState.REJECTED:
        raise RefusedError(mark("Readers can no longer see this story: nothing is sent."))
    return story

"""Subscribers: who gets pushes, and what they prefer."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.ext.asyncio import AsyncSession

from bot import i18n
from bot.clock import Clock
from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.subscribers.pacing import EVERY_DAY, Preferences, is_away, next_allowed_time, next_due_at, zone_of
from storage.broadcasts import missed
from storage.database import Database
from storage.deliveries import held
from storage.models import Subscriber, Topic
from storage.stories import topics
from storage.subscribers import forgotten, subscribers
from storage.words import AppealRhythm, ChatKind, Length, Rhythm, SubscriberState

LONGEST_DAY_OFF = timedelta(days=366)
_CODES = 64  # characters of the column
_HOURS = range(24)
_WEEKDAYS = range(7)
_SHUT_OUT = {SubscriberState.BLOCKED, SubscriberState.GONE}
_MISSED_FOR = timedelta(days=92)  # older news is none to whoever returns
_MOST_MISSED = 50

STOPPED = "they stopped"
"""The reason of a receipt of what was held for a reader who said /stop."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A Topic, and whether the Subscriber gets Stories about it."""

    topic: Topic
    chosen: bool


class Subscribers:
    """The use cases around a Subscriber; each is one transaction."""

    def __init__(
        self, database: Database, clock: Clock, default_language: str, default_zone: str = "UTC"
    ) -> None:
        self._database = database
        self._clock = clock
        self._default_language = default_language
        self._default_zone = default_zone

    async def meet(self, chat_id: int, kind: ChatKind, language_code: str | None) -> Subscriber:
        """The Subscriber of this chat. A new one is stopped until they /start: asking is not subscribing.

        Their language first follows Telegram's `language_code`.
        """
        async with self._database.read() as session:
            found = await subscribers.by_chat(session, chat_id)
        if found is not None:
            return found
        async with self._database.transaction() as session:
            return await subscribers.meet(
                session,
                chat_id=chat_id,
                kind=kind,
                language=i18n.choose(language_code, self._default_language),
                state=SubscriberState.STOPPED,
            )

    async def start(self, chat_id: int, forum_topic: int | None = None) -> bool:
        """New Stories come from now on, in a forum to this topic. True for who was here before."""
        async with self._database.transaction() as session:
            found = await subscribers.by_chat(session, chat_id)
            joined_at = found.joined_at if found else None
            await forgotten.lift(session, chat_id)
            await subscribers.change(
                session,
                chat_id,
                state=SubscriberState.ACTIVE,
                joined_at=joined_at or self._clock(),
                forum_topic=forum_topic,
            )
            return joined_at is not None

    async def start_with(self, chat_id: int, topic_id: int, forum_topic: int | None = None) -> None:
        """Stories of this Topic come from now on: to somebody new no others, to others these too."""
        async with self._database.transaction() as session:
            found = await subscribers.by_chat(session, chat_id)
            if found is None:
                return
            if found.joined_at is None:
                await subscribers.change(session, chat_id, all_topics=False)
                await subscribers.set_topics(session, found.id, [topic_id])
            elif not found.all_topics:
                chosen = await subscribers.topics_of(session, found.id)
                await subscribers.set_topics(session, found.id, sorted(chosen | {topic_id}))
        await self.start(chat_id, forum_topic)

    async def join(self, chat_id: int, kind: ChatKind, language_code: str | None) -> None:
        """A channel let us post: it is subscribed; one that was here before goes on as it was."""
        subscriber = await self.meet(chat_id, kind, language_code)
        if subscriber.joined_at is None:
            await self.start(chat_id)
        else:
            await self.unblocked(chat_id)

    async def set_state(self, chat_id: int, state: SubscriberState) -> None:
        """What the reader said: /stop, /subscribe, pushes on or off. After /stop nothing held comes."""
        async with self._database.transaction() as session:
            found = await subscribers.lock(session, chat_id)
            await subscribers.change(session, chat_id, state=state)
            if found is not None and state is SubscriberState.STOPPED:
                await held.drop(session, found.id, now=self._clock(), reason=STOPPED)
            if state is SubscriberState.ACTIVE:
                await forgotten.lift(session, chat_id)

    async def unblocked(self, chat_id: int) -> None:
        """They let the bot in again: pushes go on as before, unless they had stopped them themselves.

        What they missed since they had shut it out is held, and comes in one gathered message.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            found = await subscribers.lock(session, chat_id)
            if found is None or found.state not in _SHUT_OUT:
                return
            since = max(found.blocked_at or now, now - _MISSED_FOR)
            await subscribers.change(session, chat_id, state=SubscriberState.ACTIVE)
            if await missed.hold(session, found.id, since=since, now=now, most=_MOST_MISSED):
                due_at = next_allowed_time(self.preferences(found), now)
                await subscribers.change(session, chat_id, due_at=due_at)

    async def blocked(self, chat_id: int) -> None:
        """They shut the bot out; their Preferences are kept for a return, and a /stop stays a /stop."""
        async with self._database.transaction() as session:
            await subscribers.shut_out(session, chat_id, now=self._clock())

    async def moved(self, old: int, new: int) -> None:
        """A group became a supergroup: it has a new chat id."""
        async with self._database.transaction() as session:
            await subscribers.move_chat(session, old=old, new=new, now=self._clock())

    async def is_active(self, chat_id: int) -> bool:
        """New Stories come to this chat."""
        async with self._database.read() as session:
            found = await subscribers.by_chat(session, chat_id)
        return found is not None and found.state is SubscriberState.ACTIVE

    async def zone_at(self, chat_id: int) -> ZoneInfo:
        """The zone of a chat; the likely one of the default language where it is not known."""
        async with self._database.read() as session:
            found = await subscribers.by_chat(session, chat_id)
        if found is not None:
            return self.preferences(found).zone
        return zone_of(None, self._default_language, self._default_zone)

    async def texts_of(self, chat_id: int, language_code: str | None = None) -> Texts:
        """The sentences in the language of a chat; of one that is not known, by Telegram's code."""
        async with self._database.read() as session:
            found = await subscribers.by_chat(session, chat_id)
        unknown = i18n.choose(language_code, self._default_language)
        return i18n.in_language(found.language if found else unknown)

    async def set_language(self, chat_id: int, language: str) -> None:
        """The bot's language; where they chose no zone, their likely one goes with it."""
        if language in i18n.languages():
            await self._change(chat_id, language=language)

    async def set_length(self, chat_id: int, length: Length) -> None:
        await self._change(chat_id, length=length)

    def preferences(self, subscriber: Subscriber) -> Preferences:
        """When and how often they want to be written to, in their own zone."""
        return Preferences.of(subscriber, self._default_zone)

    def local_now(self, subscriber: Subscriber) -> datetime:
        """What time it is at their place."""
        return self._clock().astimezone(self.preferences(subscriber).zone)

    async def set_story_languages(self, chat_id: int, languages: Collection[str]) -> None:
        """Only Stories told in one of these languages (codes such as "uk"); none named: in any."""
        codes = sorted(set(languages))
        if any(not re.fullmatch(r"[a-z]{2,3}", code) for code in codes) or len(" ".join(codes)) > _CODES:
            raise InvalidInputError(mark("I do not know this language. Choose one here: /preferences"))
        await self._change(chat_id, story_languages=" ".join(codes))

    async def set_rhythm(
        self, chat_id: int, rhythm: Rhythm, *, hour: int | None = None, weekday: int | None = None
    ) -> None:
        """Each Story at once, or gathered daily or weekly at an hour (0-23) on a weekday (Monday is 0)."""
        values: dict[str, object] = {"rhythm": rhythm}
        if hour is not None:
            values["hour"] = _hour(hour)
        if weekday is not None:
            values["weekday"] = _weekday(weekday)
        await self._change(chat_id, **values)

    async def set_zone(self, chat_id: int, zone: str | None) -> None:
        """Their time zone by its IANA name; None: the likely one of their language."""
        if zone is not None and zone not in available_timezones():
            raise InvalidInputError(
                mark("I do not know the time zone “{zone}”. Write a city, such as Kyiv."), zone=zone[:64]
            )
        await self._change(chat_id, zone=zone)

    async def set_quiet(self, chat_id: int, start: int | None, end: int | None) -> None:
        """Nothing is pushed from the hour `start` until before `end`, at their place; None: none."""
        if (start is None) != (end is None):
            raise InvalidInputError(mark("Quiet hours need a beginning and an end, such as 22–8."))
        if start is not None and end is not None and _hour(start) == _hour(end):
            raise InvalidInputError(
                mark("Quiet hours cannot take the whole day. To get nothing for a while: /dayoff")
            )
        await self._change(chat_id, quiet_from=start, quiet_until=end)

    async def set_rest_days(self, chat_id: int, weekdays: Collection[int]) -> None:
        """Nothing is pushed on these days of the week (Monday is 0)."""
        days = sum(1 << _weekday(day) for day in set(weekdays))
        if days == EVERY_DAY:
            raise InvalidInputError(
                mark("One day of the week must stay without rest. To get nothing for a while: /dayoff")
            )
        await self._change(chat_id, rest_days=days)

    async def set_appeal_rhythm(self, chat_id: int, rhythm: AppealRhythm) -> None:
        """How often an Appeal may ride along with what they did not ask for."""
        await self._change(chat_id, appeal_rhythm=rhythm)

    async def set_silent(self, chat_id: int, *, silent: bool) -> None:
        """Whether pushes come without a sound."""
        await self._change(chat_id, silent=silent)

    async def set_allows_urgent(self, chat_id: int, *, allowed: bool) -> None:
        """Whether breaking news may come in quiet hours and before the next Digest."""
        await self._change(chat_id, allows_urgent=allowed)

    async def start_day_off(self, chat_id: int, until: datetime) -> None:
        """Nothing is pushed until then; one gathered message follows, at the first opening after it."""
        now = self._clock()
        if until <= now:
            raise InvalidInputError(mark("That is past already. Name a day that is still to come."))
        if until > now + LONGEST_DAY_OFF:
            raise InvalidInputError(mark("A day off can last a year at most. To end all pushes: /stop"))
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is not None:
                due_at = next_allowed_time(self.preferences(subscriber), until)
                await subscribers.change(session, chat_id, away_until=until, due_at=due_at)

    async def end_day_off(self, chat_id: int) -> bool:
        """End it early: what was held comes now, or as soon as quiet hours end. False: there was none."""
        now = self._clock()
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is None or not is_away(subscriber.away_until, now):
                return False
            due_at = next_allowed_time(self.preferences(subscriber), now)
            await subscribers.change(session, chat_id, away_until=now, due_at=due_at)
            return True

    async def choices(self, subscriber: Subscriber) -> Sequence[Choice]:
        """Every Topic, and whether the Subscriber gets Stories about it."""
        async with self._database.read() as session:
            return await _choices(session, subscriber)

    async def choose_topic(self, chat_id: int, topic_id: int, *, chosen: bool) -> None:
        """Take a Topic in or leave it out. Who has every one again, gets coming Topics too."""
        async with self._database.transaction() as session:
            subscriber = await subscribers.by_chat(session, chat_id)
            if subscriber is None:
                return
            before = await _choices(session, subscriber)
            after = {choice.topic.id for choice in before if choice.chosen} - {topic_id}
            after |= {topic_id} if chosen else set()
            has_all = after >= {choice.topic.id for choice in before}
            await subscribers.change(session, chat_id, all_topics=has_all)
            await subscribers.set_topics(session, subscriber.id, [] if has_all else sorted(after))

    async def choose_all_topics(self, chat_id: int) -> None:
        """Every Story from now on, whatever it is about."""
        async with self._database.transaction() as session:
            subscriber = await subscribers.change(session, chat_id, all_topics=True)
            if subscriber is not None:
                await subscribers.set_topics(session, subscriber.id, [])

    async def counts(self) -> dict[SubscriberState, int]:
        """How many there are, by state."""
        async with self._database.read() as session:
            return await subscribers.count_by_state(session)

    async def _change(self, chat_id: int, **values: object) -> None:
        """Set columns; what is held is gathered when the new Preferences say so."""
        async with self._database.transaction() as session:
            await subscribers.lock(session, chat_id)
            changed = await subscribers.change(session, chat_id, **values)
            if changed is not None and changed.due_at is not None:
                due_at = next_due(changed, self._default_zone, self._clock())
                await subscribers.change(session, chat_id, due_at=due_at)


def next_due(subscriber: Subscriber, default_zone: str, now: datetime) -> datetime:
    """When what is held for them is to be gathered; soon where a day off has ended, whatever their rhythm."""
    preferences = Preferences.of(subscriber, default_zone)
    if subscriber.away_until is not None and not is_away(subscriber.away_until, now):
        return next_allowed_time(preferences, now)
    return next_due_at(preferences, now, away_until=subscriber.away_until)


def _hour(hour: int) -> int:
    if hour not in _HOURS:
        raise InvalidInputError(mark("An hour is a number from 0 to 23."))
    return hour


def _weekday(day: int) -> int:
    if day not in _WEEKDAYS:
        raise InvalidInputError(mark("I do not know this day of the week. Choose one here: /preferences"))
    return day


async def _choices(session: AsyncSession, subscriber: Subscriber) -> Sequence[Choice]:
    known = await topics.every(session)
    own = await subscribers.topics_of(session, subscriber.id)
    return [Choice(topic, subscriber.all_topics or topic.id in own) for topic in known]

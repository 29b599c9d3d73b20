"""Preferences: what a Subscriber wants (language, Length, rhythm, quiet hours …), checked and stored.

bot/subscribers/csv/columns.py describes the same columns for the CSV; CONTRIBUTING says how to add one.
"""

import re
from collections.abc import Callable, Collection
from datetime import datetime
from functools import reduce
from typing import Unpack

from sqlalchemy.ext.asyncio import AsyncSession

from bot import i18n
from bot.clock import Clock
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.subscribers import muted_words, pacing
from bot.subscribers.pacing import (
    EVERY_DAY,
    HOURS,
    WEEKDAYS,
    PacingPreferences,
    is_away,
    next_allowed_time,
    next_due_at,
)
from bot.subscribers.places import cities, places
from bot.subscribers.places.places import Place
from storage.database import Database
from storage.models import Subscriber
from storage.subscribers import subscribers
from storage.subscribers.subscribers import Columns
from storage.words import AppealRhythm, Length, Rhythm, WarnedStories

_LONGEST_CODES = 64  # characters of the column `story_languages`


class Preferences:
    """The use cases around what a Subscriber wants; each is one transaction.

    A change of pace acts on what is held already: it becomes due when the new Preferences allow.
    """

    def __init__(self, database: Database, clock: Clock, default_zone: str = "UTC") -> None:
        self._database = database
        self._clock = clock
        self._default_zone = default_zone

    def pacing(self, subscriber: Subscriber) -> PacingPreferences:
        """Return when and how often this Subscriber wants messages, in their own time zone."""
        return PacingPreferences.of(subscriber, self._default_zone)

    def local_now(self, subscriber: Subscriber) -> datetime:
        """Return the present time in the Subscriber's time zone."""
        return self._clock().astimezone(self.pacing(subscriber).zone)

    def is_warned_first(self, subscriber: Subscriber) -> bool:
        """Return whether a Story with a content warning is covered if this Subscriber asks for it now."""
        choice = subscriber.warned_stories
        return pacing.is_warned_first(choice, self.pacing(subscriber), self._clock())

    def has_helped(self, subscriber: Subscriber) -> bool:
        """Return whether no Appeal comes unasked for now, since the Subscriber said that they helped."""
        return pacing.has_helped(subscriber.helped_until, self._clock())

    async def set_language(self, chat_id: int, language: str) -> None:
        """Set the bot's language.

        Where no time zone was chosen, the likely one of the language follows; and where Stories came in the
        old language alone, they come in the new one.
        """
        if language not in i18n.languages():
            return
        async with self._database.transaction() as session:
            found = await subscribers.lock(session, chat_id)
            if found is not None and found.story_languages == found.language:
                await subscribers.change(session, chat_id, story_languages=language)
            await self._set(session, chat_id, language=language)

    async def set_length(self, chat_id: int, length: Length) -> None:
        """Set the Length of summaries."""
        await self._change(chat_id, length=length)

    async def set_story_languages(self, chat_id: int, languages: Collection[str]) -> None:
        """Send only Stories in these languages (codes such as "uk"); an empty collection means any language.

        Raises InvalidInputError if a code has not two or three letters, or if there are too many.
        """
        codes = sorted(set(languages))
        if (
            any(not re.fullmatch(r"[a-z]{2,3}", code) for code in codes)
            or len(" ".join(codes)) > _LONGEST_CODES
        ):
            raise InvalidInputError(mark("I do not know this language. Choose one here: /preferences"))
        await self._change(chat_id, story_languages=" ".join(codes))

    async def set_rhythm(
        self, chat_id: int, rhythm: Rhythm, *, hour: int | None = None, weekday: int | None = None
    ) -> None:
        """Send each Story at once, or gather them daily or weekly at an hour (0-23) on a weekday (0: Monday).

        None leaves the hour or weekday as it is. Raises InvalidInputError if there is no such hour or day.
        """
        columns: Columns = {"rhythm": rhythm}
        if hour is not None:
            columns["hour"] = _hour(hour)
        if weekday is not None:
            columns["weekday"] = _weekday(weekday)
        await self._change(chat_id, **columns)

    def place(self, subscriber: Subscriber) -> Place:
        """Return the city whose time is the Subscriber's: the chosen one, else the one of their time zone."""
        return places.of_zone(self.pacing(subscriber).zone.key, subscriber.city)

    async def set_city(self, chat_id: int, number: int) -> None:
        """Set the city by its number at GeoNames, and with it the time zone.

        Raises InvalidInputError if there is no such city.
        """
        city = cities.by_id(number)
        if city is None:
            raise InvalidInputError(mark("This button is out of date. Try again: /preferences"))
        await self._change(chat_id, city=city.id, zone=city.zone)

    async def set_zone(self, chat_id: int, zone: str | None) -> None:
        """Set the time zone by its IANA name, without a city; None: the likely one of the language.

        Raises InvalidInputError if there is no such zone.
        """
        if zone is not None and zone not in places.zones():
            raise InvalidInputError(
                mark("I do not know the time zone “{zone}”. Name a city, such as Kyiv."), zone=zone[:64]
            )
        await self._change(chat_id, zone=zone, city=None)

    async def set_quiet(self, chat_id: int, start: int | None, end: int | None) -> None:
        """Push nothing from the hour `start` until before the hour `end`, local time; both None: always push.

        Raises InvalidInputError if only one is None, if they are equal, or if one is no hour.
        """
        if (start is None) != (end is None):
            raise InvalidInputError(mark("Quiet hours need a start and an end, such as 22–8."))
        if start is not None and end is not None and _hour(start) == _hour(end):
            raise InvalidInputError(mark("Quiet hours cannot last the whole day. To take a break: /dayoff"))
        await self._change(chat_id, quiet_from=start, quiet_until=end)

    async def set_rest_days(self, chat_id: int, weekdays: Collection[int]) -> None:
        """Push nothing on these weekdays (0: Monday). Raises InvalidInputError if these are all seven."""
        days = sum(1 << _weekday(day) for day in set(weekdays))
        if days == EVERY_DAY:
            raise InvalidInputError(
                mark("Stories need at least one day of the week to arrive. To take a break: /dayoff")
            )
        await self._change(chat_id, rest_days=days)

    async def set_appeal_rhythm(self, chat_id: int, rhythm: AppealRhythm) -> None:
        """Set how often an Appeal may come along with a push."""
        await self._change(chat_id, appeal_rhythm=rhythm)

    async def set_silent(self, chat_id: int, *, silent: bool) -> None:
        """Set whether pushes come without a sound."""
        await self._change(chat_id, silent=silent)

    async def set_allows_urgent(self, chat_id: int, *, allowed: bool) -> None:
        """Set whether urgent news may come in quiet hours and before the next Digest."""
        await self._change(chat_id, allows_urgent=allowed)

    async def set_warned_stories(self, chat_id: int, choice: WarnedStories) -> None:
        """Set how Stories with a content warning come."""
        await self._change(chat_id, warned_stories=choice)

    async def mute(self, chat_id: int, typed: str) -> None:
        """Let no Story come that has one of these words or names, which commas part.

        Raises InvalidInputError if one is too long or too short, RefusedError if there are too many.
        """
        phrases = [muted_words.read(one) for one in muted_words.parts(typed)]
        await self._change_muted(chat_id, lambda column: reduce(muted_words.added, phrases, column))

    async def unmute(self, chat_id: int, phrase: str) -> None:
        """Let Stories come again that have this word or name. Raises NotFoundError if it is not muted."""
        await self._change_muted(chat_id, lambda column: muted_words.removed(column, phrase))

    async def _change_muted(self, chat_id: int, change: Callable[[str], str]) -> None:
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is not None:
                await subscribers.change(session, chat_id, muted_words=change(subscriber.muted_words))

    async def _change(self, chat_id: int, /, **columns: Unpack[Columns]) -> None:
        """Set columns of a Subscriber, and compute again when their held Deliveries become due."""
        async with self._database.transaction() as session:
            await subscribers.lock(session, chat_id)
            await self._set(session, chat_id, **columns)

    async def _set(self, session: AsyncSession, chat_id: int, /, **columns: Unpack[Columns]) -> None:
        changed = await subscribers.change(session, chat_id, **columns)
        if changed is not None and changed.due_at is not None:
            due_at = _next_due_at(changed, self.pacing(changed), self._clock())
            await subscribers.change(session, chat_id, due_at=due_at)


def _next_due_at(subscriber: Subscriber, pacing: PacingPreferences, now: datetime) -> datetime:
    """Return when what is held becomes due: soon where a day off has just ended, whatever the rhythm is."""
    if subscriber.away_until is not None and not is_away(subscriber.away_until, now):
        return next_allowed_time(pacing, now)
    return next_due_at(pacing, now, away_until=subscriber.away_until)


def _hour(hour: int) -> int:
    if hour not in HOURS:
        raise InvalidInputError(mark("An hour must be a number from 0 to 23."))
    return hour


def _weekday(day: int) -> int:
    if day not in WEEKDAYS:
        raise InvalidInputError(mark("I do not know this day of the week. Choose one here: /preferences"))
    return day

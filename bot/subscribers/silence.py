"""Silence: notes when readers were last seen, and finds those to ask whether they want fewer messages."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.clock import Clock
from bot.subscribers.pacing import PacingPreferences, is_away, next_allowed_time
from storage.database import Database
from storage.models import Subscriber
from storage.subscribers import silence
from storage.words import ChatKind

ASKED_AFTER = timedelta(days=60)
AT_ONCE = 50  # readers asked in one turn, a minute: under one message a second
_LOOKED_AT = 1000  # rows read in one turn: most of them may be in their quiet hours
_WRITTEN_AT_ONCE = 1000


class Silence:
    """The use cases around readers who give no sign of life: no tap, no command, no message.

    Signs are written in groups, and one a day for each reader: an answer waits for no write. A kill loses the
    signs of the last seconds.
    """

    def __init__(self, database: Database, clock: Clock, default_zone: str = "UTC") -> None:
        self._database = database
        self._clock = clock
        self._default_zone = default_zone
        self._seen: dict[int, date] = {}  # by id, the day of the last sign
        self._looked_at: tuple[date, int] | None = None  # the last row that was read

    def seen(self, subscriber: Subscriber) -> None:
        """Note that a reader gave a sign of life today."""
        today = self._clock().date()
        if subscriber.kind is ChatKind.PRIVATE and subscriber.seen_on != today:
            self._seen[subscriber.id] = today

    async def write(self) -> None:
        """Store the signs that were noted; what cannot be stored now stays noted."""
        for day in sorted(set(self._seen.values())):
            noted = sorted(number for number, seen in self._seen.items() if seen == day)
            for start in range(0, len(noted), _WRITTEN_AT_ONCE):
                await self._write_day(day, noted[start : start + _WRITTEN_AT_ONCE])

    async def _write_day(self, day: date, numbers: Sequence[int]) -> None:
        """Store that these Subscribers were seen on this day, and forget the notes about it."""
        async with self._database.transaction() as session:
            await silence.note_seen(session, numbers, day)
        for number in numbers:
            if self._seen.get(number) == day:
                del self._seen[number]

    async def to_ask(self) -> Sequence[Subscriber]:
        """Return the next readers who were silent for 60 days, and may be asked at this hour.

        A turn reads some rows and the next one goes on behind them, so that readers in their quiet hours do
        not keep the others from being asked.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            await silence.begin(session, now.date(), limit=_LOOKED_AT)
        async with self._database.read() as session:
            found = await silence.silent(
                session, until=now.date() - ASKED_AFTER, after=self._looked_at, limit=_LOOKED_AT
            )
        asked: list[Subscriber] = []
        for one in found:
            if len(asked) == AT_ONCE:
                return asked
            self._looked_at = (one.seen_on or now.date(), one.id)
            if self._may_be_asked(one, now):
                asked.append(one)
        if len(found) < _LOOKED_AT:
            self._looked_at = None
        return asked

    async def claim(self, subscriber: Subscriber) -> bool:
        """Store that the reader is asked now, before the question is sent, so that it never comes twice.

        Return False where it must not be asked: it was, it left, or its quiet hours have begun meanwhile.
        """
        now = self._clock()
        if not self._may_be_asked(subscriber, now):
            return False
        async with self._database.transaction() as session:
            return await silence.claim(session, subscriber.id, now=now)

    async def give_back(self, subscriber: Subscriber) -> None:
        """Ask the reader later: Telegram surely did not take the question."""
        async with self._database.transaction() as session:
            await silence.give_back(session, subscriber.id)

    def _may_be_asked(self, subscriber: Subscriber, now: datetime) -> bool:
        """Return whether the question may come now: neither on a day off nor in quiet hours."""
        preferences = PacingPreferences.of(subscriber, self._default_zone)
        return not is_away(subscriber.away_until, now) and next_allowed_time(preferences, now) <= now

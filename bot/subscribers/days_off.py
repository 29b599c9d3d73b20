"""Days off: a pause of pushes with an end, after which one message tells what happened, if anything did."""

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.subscribers.pacing import PacingPreferences, is_away, next_allowed_time
from storage.broadcasts import aftermaths
from storage.broadcasts.aftermaths import Deed
from storage.database import Database
from storage.deliveries import held
from storage.subscribers import subscribers

_LONGEST = timedelta(days=366)


class DaysOff:
    """The use cases around a day off; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, default_zone: str = "UTC") -> None:
        self._database = database
        self._clock = clock
        self._default_zone = default_zone

    async def start(self, chat_id: int, until: datetime) -> None:
        """Push nothing until then. What was held comes in one message at the first allowed time after.

        Where nothing is held, no message comes: one that tells nothing would be one too many.

        Raises InvalidInputError if `until` is past, or more than a year ahead.
        """
        now = self._clock()
        if until <= now:
            raise InvalidInputError(mark("That day has passed. Choose a later day."))
        if until > now + _LONGEST:
            raise InvalidInputError(mark("A break can last at most a year. To stop everything: /stop"))
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is not None:
                was_away = is_away(subscriber.away_until, now)
                due_at = next_allowed_time(PacingPreferences.of(subscriber, self._default_zone), until)
                await subscribers.change(session, chat_id, away_until=until, due_at=due_at)
                begins = [] if was_away else [subscriber.id]
                await aftermaths.count_by_readers(session, begins, Deed.DAY_OFF, now=now)

    async def end(self, chat_id: int) -> int | None:
        """End the day off now; what was held comes at the next allowed time.

        Return how many pushes are held: 0 means that nothing will come. None: there was no day off.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is None or not is_away(subscriber.away_until, now):
                return None
            due_at = next_allowed_time(PacingPreferences.of(subscriber, self._default_zone), now)
            await subscribers.change(session, chat_id, away_until=now, due_at=due_at)
            return len((await held.of(session, [subscriber.id])).get(subscriber.id, ()))

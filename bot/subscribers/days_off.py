"""Days off: a pause of pushes that has an end, after which one gathered message comes."""

from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.subscribers.pacing import PacingPreferences, is_away, next_allowed_time
from storage.database import Database
from storage.subscribers import subscribers

_LONGEST = timedelta(days=366)


class DaysOff:
    """The use cases around a day off; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, default_zone: str = "UTC") -> None:
        self._database = database
        self._clock = clock
        self._default_zone = default_zone

    async def start(self, chat_id: int, until: datetime) -> None:
        """Push nothing until then; one gathered message follows, at the first allowed time after it.

        Raises InvalidInputError if `until` is past, or more than a year ahead.
        """
        now = self._clock()
        if until <= now:
            raise InvalidInputError(mark("That is past already. Name a day that is still to come."))
        if until > now + _LONGEST:
            raise InvalidInputError(mark("A day off can last a year at most. To end all pushes: /stop"))
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is not None:
                due_at = next_allowed_time(PacingPreferences.of(subscriber, self._default_zone), until)
                await subscribers.change(session, chat_id, away_until=until, due_at=due_at)

    async def end(self, chat_id: int) -> bool:
        """End the day off now; what was held comes at the next allowed time. Return whether there was one."""
        now = self._clock()
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is None or not is_away(subscriber.away_until, now):
                return False
            due_at = next_allowed_time(PacingPreferences.of(subscriber, self._default_zone), now)
            await subscribers.change(session, chat_id, away_until=now, due_at=due_at)
            return True

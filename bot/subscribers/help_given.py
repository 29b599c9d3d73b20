"""“I helped”: a reader says so, gets no Appeal unasked for a while, and Reports on what became of it.

Only the reader says it and only the reader sees it: nobody counts who helped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from bot.subscribers.pacing import has_helped, months_later, timezone_of
from storage.appeals import appeals
from storage.database import Database
from storage.models import Appeal, Subscriber
from storage.subscribers import helped, subscribers
from storage.words import ChatKind

MONTHS = (1, 3, 6, 12)
"""For how long no Appeal comes unasked; a reader who does not choose gets `DEFAULT_MONTHS`."""

DEFAULT_MONTHS = 3

_OUTDATED = mark("This button is out of date. Try again: /helped")


@dataclass(frozen=True, slots=True)
class GivenHelp:
    """What a reader said: until when no Appeal comes unasked (None: they do), and which Appeals they helped.

    An Appeal whose present words nobody has verified is left out.
    """

    until: datetime | None
    appeals: Sequence[Appeal]


class HelpGiven:
    """The use cases around what a reader says of their help; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, default_zone: str = "UTC") -> None:
        self._database = database
        self._clock = clock
        self._default_zone = default_zone

    async def of(self, subscriber: Subscriber) -> GivenHelp:
        """Return what this reader said."""
        until = subscriber.helped_until
        async with self._database.read() as session:
            found = await helped.appeals_of(session, subscriber.id)
        return GivenHelp(
            until if has_helped(until, self._clock()) else None, [one for one in found if one.was_verified]
        )

    async def declare(self, chat_id: int, *, months: int, appeal_id: int | None) -> None:
        """Let no Appeal come unasked for so many months, and Reports on this Appeal, if one is named.

        Raises InvalidInputError for a number of months that no button has, or an Appeal that nobody ever
        verified; RefusedError for a group.
        """
        if months not in MONTHS:
            raise InvalidInputError(_OUTDATED)
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is None:
                raise NotFoundError(mark("I do not know this chat yet. Please start here: /start"))
            if subscriber.kind is not ChatKind.PRIVATE:
                raise RefusedError(mark("This is about one person: please send it to me in a private chat."))
            if appeal_id is not None:
                appeal = await appeals.get(session, appeal_id)
                if appeal is None or not appeal.was_verified:
                    raise InvalidInputError(_OUTDATED)
                await helped.add(session, subscriber.id, appeal_id)
            zone = timezone_of(subscriber.zone, subscriber.language, self._default_zone)
            until = months_later(zone, self._clock(), months)
            await subscribers.change(session, chat_id, helped_until=until)

    async def erase(self, chat_id: int) -> None:
        """Forget what this reader said: Appeals come as before, and no Report for having helped."""
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is not None:
                await helped.erase(session, subscriber.id)
                await subscribers.change(session, chat_id, helped_until=None)

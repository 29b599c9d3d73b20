"""The use cases of Digests: start one when readers are due, answer a reader who asks for what is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.audiences import RANGE
from bot.clock import Clock
from bot.digests.contents import Contents, with_appeal
from bot.digests.gatherer import NOTHING, GatheredStories, Gatherer
from bot.digests.occasion import Occasion
from bot.digests.sieve import Sieve
from bot.digests.view import digest, nothing, said_to
from bot.digests.welcome import first_message
from bot.errors import NotFoundError
from bot.i18n import in_language, mark
from bot.rendering.buttons import DigestPage
from bot.rendering.message import Message
from bot.rendering.render import Reader, withdrawn
from bot.subscribers.pacing import (
    LONGEST_HOLD,
    PacingPreferences,
    by_day,
    is_day,
    is_warned_first,
    may_appeal,
    next_due_at,
)
from storage import timetable
from storage.broadcasts import broadcasts
from storage.broadcasts.audience import Audience
from storage.database import Database
from storage.deliveries import due, held
from storage.deliveries.held import Gathered
from storage.models import Subscriber
from storage.stories import stories
from storage.stories.stories import Versions
from storage.subscribers import subscribers
from storage.words import BroadcastKind, BroadcastState, ChatKind

_TURN = "gather"  # the row whose lock lets one process at a time start a Digest


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """The answer to a reader who asked for what is held.

    `at` is the instant of the gathering (None: nothing was held); `versions` are those of the Stories in it.
    """

    message: Message
    at: datetime | None
    versions: Sequence[Versions]


class Digests:
    """The use cases around what is held. Each is one transaction."""

    def __init__(self, database: Database, clock: Clock, gatherer: Gatherer, default_zone: str) -> None:
        self._database = database
        self._clock = clock
        self.gatherer = gatherer
        self._default_zone = default_zone

    async def start_due(self) -> int | None:
        """Start a Digest for all who are due and in none under way. Return its id; None if nobody is."""
        now = self._clock()
        async with self._database.read() as session:
            since = await due.covered_until(session)
            if not await due.is_anybody_due(session, since=since, now=now):
                return None
        async with self._database.transaction() as session:
            await timetable.take(session, _TURN, now=now, every=timedelta(0))
            since = await due.covered_until(session)  # another process may have been quicker
            runs = await due.bounds(session, since=since, now=now, size=RANGE)
            if not runs:
                return None
            started = await broadcasts.add(
                session,
                story_id=None,
                now=now,
                kind=BroadcastKind.DIGEST,
                audience=Audience(highest_id=max(last for _, last, _ in runs)),
            )
            await broadcasts.change(
                session,
                started.id,
                state=BroadcastState.RUNNING,
                started_at=now,
                due_before=now,
                expected=sum(number for _, _, number in runs),
            )
            await broadcasts.add_ranges(session, started.id, [(first, last) for first, last, _ in runs])
            return started.id

    async def bring_forward(self) -> None:
        """Make Subscribers due now who would wait longer than any Preferences say: a clock was wrong."""
        async with self._database.transaction() as session:
            await due.bring_forward(session, now=self._clock(), longest=LONGEST_HOLD)

    async def waiting(self, subscriber: Subscriber) -> int:
        """Return how many pushes are held for the Subscriber."""
        async with self._database.read() as session:
            return len((await held.of(session, [subscriber.id])).get(subscriber.id, ()))

    async def catch_up(self, chat_id: int) -> CaughtUp:
        """Gather all that is held for this chat. It does not come again by itself.

        Tell `note` in which message it was sent, so that corrections reach it. Raises NotFoundError for an
        unknown chat.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is None:
                raise NotFoundError(mark("I do not know this chat yet. Please start here: /start"))
            pushes = await held.of(session, [subscriber.id])
            preferences = PacingPreferences.of(subscriber, self._default_zone)
            sieves = {subscriber.id: Sieve.of(subscriber, is_day=is_day(preferences, now))}
            found = await self.gatherer.gather(session, pushes, now, sieves)
            gathered = found.get(subscriber.id, NOTHING)
            covers = is_warned_first(subscriber.warned_stories, preferences, now)
            appeal = with_appeal(gathered.stories, covers=covers)
            helped_until = subscriber.helped_until
            if appeal is not None and may_appeal(
                preferences, subscriber.appealed_at, now, helped_until=helped_until
            ):
                await subscribers.set_appealed(session, [subscriber.id], now=now)
            else:
                appeal = None
            away = subscriber.away_until is not None and subscriber.kind is ChatKind.PRIVATE
            occasion = Occasion.DAY_OFF if away else Occasion.ASKED
            ended = Gathered(
                subscriber.id,
                next_due_at(
                    by_day(preferences) if gathered.waits else preferences,
                    now,
                    away_until=subscriber.away_until,
                ),
                now,
                came=gathered.came,
                dropped=gathered.dropped,
                appeal=appeal is not None,
                occasion=occasion.stored,
            )
            await held.release(session, [ended], now=now)
            versions = await self._versions(session, gathered.came)
        reader = self._reader(subscriber)
        if gathered.is_empty:
            return CaughtUp(nothing(reader.texts, waits=gathered.waits), None, ())
        contents = Contents(
            gathered.stories, subscriber.story_languages, occasion, appeal, reports=gathered.reports
        )
        return CaughtUp(first_message(contents, DigestPage(now), reader), now, versions)

    async def note(self, subscriber: Subscriber, caught_up: CaughtUp, message_id: int) -> Message | None:
        """Store in which message an answer was sent.

        Return what the message should show now, if a Story in it was changed meanwhile.
        """
        if caught_up.at is None:
            return None
        async with self._database.transaction() as session:
            came = await held.note_message(session, subscriber.id, caught_up.at, message_id)
            versions = await self._versions(session, came)
        if versions == caught_up.versions:
            return None
        found = await self._merged(subscriber, caught_up.at)
        reader = self._reader(subscriber)
        if found.is_empty:
            return withdrawn(reader.texts, next(iter(said_to(reader, found.reasons)), None))
        return first_message(found.contents(subscriber.story_languages), DigestPage(caught_up.at), reader)

    async def page(self, subscriber: Subscriber, page: DigestPage) -> Message:
        """Return a page of an earlier Digest, with its Stories as they are now.

        Raises NotFoundError where the page has no Stories (any more).
        """
        found = await self._merged(subscriber, page.gathered_at)
        contents = found.contents(subscriber.story_languages)
        if page.number >= contents.pages:
            raise NotFoundError(mark("This message is no longer available. See the latest stories: /latest"))
        return digest(contents, page, self._reader(subscriber))

    async def _merged(self, subscriber: Subscriber, at: datetime) -> GatheredStories:
        """Return what came in the message that was gathered at that instant, as it is now."""
        async with self._database.read() as session:
            pushes = await held.merged(session, subscriber.id, at)
            gathered = await self.gatherer.gather(session, {subscriber.id: pushes}, self._clock())
        return gathered[subscriber.id]

    async def _versions(self, session: AsyncSession, broadcast_ids: Sequence[int]) -> Sequence[Versions]:
        """Return the versions of the Stories of these Broadcasts."""
        story_ids = await broadcasts.stories_of(session, broadcast_ids)
        return [version for _, version in sorted((await stories.versions(session, story_ids)).items())]

    def _reader(self, subscriber: Subscriber) -> Reader:
        preferences = PacingPreferences.of(subscriber, self._default_zone)
        covers = is_warned_first(subscriber.warned_stories, preferences, self._clock())
        languages = tuple(subscriber.story_languages.split())
        texts = in_language(subscriber.language)
        return Reader(
            texts,
            self.gatherer.zone,
            subscriber.length,
            covers=covers,
            languages=languages,
            in_group=subscriber.kind is not ChatKind.PRIVATE,
        )

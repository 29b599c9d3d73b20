"""Digests: begun when readers are due, caught up with when they ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.audiences import RANGE
from bot.clock import Clock
from bot.digests.digest_story import DigestStory, ranked
from bot.digests.gatherer import NOTHING, GatheredStories, Gatherer
from bot.digests.view import SHOWN, Occasion, appealing, digest, nothing
from bot.errors import NotFoundError
from bot.i18n import in_language, mark
from bot.rendering.buttons import DigestPage
from bot.rendering.message import Message
from bot.rendering.render import Reader, withdrawn
from bot.subscribers.pacing import LONGEST_HOLD, PacingPreferences, may_appeal, next_due_at
from storage import timetable
from storage.broadcasts import broadcasts
from storage.broadcasts.audience import Audience
from storage.database import Database
from storage.deliveries import held
from storage.deliveries.held import Gathered
from storage.models import Subscriber
from storage.stories import stories
from storage.stories.stories import Versions
from storage.subscribers import subscribers
from storage.words import BroadcastKind, BroadcastState


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What was gathered for who asked, at that instant (None: nothing was held), as the Stories were then."""

    message: Message
    at: datetime | None
    versions: Sequence[Versions]


_TURN = "gather"  # the row whose lock lets one process at a time begin a Digest


class Digests:
    """The use cases around what is held; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, gatherer: Gatherer, default_zone: str) -> None:
        self._database = database
        self._clock = clock
        self.gatherer = gatherer
        self._default_zone = default_zone

    async def start_due(self) -> int | None:
        """Begin a Digest for all who are due and in none yet: its Broadcast's id; None where nobody is."""
        now = self._clock()
        async with self._database.read() as session:
            since = await held.until(session)
            if not await held.is_any_due(session, since=since, now=now):
                return None
        async with self._database.transaction() as session:
            await timetable.take(session, _TURN, now=now, every=timedelta(0))
            since = await held.until(session)  # another process may have been quicker
            runs = await held.bounds(session, since=since, now=now, size=RANGE)
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

    async def mend(self) -> None:
        """Let nobody wait for an instant that no Preferences can mean: the machine's clock stood wrong."""
        async with self._database.transaction() as session:
            await held.bring_forward(session, now=self._clock(), longest=LONGEST_HOLD)

    async def waiting(self, subscriber: Subscriber) -> int:
        """How many pushes are held for them."""
        async with self._database.read() as session:
            return len((await held.of(session, [subscriber.id])).get(subscriber.id, ()))

    async def catch_up(self, chat_id: int) -> CaughtUp:
        """All that is held for this chat, now and at once: it will not come again by itself.

        Tell `note` in which message it came: so corrections reach it.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            subscriber = await subscribers.lock(session, chat_id)
            if subscriber is None:
                raise NotFoundError(mark("I do not know this chat yet. Begin here: /start"))
            kept = await held.of(session, [subscriber.id])
            gathering = (await self.gatherer.gather(session, kept, now)).get(subscriber.id, NOTHING)
            tellings = await self._ranked(session, subscriber, gathering)
            preferences = PacingPreferences.of(subscriber, self._default_zone)
            appeal = appealing(tellings)
            if appeal is not None and may_appeal(preferences, subscriber.appealed_at, now):
                await subscribers.set_appealed(session, [subscriber.id], now=now)
            else:
                appeal = None
            due_at = next_due_at(preferences, now, away_until=subscriber.away_until)
            caught_up = Gathered(
                subscriber.id,
                due_at,
                now,
                came=gathering.came,
                dropped=gathering.dropped,
                appeal=appeal is not None,
            )
            await held.release(session, [caught_up], now=now)
            versions = await self._versions(session, gathering.came)
        reader = self._reader(subscriber)
        if not tellings:
            return CaughtUp(nothing(reader.texts), None, ())
        occasion = Occasion.ASKED if subscriber.away_until is None else Occasion.WELCOME_BACK
        message = digest(
            tellings,
            DigestPage(now),
            reader,
            story_languages=subscriber.story_languages,
            occasion=occasion,
            appeal=appeal,
        )
        return CaughtUp(message, now, versions)

    async def note(self, subscriber: Subscriber, caught_up: CaughtUp, message_id: int) -> Message | None:
        """Note in which message it came; what it should show by now, where a Story was changed meanwhile."""
        if caught_up.at is None:
            return None
        async with self._database.transaction() as session:
            came = await held.note_message(session, subscriber.id, caught_up.at, message_id)
            versions = await self._versions(session, came)
        if versions == caught_up.versions:
            return None
        try:
            return await self.page(subscriber, DigestPage(caught_up.at))
        except NotFoundError:
            return withdrawn(in_language(subscriber.language))

    async def page(self, subscriber: Subscriber, page: DigestPage) -> Message:
        """A page of what came with an earlier message, as its Stories are by now."""
        async with self._database.read() as session:
            kept = await held.merged(session, subscriber.id, page.gathered_at)
            gathered = await self.gatherer.gather(session, {subscriber.id: kept}, self._clock())
            tellings = await self._ranked(session, subscriber, gathered[subscriber.id])
        if not tellings[page.number * SHOWN :]:
            raise NotFoundError(
                mark("These stories are not kept together any more. See what there is: /latest")
            )
        return digest(tellings, page, self._reader(subscriber), story_languages=subscriber.story_languages)

    async def _versions(self, session: AsyncSession, broadcast_ids: Sequence[int]) -> Sequence[Versions]:
        """The versions of the Stories of these Broadcasts."""
        story_ids = await broadcasts.stories_of(session, broadcast_ids)
        return [version for _, version in sorted((await stories.versions(session, story_ids)).items())]

    async def _ranked(
        self, session: AsyncSession, subscriber: Subscriber, gathering: GatheredStories
    ) -> list[DigestStory]:
        thread_ids = {one.thread[0] for one in gathering.tellings if one.thread}
        followed = await held.followed(session, [subscriber.id], thread_ids) if thread_ids else {}
        return list(ranked(gathering.tellings, followed.get(subscriber.id, ())))

    def _reader(self, subscriber: Subscriber) -> Reader:
        return Reader(in_language(subscriber.language), self.gatherer.zone, subscriber.length)

"""Sources: the feeds that editors chose, added, listed, paused, removed, and polled."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from yarl import URL

from bot.articles import urls
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.clock import Clock
from bot.errors import InvalidInputError, NotFoundError, RefusedError, UserError
from bot.feeds.entries import Entries
from bot.feeds.opml import Outline
from bot.feeds.poller import Polled, Poller, first_poll
from bot.i18n import mark
from bot.stories.review import Review
from bot.stories.stories import Stories, by_slug
from storage import audit
from storage.database import Database
from storage.models import Source
from storage.stories import sources, topics
from storage.words import EntryState, SourceState

_LONGEST_TITLE = 300  # characters
_POLLED_A_TURN = 100
_LANGUAGE = re.compile(r"[a-z]{2,3}")  # ISO 639, as Stories have it
_STATE_SENTENCES = {
    SourceState.ACTIVE: mark("Source {number} is active already."),
    SourceState.PAUSED: mark("Source {number} is paused: resume it first."),
    SourceState.GONE: mark(
        "Source {number} is gone for good: add its new address if it has one, or remove it."
    ),
}


@dataclass(frozen=True, slots=True)
class AddedSource:
    """A Source that was to be added: `fresh` is False where it was here already."""

    source: Source
    fresh: bool
    waiting: int = 0


@dataclass(slots=True)
class Imported:
    """What became of a list of feeds."""

    added: list[Source] = field(default_factory=list)
    known: list[Source] = field(default_factory=list)
    refused: list[UserError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A Source, and how many entries of it are in each state."""

    source: Source
    entries: Mapping[EntryState, int]


class Sources:
    """The use cases around a Source."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        pool: ProcessPool,
        clock: Clock,
        *,
        stories: Stories,
        review: Review,
        pushes_per_hour: int,
    ) -> None:
        """`pushes_per_hour`: as many Stories of one trusted Source are pushed within an hour; others wait."""
        self._database = database
        self._clock = clock
        self._poller = Poller(database, fetcher, pool, clock)
        self._entries = Entries(
            database,
            fetcher,
            pool,
            clock,
            stories=stories,
            review=review,
            pushes_per_hour=pushes_per_hour,
        )

    async def add(
        self,
        address: str,
        *,
        topic_names: Sequence[str] = (),
        trusted: bool = False,
        language: str | None = None,
        actor: str,
    ) -> AddedSource:
        """Add the feed at an address, or the one that the page there names, and poll it for the first time.

        A feed that is here already stays as it is. Raises UserError where there is no feed.
        """
        outline = Outline(urls.canonical(address), None, None, language, tuple(topic_names))
        known = await self._by_address(outline.address)
        if known is not None:
            return AddedSource(known, fresh=False)
        found = await self._poller.find(outline.address, guess=True)
        enrolled = await self._enrol(outline, found.address, trusted=trusted, actor=actor)
        if not enrolled.fresh:
            return enrolled
        source = enrolled.source
        waiting = await self._poller.settle(source, source.next_poll_at, found)
        return AddedSource(await self._require(source.id), fresh=True, waiting=waiting)

    async def import_(
        self, outlines: Iterable[Outline], *, topic_names: Sequence[str] = (), actor: str
    ) -> Imported:
        """Add a whole list, untrusted. Nothing is fetched now: the polls are spread over what one takes."""
        done = Imported()
        for outline in outlines:
            try:
                address = urls.canonical(outline.address)
                about = Outline(
                    address, outline.title, outline.site, outline.language, (*outline.topics, *topic_names)
                )
                enrolled = await self._enrol(about, address, spread=True, actor=actor)
            except UserError as error:
                done.refused.append(error)
            else:
                (done.added if enrolled.fresh else done.known).append(enrolled.source)
        return done

    async def export(self) -> list[Outline]:
        """All Sources that are not gone, as a list that other readers can take."""
        async with self._database.read() as session:
            every = await sources.every(session)
        return [
            Outline(
                source.address,
                source.title,
                source.site,
                source.language,
                tuple(topic.name for topic in source.topics),
            )
            for source in every
            if source.state is not SourceState.GONE
        ]

    async def listed(self) -> list[ListedSource]:
        """All Sources, in the order they were added."""
        async with self._database.read() as session:
            every = await sources.every(session)
            numbers = await sources.count_entries(session)
        return [
            ListedSource(source, {state: numbers.get((source.id, state), 0) for state in EntryState})
            for source in every
        ]

    async def pause(self, source_id: int, *, actor: str) -> None:
        """Poll it no more, and take in no more of what it told, until it is resumed."""
        await self._move(source_id, SourceState.ACTIVE, SourceState.PAUSED, "pause", actor)

    async def resume(self, source_id: int, *, actor: str) -> None:
        """Poll it again, at once."""
        await self._move(source_id, SourceState.PAUSED, SourceState.ACTIVE, "resume", actor)

    async def remove(self, source_id: int, *, actor: str) -> None:
        """Forget it. Its Stories stay."""
        source = await self._require(source_id)
        async with self._database.transaction() as session:
            if await sources.remove(session, source_id):
                await audit.record(
                    session,
                    at=self._clock(),
                    actor=actor,
                    action="remove",
                    subject="source",
                    subject_id=source_id,
                    before={"address": source.address, "title": source.title},
                )

    async def poll_due(self) -> None:
        """What the timetable does: poll what is due, and take in what waits. Several processes may."""
        await self._poller.poll_all(await self._due())
        await self._entries.take_due()

    async def due(self, source_ids: Sequence[int] = ()) -> Sequence[Source]:
        """The Sources of these ids, or those that are due. UserError for one that is not to be polled."""
        if not source_ids:
            return await self._due()
        wanted = [await self._require(source_id) for source_id in dict.fromkeys(source_ids)]
        for source in wanted:
            if source.state is not SourceState.ACTIVE:
                raise RefusedError(_STATE_SENTENCES[source.state], number=source.id)
        return wanted

    async def poll(self, wanted: Sequence[Source], told: Callable[[Polled], None]) -> None:
        """Poll these, whether they are due or not; `told` hears of each when it is done."""
        await self._poller.poll_all(wanted, told)

    async def take_due(self) -> int:
        """Take in what waits, a few entries of each Source; how many there were, 0 when nothing is left."""
        return await self._entries.take_due()

    async def _due(self) -> Sequence[Source]:
        async with self._database.read() as session:
            return await sources.due(session, now=self._clock(), limit=_POLLED_A_TURN)

    async def _enrol(
        self, outline: Outline, address: str, *, trusted: bool = False, spread: bool = False, actor: str
    ) -> AddedSource:
        """Store a Source, due at once or with its `spread`, unless its address is here already."""
        named = by_slug(outline.topics)
        now = self._clock()
        async with self._database.transaction() as session:
            source_id = await sources.add(
                session,
                address=address,
                title=(outline.title or URL(address).host or address)[:_LONGEST_TITLE],
                site=outline.site,
                trusted=trusted,
                language=_language(outline.language),
                state=SourceState.ACTIVE,
                next_poll_at=first_poll(now, address) if spread else now,
                failures=0,
                added_at=now,
            )
            if source_id is None:
                known = await sources.by_address(session, address)
                if known is None:
                    raise LookupError("a source conflicted with another that is not there")
                return AddedSource(known, fresh=False)
            about = await topics.ensure(session, named)
            await sources.add_topics(session, source_id, [topic.id for topic in about])
            await audit.record(
                session,
                at=now,
                actor=actor,
                action="add",
                subject="source",
                subject_id=source_id,
                after={"address": address, "trusted": trusted},
            )
        return AddedSource(await self._require(source_id), fresh=True)

    async def _move(
        self, source_id: int, come_from: SourceState, to: SourceState, action: str, actor: str
    ) -> None:
        now = self._clock()
        async with self._database.transaction() as session:
            source = await sources.get(session, source_id)
            if source is None:
                raise _unknown(source_id)
            if source.state is not come_from:
                raise RefusedError(_STATE_SENTENCES[source.state], number=source_id)
            await sources.change(session, source_id, state=to, next_poll_at=now)
            await audit.record(
                session, at=now, actor=actor, action=action, subject="source", subject_id=source_id
            )

    async def _by_address(self, address: str) -> Source | None:
        async with self._database.read() as session:
            return await sources.by_address(session, address)

    async def _require(self, source_id: int) -> Source:
        async with self._database.read() as session:
            source = await sources.get(session, source_id)
        if source is None:
            raise _unknown(source_id)
        return source


def _unknown(source_id: int) -> NotFoundError:
    return NotFoundError(mark("There is no source {number}."), number=source_id)


def _language(code: str | None) -> str | None:
    """A language as Stories have it: "en" of "en-GB"."""
    if not code:
        return None
    language = code.lower().replace("_", "-").partition("-")[0]
    if not _LANGUAGE.fullmatch(language):
        raise InvalidInputError(mark("A language is given by its code of two letters: en, uk, de."))
    return language

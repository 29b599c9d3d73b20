"""Sources: feeds that editors add, list, pause, remove, import and export; and when they are polled."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from yarl import URL

from bot.articles import urls
from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import InvalidInputError, NotFoundError, RefusedError, UserError
from bot.feeds.entries import Entries
from bot.feeds.opml import Outline
from bot.feeds.poller import LEASE, Polled, Poller, first_poll
from bot.i18n import mark
from bot.stories.topics import names_by_slug
from storage.audit import AuditLog
from storage.database import Database
from storage.models import Source, SourceEntry
from storage.stories import source_entries, sources, topics
from storage.words import EntryState, SourceState

_LONGEST_TITLE = 300  # characters
_POLLED_A_TURN = 100
_LANGUAGE = re.compile(r"[a-z]{2,3}")  # ISO 639, as Stories have it
_WRONG_STATE = {
    SourceState.ACTIVE: mark("Source {number} is already active."),
    SourceState.PAUSED: mark("Source {number} is paused: resume it first."),
    SourceState.GONE: mark(
        "Source {number} is gone for good: add its new address if it has one, or remove it."
    ),
}


@dataclass(frozen=True, slots=True)
class AddedSource:
    """The result of adding a Source.

    fresh: False if it existed already. waiting: how many entries of its first poll wait to be read.
    """

    source: Source
    fresh: bool
    waiting: int = 0


@dataclass(slots=True)
class Imported:
    """The result of importing a list of feeds: Sources that were added, existed already, or were refused."""

    added: list[Source] = field(default_factory=list)
    known: list[Source] = field(default_factory=list)
    refused: list[UserError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ListedSource:
    """A Source, and how many of its entries are in each state."""

    source: Source
    entries: Mapping[EntryState, int]


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A page of Sources; how many there are in the state that was asked for, and in each state."""

    listed: Sequence[ListedSource]
    total: int
    states: Mapping[SourceState, int]


class Sources:
    """Use cases around Sources."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rights: Rights | None = None,
        *,
        poller: Poller,
        entries: Entries,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rights = rights or Rights()
        self._poller = poller
        self._entries = entries
        self._audit = AuditLog("source", clock)

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

        A Source that exists stays as it is. A trusted one, whose Stories nobody reviews, takes the right to
        publish. Raises UserError if there is no feed, RefusedError without the right.
        """
        await self._require_right(Right.PUBLISH if trusted else Right.WRITE, actor)
        outline = Outline(urls.canonical(address), None, None, language, tuple(topic_names))
        known = await self._by_address(outline.address)
        if known is not None:
            return AddedSource(known, fresh=False)
        found = await self._poller.find(outline.address, guess=True)
        added = await self._add(outline, found.address, trusted=trusted, actor=actor)
        if not added.fresh:
            return added
        source = added.source
        waiting = await self._poller.settle(source, source.next_poll_at, found)
        return AddedSource(await self._require(source.id), fresh=True, waiting=waiting)

    async def import_(
        self, outlines: Iterable[Outline], *, topic_names: Sequence[str] = (), actor: str
    ) -> Imported:
        """Add the feeds of a list as Sources that are not trusted.

        Nothing is fetched now; their first polls are spread over one interval.
        """
        result = Imported()
        for outline in outlines:
            try:
                address = urls.canonical(outline.address)
                about = Outline(
                    address, outline.title, outline.site, outline.language, (*outline.topics, *topic_names)
                )
                added = await self._add(about, address, spread=True, actor=actor)
            except UserError as error:
                result.refused.append(error)
            else:
                (result.added if added.fresh else result.known).append(added.source)
        return result

    async def export(self) -> list[Outline]:
        """Return all Sources that are not gone, as a list that other feed readers can import."""
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
        """Return all Sources in the order in which they were added."""
        async with self._database.read() as session:
            every = await sources.every(session)
            numbers = await source_entries.count(session)
        return [_listed(source, numbers) for source in every]

    async def page(self, *, state: SourceState | None = None, limit: int, offset: int = 0) -> SourcePage:
        """Return a page of the Sources in this state (None: any): those that fail first, then the newest."""
        async with self._database.read() as session:
            found = await sources.listed(session, state=state, limit=limit, offset=offset)
            states = await sources.counts(session)
            numbers = await source_entries.count(session, [source.id for source in found])
        total = sum(number for key, number in states.items() if state in (None, key))
        return SourcePage([_listed(source, numbers) for source in found], total, states)

    async def look(self, source_id: int, *, limit: int) -> tuple[ListedSource, Sequence[SourceEntry]]:
        """Return a Source, and at most `limit` of its newest entries. Raises NotFoundError without it."""
        source = await self._require(source_id)
        async with self._database.read() as session:
            numbers = await source_entries.count(session, [source_id])
            return _listed(source, numbers), await source_entries.newest(session, source_id, limit=limit)

    async def pause(self, source_id: int, *, actor: str) -> None:
        """Stop polling an active Source and reading its entries, until it is resumed."""
        await self._move(source_id, SourceState.ACTIVE, SourceState.PAUSED, "pause", actor)

    async def resume(self, source_id: int, *, actor: str) -> None:
        """Poll a paused Source again, at once. For a trusted one it takes the right to publish."""
        await self._move(source_id, SourceState.PAUSED, SourceState.ACTIVE, "resume", actor)

    async def remove(self, source_id: int, *, actor: str) -> None:
        """Delete a Source; its Stories stay. It takes the right to publish.

        Raises NotFoundError if there is none.
        """
        source = await self._require(source_id)
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.PUBLISH, actor)
            if await sources.remove(session, source_id):
                before = {"address": source.address, "title": source.title}
                await self._audit.record(session, actor, "remove", source_id, before=before)

    async def poll_due(self) -> None:
        """Poll the Sources that are due, and read the entries that are due. Several processes may call it."""
        await self._poller.poll_all(await self._due())
        await self._entries.take_due()

    async def due(self, source_ids: Sequence[int] = ()) -> Sequence[Source]:
        """Return the Sources with these ids; without ids, those that are due.

        Raises NotFoundError for an unknown id, RefusedError for a Source that is not active.
        """
        if not source_ids:
            return await self._due()
        wanted = [await self._require(source_id) for source_id in dict.fromkeys(source_ids)]
        for source in wanted:
            if source.state is not SourceState.ACTIVE:
                raise RefusedError(_WRONG_STATE[source.state], number=source.id)
        return wanted

    async def poll_now(self, source_id: int, *, actor: str) -> Polled:
        """Poll an active Source, due or not; its new entries are read soon after. Return the result.

        Raises NotFoundError for an unknown id, RefusedError for a Source that is not active.
        """
        await self._require_right(Right.WRITE, actor)
        results: list[Polled] = []
        await self._poller.poll_all(await self.due([source_id]), results.append)
        return results[0]

    async def poll(self, wanted: Sequence[Source], report: Callable[[Polled], None]) -> None:
        """Poll these Sources, due or not; call `report` with each result as soon as it is there."""
        await self._poller.poll_all(wanted, report)

    async def take_due(self) -> int:
        """Read entries that are due, a few of each Source; return how many were read, 0 if none is left."""
        return await self._entries.take_due()

    async def _due(self) -> Sequence[Source]:
        async with self._database.read() as session:
            return await sources.due(session, now=self._clock(), limit=_POLLED_A_TURN)

    async def _add(
        self, outline: Outline, address: str, *, trusted: bool = False, spread: bool = False, actor: str
    ) -> AddedSource:
        """Store a Source unless its address is stored already.

        It is claimed for the first poll, which its caller makes, or with `spread` due within one interval.
        Raises InvalidInputError for a wrong language or Topic name.
        """
        topics_by_slug = names_by_slug(outline.topics)
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
                next_poll_at=first_poll(now, address) if spread else now + LEASE,
                failures=0,
                added_at=now,
            )
            if source_id is None:
                known = await sources.by_address(session, address)
                if known is None:
                    raise LookupError("a source conflicted with another that is not there")
                return AddedSource(known, fresh=False)
            about = await topics.ensure(session, topics_by_slug)
            await sources.add_topics(session, source_id, [topic.id for topic in about])
            after = {"address": address, "trusted": trusted}
            await self._audit.record(session, actor, "add", source_id, after=after)
        return AddedSource(await self._require(source_id), fresh=True)

    async def _move(
        self, source_id: int, come_from: SourceState, to: SourceState, action: str, actor: str
    ) -> None:
        async with self._database.transaction() as session:
            source = await sources.get(session, source_id)
            if source is None:
                raise _unknown(source_id)
            publishes = source.trusted and to is SourceState.ACTIVE
            await self._rights.require(session, Right.PUBLISH if publishes else Right.WRITE, actor)
            if source.state is not come_from:
                raise RefusedError(_WRONG_STATE[source.state], number=source_id)
            await sources.change(session, source_id, state=to, next_poll_at=self._clock())
            await self._audit.record(session, actor, action, source_id)

    async def _require_right(self, right: Right, actor: str) -> None:
        async with self._database.read() as session:
            await self._rights.require(session, right, actor)

    async def _by_address(self, address: str) -> Source | None:
        async with self._database.read() as session:
            return await sources.by_address(session, address)

    async def _require(self, source_id: int) -> Source:
        async with self._database.read() as session:
            source = await sources.get(session, source_id)
        if source is None:
            raise _unknown(source_id)
        return source


def _listed(source: Source, numbers: Mapping[tuple[int, EntryState], int]) -> ListedSource:
    return ListedSource(source, {state: numbers.get((source.id, state), 0) for state in EntryState})


def _unknown(source_id: int) -> NotFoundError:
    return NotFoundError(mark("There is no source {number}."), number=source_id)


def _language(code: str | None) -> str | None:
    """Return a language code as Stories have it ("en" for "en-GB"). Raises InvalidInputError for others."""
    if not code:
        return None
    language = code.lower().replace("_", "-").partition("-")[0]
    if not _LANGUAGE.fullmatch(language):
        raise InvalidInputError(mark("Give a language by its two-letter code, such as en, uk or de."))
    return language

"""Entries of feeds: which new ones are queued to be read, and how Stories are made of them.

The database rows are the queue. If the process dies, an entry waits in it until a Story exists for it or
`MOST_TRIES` is reached.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Unpack

from bot import tasks
from bot.articles.article import FetchedPage
from bot.articles.fetch.errors import FetchRefusedError
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.clock import Clock
from bot.errors import InvalidInputError, RefusedError, UserError
from bot.feeds import faults
from bot.feeds.feed import Feed, FeedEntry
from bot.stories.intake.analysis import TOO_SLOW, Analysis, analyse_page
from bot.stories.review.review import Review
from bot.stories.stories import Stories
from storage import timetable
from storage.database import Database
from storage.models import Source, SourceEntry, Story
from storage.stories import source_entries, sources
from storage.stories.source_entries import EntryValues, KnownEntries, NewEntry
from storage.words import EntryState, StoryState

log = logging.getLogger(__name__)

FIRST_DRAFTS = 3  # entries of a first poll that are read; older ones are the feed's past
MOST_TRIES = 5

_NEWS = timedelta(days=7)  # an older entry that appears now is no news: the site moved its archive
_FIRST_WAIT = timedelta(minutes=5)  # before the second try; each further wait is three times as long
_LONGEST_WAIT = timedelta(days=1)
_HOUR = timedelta(hours=1)
_LEASE = timedelta(minutes=10)  # longer than `_AT_ONCE` pages can take: 30 s to fetch, twice 30 s to analyse
_AT_ONCE = 5  # entries of one Source
_SOURCES_AT_ONCE = 4
_SOURCES_A_TURN = 40


def new_entries(source: Source, feed: Feed, known: KnownEntries, now: datetime) -> list[NewEntry]:
    """Return rows for the feed's entries whose keys are not `known`, the newest first.

    Of a first poll the newest `FIRST_DRAFTS` wait to be read; later all wait, except those older than a week
    and those at a known address, because sites give new ids to their archive. The others are past.
    """
    is_first = source.first_polled_at is None
    addresses = set(known.addresses)
    rows: list[NewEntry] = []
    for place, entry in enumerate(entry for entry in feed.entries if entry.key not in known.keys):
        is_past = place >= FIRST_DRAFTS if is_first else _is_old(entry, now)
        rows.append(_row(source, entry, now, place, is_past=is_past or entry.address in addresses))
        addresses |= {entry.address} if entry.address else set()
    return rows


def _row(source: Source, entry: FeedEntry, now: datetime, place: int, *, is_past: bool) -> NewEntry:
    oldest_first = now - timedelta(microseconds=place)
    return {
        "source_id": source.id,
        "key": entry.key,
        "address": entry.address,
        "headline": entry.headline,
        "content": None if is_past else entry.content,
        "published": entry.published,
        "seen_at": now,
        "state": EntryState.PAST if is_past else EntryState.WAITING,
        "tries": 0,
        "due_at": None if is_past else oldest_first,
    }


def _is_old(entry: FeedEntry, now: datetime) -> bool:
    return entry.published is not None and entry.published < now - _NEWS


class Entries:
    """Reads entries that are due and makes Stories of them; those of a trusted Source are pushed at once."""

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
        """`pushes_per_hour` limits the pushes of one trusted Source; its further Stories stay drafts."""
        self._database = database
        self._fetcher = fetcher
        self._pool = pool
        self._stories = stories
        self._review = review
        self._clock = clock
        self._pushes_per_hour = pushes_per_hour

    async def take_due(self) -> int:
        """Read entries that are due, a few of each Source, and return how many were read."""
        async with self._database.read() as session:
            waiting = await source_entries.sources_with_due(session, now=self._clock(), limit=_SOURCES_A_TURN)
        limit = asyncio.Semaphore(_SOURCES_AT_ONCE)

        async def work(source: Source) -> int:
            async with limit:
                return await self._take_of(source)

        return sum(await tasks.all_of(map(work, waiting)))

    async def _take_of(self, source: Source) -> int:
        """Read the Source's due entries, unless another process does: only one may count its pushes."""
        lease, now = f"entries of source {source.id}", self._clock()
        async with self._database.transaction() as session:
            if not await timetable.take(session, lease, now=now, every=_LEASE):
                return 0
            due = await source_entries.due(session, source.id, now=now, limit=_AT_ONCE)
        try:
            for entry in due:
                await self._take(source, entry)
        except Exception:  # one Source's fault must not keep the others waiting
            log.exception("an entry could not be taken in", extra={"source": source.id})
        finally:
            async with self._database.transaction() as session:
                await timetable.give_back(session, lease)
        return len(due)

    async def _take(self, source: Source, entry: SourceEntry) -> None:
        """Make a Story of the entry, or store why there is none. The try is counted before it begins."""
        tries = entry.tries + 1
        wait = min(_FIRST_WAIT * 3 ** (tries - 1), _LONGEST_WAIT)
        if not await self._change(source, entry, tries=tries, due_at=self._clock() + wait):
            return
        try:
            analysis = await self._read(source, entry)
        except UserError as error:
            await self._note_failure(source, entry, error, tries, wait)
            return
        story = await self._add(source, entry, analysis, is_repeat=tries > 1)
        await self._settle(source, entry, EntryState.TAKEN, story_id=story.id)

    async def _read(self, source: Source, entry: SourceEntry) -> Analysis:
        """Return the analysis of the entry's page; if that cannot be read, of the text in the feed.

        Raises UserError if there is neither.
        """
        if entry.address is not None:
            try:
                fetched = await self._fetcher.fetch(entry.address)
                return await self._analyse(fetched.page, source)
            except UserError:
                if entry.content is None:
                    raise
        page = FetchedPage((entry.content or "").encode(), entry.address or source.address, "utf-8")
        analysis = await self._analyse(page, source)
        return replace(analysis, article=replace(analysis.article, address=entry.address))

    async def _analyse(self, page: FetchedPage, source: Source) -> Analysis:
        return await self._pool.run(page.address, TOO_SLOW, analyse_page, page, source.language)

    async def _add(self, source: Source, entry: SourceEntry, analysis: Analysis, *, is_repeat: bool) -> Story:
        """Store the Story, and publish and push it if the Source may and the Story is from this entry.

        A Story whose page was read doubtfully stays a draft: an editor has to compare it with the page first.
        """
        actor = f"source {source.id}"
        published = analysis.article.published or entry.published
        dated = replace(analysis, article=replace(analysis.article, published=published))
        names = [topic.name for topic in source.topics]
        added = await self._stories.add(dated, names, actor=actor, source_id=source.id)
        # An earlier try that was interrupted before the push left a draft of this Source.
        is_ours = added.fresh or (is_repeat and added.story.source_id == source.id)
        is_waiting = is_ours and added.story.state is StoryState.DRAFT and not analysis.article.is_doubtful
        if is_waiting and await self._may_push(source, entry):
            with suppress(RefusedError):  # an editor decided about it first
                await self._review.publish(added.story.id, actor=actor, push=True, unseen=True)
        return added.story

    async def _may_push(self, source: Source, entry: SourceEntry) -> bool:
        """Return whether the Source is trusted, was polled before the entry came, and is below the limit."""
        since = source.first_polled_at
        if not source.trusted or since is None or entry.seen_at <= since:
            return False
        async with self._database.read() as session:
            pushed = await sources.pushes_since(session, source.id, self._clock() - _HOUR)
        return pushed < self._pushes_per_hour

    async def _note_failure(
        self, source: Source, entry: SourceEntry, error: UserError, tries: int, wait: timedelta
    ) -> None:
        """Schedule another try, unless this was the last one or the page was fetched and holds no story."""
        if isinstance(error, InvalidInputError) or tries >= MOST_TRIES:
            await self._settle(source, entry, EntryState.REFUSED, error=error)
            return
        asked = (error.retry_after or 0) if isinstance(error, FetchRefusedError) else 0
        longer = max(wait, min(timedelta(seconds=min(asked, 1e6)), _LONGEST_WAIT))
        await self._change(
            source, entry, reason=str(error), fault=faults.dump(error), due_at=self._clock() + longer
        )

    async def _settle(
        self,
        source: Source,
        entry: SourceEntry,
        state: EntryState,
        *,
        story_id: int | None = None,
        error: UserError | None = None,
    ) -> None:
        """Take the entry out of the queue, without the text that the feed carried."""
        await self._change(
            source,
            entry,
            state=state,
            story_id=story_id,
            reason=str(error) if error else None,
            fault=faults.dump(error) if error else None,
            due_at=None,
            content=None,
        )

    async def _change(self, source: Source, entry: SourceEntry, **values: Unpack[EntryValues]) -> bool:
        async with self._database.transaction() as session:
            return await source_entries.change(session, source.id, entry.key, **values)

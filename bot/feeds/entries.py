"""What the feeds told of: noted as it comes, then read one after another, as a pasted address would be.

The rows are the queue. Whatever dies in the middle, an entry waits until a Story stands for it, or until
it was tried often enough.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot import tasks
from bot.articles.article import FetchedPage
from bot.articles.fetch.errors import FetchRefusedError
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.clock import Clock
from bot.errors import InvalidInputError, RefusedError, UserError
from bot.feeds.parser import Feed, FeedEntry
from bot.stories.analysis import TOO_SLOW, Analysis, analyse_page
from bot.stories.review import Review
from bot.stories.stories import Stories
from storage import timetable
from storage.database import Database
from storage.models import Source, SourceEntry, Story
from storage.stories import sources
from storage.words import EntryState, StoryState

log = logging.getLogger(__name__)

FIRST_DRAFTS = 3  # of what a feed holds when it is first polled; the rest is its past
MOST_TRIES = 5

_NEWS = timedelta(days=7)  # an entry that turns up with an older date is no news: a site moved its archive
_FIRST_WAIT = timedelta(minutes=5)  # before the second try; each further wait is three times as long
_LONGEST_WAIT = timedelta(days=1)
_HOUR = timedelta(hours=1)
_LEASE = timedelta(minutes=10)  # above what `_IN_ONE_GO` pages can take: 30 s to fetch, twice 30 s to read
_IN_ONE_GO = 5  # entries of one Source
_SOURCES_AT_ONCE = 4
_SOURCES_A_TURN = 40


def rows(
    source: Source, feed: Feed, known: tuple[Collection[str], Collection[str]], now: datetime
) -> list[dict[str, Any]]:
    """The rows for what the feed tells of for the first time; `known` are keys and addresses told before.

    Of a first poll the newest few wait to be read. Later all do, but for what is older than a week, and what
    stands at an address that is known: sites give their archive new ids, and nobody wants to read it again.
    """
    keys, addresses = known
    first = source.first_polled_at is None
    told = set(addresses)
    made: list[dict[str, Any]] = []
    for place, entry in enumerate(entry for entry in feed.entries if entry.key not in keys):
        is_past = (place >= FIRST_DRAFTS if first else _is_old(entry, now)) or entry.address in told
        told |= {entry.address} if entry.address else set()
        made.append(
            {
                "source_id": source.id,
                "key": entry.key,
                "address": entry.address,
                "headline": entry.headline,
                "content": None if is_past else entry.content,
                "published": entry.published,
                "seen_at": now,
                "state": EntryState.PAST if is_past else EntryState.WAITING,
                "tries": 0,
                "due_at": None
                if is_past
                else now - timedelta(microseconds=place),  # the oldest is read first
            }
        )
    return made


def _is_old(entry: FeedEntry, now: datetime) -> bool:
    return entry.published is not None and entry.published < now - _NEWS


class Entries:
    """Reads what waits and makes Stories of it; what a trusted Source tells is pushed at once."""

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
        self._database = database
        self._fetcher = fetcher
        self._pool = pool
        self._stories = stories
        self._review = review
        self._clock = clock
        self._pushes_per_hour = pushes_per_hour

    async def take_due(self) -> int:
        """Read what is due now, a few of each Source; how many there were."""
        async with self._database.read() as session:
            waiting = await sources.with_due_entries(session, now=self._clock(), limit=_SOURCES_A_TURN)
        slots = asyncio.Semaphore(_SOURCES_AT_ONCE)

        async def work(source: Source) -> int:
            async with slots:
                return await self._take_of(source)

        return sum(await tasks.all_of(map(work, waiting)))

    async def _take_of(self, source: Source) -> int:
        """Read the Source's due entries. Of many processes one does, so that its pushes are counted."""
        turn, now = f"entries of source {source.id}", self._clock()
        async with self._database.transaction() as session:
            if not await timetable.take(session, turn, now=now, every=_LEASE):
                return 0
            due = await sources.due_entries(session, source.id, now=now, limit=_IN_ONE_GO)
        try:
            for entry in due:
                await self._take(source, entry)
        except Exception:  # one Source's fault must not keep the others waiting
            log.exception("an entry could not be taken in", extra={"source": source.id})
        finally:
            async with self._database.transaction() as session:
                await timetable.give_back(session, turn)
        return len(due)

    async def _take(self, source: Source, entry: SourceEntry) -> None:
        """Make a Story of the entry, or note why there is none. The try counts before it is made."""
        tries = entry.tries + 1
        wait = min(_FIRST_WAIT * 3 ** (tries - 1), _LONGEST_WAIT)
        if not await self._change(source, entry, tries=tries, due_at=self._clock() + wait):
            return
        try:
            analysis = await self._read(source, entry)
        except UserError as error:
            await self._note_failure(source, entry, error, tries, wait)
            return
        story = await self._keep(source, entry, analysis, is_repeat=tries > 1)
        await self._settle(source, entry, EntryState.TAKEN, story_id=story.id)

    async def _read(self, source: Source, entry: SourceEntry) -> Analysis:
        """The story from its page; where that cannot be had, from the feed, if it carries it."""
        if entry.address is not None:
            try:
                found = await self._fetcher.fetch(entry.address)
                return await self._analyse(found.page, source)
            except UserError:
                if entry.content is None:
                    raise
        page = FetchedPage((entry.content or "").encode(), entry.address or source.address, "utf-8")
        analysis = await self._analyse(page, source)
        return replace(analysis, article=replace(analysis.article, address=entry.address))

    async def _analyse(self, page: FetchedPage, source: Source) -> Analysis:
        return await self._pool.run(page.address, TOO_SLOW, analyse_page, page, source.language)

    async def _keep(
        self, source: Source, entry: SourceEntry, analysis: Analysis, *, is_repeat: bool
    ) -> Story:
        """Take the story in, and let readers have it where the Source may and it is theirs."""
        actor = f"source {source.id}"
        published = analysis.article.published or entry.published
        dated = replace(analysis, article=replace(analysis.article, published=published))
        names = [topic.name for topic in source.topics]
        added = await self._stories.add(dated, names, actor=actor, source_id=source.id)
        # A try that was cut off between the two steps left a draft of this Source's own.
        is_ours = added.fresh or (is_repeat and added.story.source_id == source.id)
        is_waiting = is_ours and added.story.state is StoryState.DRAFT
        if is_waiting and await self._may_push(source, entry):
            with suppress(RefusedError):  # an editor was quicker
                await self._review.publish(added.story.id, actor=actor, push=True)
        return added.story

    async def _may_push(self, source: Source, entry: SourceEntry) -> bool:
        """Trusted, told of after the first poll, and not too much within the hour."""
        since = source.first_polled_at
        if not source.trusted or since is None or entry.seen_at <= since:
            return False
        async with self._database.read() as session:
            pushed = await sources.pushes_since(session, source.id, self._clock() - _HOUR)
        return pushed < self._pushes_per_hour

    async def _note_failure(
        self, source: Source, entry: SourceEntry, error: UserError, tries: int, wait: timedelta
    ) -> None:
        """Try again later, unless that was the last time, or the page came and holds no story."""
        if isinstance(error, InvalidInputError) or tries >= MOST_TRIES:
            await self._settle(source, entry, EntryState.REFUSED, reason=str(error))
            return
        asked = (error.retry_after or 0) if isinstance(error, FetchRefusedError) else 0
        longer = max(wait, min(timedelta(seconds=min(asked, 1e6)), _LONGEST_WAIT))
        await self._change(source, entry, reason=str(error), due_at=self._clock() + longer)

    async def _settle(self, source: Source, entry: SourceEntry, state: EntryState, **values: Any) -> None:
        settled = {"reason": None, "due_at": None, "content": None} | values
        await self._change(source, entry, state=state, **settled)

    async def _change(self, source: Source, entry: SourceEntry, **values: Any) -> bool:
        async with self._database.transaction() as session:
            return await sources.change_entry(session, source.id, entry.key, **values)


def keys_of(feed: Feed) -> tuple[Sequence[str], Sequence[str]]:
    """The keys and the addresses that the feed tells of."""
    return [entry.key for entry in feed.entries], [entry.address for entry in feed.entries if entry.address]

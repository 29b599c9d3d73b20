"""Polls Sources: fetches their feeds, stores new entries, and decides when to poll again."""

import asyncio
import hashlib
import logging
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

from yarl import URL

from bot import tasks
from bot.articles import urls
from bot.articles.fetch.errors import FetchRefusedError
from bot.articles.fetch.fetcher import FEEDS, Fetched, Fetcher
from bot.articles.process_pool import ProcessPool
from bot.clock import Clock
from bot.errors import InvalidInputError, UserError
from bot.feeds import entries, faults, parser
from bot.feeds.feed import Feed, FeedLinks
from bot.i18n import mark
from storage import timetable
from storage.database import Database
from storage.models import Source
from storage.stories import source_entries, sources
from storage.stories.sources import SourceValues
from storage.words import EntryState, SourceState

log = logging.getLogger(__name__)

INTERVAL = timedelta(minutes=15)
LONGEST_INTERVAL = timedelta(days=1)

_LONGEST_RETRY_AFTER = timedelta(days=7)  # a longer Retry-After counts as this
LEASE = timedelta(minutes=5)  # longer than a poll can take: 30 s to fetch and 30 s to parse, a few times
_AT_ONCE = 8  # hosts
_LINKS_TRIED = 3  # feeds that a page names; further ones are for comments and sections
_COMMON_PATHS = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml")
_TOUCHED_EVERY = timedelta(days=1)
_REMEMBERED = timedelta(days=60)  # after an entry has left its feed

_BUSY = mark("Source {number} is being polled right now: try again in a minute.")
_FAULT = mark("Source {number} could not be polled: see the log.")


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that was fetched.

    address: the one at which to poll it from now on.
    feed: None if it has not changed since `etag` and `modified`.
    """

    address: str
    feed: Feed | None
    etag: str | None = None
    modified: str | None = None


class PollResult(StrEnum):
    """What a poll came to: new entries wait to be read, there are none, it failed, or another one goes on."""

    NEW = "new"
    NOTHING_NEW = "nothing_new"
    FAILED = "failed"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Polled:
    """The result of a poll: how many new entries wait to be read, or why it failed."""

    source: Source
    waiting: int = 0
    error: UserError | None = None

    @property
    def result(self) -> PollResult:
        """The kind of this result."""
        if self.error is not None:
            return PollResult.BUSY if self.error.sentence == _BUSY else PollResult.FAILED
        return PollResult.NEW if self.waiting else PollResult.NOTHING_NEW


class Poller:
    """Fetches feeds and stores their new entries. It has no state between two polls."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        pool: ProcessPool,
        clock: Clock,
        *,
        note: Callable[[PollResult], None] = lambda _result: None,
    ) -> None:
        """`note` is called with what each poll of `poll_all` came to."""
        self._note = note
        self._database = database
        self._fetcher = fetcher
        self._pool = pool
        self._clock = clock

    async def find(
        self, address: str, *, etag: str | None = None, modified: str | None = None, guess: bool = False
    ) -> FoundFeed:
        """Return the feed at an address, or the feed that the page there names.

        With `guess`, addresses that feeds commonly have are tried too. Raises UserError if there is no feed.
        """
        fetched, feed = await self._fetch(address, etag, modified)
        if not isinstance(feed, FeedLinks):
            return _found(address, fetched, feed)
        common = [str(URL(fetched.address).origin().with_path(path)) for path in _COMMON_PATHS if guess]
        for candidate in dict.fromkeys((*feed.feeds[:_LINKS_TRIED], *common)):
            with suppress(UserError):
                fetched, other = await self._fetch(candidate)
                if isinstance(other, Feed):
                    return _found(candidate, fetched, other)
        raise InvalidInputError(faults.NO_FEED, host=_host(address))

    async def poll_all(
        self, wanted: Sequence[Source], report: Callable[[Polled], None] = lambda _polled: None
    ) -> None:
        """Poll these Sources: several hosts at the same time, the Sources of one host one after another.

        `report` is called with each result as soon as it is there.
        """
        limit = asyncio.Semaphore(_AT_ONCE)
        by_host: dict[str, list[Source]] = {}
        for source in wanted:
            by_host.setdefault(_host(source.address), []).append(source)

        async def work(of_host: list[Source]) -> None:
            async with limit:
                for source in of_host:
                    report(await self._poll_safely(source))

        await tasks.all_of(map(work, by_host.values()))

    async def _poll_safely(self, source: Source) -> Polled:
        try:
            polled = await self.poll(source)
        except Exception:  # one Source's fault must not keep the others waiting
            log.exception("a poll failed", extra={"source": source.id})
            polled = Polled(source, error=UserError(_FAULT, number=source.id))
        self._note(polled.result)
        return polled

    async def poll(self, source: Source) -> Polled:
        """Poll one Source, unless any process is polling it or another Source of its host."""
        claim = await self._claim(source)
        if claim is None:
            return Polled(source, error=UserError(_BUSY, number=source.id))
        try:
            found = await self.find(source.address, etag=source.etag, modified=source.modified)
            return Polled(source, await self.settle(source, claim, found))
        except UserError as error:
            return Polled(source, error=await self._note_failure(source, claim, error))
        finally:
            async with self._database.transaction() as session:
                await timetable.give_back(session, _lease_of(source))

    async def settle(self, source: Source, claim: datetime, found: FoundFeed) -> int:
        """Store a poll's entries and the time of the next poll; return how many entries wait to be read.

        claim: the `next_poll_at` that this poll set; if another poll has set one since, nothing is stored.
        """
        now = self._clock()
        values = _polled_values(source, found, now)
        async with self._database.transaction() as session:
            if found.address != source.address and not await sources.has_address(session, found.address):
                values["address"] = found.address
            is_ours = await sources.change_if_due_at(session, source.id, claim, **values)
            if found.feed is None or not is_ours:
                return 0
            keys = [entry.key for entry in found.feed.entries]
            addresses = [entry.address for entry in found.feed.entries if entry.address]
            known = await source_entries.known(session, source.id, keys, addresses)
            rows = entries.new_entries(source, found.feed, known, now)
            await source_entries.add(session, rows)
            await source_entries.touch(session, source.id, keys, now=now, if_before=now - _TOUCHED_EVERY)
            await source_entries.prune(session, source.id, before=now - _REMEMBERED)
        return sum(row["state"] is EntryState.WAITING for row in rows)

    async def _fetch(
        self, address: str, etag: str | None = None, modified: str | None = None
    ) -> tuple[Fetched, Feed | FeedLinks | None]:
        """Return the answer and the feed in it; None in place of a feed that has not changed."""
        fetched = await self._fetcher.fetch(address, accept=FEEDS, etag=etag, last_modified=modified)
        if fetched.unchanged:
            return fetched, None
        feed = await self._pool.run(
            fetched.address, faults.SLOW_FEED, parser.read, fetched.page, self._clock()
        )
        return fetched, feed

    async def _claim(self, source: Source) -> datetime | None:
        """Claim the Source and its host; return the `next_poll_at` that was set, None if they are claimed."""
        now = self._clock()
        until = now + LEASE
        async with self._database.transaction() as session:
            if not await timetable.take(session, _lease_of(source), now=now, every=LEASE):
                return None
            if await sources.change_if_due_at(session, source.id, source.next_poll_at, next_poll_at=until):
                return until
            await timetable.give_back(session, _lease_of(source))
            return None

    async def _note_failure(self, source: Source, claim: datetime, error: UserError) -> UserError:
        """Store why the poll failed and when to try again; return the error that editors are shown."""
        now, failures = self._clock(), source.failures + 1
        status, retry_after = None, None
        if isinstance(error, FetchRefusedError):
            status, retry_after = error.status, error.retry_after
        is_gone = status == HTTPStatus.GONE
        shown = UserError(faults.GONE, host=_host(source.address)) if is_gone else error
        async with self._database.transaction() as session:
            await sources.change_if_due_at(
                session,
                source.id,
                claim,
                state=SourceState.GONE if is_gone else source.state,
                polled_at=now,
                failures=failures,
                reason=str(shown),
                fault=faults.dump(shown),
                next_poll_at=next_poll(now, source.address, failures=failures, retry_after=retry_after),
            )
        return shown


def next_poll(
    now: datetime, address: str, *, failures: int = 0, retry_after: float | None = None
) -> datetime:
    """Return when to poll again: in 15 minutes, twice as long after each failure in a row, at most a day.

    Up to a fifth less, at random, so that Sources which are due at the same time drift apart. `retry_after`
    are the seconds that the server asks to wait; at most a week of them counts.
    """
    wait = min(INTERVAL * (1 << min(failures, 10)), LONGEST_INTERVAL)
    spread = wait * (1 - _fraction(f"{address} {now.isoformat()}") / 5)
    return now + max(spread, timedelta(seconds=min(retry_after or 0, _LONGEST_RETRY_AFTER.total_seconds())))


def first_poll(now: datetime, address: str) -> datetime:
    """Return when to poll one of many Sources that are added at once: spread over one interval."""
    return now + INTERVAL * _fraction(address)


def _polled_values(source: Source, found: FoundFeed, now: datetime) -> SourceValues:
    """Return the columns of a Source that a successful poll sets."""
    values = SourceValues(
        polled_at=now,
        first_polled_at=source.first_polled_at or now,
        next_poll_at=next_poll(now, source.address),
        failures=0,
        reason=None,
        fault=None,
    )
    if found.feed is not None:  # an answer 304 may lack the two headers
        values["etag"], values["modified"] = found.etag, found.modified
        values["title"], values["site"] = found.feed.title or source.title, found.feed.site or source.site
    return values


def _fraction(words: str) -> float:
    """Return a number from 0 to 1 that is always the same for the same words."""
    return zlib.crc32(words.encode()) / 2**32


def _found(asked: str, fetched: Fetched, feed: Feed | None) -> FoundFeed:
    address = fetched.address if fetched.moved else asked
    return FoundFeed(urls.canonical(address), feed, fetched.etag, fetched.last_modified)


def _lease_of(source: Source) -> str:
    """Return the name of the lease on the Source's host; a name in the table of Duties has 48 characters."""
    return f"poll {hashlib.sha256(_host(source.address).encode()).hexdigest()[:40]}"


def _host(address: str) -> str:
    return URL(address).host or address

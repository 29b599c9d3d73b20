"""Polls Sources: when, how politely, and what is kept of it."""

import asyncio
import hashlib
import logging
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from yarl import URL

from bot import tasks
from bot.articles import urls
from bot.articles.fetch.errors import FetchRefusedError
from bot.articles.fetch.fetcher import FEEDS, Fetched, Fetcher
from bot.articles.process_pool import ProcessPool
from bot.clock import Clock
from bot.errors import InvalidInputError, UserError
from bot.feeds import entries, parser
from bot.feeds.parser import Feed, FeedLinks
from bot.i18n import mark
from storage import timetable
from storage.database import Database
from storage.models import Source
from storage.stories import sources
from storage.words import EntryState, SourceState

log = logging.getLogger(__name__)

INTERVAL = timedelta(minutes=15)
LONGEST_INTERVAL = timedelta(days=1)

_LONGEST_ASKED = timedelta(days=7)  # the longest Retry-After that is believed
_LEASE = timedelta(minutes=5)  # above what a poll can take: 30 s to fetch and 30 s to read, a few times
_AT_ONCE = 8
_NAMED_TRIED = 3  # feeds that a page names; further ones are for comments and sections
_COMMON_PATHS = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml")
_TOUCHED_EVERY = timedelta(days=1)
_REMEMBERED = timedelta(days=60)  # an entry that has left its feed

_TOO_SLOW = mark("{name} takes too long to read: give another feed of the site.")
_NO_FEED = mark("There is no feed at {host}: give the address of a feed, or of a page that names one.")
_GONE = mark("{host} has taken this feed away for good: add its new address if it has one, or remove it.")
_BUSY = mark("Source {number} is being polled just now: try again in a minute.")
_FAULT = mark("Source {number} could not be polled: see the log.")


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that was fetched; `feed` is None where it has not changed since. `address` is to be kept."""

    address: str
    feed: Feed | None
    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll came to: so many entries to be read, or the reason why it failed."""

    source: Source
    waiting: int = 0
    error: UserError | None = None


class Poller:
    """Fetches feeds and notes what is new in them. It holds nothing between two polls."""

    def __init__(self, database: Database, fetcher: Fetcher, pool: ProcessPool, clock: Clock) -> None:
        self._database = database
        self._fetcher = fetcher
        self._pool = pool
        self._clock = clock

    async def find(
        self, address: str, *, etag: str | None = None, modified: str | None = None, guess: bool = False
    ) -> FoundFeed:
        """The feed at an address, or the one that the page there names; with `guess`, one at a usual place.

        Raises UserError where there is none.
        """
        fetched, feed = await self._fetch(address, etag, modified)
        if not isinstance(feed, FeedLinks):
            return _found(address, fetched, feed)
        usual = [str(URL(fetched.address).origin().with_path(path)) for path in _COMMON_PATHS if guess]
        for candidate in dict.fromkeys((*feed.feeds[:_NAMED_TRIED], *usual)):
            with suppress(UserError):
                fetched, other = await self._fetch(candidate)
                if isinstance(other, Feed):
                    return _found(candidate, fetched, other)
        raise InvalidInputError(_NO_FEED, host=_host(address))

    async def poll_all(
        self, wanted: Sequence[Source], told: Callable[[Polled], None] = lambda _polled: None
    ) -> None:
        """Poll these: a few at once, those of one host one after another."""
        slots = asyncio.Semaphore(_AT_ONCE)
        by_host: dict[str, list[Source]] = {}
        for source in wanted:
            by_host.setdefault(_host(source.address), []).append(source)

        async def work(line: list[Source]) -> None:
            async with slots:
                for source in line:
                    told(await self._poll_surely(source))

        await tasks.all_of(map(work, by_host.values()))

    async def _poll_surely(self, source: Source) -> Polled:
        try:
            return await self.poll(source)
        except Exception:  # one Source's fault must not keep the others waiting
            log.exception("a poll failed", extra={"source": source.id})
            return Polled(source, error=UserError(_FAULT, number=source.id))

    async def poll(self, source: Source) -> Polled:
        """Poll one Source, unless it or another one of its host is being polled, by whichever process."""
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
                await timetable.give_back(session, _turn(source))

    async def settle(self, source: Source, claim: datetime, found: FoundFeed) -> int:
        """Keep what came, and when to come again, in one transaction; how many entries wait to be read."""
        now = self._clock()
        values = {
            "polled_at": now,
            "first_polled_at": source.first_polled_at or now,
            "next_poll_at": next_poll(now, source.address),
            "failures": 0,
            "reason": None,
        }
        if found.feed is not None:
            values |= {
                "etag": found.etag,
                "modified": found.modified,
            }  # not of a 304, which may leave one out
            values |= {"title": found.feed.title or source.title, "site": found.feed.site or source.site}
        async with self._database.transaction() as session:
            if found.address != source.address and not await sources.has_address(session, found.address):
                values["address"] = found.address
            is_ours = await sources.change_if_due_at(session, source.id, claim, **values)
            if found.feed is None or not is_ours:
                return 0
            keys, at = entries.keys_of(found.feed)
            rows = entries.rows(source, found.feed, await sources.known(session, source.id, keys, at), now)
            await sources.add_entries(session, rows)
            await sources.touch_entries(session, source.id, keys, now=now, if_before=now - _TOUCHED_EVERY)
            await sources.prune_entries(session, source.id, before=now - _REMEMBERED)
        return sum(row["state"] is EntryState.WAITING for row in rows)

    async def _fetch(
        self, address: str, etag: str | None = None, modified: str | None = None
    ) -> tuple[Fetched, Feed | FeedLinks | None]:
        """What stands there; None in place of a feed that has not changed."""
        fetched = await self._fetcher.fetch(address, accept=FEEDS, etag=etag, last_modified=modified)
        if fetched.unchanged:
            return fetched, None
        feed = await self._pool.run(fetched.address, _TOO_SLOW, parser.read, fetched.page, self._clock())
        return fetched, feed

    async def _claim(self, source: Source) -> datetime | None:
        """Until when the Source is ours; None where somebody else has it or its host."""
        now = self._clock()
        until = now + _LEASE
        async with self._database.transaction() as session:
            if not await timetable.take(session, _turn(source), now=now, every=_LEASE):
                return None
            if await sources.change_if_due_at(session, source.id, source.next_poll_at, next_poll_at=until):
                return until
            await timetable.give_back(session, _turn(source))
            return None

    async def _note_failure(self, source: Source, claim: datetime, error: UserError) -> UserError:
        """Keep what went wrong, and when to try again; the error as editors are told of it."""
        now, failures = self._clock(), source.failures + 1
        status, asked = None, None
        if isinstance(error, FetchRefusedError):
            status, asked = error.status, error.retry_after
        is_gone = status == HTTPStatus.GONE
        told = UserError(_GONE, host=_host(source.address)) if is_gone else error
        async with self._database.transaction() as session:
            await sources.change_if_due_at(
                session,
                source.id,
                claim,
                state=SourceState.GONE if is_gone else source.state,
                polled_at=now,
                failures=failures,
                reason=str(told),
                next_poll_at=next_poll(now, source.address, failures=failures, asked=asked),
            )
        return told


def next_poll(now: datetime, address: str, *, failures: int = 0, asked: float | None = None) -> datetime:
    """When to poll again: after a quarter of an hour, twice as long with each failure in a row, up to a day.

    `asked` are the seconds of a Retry-After, up to a week. Up to a fifth less than that, by chance, so that
    Sources which once met part again.
    """
    wait = min(INTERVAL * (1 << min(failures, 10)), LONGEST_INTERVAL)
    spread = wait * (1 - _chance(f"{address} {now.isoformat()}") / 5)
    return now + max(spread, timedelta(seconds=min(asked or 0, _LONGEST_ASKED.total_seconds())))


def first_poll(now: datetime, address: str) -> datetime:
    """When to poll one of many that came at once: spread over one interval."""
    return now + INTERVAL * _chance(address)


def _chance(words: str) -> float:
    """From 0 to 1, and the same for the same words."""
    return zlib.crc32(words.encode()) / 2**32


def _found(asked: str, fetched: Fetched, feed: Feed | None) -> FoundFeed:
    address = fetched.address if fetched.moved else asked
    return FoundFeed(urls.canonical(address), feed, fetched.etag, fetched.last_modified)


def _turn(source: Source) -> str:
    """What the Duty table calls a poll of the Source's host: names there have up to 48 characters."""
    return f"poll {hashlib.sha256(_host(source.address).encode()).hexdigest()[:40]}"


def _host(address: str) -> str:
    return URL(address).host or address

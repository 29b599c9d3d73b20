"""Checks: whether a link that somebody got leads to an Appeal that we verified, or only looks like it.

The answer is never that a link is safe. A link is followed to its end, since a short one hides where it
leads; lookalikes are asked nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from yarl import URL

from bot.appeals import asked_links
from bot.appeals.appeals import organisations_by_host
from bot.appeals.hosts.known_hosts import KnownHost, split
from bot.appeals.hosts.link_ends import LinkEnd, LinkEnds
from bot.appeals.hosts.lookalikes import Comparison, Lookalikes
from bot.articles.fetch.fetcher import Fetcher
from bot.clock import Clock, steady_clock
from storage.appeals import appeals, asked_hosts
from storage.database import Database
from storage.models import Appeal

_KEPT = timedelta(days=90)  # the counts of hosts
_LATELY = timedelta(days=30)


class Verdict(Enum):
    """What we can say of a link."""

    VERIFIED = auto()
    LOOKALIKE = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Check:
    """What we can say of a link.

    first, last: the hosts that it names and that it leads to, in ASCII. appeal: the verified Appeal at
    `last`. comparison: of `last`, with the well-known hosts and the verified ones. known: whose well-known
    host `last` is. end: how it was followed. hidden: what stands behind a # in the link.
    """

    first: str
    last: str
    verdict: Verdict
    comparison: Comparison
    appeal: Appeal | None
    known: KnownHost | None
    end: LinkEnd
    hidden: str


@dataclass(frozen=True, slots=True)
class AskedHost:
    """A host that people asked about, how often in the last 30 days, and what it is."""

    host: str
    count: int
    comparison: Comparison


class Checks:
    """The use cases around asked links. What was asked is counted by host and day; nobody's name is kept."""

    def __init__(self, database: Database, clock: Clock, fetcher: Fetcher, lookalikes: Lookalikes) -> None:
        self._database = database
        self._clock = clock
        self._lookalikes = lookalikes
        self._ends = LinkEnds(fetcher, steady_clock(clock))

    async def check(self, link: str) -> Check:
        """Follow a link to its end, say what we know of that, and count its host.

        Raises InvalidInputError if it leads to no web site.
        """
        url, verified = asked_links.read(link), await self._verified()
        hosts = organisations_by_host(verified)
        end = await self._ends.of(url, may_ask=lambda host: self._lookalikes.warning(host, hosts) is None)
        found = self._judge(link, url, end, verified)
        async with self._database.transaction() as session:
            await asked_hosts.count(session, found.last, day=self._today())
        return found

    async def glance(self, link: str) -> Check:
        """Say what we know of a link as it is written: ask nobody, count nothing.

        Raises InvalidInputError if it leads to no web site.
        """
        url = asked_links.read(link)
        return self._judge(link, url, LinkEnd(url), await self._verified())

    async def most_asked(self, limit: int = 20) -> Sequence[AskedHost]:
        """Return the hosts that people asked about most in the last 30 days."""
        async with self._database.read() as session:
            since = self._today() - _LATELY
            counted = await asked_hosts.most_asked(session, since=since, limit=limit)
        hosts = organisations_by_host(await self._verified())
        return [AskedHost(host, count, self._lookalikes.compare(host, hosts)) for host, count in counted]

    async def forget_asked(self) -> None:
        """Delete the counts that are older than 90 days."""
        async with self._database.transaction() as session:
            await asked_hosts.prune(session, before=self._today() - _KEPT)

    async def _verified(self) -> Sequence[Appeal]:
        async with self._database.read() as session:
            return await appeals.showable(session, now=self._clock())

    def _judge(self, link: str, url: URL, end: LinkEnd, verified: Sequence[Appeal]) -> Check:
        comparison = self._lookalikes.compare(end.url.host or "", organisations_by_host(verified))
        known = self._lookalikes.compare(end.url.host or "").same
        appeal = None if comparison.is_lookalike else _appeal_at(end.url, verified, known)
        verdict = Verdict.VERIFIED if appeal else Verdict.UNKNOWN
        return Check(
            first=split(url.host or "").ascii,
            last=comparison.host.ascii,
            verdict=Verdict.LOOKALIKE if comparison.is_lookalike else verdict,
            comparison=comparison,
            appeal=appeal,
            known=known,
            end=end,
            hidden=asked_links.hidden_part(link),
        )

    def _today(self) -> date:
        return self._clock().date()


def _appeal_at(url: URL, verified: Sequence[Appeal], known: KnownHost | None) -> Appeal | None:
    """Return the verified Appeal on the site of an address, the one of this very page first.

    Where anybody can open a page, only the verified page itself is the organisation's.
    """
    registered = split(url.host or "").registered
    there = [one for one in verified if split(URL(one.url).host or "").registered == registered]
    same_page = [one for one in there if _is_at_or_below(url, URL(one.url))]
    if known is not None and known.has_pages:
        there = []
    return next(iter([*same_page, *there]), None)


def _is_at_or_below(url: URL, page: URL) -> bool:
    """Return whether an address is that of a page, or of one below it on the same host."""
    path, above = url.path.rstrip("/"), page.path.rstrip("/")
    same_host = split(url.host or "").registered == split(page.host or "").registered
    return same_host and (path == above or (above != "" and path.startswith(f"{above}/")))

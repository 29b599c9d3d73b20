"""The ends of links: where a link leads. No host is asked often."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from weakref import WeakValueDictionary

from yarl import URL

from bot.articles.fetch.fetcher import Fetcher
from bot.clock import Clock

PAUSE = timedelta(minutes=1)
"""A host is asked once in this time. Meanwhile `LinkEnds.of` returns the last answer again, with its age."""

_PATIENCE_S = 10.0  # the person waits for it
_REMEMBERED = 1_000  # links and hosts, in memory alone

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """Where a link leads, as far as it was followed.

    age: how long ago that was found out; None if no host was asked. is_open: nobody answered there, so it may
    lead elsewhere.
    """

    url: URL
    age: timedelta | None = None
    is_open: bool = True


class LinkEnds:
    """Follows links, and asks no host twice within a minute."""

    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        """`clock` never jumps."""
        self._fetcher = fetcher
        self._clock = clock
        self._found: OrderedDict[str, tuple[LinkEnd, datetime]] = OrderedDict()
        self._asked: OrderedDict[str, datetime] = OrderedDict()
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(self, url: URL, *, may_ask: Callable[[str], bool]) -> LinkEnd:
        """Return where a link leads. A host for which `may_ask` says no is not asked."""
        address = str(url)
        lock = self._locks.setdefault(address, asyncio.Lock())
        async with lock:  # a second call for the same link waits, and gets the same answer
            known = self._found.get(address)
            if known is not None and self._clock() - known[1] < PAUSE:
                return LinkEnd(known[0].url, self._clock() - known[1], known[0].is_open)
            end = await self._follow(url, may_ask)
            if end.age is not None:
                _remember(self._found, address, (end, self._clock()))
            return end

    async def _follow(self, url: URL, may_ask: Callable[[str], bool]) -> LinkEnd:
        asked = set[str]()

        def may_go_on(host: str) -> bool:
            """Let a host send on to itself, as from http to https."""
            if host not in asked and not (may_ask(host) and self._is_rested(host)):
                return False
            asked.add(host)
            return True

        try:
            async with asyncio.timeout(_PATIENCE_S):
                found = await self._fetcher.resolve(str(url), may_ask=may_go_on)
        except TimeoutError:
            return LinkEnd(url)
        return LinkEnd(URL(found.address), timedelta(0) if found.asked else None, not found.answered)

    def _is_rested(self, host: str) -> bool:
        """Return whether a host may be asked again, and note that it is."""
        now, asked = self._clock(), self._asked.get(host)
        if asked is not None and now - asked < PAUSE:
            return False
        _remember(self._asked, host, now)
        return True


def _remember(values: OrderedDict[str, T], key: str, value: T) -> None:
    values[key] = value
    values.move_to_end(key)
    if len(values) > _REMEMBERED:
        values.popitem(last=False)

"""Follows the sandbox's clock, which its page can move, so that quiet hours and digests show in a minute.

Only a `BOT_API_URL` on this machine is asked, so that no other server can move the time.
"""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus

import aiohttp
import orjson
from yarl import URL

from bot import tasks
from bot.clock import Clock, MovedClock, utc_now

log = logging.getLogger(__name__)

LONGEST = timedelta(days=3660)  # the farthest that the sandbox moves its clock
_PATH = "sandbox/clock"
_EVERY_S = 1.0
_PATIENCE = aiohttp.ClientTimeout(total=2)


def is_on_this_machine(address: str) -> bool:
    """Return whether the host is this machine: `localhost` or a loopback address."""
    host = URL(address).host or ""
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped:
        return number.ipv4_mapped.is_loopback  # Python before 3.13 does not look into it
    return number.is_loopback


async def clock_of(api_url: str) -> Clock:
    """Return the sandbox's clock if `api_url` is a sandbox on this machine, otherwise the machine's."""
    if not is_on_this_machine(api_url):
        return utc_now
    clock = MovedClock()
    async with _session() as session:
        await _ask(session, api_url, clock)
    return clock


@asynccontextmanager
async def following(api_url: str, clock: Clock) -> AsyncIterator[None]:
    """Keep a MovedClock at the sandbox's time for the `async with`, at most a second late."""
    task = (
        tasks.start(_follow(api_url, clock), name="the sandbox's clock")
        if isinstance(clock, MovedClock)
        else None
    )
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.wait([task])


async def _follow(api_url: str, clock: MovedClock) -> None:
    """Follow until cancelled. A Bot API server on this machine that is no sandbox is asked once."""
    async with _session() as session:
        while True:
            if not await _ask(session, api_url, clock):
                return
            await asyncio.sleep(_EVERY_S)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=_PATIENCE, trust_env=False, cookie_jar=aiohttp.DummyCookieJar())


async def _ask(session: aiohttp.ClientSession, api_url: str, clock: MovedClock) -> bool:
    """Move `clock` as the sandbox says; return False if this is no sandbox.

    While the sandbox does not answer, the clock keeps its offset.
    """
    try:
        async with session.get(f"{api_url}/{_PATH}", allow_redirects=False) as response:
            if response.status != HTTPStatus.OK:
                return False
            offset = timedelta(seconds=float(orjson.loads(await response.read())["offset"]))
    except (aiohttp.ClientError, TimeoutError, OSError):
        return True
    except (ValueError, KeyError, TypeError, OverflowError):
        return False
    if abs(offset) > LONGEST:
        return False
    if offset != clock.offset:
        log.info("the clock was moved", extra={"by_s": offset.total_seconds()})
        clock.offset = offset
    return True

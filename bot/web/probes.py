"""The pages for monitoring and orchestrators: /live, /ready, /health and /metrics, in every role."""

import hmac
import ipaddress
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from aiohttp import web

_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
"""Headers of a proxy: with one of them, the request comes from elsewhere, although the peer may be near."""

_UNCACHED: Final = {"Cache-Control": "no-store"}

PATHS: Final = frozenset({"/live", "/ready", "/health", "/metrics"})

Page = Callable[[str], tuple[bytes, str]]


class Condition(Protocol):
    """What a process knows about itself. Reasons are short words of ours, without secrets."""

    def dead(self) -> Sequence[str]:
        """Return why this process should be ended and started again; nothing where that would not help."""

    async def unready(self) -> Sequence[str]:
        """Return why it should be given no work now."""

    async def failing(self) -> Sequence[str]:
        """Return the names of what does not work at present."""

    def troubles(self) -> Sequence[str]:
        """Return what somebody should know, although neither a restart nor another process would help."""


class Probes:
    """Answers with 200 or 503 and a JSON object that says why."""

    def __init__(self, condition: Condition, *, metrics: Page | None = None, token: str = "") -> None:
        """`metrics` returns the numbers for a header Accept, and their content type.

        With a `token` they are for those who show it; without one, for this machine and its private networks.
        """
        self._condition = condition
        self._page = metrics
        self._token = token.encode()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the pages."""
        return [
            web.get("/live", self._live),
            web.get("/ready", self._ready),
            web.get("/health", self._health),
            web.get("/metrics", self._metrics),
        ]

    async def _live(self, _request: web.Request) -> web.Response:
        reasons = [*self._condition.dead()]
        return _answer(not reasons, {"live": not reasons, "reasons": reasons})

    async def _ready(self, _request: web.Request) -> web.Response:
        reasons = [*await self._condition.unready()]
        troubles = [*self._condition.troubles()]
        return _answer(not reasons, {"ready": not reasons, "reasons": reasons, "troubles": troubles})

    async def _health(self, _request: web.Request) -> web.Response:
        failing = [*await self._condition.failing()]
        return _answer(not failing, {"healthy": not failing, "failing": failing})

    async def _metrics(self, request: web.Request) -> web.Response:
        if not self._may_read(request):
            return web.Response(status=403, headers=_UNCACHED)
        if self._page is None:
            return web.Response(status=503, headers=_UNCACHED)
        body, content_type = self._page(request.headers.get("Accept", ""))
        return web.Response(body=body, headers=_UNCACHED | {"Content-Type": content_type})

    def _may_read(self, request: web.Request) -> bool:
        """Return whether the numbers are for this client."""
        if self._token:
            given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            return hmac.compare_digest(given, b"Bearer " + self._token)
        return is_near(request.remote) and not any(name in request.headers for name in _FORWARDED)


def is_near(address: str | None) -> bool:
    """Return whether an address is of this machine or of a private network; False if there is none."""
    try:
        number = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped:
        number = number.ipv4_mapped
    return number.is_private


def _answer(is_well: bool, content: dict[str, object]) -> web.Response:
    return web.json_response(content, status=200 if is_well else 503, headers=_UNCACHED)

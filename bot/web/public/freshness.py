"""Freshness: tells a client that has an answer already that it is still the same (RFC 9110, 13)."""

from collections import OrderedDict
from datetime import datetime
from hashlib import sha256

from aiohttp import web

from bot.clock import Clock
from bot.web.assets import has_tag
from bot.web.compression import compress

_MOST = 2_000  # addresses; one that was forgotten is sent again in full
_FOR_A_MINUTE = "public, max-age=60"


class Freshness:
    """Notes since when each address has its present answer, as far as this process has drawn it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    def answer(
        self, request: web.Request, key: str, body: bytes, content_type: str, vary: str
    ) -> web.Response:
        """Return the answer, or 304 without it to a client that has the very same.

        `key`: all that the answer depends on. `vary`: the headers of the request among that.
        """
        tag, since = self._stamp(key, body)
        headers = {
            "Cache-Control": _FOR_A_MINUTE,
            "ETag": f'W/"{tag}"',
            "Vary": vary,
        }
        if _has(request, tag, since):
            unchanged = web.Response(status=304, headers=headers)
            unchanged.last_modified = since
            return unchanged
        answer = web.Response(body=body, headers=headers | {"Content-Type": content_type})
        answer.last_modified = since
        compress(request, answer)
        return answer

    def _stamp(self, key: str, body: bytes) -> tuple[str, datetime]:
        """Return the answer's checksum, and since when it is this one."""
        tag = sha256(body).hexdigest()[:32]
        known = self._known.pop(key, None)
        if known is None or known[0] != tag:
            known = tag, self._clock().replace(microsecond=0)
        self._known[key] = known
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return known


def _has(request: web.Request, tag: str, since: datetime) -> bool:
    """Return whether the client has the answer: by its checksum, and only without one by its time."""
    if "If-None-Match" in request.headers:
        return has_tag(request, tag)
    return request.if_modified_since is not None and request.if_modified_since >= since

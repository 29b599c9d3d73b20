"""Refuse requests of other sites' pages, and requests for other hosts.

A page of another site can send requests to this machine too. By DNS rebinding its own host name leads here,
and its scripts could read the answers; such a request still names that host. Without rebinding the browser
marks the request with `Sec-Fetch-Site` (www.w3.org/TR/fetch-metadata); bots send no such header.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.sandbox.bot_api.refusals import forbidden

# Values of Sec-Fetch-Site for a request of the page itself, and for an address that a person typed.
OWN: Final = frozenset({"same-origin", "none"})
# A link on any site may lead here: it opens the page, which does nothing by itself.
FRONT_DOOR: Final = "/"
HTTP_PORT: Final = 80  # a browser leaves it out of the Host header


@web.middleware
async def refuse_others(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 403 to a request for another host, or of another site's page."""
    own = own_hosts(*request.transport.get_extra_info("sockname")[:2]) if request.transport else []
    if request.headers.get("Host", "").lower() not in own:
        return _refused(f"The sandbox answers only at {' and '.join(own)}.")
    if request.path != FRONT_DOOR and not _is_own_page(request, own):
        return _refused("The sandbox answers no page of another site.")
    return await handler(request)


def _is_own_page(request: web.Request, own: Sequence[str]) -> bool:
    """Return whether no other site's page sent this; Sec-Fetch-Site comes only with loopback or HTTPS."""
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and origin.lower().removeprefix("http://") not in own
    return not is_foreign and request.headers.get("Sec-Fetch-Site", "none") in OWN


def own_hosts(address: str, port: int) -> list[str]:
    """Return the `Host` headers of requests to this address; `localhost` only for this machine's own."""
    number = ipaddress.ip_address(address)
    if isinstance(number, ipaddress.IPv6Address):
        number = number.ipv4_mapped or number
    names = [f"[{number}]" if number.version == 6 else str(number)]  # noqa: PLR2004  # the version of IP
    if number.is_loopback:
        names.append("localhost")
    return [f"{name}:{port}" for name in names] + (names if port == HTTP_PORT else [])


def _refused(sentence: str) -> web.Response:
    """Return an answer that a bot and the page both can read."""
    refusal = forbidden(sentence)
    return web.json_response({**refusal.as_json(), "error": sentence}, status=refusal.code)

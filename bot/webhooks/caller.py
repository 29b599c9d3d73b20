"""The caller: posts one Event to one address, within the rules of the safe fetcher."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.articles import urls
from bot.articles.fetch import connector, errors
from bot.articles.fetch.public_hosts import ConnectPolicy, is_public, is_public_name
from bot.errors import UserError, WebhookError

_TOTAL_S = 15.0  # from looking up the name to the answer's status
_SUCCESS = range(200, 300)
_GONE = 410
_PORT = 443
_HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one try came to. `status`: the answer's HTTP status; None without one. `reason`: why it failed."""

    status: int | None
    reason: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status in _SUCCESS

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == _GONE


def checked(address: str) -> str:
    """Return an address that may be a Webhook's. Raises WebhookError with one line for any other one.

    It is https at a public host, or a server on this machine: http://127.0.0.1 with any port.
    """
    try:
        url = urls.parse(address)
    except UserError as error:
        raise WebhookError("{why}", why=error) from error
    if url.host == _HERE:
        return str(url)
    if url.scheme != "https":
        raise WebhookError("A webhook's address must begin with https:// (http only for 127.0.0.1).")
    host = url.raw_host or ""
    is_number = ":" in host or host.replace(".", "").isdigit()
    if url.port != _PORT or not is_public_name(host) or (is_number and not is_public(host)):
        raise WebhookError("{host} is not on the open internet, or its port is not 443.", host=url.host)
    return str(url)


class Caller:
    """Posts Events. It follows no redirect, reads no answer's body, and keeps no connection and no cookie."""

    def __init__(
        self,
        *,
        total_s: float = _TOTAL_S,
        resolver: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`resolver` and `trust` (the accepted certificates) are the system's unless given."""
        self._agent = f"Comeback/{metadata.version('comeback')}"
        self._total_s = total_s
        self._resolver = resolver
        self._trust = trust

    async def post(self, address: str, body: str, headers: Mapping[str, str]) -> Answer:
        """Post a body of JSON; return what came of it. Raises nothing that a receiver could cause."""
        url = URL(address, encoded=True)
        sent = {"User-Agent": self._agent, "Content-Type": "application/json", **headers}
        try:
            async with (
                asyncio.timeout(self._total_s),
                self._session(url) as session,
                session.post(url, data=body.encode(), headers=sent, allow_redirects=False) as answer,
            ):
                reason = "" if answer.status in _SUCCESS else f"status {answer.status}"
                return Answer(answer.status, reason)
        except (ClientError, OSError) as error:  # a TimeoutError is an OSError
            return Answer(None, str(errors.of_error(url.host or "", error)))

    def _session(self, url: URL) -> ClientSession:
        """Return a session that reaches public addresses only, and for one on this machine only that."""
        own = frozenset({(_HERE, url.port or 0)}) if url.host == _HERE else frozenset()
        return ClientSession(
            connector=connector.guarded(ConnectPolicy(own), resolver=self._resolver, trust=self._trust),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None, sock_connect=None),
            trust_env=False,
        )

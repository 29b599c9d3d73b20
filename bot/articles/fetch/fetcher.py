"""The fetcher: get a page or feed from an address that anybody may have sent, and that may be an attack.

`bot.articles.urls` parses the address, `public_hosts` says where a connection may go, `connector` enforces
that, `decompression` stops bombs; this module limits time, size, redirects and content types.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from importlib import metadata

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, hdrs
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.articles import urls
from bot.articles.article import FetchedPage
from bot.articles.fetch import connector, errors
from bot.articles.fetch.decompression import ENCODINGS, CorruptDataError, Decompressor, TooLargeError
from bot.articles.fetch.errors import FetchRefusedError
from bot.articles.fetch.public_hosts import OPEN_WEB, ConnectPolicy, is_public_name
from bot.errors import InvalidInputError

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_SUCCESS = frozenset({HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION})

_SNIFFED = 1445  # bytes in which browsers look for binary data (WHATWG MIME Sniffing)
_WIDE = ("utf-16", "utf-32")  # character sets whose texts have many zero bytes
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")

_LONGEST_KEPT = 256  # characters of a header's value that we store and send back


@dataclass(frozen=True, slots=True)
class Accept:
    """The content types that are accepted; an answer without one is accepted if it looks like text.

    may_be_cut: accept the beginning of a body that is too large, instead of refusing it.
    """

    types: tuple[str, ...]
    may_be_cut: bool = False


PAGES = Accept(("text/html", "application/xhtml+xml", "text/plain", "text/markdown"))
FEEDS = Accept(
    (
        *("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"),
        *(
            "application/xml",
            "text/xml",
            "application/json",
            "application/x-rss+xml",
        ),  # some servers say these
        *("text/html", "application/xhtml+xml", "text/plain"),  # the same, or a page that links to its feeds
    ),
    may_be_cut=True,  # the newest entries come first
)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The limits of one fetch.

    headers: seconds from looking up the name to the answer's headers, for each redirect again.
    total: seconds for everything, with redirects; it ends an answer that trickles.
    body: bytes, as received and again when decompressed; the largest of 150 real news pages has 2.2 MB.
    redirects: how many are followed; links through shorteners and consent pages need fewer than five.
    """

    headers: float = 15
    total: float = 30
    body: int = 5 * 1024**2
    redirects: int = 5


LIMITS = FetchLimits()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of a fetch.

    address: the final address after redirects, without fragment.
    content_type: in lower case and without parameters; empty if the server named none.
    charset: as the server names it, in lower case; a hint to check like the page's own declaration.
    etag, last_modified: values for the next fetch of the address, which may then report it as unchanged.
    unchanged: the body is the same as when these values were received, and is not here.
    moved: every redirect was permanent, so that this address may replace the one that was asked for.
    """

    address: str
    body: bytes
    content_type: str = ""
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False
    moved: bool = False

    @property
    def page(self) -> FetchedPage:
        """The body with its address and charset, for a reader."""
        return FetchedPage(self.body, self.address, self.charset)


@dataclass(frozen=True, slots=True)
class Resolved:
    """Where an address leads. asked: how many hosts were asked on the way. answered: so did the last one."""

    address: str
    asked: int
    answered: bool


class Fetcher:
    """Fetches pages from the public web. It keeps no connection and no cookie between two fetches."""

    def __init__(
        self,
        *,
        contact: str,
        limits: FetchLimits = LIMITS,
        policy: ConnectPolicy = OPEN_WEB,
        resolver: AbstractResolver | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`contact` is a web or mail address for our User-Agent, for a site's owner; may be "".

        `resolver` and `trust` (the accepted certificates) are the system's unless given.
        """
        self._agent = f"Comeback/{metadata.version('comeback')}" + (f" (+{contact})" if contact else "")
        self._limits = limits
        self._policy = policy
        self._resolver = resolver
        self._trust = trust

    async def fetch(
        self,
        address: str,
        *,
        accept: Accept = PAGES,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Fetched:
        """Fetch the address; with `etag` or `last_modified` of an earlier fetch, only if it has changed.

        Raises InvalidInputError if the address cannot be parsed, and FetchRefusedError, with one sentence,
        for everything else that goes wrong.
        """
        url = urls.parse(address)
        headers = self._headers(accept, etag, last_modified)
        try:
            async with asyncio.timeout(self._limits.total), self._session(headers) as session:
                return await self._follow(session, url, accept)
        except TimeoutError as error:
            raise errors.of_error(_host(url), error) from error

    async def resolve(self, address: str, *, may_ask: Callable[[str], bool]) -> Resolved:
        """Follow the redirects of an address to their end; read no page.

        Where `may_ask` refuses a host, or an error comes, the way ends. Raises InvalidInputError if the
        address cannot be parsed.
        """
        url: URL | None = urls.parse(address)
        last, asked = url, 0
        with suppress(FetchRefusedError, TimeoutError):
            async with asyncio.timeout(self._limits.total), self._session(self._headers(PAGES)) as session:
                while url and asked <= self._limits.redirects and may_ask(url.raw_host or ""):
                    last, asked = url, asked + 1
                    url = await self._redirect_of(session, url)
                return Resolved(str(url or last), asked, answered=url is None)
        return Resolved(str(last), asked, answered=False)

    async def _redirect_of(self, session: ClientSession, url: URL) -> URL | None:
        async with self._answer(session, url) as answer:
            found = _redirect(url, answer)
            return found.target if found else None

    def _headers(
        self, accept: Accept, etag: str | None = None, last_modified: str | None = None
    ) -> dict[str, str]:
        headers = {
            hdrs.USER_AGENT: self._agent,
            hdrs.ACCEPT: ", ".join((*accept.types, "*/*;q=0.1")),
            hdrs.ACCEPT_ENCODING: ENCODINGS,
            hdrs.IF_NONE_MATCH: etag,
            hdrs.IF_MODIFIED_SINCE: last_modified,
        }
        return {name: value for name, value in headers.items() if value}

    def _session(self, headers: Mapping[str, str]) -> ClientSession:
        return ClientSession(
            connector=connector.guarded(self._policy, resolver=self._resolver, trust=self._trust),
            cookie_jar=DummyCookieJar(),
            headers=headers,
            timeout=ClientTimeout(total=None, sock_connect=None),  # FetchLimits are in force around it
            auto_decompress=False,
            trust_env=False,
        )

    async def _follow(self, session: ClientSession, first: URL, accept: Accept) -> Fetched:
        url, permanent = first, True
        for hop in range(self._limits.redirects + 1):
            found = await self._exchange(session, url, accept)
            if isinstance(found, Fetched):
                return replace(found, moved=permanent and hop > 0)
            url, permanent = found.target, permanent and found.permanent
        raise errors.too_many_redirects(_host(first), self._limits.redirects)

    async def _exchange(self, session: ClientSession, url: URL, accept: Accept) -> "Fetched | _Redirect":
        async with self._answer(session, url) as answer:
            return _redirect(url, answer) or await self._read(answer, accept)

    @asynccontextmanager
    async def _answer(self, session: ClientSession, url: URL) -> AsyncIterator[ClientResponse]:
        """Ask for the address; errors until the end of the `async with` become a FetchRefusedError."""
        self._check(url)
        try:
            async with asyncio.timeout(self._limits.headers):
                answer = await session.get(url, allow_redirects=False)
            async with answer:
                yield answer
        except (ClientError, OSError) as error:
            raise errors.of_error(_host(url), error) from error

    def _check(self, url: URL) -> None:
        """Refuse ports and names that need no lookup; the connector checks every address again."""
        if not self._policy.allows_port(url.port or 0):
            raise errors.odd_port(url.port or 0)
        if not is_public_name(url.raw_host or ""):
            raise errors.out_of_reach(_host(url))

    async def _read(self, answer: ClientResponse, accept: Accept) -> Fetched:
        if answer.status == HTTPStatus.NOT_MODIFIED and _was_conditional(answer):
            return _fetched(answer, unchanged=True)
        host = _host(answer.url)
        if answer.status not in _SUCCESS:
            raise errors.of_status(host, answer.status, answer.headers)
        content_type = _content_type(answer)
        if content_type and content_type not in accept.types:
            raise errors.of_kind(host, content_type)
        fetched = _fetched(answer, body=await self._body(answer, accept))
        _refuse_no_text(host, fetched)
        return fetched

    async def _body(self, answer: ClientResponse, accept: Accept) -> bytes:
        host, limit = _host(answer.url), self._limits.body
        if (answer.content_length or 0) > limit and not accept.may_be_cut:
            raise errors.too_large(host, limit)
        encoding = ", ".join(answer.headers.getall(hdrs.CONTENT_ENCODING, ())).strip().lower()
        try:
            return await _decompressed(answer, Decompressor(encoding, limit), accept)
        except TooLargeError as error:
            raise errors.too_large(host, limit) from error
        except CorruptDataError as error:
            raise errors.garbled(host) from error


async def _decompressed(answer: ClientResponse, decompressor: Decompressor, accept: Accept) -> bytes:
    """Decompress the body, or its beginning if that is enough. Raises TooLargeError or CorruptDataError."""
    try:
        async for piece in answer.content.iter_any():
            decompressor.feed(piece)
        return decompressor.finish()
    except TooLargeError:
        if accept.may_be_cut:
            return decompressor.partial()
        raise


@dataclass(frozen=True, slots=True)
class _Redirect:
    target: URL
    permanent: bool


def _redirect(url: URL, answer: ClientResponse) -> _Redirect | None:
    """Return the redirect in the answer; None if there is none."""
    location = answer.headers.get(hdrs.LOCATION)
    if location is None or answer.status not in _REDIRECTS:
        return None
    try:
        target = urls.join(url, location)
    except InvalidInputError as error:
        raise errors.bad_redirect(_host(url), location) from error
    if url.scheme == "https" and target.scheme == "http":
        raise errors.downgraded(_host(url))
    return _Redirect(target, permanent=answer.status in _PERMANENT)


def _was_conditional(answer: ClientResponse) -> bool:
    asked = answer.request_info.headers
    return hdrs.IF_NONE_MATCH in asked or hdrs.IF_MODIFIED_SINCE in asked


def _content_type(answer: ClientResponse) -> str:
    return answer.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()


def _fetched(answer: ClientResponse, *, body: bytes = b"", unchanged: bool = False) -> Fetched:
    return Fetched(
        address=str(answer.url),
        body=body,
        content_type=_content_type(answer),
        charset=_plain((answer.charset or "").lower()),
        etag=_plain(answer.headers.get(hdrs.ETAG, "")),
        last_modified=_plain(answer.headers.get(hdrs.LAST_MODIFIED, "")),
        unchanged=unchanged,
    )


def _plain(value: str) -> str | None:
    """Return a header's value if we can store it and send it back; a server may send any bytes there."""
    fit = value and len(value) <= _LONGEST_KEPT and value.isascii() and value.isprintable()
    return value if fit else None


def _refuse_no_text(host: str, fetched: Fetched) -> None:
    """Refuse an empty page, and a file that is not text even if the server calls it so."""
    if not fetched.body.strip():
        raise errors.of_status(host, HTTPStatus.NO_CONTENT, {})
    if fetched.body.startswith(b"%PDF-"):
        raise errors.of_kind(host, "application/pdf")
    is_wide = fetched.body.startswith(_WIDE_MARKS) or (fetched.charset or "").startswith(_WIDE)
    if b"\0" in fetched.body[:_SNIFFED] and not is_wide:
        raise errors.of_kind(host, "application/octet-stream")


def _host(url: URL) -> str:
    """Return the host for a sentence, decoded from Punycode."""
    return url.host or ""

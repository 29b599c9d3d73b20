"""Fetch errors: one plain sentence for each reason why an address gives no page."""

import socket
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp

from bot.articles.fetch.public_hosts import OutOfReachError
from bot.articles.urls import shown
from bot.errors import RefusedError
from bot.i18n import mark


class FetchRefusedError(RefusedError):
    """An address gave no page; the sentence says why and what to do.

    `status` is the server's HTTP status if it was not a success; `retry_after` is how many seconds the server
    asks us to wait, if it does. `hosts` are those that were asked before it failed, the address's own first,
    and the one to which the last redirect led.
    """

    def __init__(
        self,
        sentence: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        **values: object,
    ) -> None:
        super().__init__(sentence, **values)
        self.status = status
        self.retry_after = retry_after
        self.hosts: tuple[str, ...] = ()


EMPTY = mark("The page at {host} is empty: check the address.")
LOGIN = mark("{host} shows this page only to people who log in: paste the story’s text instead.")
PAYMENT = mark("{host} shows this page only to people who pay: paste the story’s text instead.")
FORBIDDEN = mark(
    "{host} does not let Comeback read this page: open it in your browser and paste the story’s text."
)
MISSING = mark("{host} has no page at this address: check it in your browser.")
REMOVED = mark("{host} has removed this page for good: look for the story at another address.")
TOO_OFTEN = mark("{host} is getting too many requests from us: wait a while, then try again.")
LEGAL = mark(
    "{host} is not allowed to show this page, for legal reasons: look for the story at another address."
)
SERVER = mark("{host} has a problem (error {code}): try again later.")
STATUS = mark("{host} answers with status {code} instead of a page: check it in your browser.")
PDF = mark("This is a PDF file, not a page: paste the story’s text instead.")
VIDEO = mark("This is a video, not a page: give the address of a written story.")
AUDIO = mark("This is an audio file, not a page: give the address of a written story.")
PICTURE = mark("This is a picture, not a page: give the address of the page that shows it.")
FILE = mark("{host} sends a file ({kind}), not a page: paste the story’s text instead.")
UNREACHED = mark("{host} cannot be reached: check the address, or try again later.")
LATE = mark("{host} takes too long to answer: try again later, or paste the story’s text.")
NO_SITE = mark("There is no site called {host}: check the address.")
CERTIFICATE = mark("The certificate of {host} is not valid: check the address.")
INSECURE = mark("There is no secure connection to {host}: check the address, or try again later.")
GARBLED = mark("{host} sends an incomplete or damaged answer: try again later, or paste the story’s text.")
NOT_PUBLIC = mark("{host} is not on the open internet: give the address of a page that everyone can see.")
PORT = mark("Comeback does not read pages on port {port}: give an address without a port.")
REDIRECT = mark(
    "{host} redirects to {address}, which Comeback cannot read: give the address of the story itself."
)
DOWNGRADE = mark("{host} redirects to an address without https: give that address yourself if you trust it.")
REDIRECTS = mark("{host} redirects more than {limit} times: give the address where your browser ends up.")
LARGE = mark("The page at {host} is larger than {megabytes} MB: paste the story’s text instead.")

_BY_STATUS: dict[int, str] = {
    HTTPStatus.NO_CONTENT: EMPTY,
    HTTPStatus.RESET_CONTENT: EMPTY,
    HTTPStatus.UNAUTHORIZED: LOGIN,
    HTTPStatus.PAYMENT_REQUIRED: PAYMENT,
    HTTPStatus.FORBIDDEN: FORBIDDEN,
    HTTPStatus.NOT_FOUND: MISSING,
    HTTPStatus.GONE: REMOVED,
    HTTPStatus.TOO_MANY_REQUESTS: TOO_OFTEN,
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: LEGAL,
}
_BY_KIND = {"application/pdf": PDF, "video": VIDEO, "audio": AUDIO, "image": PICTURE}
# The first match counts: later classes are wider.
_BY_ERROR: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, LATE),
    (aiohttp.ClientConnectorDNSError, NO_SITE),
    (aiohttp.ClientConnectorCertificateError, CERTIFICATE),
    (aiohttp.ClientConnectorSSLError, INSECURE),
    (aiohttp.ClientConnectorError, UNREACHED),
)


def of_status(host: str, status: int, headers: Mapping[str, str]) -> FetchRefusedError:
    """Return the error for an answer whose status is not a success."""
    fault = SERVER if status >= HTTPStatus.INTERNAL_SERVER_ERROR else STATUS
    sentence = _BY_STATUS.get(status, fault)
    return FetchRefusedError(
        sentence, status=status, retry_after=_retry_after(headers), host=host, code=status
    )


def of_kind(host: str, content_type: str) -> FetchRefusedError:
    """Return the error for an answer that is not text."""
    kind = content_type if content_type in _BY_KIND else content_type.partition("/")[0]
    return FetchRefusedError(_BY_KIND.get(kind, FILE), host=host, kind=shown(content_type))


def of_error(host: str, error: Exception) -> FetchRefusedError:
    """Return the error for a missing or incomplete answer: one of aiohttp's errors, or TimeoutError."""
    cause = getattr(error, "os_error", None)
    if isinstance(cause, OutOfReachError):
        return out_of_reach(host)
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:  # our own name server failed
        return FetchRefusedError(UNREACHED, host=host)
    sentence = next((text for kind, text in _BY_ERROR if isinstance(error, kind)), GARBLED)
    return FetchRefusedError(sentence, host=host)


def out_of_reach(host: str) -> FetchRefusedError:
    """Return the error for a host that is not, or not only, on the open internet."""
    return FetchRefusedError(NOT_PUBLIC, host=host)


def odd_port(port: int) -> FetchRefusedError:
    """Return the error for a port from which no pages are fetched."""
    return FetchRefusedError(PORT, port=port)


def bad_redirect(host: str, target: str) -> FetchRefusedError:
    """Return the error for a redirect to an address that cannot be fetched."""
    return FetchRefusedError(REDIRECT, host=host, address=shown(target))


def downgraded(host: str) -> FetchRefusedError:
    """Return the error for a redirect from https to http, where the page may be changed on its way."""
    return FetchRefusedError(DOWNGRADE, host=host)


def too_many_redirects(host: str, limit: int) -> FetchRefusedError:
    """Return the error for a chain of redirects that is too long or circular."""
    return FetchRefusedError(REDIRECTS, host=host, limit=limit)


def too_large(host: str, limit: int) -> FetchRefusedError:
    """Return the error for a body of more than `limit` bytes, before or after decompression."""
    return FetchRefusedError(LARGE, host=host, megabytes=limit // 1024**2)


def garbled(host: str) -> FetchRefusedError:
    """Return the error for an answer that is cut short or cannot be decompressed."""
    return FetchRefusedError(GARBLED, host=host)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds in Retry-After: a number, or a date, compared with the server's clock."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdecimal():
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (OverflowError, TypeError, ValueError):  # no date, or one with a zone and one without
        return None
    return max(wait.total_seconds(), 0.0)

"""Why an address gave no page: one plain sentence for each way it can go wrong."""

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

    `status` is the HTTP status where the server answered with one that is no success; `retry_after` the
    seconds that it asks to wait, where it does.
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


_BY_STATUS: dict[int, str] = {
    HTTPStatus.NO_CONTENT: mark("The page at {host} is empty: check the address."),
    HTTPStatus.RESET_CONTENT: mark("The page at {host} is empty: check the address."),
    HTTPStatus.UNAUTHORIZED: mark(
        "{host} shows this page only to people who log in: paste the story's text instead."
    ),
    HTTPStatus.PAYMENT_REQUIRED: mark(
        "{host} shows this page only to people who pay: paste the story's text instead."
    ),
    HTTPStatus.FORBIDDEN: mark(
        "{host} does not let Comeback read this page: open it in your browser and paste the story's text."
    ),
    HTTPStatus.NOT_FOUND: mark("{host} has no page at this address: check it in your browser."),
    HTTPStatus.GONE: mark("{host} has taken this page away for good: look for another address of the story."),
    HTTPStatus.TOO_MANY_REQUESTS: mark(
        "{host} says that we ask too often: wait a while before you try again."
    ),
    HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS: mark(
        "{host} may not show this page for legal reasons: look for another address of the story."
    ),
}
_FAULT = mark("{host} is out of order (error {code}): try again later.")
_OTHER_STATUS = mark("{host} answers with status {code} instead of a page: check it in your browser.")

_BY_KIND = {
    "application/pdf": mark("This is a PDF file, not a page: paste the story's text instead."),
    "video": mark("This is a video, not a page: give the address of a written story."),
    "audio": mark("This is a sound recording, not a page: give the address of a written story."),
    "image": mark("This is a picture, not a page: give the address of the page that it stands on."),
}
_OTHER_KIND = mark(
    "{host} sends a file of another kind ({kind}), not a page: paste the story's text instead."
)

_UNREACHED = mark("{host} cannot be reached: check the address, or try again later.")
# The first that fits counts: the later ones are wider.
_BY_ERROR: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, mark("{host} takes too long to answer: try again later, or paste the story's text.")),
    (aiohttp.ClientConnectorDNSError, mark("There is no site called {host}: check the address.")),
    (
        aiohttp.ClientConnectorCertificateError,
        mark("{host} cannot prove who it is, its certificate is wrong: check the address."),
    ),
    (
        aiohttp.ClientConnectorSSLError,
        mark("No secure connection to {host} can be made: check the address, or try again later."),
    ),
    (aiohttp.ClientConnectorError, _UNREACHED),
)
_GARBLED = mark("{host} breaks off or garbles its answer: try again later, or paste the story's text.")


def of_status(host: str, status: int, headers: Mapping[str, str]) -> FetchRefusedError:
    """For an answer whose status is no success."""
    fault = _FAULT if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _OTHER_STATUS
    sentence = _BY_STATUS.get(status, fault)
    return FetchRefusedError(
        sentence, status=status, retry_after=_retry_after(headers), host=host, code=status
    )


def of_kind(host: str, content_type: str) -> FetchRefusedError:
    """For an answer that is no text."""
    kind = content_type if content_type in _BY_KIND else content_type.partition("/")[0]
    return FetchRefusedError(_BY_KIND.get(kind, _OTHER_KIND), host=host, kind=shown(content_type))


def of_error(host: str, error: Exception) -> FetchRefusedError:
    """For an answer that did not come, or not whole: aiohttp's errors and TimeoutError."""
    cause = getattr(error, "os_error", None)
    if isinstance(cause, OutOfReachError):
        return out_of_reach(host)
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:  # our name server is to blame
        return FetchRefusedError(_UNREACHED, host=host)
    sentence = next((text for kind, text in _BY_ERROR if isinstance(error, kind)), _GARBLED)
    return FetchRefusedError(sentence, host=host)


def out_of_reach(host: str) -> FetchRefusedError:
    """For a host that is not, or not only, on the open internet."""
    sentence = mark("{host} is not on the open internet: give the address of a page that everyone can see.")
    return FetchRefusedError(sentence, host=host)


def odd_port(port: int) -> FetchRefusedError:
    """For a port at which no pages are fetched."""
    sentence = mark("Pages are not fetched from port {port}: give an address without a port.")
    return FetchRefusedError(sentence, port=port)


def bad_redirect(host: str, target: str) -> FetchRefusedError:
    """For a redirect to where no page can be fetched from."""
    sentence = mark("{host} sends its readers on to {address}, from where no page can be fetched.")
    return FetchRefusedError(sentence, host=host, address=shown(target))


def downgraded(host: str) -> FetchRefusedError:
    """For a redirect from https to http: what comes then may have been changed on the way."""
    sentence = mark(
        "{host} sends its readers on to an address without https: give that one yourself if you trust it."
    )
    return FetchRefusedError(sentence, host=host)


def too_many_redirects(host: str, limit: int) -> FetchRefusedError:
    """For a chain of redirects that is too long, or goes round in a circle."""
    sentence = mark(
        "{host} sends its readers on more than {limit} times: give the address where your browser ends up."
    )
    return FetchRefusedError(sentence, host=host, limit=limit)


def too_large(host: str, limit: int) -> FetchRefusedError:
    """For a body of more than `limit` bytes, before or after it is unpacked."""
    sentence = mark("The page at {host} is larger than {megabytes} MB: paste the story's text instead.")
    return FetchRefusedError(sentence, host=host, megabytes=limit // 1024**2)


def garbled(host: str) -> FetchRefusedError:
    """For an answer that is cut short or cannot be unpacked."""
    return FetchRefusedError(_GARBLED, host=host)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by Retry-After: a number of them, or a date, seen from the server's own clock."""
    asked = headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdecimal():
        return float(asked)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (OverflowError, TypeError, ValueError):  # no date, or one with a zone and one without
        return None
    return max(wait.total_seconds(), 0.0)

"""The HTTP transport of python-telegram-bot, on aiohttp instead of httpx.

httpx does more work for a request the more connections it holds; aiohttp does not
(`tests/load/bench_transport.py` measures both).

The bot's token is part of every address, and many errors of aiohttp quote the address: no text of theirs is
passed on before the token is removed.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

import aiohttp
import orjson
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.telegram.answer_watch import AnswerWatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    # python-telegram-bot spells "not given" with a sentinel of a private class; this is what it may be.
    Seconds = Any

SLICE: Final = 64 * 1024
"""Larger bodies are written in slices of this many bytes, each within the write timeout.

Smaller ones fit into the socket's buffer, and writing them takes no time."""

TOKEN: Final = re.compile(r"(?<=/bot)\d+(?::|%3A)([\w-]+)")
"""The token in an address (`…/bot<token>/method`, `…/file/bot<token>/path`), and the secret part of it."""

NEVER_LEFT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
"""Errors before there was a connection: Telegram cannot have seen the request."""


class NeverSentError(NetworkError):
    """The request did not leave, so another try cannot make a message appear twice."""


class NeverSentInTimeError(NeverSentError, TimedOut):
    """There was no connection in time."""


class NoAnswerError(NetworkError):
    """The connection broke before an answer: the request may have arrived or not."""


class NoAnswerInTimeError(NoAnswerError, TimedOut):
    """No answer came in time: the request may have arrived or not."""


def addressed(body: bytes, **where: int) -> bytes:
    """Return `body`, a JSON object that is ready, with these fields at its beginning: a chat, a message."""
    fields = b",".join(b'"%b":%d' % (name.encode(), value) for name, value in where.items())
    return b"{%b,%b" % (fields, body[1:])


class AiohttpRequest(BaseRequest):
    """Makes Bot API requests over one pool of connections.

    One instance may serve `get_updates` and all else at once: a long poll takes one connection, and each
    request has its own timeouts. Redirects are not followed but returned. There are no cookies, and proxies
    of the environment are not used.

    Errors are those of python-telegram-bot's own transport: TimedOut, and NetworkError for the rest.
    NeverSentError marks requests that cannot have reached Telegram, NoAnswerError those that may have.
    """

    def __init__(
        self,
        *,
        connections: int = 256,
        connect_timeout: float | None = 5.0,
        read_timeout: float | None = 5.0,
        write_timeout: float | None = 5.0,
        upload_timeout: float | None = 20.0,
        pool_timeout: float | None = 1.0,
    ) -> None:
        """`connections` should exceed the sends and long polls that can be under way at once.

        Timeouts are in seconds, and None means no limit. As in the library's own transport, each holds for
        one step: to get a free connection (pool), to open one (connect), the longest silence of the server
        (read), the longest stall of a write (write; `upload_timeout` for requests with files).
        """
        self._connections = connections
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._upload_timeout = upload_timeout
        self._pool_timeout = pool_timeout
        self._session: aiohttp.ClientSession | None = None
        self.answers = AnswerWatch()

    @property
    def read_timeout(self) -> float | None:
        """The default read timeout; python-telegram-bot adds it to the length of a long poll."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the pool, unless it is open."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                trust_env=False,
            )

    async def shutdown(self) -> None:
        """Close the pool, unless it is closed. Requests under way fail with NetworkError."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(self, url: str, body: bytes, *, read_timeout: float) -> Any:
        """Post a JSON body that is ready; return the result. Raises python-telegram-bot's errors.

        For long polls and Broadcasts: to make python-telegram-bot's objects of the body and back would take
        most of the time of a send (0.35 ms instead of 0.15 ms).
        """
        answer = await self._request_wrapper(
            url, "POST", cast("RequestData", ReadyBody(body)), read_timeout=read_timeout
        )
        return self.parse_json_payload(answer)["result"]

    async def do_request(  # noqa: PLR0917  # python-telegram-bot's signature
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Seconds = BaseRequest.DEFAULT_NONE,
        write_timeout: Seconds = BaseRequest.DEFAULT_NONE,
        connect_timeout: Seconds = BaseRequest.DEFAULT_NONE,
        pool_timeout: Seconds = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make one request; return the status and the body of the answer. See `BaseRequest.do_request`."""
        uploads = request_data is not None and request_data.contains_files
        timeouts = _timeouts(
            _given(connect_timeout, self._connect_timeout),
            _given(pool_timeout, self._pool_timeout),
            _given(read_timeout, self._read_timeout),
        )
        write_timeout = _given(write_timeout, self._upload_timeout if uploads else self._write_timeout)
        body, headers = await _encode(request_data)
        try:
            status, answer = await self._exchange(
                method, url, body=body, headers=headers, timeouts=timeouts, write_timeout=write_timeout
            )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            failure = _failure(error)
        else:
            note = self.answers.answered if status < HTTPStatus.INTERNAL_SERVER_ERROR else self.answers.failed
            note()
            return _checked(method, status, answer, url)
        self.answers.failed()
        # Raised outside of the handler: aiohttp's error, which may quote the address, is not its context.
        raise failure

    async def _exchange(
        self,
        method: str,
        url: str,
        *,
        body: bytes,
        headers: dict[str, str],
        timeouts: aiohttp.ClientTimeout,
        write_timeout: float | None,
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise RuntimeError("the transport is not initialized")
        async with asyncio.timeout(None) as stall:
            data = body if len(body) <= SLICE else _sliced(body, stall, write_timeout)
            async with self._session.request(
                method,
                URL(url, encoded=True),
                data=data or None,
                headers=headers,
                timeout=timeouts,
                allow_redirects=False,
            ) as response:
                return response.status, await response.read()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Parse an answer. Raises NetworkError if it is not a JSON object.

        Such an answer says as little as none, and the library's own parser would log all of it.
        """
        try:
            answer = orjson.loads(payload)
        except orjson.JSONDecodeError:
            # The standard parser accepts what orjson refuses: broken UTF-8, lone surrogates.
            try:
                answer = json.loads(payload.decode(errors="replace"))
            except ValueError:
                answer = None
        if not isinstance(answer, dict):
            raise NetworkError("the answer is not a JSON object")
        return cast("dict[str, Any]", answer)


def _given(value: Seconds, default: float | None) -> float | None:
    return default if value is BaseRequest.DEFAULT_NONE else cast("float | None", value)


@lru_cache(maxsize=64)
def _timeouts(connect: float | None, pool: float | None, read: float | None) -> aiohttp.ClientTimeout:
    """Return aiohttp's timeouts: its `connect` is the wait for a free connection and the opening of one."""
    both = None if connect is None or pool is None else connect + pool
    return aiohttp.ClientTimeout(total=None, connect=both, sock_connect=connect, sock_read=read)


@dataclass(frozen=True, slots=True)
class ReadyBody:
    """A body that is ready, in place of RequestData: the library's wrapper only passes it on."""

    body: bytes
    contains_files = False

    @property
    def parameters(self) -> dict[str, Any]:
        return cast("dict[str, Any]", orjson.loads(self.body))


async def _encode(data: RequestData | ReadyBody | None) -> tuple[bytes, dict[str, str]]:
    """Return the body and its headers: JSON, which takes half the time of a form, or multipart for files."""
    if isinstance(data, ReadyBody):
        return data.body, {"Content-Type": "application/json", "Content-Length": str(len(data.body))}
    if data is None or not (data.contains_files or data.parameters):
        return b"", {}
    if data.contains_files:
        form = _form(data)
        body, content_type = await form.as_bytes(), form.headers["Content-Type"]
    else:
        body, content_type = orjson.dumps(data.parameters), "application/json"
    return body, {"Content-Type": content_type, "Content-Length": str(len(body))}


def _form(data: RequestData) -> aiohttp.MultipartWriter:
    form = aiohttp.MultipartWriter("form-data")
    for name, value in data.json_parameters.items():
        form.append(value).set_content_disposition("form-data", name=name)
    for name, (filename, content, mime_type) in data.multipart_data.items():
        # As a file, since aiohttp warns that large bytes block the loop; `_sliced` prevents that.
        file = io.BytesIO(content) if isinstance(content, bytes) else content
        part = form.append(file, {"Content-Type": mime_type})
        part.set_content_disposition("form-data", name=name, filename=filename)
    return form


async def _sliced(body: bytes, stall: asyncio.Timeout, write_timeout: float | None) -> AsyncIterator[bytes]:
    """Yield the body in slices; no slice may take longer to write than `write_timeout` seconds."""
    loop = asyncio.get_running_loop()
    for start in range(0, len(body), SLICE):
        stall.reschedule(None if write_timeout is None else loop.time() + write_timeout)
        yield body[start : start + SLICE]
    stall.reschedule(None)


def _failure(error: Exception) -> NetworkError:
    """Return python-telegram-bot's error for one of aiohttp's, without the token."""
    never_left = isinstance(error, NEVER_LEFT)
    if isinstance(error, TimeoutError):
        return NeverSentInTimeError("No connection in time") if never_left else NoAnswerInTimeError()
    text = TOKEN.sub("<token>", f"{type(error).__name__}: {error}")
    return NeverSentError(text) if never_left else NoAnswerError(text)


def _checked(method: str, status: int, answer: bytes, url: str) -> tuple[int, bytes]:
    """Return the answer in a form that python-telegram-bot can handle. Raises NetworkError otherwise.

    The library would raise a KeyError for a success without a result. It also quotes an answer that it cannot
    read in its error, and the page of a proxy may quote the address, so the token is removed.
    """
    if status < HTTPStatus.MULTIPLE_CHOICES:
        if method == "POST" and b'"result"' not in answer:
            raise NetworkError("the answer holds no result")
        return status, answer
    token = TOKEN.search(url)
    return status, answer.replace(token[1].encode(), b"<token>") if token else answer

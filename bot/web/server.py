"""The web server: Telegram's webhook, and a health page for whoever watches us."""

import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from aiohttp import web

from bot.errors import ConfigError
from bot.inbox.inbox import FullError
from storage.database import TROUBLE

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/telegram"
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # Bot API, setWebhook: the header's name
_LARGEST = 1024 * 1024  # an update is a few kB
_GRACE_S = 1.0

Receive = Callable[[dict[str, Any]], Awaitable[None]]
IsHealthy = Callable[[], Awaitable[bool]]


class WebServer:
    """Serves until it is stopped. An update is answered 200 once it is kept: see bot/inbox."""

    def __init__(
        self,
        *,
        secret: str,
        receive: Receive,
        is_healthy: IsHealthy,
        pages: Sequence[web.RouteDef] = (),
    ) -> None:
        """Without a `secret` there is no webhook; `pages` are served beside it."""
        self._secret = secret.encode()
        self._pages = pages
        self._receive = receive
        self._is_healthy = is_healthy
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, of use where `port` is 0. ConfigError where somebody else has it."""
        app = web.Application(client_max_size=_LARGEST)
        app.add_routes([web.get("/health", self._health), *self._pages])
        if self._secret:
            app.add_routes([web.post(WEBHOOK_PATH, self._webhook)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE_S)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(
                "HTTP_PORT is wrong: {host}:{port} is taken or not ours. Choose another one.",
                host=host,
                port=port,
            ) from error
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Take no more requests; those under way get a moment to end."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _webhook(self, request: web.Request) -> web.Response:
        header = request.headers.get(_SECRET_HEADER, "")
        given = header.encode("utf-8", "surrogateescape")  # a stranger may send bytes that are no text
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        update = _update_in(await request.read())
        if update is None:
            return web.Response(status=400)
        try:
            await self._receive(update)
        except (FullError, *TROUBLE):
            return web.Response(status=503)  # Telegram asks again; by then it can be kept
        except Exception:  # asking again would meet the same fault, and keep the chat's next updates waiting
            log.exception("an update was not kept")
        return web.Response()

    async def _health(self, _request: web.Request) -> web.Response:
        healthy = await self._is_healthy()
        return web.json_response({"healthy": healthy}, status=200 if healthy else 503)


def _update_in(body: bytes) -> dict[str, Any] | None:
    """The update in a request's body; None where it is none."""
    try:
        update = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(update, dict) or type(update.get("update_id")) is not int:
        return None
    return update

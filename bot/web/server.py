"""The web server: pages for monitoring, Telegram's webhook, and further pages."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, cast

from aiohttp import web

from bot.editors.desk_address import PATH as DESK_PATH
from bot.errors import ConfigError
from bot.inbox.inbox import FullError
from bot.web.connections import Connections, Handler, timed
from bot.web.probes import PATHS as PROBES
from bot.web.probes import Probes
from bot.web.update_body import update_in
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/telegram"
_PROOF_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # Bot API, setWebhook
_LARGEST = 1024 * 1024  # an update is a few kB
_GRACE_S = 1.0
_BODY_S = 10.0  # from the head of a request to the end of its body
_LINGER_S = 1.0  # for the rest of a body that is refused, so that its sender reads our answer

Receive = Callable[[dict[str, Any]], Awaitable[None]]


class WebServer:
    """Serves until it is stopped. An update is answered with 200 when it is stored (see bot/inbox).

    From `start` on it serves the probes, so that an orchestrator sees that the process lives, and all else
    only between `open_pages` and `close_pages`.
    """

    def __init__(
        self,
        probes: Probes,
        *,
        secret: str = "",
        receive: Receive | None = None,
        pages: Sequence[web.RouteDef] = (),
        desk: web.Application | None = None,
    ) -> None:
        """Without a `secret` there is no webhook. `pages` and the `desk` are served beside it."""
        self._probes = probes.routes()
        self._secret = secret.encode()
        self._pages = pages
        self._desk = desk
        self._receive = receive
        self._is_open = False
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port (the system chooses one for 0). Raises ConfigError if it is taken."""
        app = web.Application(client_max_size=_LARGEST, middlewares=[timed, _answered, self._guarded])
        app.add_routes([*self._probes, *self._pages])
        if self._secret and self._receive is not None:
            app.add_routes([web.post(WEBHOOK_PATH, partial(self._webhook, self._receive))])
        if self._desk is not None:
            app.add_subapp(DESK_PATH, self._desk)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=_GRACE_S,
            lingering_time=_LINGER_S,
            auto_decompress=False,  # Telegram does not compress, and a small body could become a large one
        )
        await self._runner.setup()
        connections = Connections(cast("web.Server", self._runner.server))  # setup() has made it
        try:
            self._server = await asyncio.get_running_loop().create_server(connections, host, port)
        except OSError as error:
            raise ConfigError(
                "HTTP_PORT is wrong: {host}:{port} is taken or not ours. Choose another one.",
                host=host,
                port=port,
            ) from error
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Accept no further requests; those under way get a moment to end."""
        if self._server is not None:
            self._server.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def open_pages(self) -> None:
        """Serve all pages from now on: the bot is there that they need."""
        self._is_open = True

    def close_pages(self) -> None:
        """Serve nothing but the probes from now on."""
        self._is_open = False

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Ask for patience while the bot starts or ends; Telegram and proxies try again."""
        if self._is_open or request.path in PROBES:
            return await handler(request)
        return web.Response(status=503, headers={"Retry-After": "5"})

    async def _webhook(self, receive: Receive, request: web.Request) -> web.Response:
        header = request.headers.get(_PROOF_HEADER, "")
        given = header.encode("utf-8", "surrogateescape")  # a client may send bytes that are not text
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        update = update_in(await _body(request))
        if update is None:
            return web.Response(status=400)
        try:
            await receive(update)
        except (FullError, DatabaseUnavailableError):
            return web.Response(status=503)  # Telegram sends it again; by then it can be stored
        except Exception:  # another try would fail too, and the chat's next updates would wait behind it
            log.exception("an update was not kept")
        return web.Response()


@web.middleware
async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a request that cannot be read or whose page fails: aiohttp would log the whole request."""
    try:
        return await handler(request)
    except web.RequestPayloadError:
        return web.Response(status=400)
    except (web.HTTPException, ConnectionError):
        raise
    except Exception:
        log.exception("a page failed")
        return web.Response(status=500)


async def _body(request: web.Request) -> bytes:
    """Return a request's body. Raises HTTPRequestTimeout if it is late, RequestPayloadError if broken."""
    try:
        async with asyncio.timeout(_BODY_S):
            return await request.read()
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error

"""The sandbox server: the Bot API and the chat page at 127.0.0.1."""

import asyncio
import errno
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from hmac import compare_digest
from pathlib import Path
from typing import Any, Self

import orjson
from aiohttp import web

from bot.sandbox.bot_api.access import BotAccess
from bot.sandbox.bot_api.api import Api
from bot.sandbox.bot_api.faults import Faults
from bot.sandbox.bot_api.limits import SendLimits
from bot.sandbox.bot_api.polling import Poll
from bot.sandbox.bot_api.refusals import Refusal
from bot.sandbox.bot_api.request import read_call
from bot.sandbox.bot_api.webhook import Webhook
from bot.sandbox.page.page import ChatPage
from bot.sandbox.visitors import refuse_others
from bot.sandbox.world.chats import KEEP, Bot
from bot.sandbox.world.files import MAX_UPLOAD
from bot.sandbox.world.store import Store
from bot.sandbox.world.world import World

EDITORS = (1009, 1010)
BOT_ID = 42
TOKEN = f"{BOT_ID}:sandbox"


class PortTakenError(Exception):
    """Another program listens at this address."""


class Sandbox:
    """A local Telegram with one bot.

    `token` is the bot's token; the number before its colon is the bot's id. `store` is the file in which the
    world is saved (None: only in memory). `editors` are the ids of people who are shown as editors. `keep` is
    how many messages a chat keeps. `clock` is the world's clock, `monotonic` that of the send limits.
    Raises ValueError if the token has another form.
    """

    def __init__(
        self,
        token: str = TOKEN,
        *,
        store: Path | None = None,
        editors: Iterable[int] = EDITORS,
        keep: int = KEEP,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        identity, separator, _ = token.partition(":")
        if not separator or not identity.isdecimal():
            raise ValueError("A bot's token is its id, a colon and a secret.")
        self.token = token
        self.world = World(Bot(int(identity)), clock=clock, editors=editors, keep=keep)
        self.faults = Faults()
        self.poll = Poll(self.world.updates)
        self.webhook = Webhook(self.world.updates, clock=clock, call=self._call)
        self.api = Api(BotAccess(self.world, self.poll, self.webhook), self.faults, SendLimits(monotonic))
        self._store = Store(store, self.world) if store else None
        self._saving: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None
        self._address = ("", 0)

    @property
    def url(self) -> str:
        """The address of the chat page, and the bot's `BOT_API_URL`."""
        host, port = self._address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Load the saved world and listen (port 0: any free one). Raises PortTakenError or StoreError."""
        if self._store:
            await asyncio.to_thread(self._store.load)
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            await runner.cleanup()
            if error.errno != errno.EADDRINUSE:
                raise
            raise PortTakenError(f"Port {port} at {host} is taken by another program.") from error
        self._runner = runner
        self._address = runner.addresses[0][:2]
        self.webhook.resume()
        if self._store:
            self._saving = asyncio.create_task(self._store.run())

    async def stop(self) -> None:
        """Close all connections and save; do nothing if it does not run."""
        if self._runner is None:
            return
        runner, self._runner = self._runner, None
        self.poll.close()
        self.world.close()
        await self.webhook.close()
        await runner.cleanup()
        if self._saving and self._store:
            self._saving.cancel()
            with suppress(asyncio.CancelledError):
                await self._saving
            await self._store.save()

    async def save(self) -> None:
        """Save the world now, if it is stored: after that a kill loses nothing of it."""
        if self._store:
            await self._store.save()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_UPLOAD + 1024 * 1024, middlewares=[refuse_others])
        app.router.add_route("*", "/bot{token:[^/]*}/{method}", self._serve_call)
        app.router.add_get("/file/bot{token:[^/]*}/{path:.+}", self._serve_file)
        app.add_routes(ChatPage(self.world, self.faults).routes())
        return app

    async def _serve_call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            self._authorise(request.match_info["token"])
            raw, uploads = await read_call(request)
            body: dict[str, Any] = {"ok": True, "result": await self.api.call(method, raw, uploads)}
            status = 200
        except Refusal as refusal:
            body, status = refusal.as_json(), refusal.code
        if self.faults.drops(method) and request.transport is not None:
            request.transport.abort()
        return _json(body, status)

    async def _serve_file(self, request: web.Request) -> web.Response:
        try:
            self._authorise(request.match_info["token"])
        except Refusal as refusal:
            return _json(refusal.as_json(), refusal.code)
        file = self.world.files.find_path(request.match_info["path"])
        data = self.world.files.read(file) if file else None
        if file is None or data is None:
            return _json(Refusal(404, "Not Found").as_json(), 404)
        return web.Response(body=data, content_type=file.mime)

    def _authorise(self, token: str) -> None:
        if not compare_digest(token.encode(), self.token.encode()):
            raise Refusal(401, "Unauthorized")

    async def _call(self, method: str, raw: dict[str, Any]) -> Any:
        return await self.api.call(method, raw)


def _json(body: dict[str, Any], status: int) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")

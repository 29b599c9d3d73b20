"""Servers on 127.0.0.1 for the tests of the transport, and a bot that calls them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web
from telegram import Bot

from bot.telegram.transport import AiohttpRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOKEN = "123456789:AAsecretSecretSecretSecretSecretSec"
MESSAGE = {"message_id": 7, "date": 0, "chat": {"id": 5, "type": "private"}}


def ok(result: Any) -> web.Response:
    """Return the Bot API's answer with this result."""
    return web.json_response({"ok": True, "result": result})


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve every path with `handler`; yield the address of the Bot API."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/bot"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def speaking(
    raw: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Serve connections with `raw`, for answers that no web framework would give; yield the address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await raw(reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/bot"


@asynccontextmanager
async def bot_at(base_url: str, **timeouts: Any) -> AsyncIterator[Bot]:
    """Yield a bot of python-telegram-bot that calls this address by our transport."""
    request = AiohttpRequest(**timeouts)
    await request.initialize()
    try:
        yield Bot(TOKEN, base_url=base_url, request=request, get_updates_request=request)
    finally:
        await request.shutdown()

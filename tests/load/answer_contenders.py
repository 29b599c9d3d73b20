"""How others answer: a webhook that answers every update with one text, from memory.

`python tests/load/answer_contenders.py NAME API_PORT PORT` serves until its standard input ends. Each runs in
the environment of `make bench-delivery` (.venv-bench).
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from contenders import BUTTONS, TEXT, TOKEN  # type: ignore[import-not-found]  # it lies beside this script

PATH = "/telegram"


async def ptb(api_port: int) -> web.Application:
    """python-telegram-bot's objects between aiohttp's server and aiohttp's client."""
    import aiohttp  # noqa: PLC0415  # each contender loads its own
    from telegram import Bot, InlineKeyboardMarkup, Update  # noqa: PLC0415
    from telegram.request import BaseRequest  # noqa: PLC0415

    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256))

    class Request(BaseRequest):
        """The least that a transport needs."""

        read_timeout = 5.0

        async def initialize(self) -> None:
            """The session is open."""

        async def shutdown(self) -> None:
            await session.close()

        async def do_request(  # type: ignore[override]  # the rest is in `_`
            self, url: str, method: str, request_data: Any = None, **_: Any
        ) -> Any:
            body = request_data.json_payload if request_data else b""
            headers = {"Content-Type": "application/json"}
            async with session.request(method, url, data=body, headers=headers) as response:
                return response.status, await response.read()

    bot = Bot(TOKEN, base_url=f"http://127.0.0.1:{api_port}/bot", request=Request())
    await bot.initialize()
    markup = InlineKeyboardMarkup.de_json({"inline_keyboard": BUTTONS}, bot)

    async def take(request: web.Request) -> web.Response:
        update = Update.de_json(await request.json(), bot)
        if update.inline_query:
            await update.inline_query.answer([])
        elif update.callback_query:
            await update.callback_query.edit_message_text(TEXT, reply_markup=markup)
            await update.callback_query.answer()
        elif update.effective_chat:
            await bot.send_message(update.effective_chat.id, TEXT, reply_markup=markup)
        return web.Response()

    async def close(_: web.Application) -> None:
        await session.close()

    app = web.Application()
    app.router.add_post(PATH, take)
    app.on_cleanup.append(close)
    return app


async def aiogram(api_port: int) -> web.Application:
    """The dispatcher of aiogram and its own webhook handler, which handles each update in the request."""
    from aiogram import Bot, Dispatcher  # type: ignore[import-not-found]  # noqa: PLC0415  # in .venv-bench
    from aiogram.client.session.aiohttp import (  # type: ignore[import-not-found]  # noqa: PLC0415
        AiohttpSession,
    )
    from aiogram.client.telegram import TelegramAPIServer  # type: ignore[import-not-found]  # noqa: PLC0415
    from aiogram.types import InlineKeyboardMarkup  # type: ignore[import-not-found]  # noqa: PLC0415
    from aiogram.webhook.aiohttp_server import (  # type: ignore[import-not-found]  # noqa: PLC0415
        SimpleRequestHandler,
    )

    session = AiohttpSession(api=TelegramAPIServer.from_base(f"http://127.0.0.1:{api_port}"), limit=256)
    bot, dispatcher = Bot(TOKEN, session=session), Dispatcher()
    markup = InlineKeyboardMarkup.model_validate({"inline_keyboard": BUTTONS})

    @dispatcher.message()  # type: ignore[untyped-decorator]
    async def message(message: Any) -> None:
        await bot.send_message(message.chat.id, TEXT, reply_markup=markup)

    @dispatcher.callback_query()  # type: ignore[untyped-decorator]
    async def tap(query: Any) -> None:
        await query.message.edit_text(TEXT, reply_markup=markup)
        await query.answer()

    @dispatcher.inline_query()  # type: ignore[untyped-decorator]
    async def inline(query: Any) -> None:
        await query.answer([])

    app = web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False)
    handler.register(app, path=PATH)
    return app


BUILD: dict[str, Callable[[int], Awaitable[web.Application]]] = {
    "python-telegram-bot": ptb,
    "aiogram": aiogram,
}


async def serve(name: str, api_port: int, port: int) -> None:
    """Serve until standard input ends."""
    runner = web.AppRunner(await BUILD[name](api_port), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


def main() -> None:
    """Serve, on uvloop where it is there: ours runs on it, too."""
    logging.disable(logging.INFO)
    name, api_port, port = sys.argv[1:]
    work = serve(name, int(api_port), int(port))
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


if __name__ == "__main__":
    main()

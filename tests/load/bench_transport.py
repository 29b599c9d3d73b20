"""Our transport beside python-telegram-bot's own: messages a second and CPU for each.

Run by hand from the project's folder: `python -m tests.load.bench_transport`. It talks only to a server that
it starts on 127.0.0.1, in a process of its own so that the CPU figures are the client's alone, and it ends by
itself within a minute.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from typing import TYPE_CHECKING, Final

from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.request import BaseRequest, HTTPXRequest

from bot.telegram.transport import AiohttpRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

SECONDS: Final = 4.0
WARM_UP: Final = 0.5
IN_FLIGHT: Final = (10, 75)
DELAYS: Final = (0.0, 0.075)
TOKEN: Final = "123456789:AAmadeUpForTheBenchmark"

ANSWER: Final = (
    b'{"ok":true,"result":{"message_id":7,"date":1790000000,"text":"A headline\\nA summary.",'
    b'"from":{"id":1,"is_bot":true,"first_name":"Comeback"},"chat":{"id":5,"type":"private","first_name":"R"}}}'
)
TEXT: Final = "<b>A headline</b>\nA byline, 22 November 2026\n\n" + "A sentence of the summary. " * 12
KEYBOARD: Final = InlineKeyboardMarkup(
    [
        [InlineKeyboardButton("Help", url="https://example.org/help")],
        [InlineKeyboardButton(label, callback_data=f"story:1:{label}") for label in ("Longer", "Shorter")],
    ]
)


def serve(delay: float, ready: Connection) -> None:
    """Answer every request after `delay` seconds, until the process is ended."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        if delay:
            await asyncio.sleep(delay)
        return web.Response(body=ANSWER, content_type="application/json")

    async def main() -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ready.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


async def measure(request: BaseRequest, port: int, in_flight: int) -> tuple[float, float]:
    """Return messages a second and CPU-milliseconds a message, with `in_flight` sends at any moment."""
    async with request:
        bot = Bot(TOKEN, base_url=f"http://127.0.0.1:{port}/bot", request=request)
        await send(bot, WARM_UP, in_flight)
        began, cpu_began = time.monotonic(), time.process_time()
        sent = await send(bot, SECONDS, in_flight)
        took, cpu = time.monotonic() - began, time.process_time() - cpu_began
    return sent / took, cpu / sent * 1000


async def send(bot: Bot, seconds: float, in_flight: int) -> int:
    """Send for so many seconds; return how many messages were sent."""
    end = time.monotonic() + seconds

    async def send_on() -> int:
        sent = 0
        while time.monotonic() < end:
            await bot.send_message(5, TEXT, parse_mode="HTML", reply_markup=KEYBOARD)
            sent += 1
        return sent

    return sum(await asyncio.gather(*(send_on() for _ in range(in_flight))))


def main() -> None:
    """Print one line for each transport, answer time and number of sends in flight."""
    logging.disable(logging.INFO)  # httpx logs every request, which is no work of the transport
    transports: dict[str, Callable[[], BaseRequest]] = {
        "default (httpx)": lambda: HTTPXRequest(read_timeout=30, pool_timeout=30),
        "ours (aiohttp)": lambda: AiohttpRequest(read_timeout=30, pool_timeout=30),
    }
    print(f"{'transport':<18}{'answer':>9}{'in flight':>11}{'messages/s':>12}{'CPU-ms each':>13}")
    for delay in DELAYS:
        receiver, sender = multiprocessing.Pipe(duplex=False)
        server = multiprocessing.Process(target=serve, args=(delay, sender), daemon=True)
        server.start()
        try:
            port = receiver.recv()
            for in_flight in IN_FLIGHT:
                for name, transport in transports.items():
                    rate, cpu = asyncio.run(measure(transport(), port, in_flight))
                    print(f"{name:<18}{delay * 1000:>6.0f} ms{in_flight:>11}{rate:>12.0f}{cpu:>13.2f}")
        finally:
            server.terminate()
            server.join()


if __name__ == "__main__":
    main()

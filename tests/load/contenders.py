"""How others send: one loop each, in a process of its own and with an environment of their own.

aiogram needs an older pydantic than we have, so `make bench-delivery` sets up `.venv-bench` for all of them.

`python tests/load/contenders.py NAME PORT IN_FLIGHT SECONDS` prints one JSON object.
"""

import asyncio
import json
import logging
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

TOKEN = "123456789:AAmadeUpForTheBenchmark"
FIRST_CHAT = 5_000_000_001
TEXT = "A headline\nA byline, 22 November 2026\n\n" + "A sentence of the summary. " * 12
BUTTONS = [
    [{"text": "Help", "callback_data": "appeal:1"}],
    [{"text": label, "callback_data": f"story:1:{label}"} for label in ("Longer", "Shorter")],
]

Send = Callable[[int], Awaitable[Any]]


@asynccontextmanager
async def ptb(port: int) -> AsyncIterator[Send]:
    """python-telegram-bot as it comes: its default transport."""
    from telegram import Bot, InlineKeyboardMarkup  # noqa: PLC0415  # each contender loads its own
    from telegram.request import HTTPXRequest  # noqa: PLC0415

    patient = HTTPXRequest(connection_pool_size=256, pool_timeout=60, read_timeout=60)
    bot = Bot(TOKEN, base_url=f"http://127.0.0.1:{port}/bot", request=patient)
    markup = InlineKeyboardMarkup.de_json({"inline_keyboard": BUTTONS}, bot)
    async with bot:
        yield lambda chat_id: bot.send_message(chat_id, TEXT, reply_markup=markup)


@asynccontextmanager
async def ptb_limited(port: int) -> AsyncIterator[Send]:
    """The same with its AIORateLimiter, at 1,000 a second."""
    from telegram import InlineKeyboardMarkup  # noqa: PLC0415
    from telegram.ext import AIORateLimiter, ExtBot  # noqa: PLC0415
    from telegram.request import HTTPXRequest  # noqa: PLC0415

    patient = HTTPXRequest(connection_pool_size=256, pool_timeout=60, read_timeout=60)
    limiter = AIORateLimiter(overall_max_rate=1000, overall_time_period=1)
    url = f"http://127.0.0.1:{port}/bot"
    bot: ExtBot[Any] = ExtBot(TOKEN, base_url=url, request=patient, rate_limiter=limiter)
    markup = InlineKeyboardMarkup.de_json({"inline_keyboard": BUTTONS}, bot)
    async with bot:
        yield lambda chat_id: bot.send_message(chat_id, TEXT, reply_markup=markup)


@asynccontextmanager
async def aiogram(port: int) -> AsyncIterator[Send]:
    """The Bot of aiogram, which rides on aiohttp."""
    from aiogram import Bot  # type: ignore[import-not-found]  # noqa: PLC0415  # in .venv-bench
    from aiogram.client.session.aiohttp import (  # type: ignore[import-not-found]  # noqa: PLC0415
        AiohttpSession,
    )
    from aiogram.client.telegram import TelegramAPIServer  # type: ignore[import-not-found]  # noqa: PLC0415
    from aiogram.types import InlineKeyboardMarkup  # type: ignore[import-not-found]  # noqa: PLC0415

    session = AiohttpSession(api=TelegramAPIServer.from_base(f"http://127.0.0.1:{port}"), limit=256)
    bot = Bot(TOKEN, session=session)
    markup = InlineKeyboardMarkup.model_validate({"inline_keyboard": BUTTONS})
    try:
        yield lambda chat_id: bot.send_message(chat_id, TEXT, reply_markup=markup)
    finally:
        await session.close()


@asynccontextmanager
async def bare(port: int) -> AsyncIterator[Send]:
    """A bare aiohttp loop: the least that one can do in Python without a ledger, a pace or a check."""
    import aiohttp  # noqa: PLC0415

    url = f"http://127.0.0.1:{port}/bot{TOKEN}/sendMessage"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)) as session:

        async def send(chat_id: int) -> None:
            body = {"chat_id": chat_id, "text": TEXT, "reply_markup": {"inline_keyboard": BUTTONS}}
            async with session.post(url, json=body) as response:
                assert (await response.json())["ok"]

        yield send


CONTENDERS = {
    "python-telegram-bot": ptb,
    "the same, AIORateLimiter": ptb_limited,
    "aiogram": aiogram,
    "bare aiohttp": bare,
}


async def measure(name: str, port: int, in_flight: int, seconds: float) -> dict[str, float]:
    """Send for so many seconds, so many at any moment; the first half second does not count."""
    chats = iter(range(FIRST_CHAT, FIRST_CHAT + 10_000_000))
    async with CONTENDERS[name](port) as send:
        await _send_for(0.5, in_flight, send, chats)
        began, cpu = time.monotonic(), time.process_time()
        sent = await _send_for(seconds, in_flight, send, chats)
        took, used = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"messages": sent, "seconds": took, "cpu_s": used, "memory_mib": peak}


async def _send_for(seconds: float, in_flight: int, send: Send, chats: Any) -> int:
    end = time.monotonic() + seconds

    async def send_on() -> int:
        sent = 0
        while time.monotonic() < end:
            await send(next(chats))
            sent += 1
        return sent

    return sum(await asyncio.gather(*(send_on() for _ in range(in_flight))))


def main() -> None:
    """Print what it came to. uvloop where it is there: ours runs on it, too."""
    logging.disable(logging.INFO)  # httpx logs every request
    name, port, in_flight, seconds = sys.argv[1:]
    work = measure(name, int(port), int(in_flight), float(seconds))
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        told = asyncio.run(work)
    else:
        told = uvloop.run(work)
    print(json.dumps(told))


if __name__ == "__main__":
    main()

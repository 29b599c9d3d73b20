"""The Telegram that asks: each question has one answer, and the wait for it is measured."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.load.asking import AskingServer
from tests.load.bench_answers import QUESTIONS
from tests.load.counting import Connection


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to servers of their own on 127.0.0.1."""


async def _telegram() -> tuple[asyncio.Server, str]:
    server = AskingServer()
    listening = await asyncio.get_running_loop().create_server(lambda: Connection(server), "127.0.0.1", 0)
    return listening, f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("name", QUESTIONS)
async def test_a_bot_that_answers_all_is_seen_to(name: str) -> None:
    """Every question is an update that a bot can read, and each answer is found to belong to its question."""
    listening, telegram = await _telegram()
    seen: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        update = await request.json()
        seen.append(update)
        assert isinstance(update["update_id"], int)
        async with aiohttp.ClientSession() as session:
            if "inline_query" in update:
                method, given = "answerInlineQuery", {"inline_query_id": update["inline_query"]["id"]}
            else:
                message = update.get("message") or update["callback_query"]["message"]
                method, given = "sendMessage", {"chat_id": message["chat"]["id"]}
            async with session.post(f"{telegram}/bot1:x/{method}", json=given) as response:
                assert response.status == 200
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert isinstance(site._server, asyncio.Server)
    port = site._server.sockets[0].getsockname()[1]
    storm = {
        "questions": [QUESTIONS[name]],
        "seconds": 0.2,
        "first": 5_000_000_001,
        "chats": 100,
        "rate": 50,
        "webhook": f"http://127.0.0.1:{port}/hook",
    }
    async with aiohttp.ClientSession() as session, session.post(f"{telegram}/storm", json=storm) as told:
        found = await told.json()
    await runner.cleanup()
    listening.close()
    assert (len(found["waits"]), found["lost"], len(seen)) == (10, 0, 10)
    assert len({update["update_id"] for update in seen}) == 10

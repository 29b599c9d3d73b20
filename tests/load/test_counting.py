"""The Telegram that only counts: what it tells of messages is what was sent."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.load.counting import Away, Connection, Server

CHATS = range(7_000, 7_100)


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to servers of their own on 127.0.0.1."""


class Wire:
    """A counting server, and a client for it."""

    def __init__(self, session: aiohttp.ClientSession, url: str, server: Server) -> None:
        self.session, self.url, self.server = session, url, server

    async def post(self, path: str, **given: Any) -> tuple[int, Any]:
        async with self.session.post(f"{self.url}/{path}", json=given) as answer:
            return answer.status, await answer.json() if answer.status != 502 else await answer.text()

    async def send(self, chat_id: int) -> int:
        """The status; 0 where the answer was lost."""
        try:
            return (await self.post("bot1:a/sendMessage", chat_id=chat_id, text="Hello"))[0]
        except aiohttp.ClientError:
            return 0

    async def counts(self) -> dict[str, Any]:
        told: dict[str, Any] = (await self.post("counts", first=CHATS[0], number=len(CHATS)))[1]
        return told


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    server = Server()
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        yield Wire(session, f"http://127.0.0.1:{port}", server)
    listening.close()
    await listening.wait_closed()


async def test_missed_and_repeated_are_counted_by_chat(wire: Wire) -> None:
    """One chat is left out, one gets it three times."""
    for chat in [*CHATS[1:], CHATS[5], CHATS[5]]:
        assert await wire.send(chat) == 200
    told = await wire.counts()
    assert told["missed"] == [CHATS[0]]
    assert (told["reached"], told["repeats"], told["maybe_sent"]) == (99, 2, 0)
    assert told["busiest_second"] <= told["requests"] == 101


async def test_a_lost_answer_is_no_repeat(wire: Wire) -> None:
    """A sender must try again after it, though half of these messages had arrived."""
    assert (await wire.post("trouble", lost=1.0))[0] == 200
    assert {await wire.send(chat) for chat in CHATS} == {0}
    delivered = (await wire.counts())["delivered"]
    assert 20 < delivered < 80
    await wire.post("trouble", lost=0.0)
    for chat in CHATS:
        assert await wire.send(chat) == 200
    told = await wire.counts()
    assert (told["missed"], told["repeats"], told["maybe_sent"]) == ([], 0, delivered)


async def test_who_blocked_the_bot_is_never_missed(wire: Wire) -> None:
    """The same chats refuse each time, and nobody expects them to be reached."""
    await wire.post("trouble", blocked=0.2)
    first = [await wire.send(chat) for chat in CHATS]
    assert set(first) == {200, 403}
    assert [await wire.send(chat) for chat in CHATS] == first
    assert (await wire.counts())["missed"] == []


async def test_faults_keep_messages_out(wire: Wire) -> None:
    """Floods and errors deliver nothing."""
    await wire.post("trouble", floods=0.5, errors=0.5)
    assert {await wire.send(chat) for chat in CHATS} == {429, 502}
    told = await wire.counts()
    assert told["delivered"] == 0
    assert told["floods"] + told["errors"] == len(CHATS)
    assert (await wire.post("trouble", unknown=1.0))[0] == 400


async def test_a_readers_wait_is_measured(wire: Wire) -> None:
    """From the question to the bot's answer, which is no message of a Broadcast."""
    polling = asyncio.create_task(wire.post("bot1:a/getUpdates"))
    await asyncio.sleep(0)
    await wire.post("ask", chat_id=4_000, text="/help")
    (update,) = (await polling)[1]["result"]
    assert update["message"]["text"] == "/help"
    assert (await wire.counts())["unanswered"] == 1
    assert await wire.send(4_000) == 200
    told = await wire.counts()
    assert (told["unanswered"], told["requests"], len(told["waits"])) == (0, 0, 1)


@pytest.mark.parametrize(
    ("how", "statuses", "taken"),
    [("502", {502}, 0), ("closed", {0}, 0), ("lost", {0}, 100), ("429", {429, 502}, 0)],
)
async def test_while_it_is_away_nothing_is_answered(
    wire: Wire, how: str, statuses: set[int], taken: int
) -> None:
    """Whatever is asked; what was taken without an answer is counted. Then all is as before."""
    wire.server.away = Away(how)
    assert {await wire.send(chat) for chat in CHATS} == statuses
    assert (await wire.counts())["delivered"] == taken
    wire.server.away = None
    assert await wire.send(CHATS[0]) == 200


async def test_how_it_goes_on_is_measured_from_the_end(wire: Wire) -> None:
    """The first second in which nine tenths of what there was before arrive."""
    assert (await wire.post("recovery", rate=10))[1] == {"over": False}
    for chat in CHATS[:20]:
        await wire.send(chat)
    await wire.server.go_away(Away.GATEWAY, 0.05)
    for chat in CHATS[20:28]:
        await wire.send(chat)
    told = (await wire.post("recovery", rate=10))[1]
    assert (told["over"], told["before"], told["full_after"]) == (True, 10, None)
    await wire.send(CHATS[28])
    told = (await wire.post("recovery", rate=10))[1]
    assert told["full_after"] == told["first_after"]
    assert 0 <= told["first_after"] < 60

"""The counting Telegram, which also puts questions to the bot and notes how long each answer takes.

`python -m tests.load.asking` prints its port and serves on 127.0.0.1 until its standard input ends. A POST to
/storm sends questions, by webhook or to the next getUpdates, and returns what became of them.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import count

import aiohttp
import orjson

from tests.load.counting import CHAT, Connection, Server, Trouble, serve

CONNECTIONS = 40  # as many as Telegram opens to a webhook by default
PATIENCE_S = 60.0  # a question without an answer is given up after so long
_ANSWERS = frozenset({b"sendMessage", b"editMessageText"})


@dataclass(slots=True)
class Storm:
    """Questions to put: the next of `questions` at each turn, from the next of `chats`.

    `questions` are updates in which `CHAT` and `NUMBER` stand for the chat and the update's number. `rate`:
    questions a second; without it `in_flight` of them are under way at any time. `seconds`: how long. With
    `just_reached` the chats are those that got a message of a push, each after it.
    """

    questions: list[str]
    seconds: float
    first: int
    chats: int
    rate: float | None = None
    in_flight: int = 40
    webhook: str | None = None
    secret: str = ""
    just_reached: bool = False


@dataclass(slots=True)
class Answers:
    """What became of the questions of one Storm. `waits` are seconds, in the order of the answers."""

    waits: list[float] = field(default_factory=list)
    lost: int = 0
    seconds: float = 0.0


class AskingServer(Server):
    """A counting server that knows which questions wait for an answer."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._reached: deque[int] = deque()
        self._numbers = count(int(time.time()))
        self._storm: asyncio.Task[None] | None = None

    def answer(self, connection: Connection, path: bytes, body: bytes) -> None:
        method = path.rpartition(b"/")[2]
        if path == b"/storm":
            self._storm = asyncio.create_task(self._blow(connection, Storm(**orjson.loads(body))))
        elif method == b"answerInlineQuery":
            self._settle(int(orjson.loads(body)["inline_query_id"]))
            connection.write(200, b'{"ok":true,"result":true}')
        elif method in _ANSWERS and (found := CHAT.search(body)):
            chat = int(found[1])
            if self._settle(chat):
                self._asked[chat] = time.monotonic()
            else:
                self._reached.append(chat)
            super().answer(connection, path.replace(b"editMessageText", b"sendMessage"), body)
        else:
            super().answer(connection, path, body)

    def _settle(self, key: int) -> bool:
        """Note that the question of this chat was answered; return False if there was none."""
        waiting = self._waiting.pop(key, None)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(None)
        return True

    async def _blow(self, connection: Connection, storm: Storm) -> None:
        answers = Answers()
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
            began = time.monotonic()
            if storm.rate is None:
                await self._closed_loop(session, storm, answers)
            else:
                await self._open_loop(session, storm, answers)
            answers.seconds = time.monotonic() - began
        told = {"waits": answers.waits, "lost": answers.lost, "seconds": answers.seconds}
        connection.write(200, orjson.dumps(told))

    async def _closed_loop(self, session: aiohttp.ClientSession, storm: Storm, answers: Answers) -> None:
        """Keep so many questions under way."""
        end, turns = time.monotonic() + storm.seconds, count()

        async def ask_on() -> None:
            while time.monotonic() < end:
                await self._ask_one(session, storm, next(turns), answers)

        await asyncio.gather(*(ask_on() for _ in range(storm.in_flight)))

    async def _open_loop(self, session: aiohttp.ClientSession, storm: Storm, answers: Answers) -> None:
        """Ask at the rate, whether earlier questions were answered or not."""
        assert storm.rate is not None
        began = time.monotonic()
        asking = []
        for turn in range(int(storm.rate * storm.seconds)):
            await asyncio.sleep(max(0.0, began + turn / storm.rate - time.monotonic()))
            asking.append(asyncio.create_task(self._ask_one(session, storm, turn, answers)))
        await asyncio.gather(*asking)

    async def _ask_one(
        self, session: aiohttp.ClientSession, storm: Storm, turn: int, answers: Answers
    ) -> None:
        chat = storm.first + turn % storm.chats
        if storm.just_reached:
            if not self._reached:
                return
            chat = self._reached.popleft()
        if chat in self._waiting:
            return
        number = next(self._numbers)
        update = storm.questions[turn % len(storm.questions)]
        body = update.replace("CHAT", str(chat)).replace("NUMBER", str(number)).encode()
        waiting = self._waiting[chat] = asyncio.get_running_loop().create_future()
        asked = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._bring(session, storm, body)
                await waiting
        except (TimeoutError, aiohttp.ClientError):
            self._waiting.pop(chat, None)
            answers.lost += 1
        else:
            answers.waits.append(time.monotonic() - asked)

    async def _bring(self, session: aiohttp.ClientSession, storm: Storm, body: bytes) -> None:
        """Hand an update over, to the webhook or to the getUpdates that waits."""
        if storm.webhook is None:
            self._updates.append(orjson.loads(body))
            if self._pollers:
                connection, timer = self._pollers.pop()
                timer.cancel()
                self._hand_over(connection)
            return
        headers = {"X-Telegram-Bot-Api-Secret-Token": storm.secret, "Content-Type": "application/json"}
        async with session.post(storm.webhook, data=body, headers=headers) as response:
            answer = await response.read()
            response.raise_for_status()
        if answer.startswith(b"{") and b'"method"' in answer:  # the answer came in the webhook's own response
            called = orjson.loads(answer)
            key = called.get("chat_id") or called.get("inline_query_id")
            self._settle(int(key))


def main() -> None:
    """Serve until standard input ends."""
    try:
        import uvloop  # noqa: PLC0415  # not there on Windows
    except ImportError:
        asyncio.run(serve(0, Trouble(), AskingServer()))
    else:
        uvloop.run(serve(0, Trouble(), AskingServer()))


if __name__ == "__main__":
    main()

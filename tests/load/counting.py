"""A Telegram that only counts: quick enough to measure what sends to it beside it on a small machine.

`python -m tests.load.counting` prints its port and serves on 127.0.0.1 until its standard input ends, so that
it never outlives the program that started it. It knows just what a bot needs to run: every sendMessage is
counted by chat and by moment, and may be slowed, refused or lost; readers' questions can be put to the bot,
and the time until its answer is noted. Everything else is answered with `true`. For a while it can also be
away in one of several ways, whatever it is asked.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import time
from array import array
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, cast

import orjson

CHAT = re.compile(rb'chat_id(?:"\s*:\s*"?|=)(-?\d+)')
_LENGTH = re.compile(rb"\r\nContent-Length:\s*(\d+)", re.IGNORECASE)
_POLL_S = 10.0  # how long a getUpdates without updates waits

_MESSAGE = (
    b'{"ok":true,"result":{"message_id":%d,"from":{"id":1,"is_bot":true,"first_name":"Comeback",'
    b'"username":"comeback_bot"},"chat":{"id":%d,"first_name":"Reader","type":"private"},"date":1790000000,'
    b'"text":"A headline\\nA byline, 22 November 2026\\n\\nA sentence of the summary, as long as they are as '
    b'a rule. Another one, which says a little more. And a third, with which it ends.","entities":['
    b'{"offset":0,"length":10,"type":"bold"},{"offset":11,"length":27,"type":"italic"}],"reply_markup":'
    b'{"inline_keyboard":[[{"text":"Help","callback_data":"appeal:1"}],[{"text":"Shorter","callback_data":'
    b'"story:1:1"},{"text":"Longer","callback_data":"story:1:5"}]]}}}'
)
_ME = orjson.dumps(
    {
        "ok": True,
        "result": {
            "id": 1,
            "is_bot": True,
            "first_name": "Comeback",
            "username": "comeback_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
        },
    }
)
_DONE = b'{"ok":true,"result":true}'
_BLOCKED = b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}'
_FLOOD = (
    b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1",'
    b'"parameters":{"retry_after":1}}'
)
_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body></body></html>"
_LONG_FLOOD_S = 30
_LONG_FLOOD = _FLOOD.replace(b"after 1", b"after %d" % _LONG_FLOOD_S).replace(b":1}", b":%d}" % _LONG_FLOOD_S)
_SLOW_S = 60.0
_HALF = 0.5


class Away(StrEnum):
    """How the whole of it is away."""

    GATEWAY = "502"  # at once
    CLOSED = "closed"  # the connection is closed, nothing is taken
    LOST = "lost"  # all is taken, then the connection is closed
    REFUSED = "refused"  # there is nobody to connect to
    SLOW = "slow"  # all is taken, and answered after a minute
    FLOODED = "429"  # 429 of 30 s mixed with 502


@dataclass(slots=True)
class Trouble:
    """What goes wrong, each as a part of all sends between 0 and 1; `answer_ms` is how long an answer takes.

    `blocked` chats stay the same ones. Of the `lost` answers half belong to messages that were delivered.
    """

    answer_ms: float = 0.0
    floods: float = 0.0
    errors: float = 0.0
    lost: float = 0.0
    blocked: float = 0.0

    def set(self, given: dict[str, float]) -> None:
        """Change what is named; ValueError where a name is not known."""
        names = {one.name for one in fields(self)}
        for name, value in given.items():
            if name not in names:
                raise ValueError(f"no such trouble: {name}")
            setattr(self, name, float(value))

    def blocks(self, chat_id: int) -> bool:
        """The same answer for the same chat, spread over all of them."""
        return chat_id * 2_654_435_761 % 1_000_003 < self.blocked * 1_000_003


@dataclass(slots=True)
class Counts:
    """What arrived. `doubtful` counts, by chat, the delivered messages whose answers were lost."""

    delivered: dict[int, int] = field(default_factory=dict)
    doubtful: dict[int, int] = field(default_factory=dict)
    moments: array[float] = field(default_factory=lambda: array("d"))
    arrivals: array[float] = field(default_factory=lambda: array("d"))
    last_flood: float | None = None
    requests: int = 0
    refused: int = 0
    floods: int = 0
    errors: int = 0
    lost: int = 0
    waits: list[float] = field(default_factory=list)

    def deliver(self, chat_id: int) -> None:
        self.delivered[chat_id] = self.delivered.get(chat_id, 0) + 1
        self.arrivals.append(time.monotonic())

    def busiest_second(self) -> int:
        """The most requests in any sliding second."""
        return _most(self.moments)

    def seconds(self) -> list[int]:
        """The requests in each second since the first one."""
        found: list[int] = []
        for moment in self.moments:
            place = int(moment - self.moments[0])
            found.extend([0] * (place + 1 - len(found)))
            found[place] += 1
        return found


def _most(moments: Sequence[float]) -> int:
    """The most in any sliding second."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


class Server:
    """All connections' common state."""

    def __init__(self) -> None:
        self.trouble = Trouble()
        self.counts = Counts()
        self.began = time.monotonic()
        self._updates: list[dict[str, Any]] = []
        self._pollers: list[tuple[Connection, asyncio.TimerHandle]] = []
        self._update_id = int(time.time() * 1000)
        self._asked: dict[int, float] = {}
        self._message_id = 0
        self.connections: set[Connection] = set()
        self.away: Away | None = None
        self._away_from: float | None = None
        self._away_until: float | None = None
        self.listen: Callable[[], Coroutine[Any, Any, None]] | None = None
        self.refuse: Callable[[], None] | None = None

    def answer(self, connection: Connection, path: bytes, body: bytes) -> None:
        """Serve one request; the connection gets its answer now or later."""
        method = path.rpartition(b"/")[2]
        if self.away is not None and path.startswith(b"/bot"):
            self._be_away(self.away, connection, method, body)
        elif method == b"sendMessage":
            self._take_message(connection, body)
        elif method == b"getUpdates":
            self._poll(connection)
        elif method == b"getMe":
            connection.write(200, _ME)
        elif path.startswith(b"/bot"):
            connection.write(200, _DONE)
        else:
            connection.write(*self._control(path, body))

    def _take_message(self, connection: Connection, body: bytes) -> None:
        found = CHAT.search(body)
        if found is None:
            connection.write(400, b'{"ok":false,"error_code":400,"description":"Bad Request: no chat_id"}')
            return
        chat_id = int(found[1])
        asked_at = self._asked.pop(chat_id, None)
        if asked_at is not None:
            self.counts.waits.append(time.monotonic() - asked_at)
        else:
            self.counts.requests += 1
            self.counts.moments.append(time.monotonic())
        status, answer = self._outcome(chat_id, is_reply=asked_at is not None)
        if self.trouble.answer_ms:
            loop = asyncio.get_running_loop()
            loop.call_later(self.trouble.answer_ms / 1000, connection.write, status, answer)
        else:
            connection.write(status, answer)

    def _outcome(self, chat_id: int, *, is_reply: bool) -> tuple[int, bytes]:
        """What becomes of a message: the status and the answer; status 0 is an answer that is lost."""
        trouble, counts = self.trouble, self.counts
        self._message_id += 1
        told = _MESSAGE % (self._message_id, chat_id)
        if is_reply:
            return 200, told
        if trouble.blocked and trouble.blocks(chat_id):
            counts.refused += 1
            return 403, _BLOCKED
        chance = random.random()  # a fault is no secret
        if chance < trouble.floods:
            counts.floods += 1
            return 429, _FLOOD
        chance -= trouble.floods
        if chance < trouble.errors:
            counts.errors += 1
            return 502, _GATEWAY
        chance -= trouble.errors
        if chance < trouble.lost:
            counts.lost += 1
            if chance < trouble.lost / 2:
                counts.deliver(chat_id)
                counts.doubtful[chat_id] = counts.doubtful.get(chat_id, 0) + 1
            return 0, b""
        counts.deliver(chat_id)
        return 200, told

    def _be_away(self, away: Away, connection: Connection, method: bytes, body: bytes) -> None:
        found = CHAT.search(body) if method == b"sendMessage" else None
        if found is not None:
            self.counts.requests += 1
            self.counts.moments.append(time.monotonic())
        if found is not None and away in {Away.LOST, Away.SLOW}:
            chat_id = int(found[1])
            self.counts.deliver(chat_id)
            self.counts.doubtful[chat_id] = self.counts.doubtful.get(chat_id, 0) + 1
        if away is Away.GATEWAY:
            connection.write(502, _GATEWAY)
        elif away is Away.SLOW:
            asyncio.get_running_loop().call_later(_SLOW_S, connection.write, 200, _DONE)
        elif away is Away.FLOODED and random.random() < _HALF:  # a fault is no secret
            self.counts.last_flood = time.monotonic()
            self.counts.floods += 1
            connection.write(429, _LONG_FLOOD)
        elif away is Away.FLOODED:
            connection.write(502, _GATEWAY)
        else:
            connection.write(0, b"")

    async def go_away(self, away: Away, seconds: float) -> None:
        """Be away for so long."""
        self.away, self._away_from = away, time.monotonic()
        if away is Away.REFUSED and self.refuse is not None:
            self.refuse()
        await asyncio.sleep(seconds)
        if away is Away.REFUSED and self.listen is not None:
            await self.listen()
        self.away, self._away_until = None, time.monotonic()

    def _poll(self, connection: Connection) -> None:
        """Answer with what there is, or when there is something, or after a while with nothing."""
        if self._updates:
            self._hand_over(connection)
            return
        loop = asyncio.get_running_loop()
        waiting = loop.call_later(_POLL_S, self._hand_over, connection)
        self._pollers.append((connection, waiting))

    def _hand_over(self, connection: Connection) -> None:
        self._pollers = [one for one in self._pollers if one[0] is not connection]
        updates, self._updates = self._updates, []
        connection.write(200, orjson.dumps({"ok": True, "result": updates}))

    def _control(self, path: bytes, body: bytes) -> tuple[int, bytes]:
        given = orjson.loads(body) if body else {}
        if path == b"/trouble":
            try:
                self.trouble.set(given)
            except ValueError as error:
                return 400, orjson.dumps({"error": str(error)})
        elif path == b"/away":
            self._going = asyncio.create_task(self.go_away(Away(given["how"]), given["seconds"]))
        elif path == b"/ask":
            self._ask(given["chat_id"], given["text"])
        elif path == b"/reset":
            self.counts = Counts()
        elif path == b"/progress":
            counts = self.counts
            return 200, orjson.dumps({"requests": counts.requests, "reached": len(counts.delivered)})
        elif path == b"/recovery":
            return 200, orjson.dumps(self._recovery(given["rate"]))
        elif path == b"/counts":
            return 200, orjson.dumps(self._told(given))
        else:
            return 404, b"{}"
        return 200, b"{}"

    def _ask(self, chat_id: int, text: str) -> None:
        """A reader writes to the bot."""
        self._update_id += 1
        person = {"id": chat_id, "is_bot": False, "first_name": "Reader", "language_code": "en"}
        message: dict[str, Any] = {
            "message_id": self._update_id % 2**31,
            "date": int(time.time()),
            "chat": {"id": chat_id, "type": "private", "first_name": "Reader"},
            "from": person,
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [
                {"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}
            ]
        self._asked[chat_id] = time.monotonic()
        self._updates.append({"update_id": self._update_id, "message": message})
        if self._pollers:
            connection, waiting = self._pollers.pop()
            waiting.cancel()
            self._hand_over(connection)

    def _recovery(self, rate: float) -> dict[str, Any]:
        """How it went on after it was away: seconds until the first one in which nine tenths of what came
        in each of the two before (at most `rate`) arrived; from the end, or from that of a flood's pause.

        A flood lowers the rate to seven tenths; `floods` tells how often it did, half a pause apart at least.
        """
        arrivals, began, ended = self.counts.arrivals, self._away_from, self._away_until
        if began is None or ended is None:
            return {"over": False}
        before = min(rate, sum(began - 2 <= one < began for one in arrivals) / 2)
        if self.counts.last_flood is not None:
            ended = max(ended, self.counts.last_flood + _LONG_FLOOD_S)
            floods = 1 + int((self.counts.last_flood - began) / _LONG_FLOOD_S)
            before *= max(0.1, 0.7**floods)
        after = [one for one in arrivals if one >= ended]
        wanted = max(1, int(0.9 * before))
        full = next(
            (first for first, last in zip(after, after[wanted - 1 :], strict=False) if last - first < 1.0),
            None,
        )
        return {
            "over": True,
            "before": before,
            "first_after": after[0] - ended if after else None,
            "full_after": None if full is None else full - ended,
        }

    def _told(self, people: dict[str, int]) -> dict[str, Any]:
        """Everything that was counted. `people` (`first`, `number`): whose chats should have been reached.

        A repeat is a message that came once more although no answer to an earlier one was lost; those are
        counted apart, as `maybe_sent`.
        """
        counts, first = self.counts, people.get("first", 0)
        chats = range(first, first + people.get("number", 0))
        expected = [chat for chat in chats if not self.trouble.blocks(chat)]
        excess = {chat: times - 1 for chat, times in counts.delivered.items() if times > 1}
        return {
            "requests": counts.requests,
            "delivered": sum(counts.delivered.values()),
            "reached": len(counts.delivered),
            "missed": [chat for chat in expected if chat not in counts.delivered],
            "repeats": sum(max(0, more - counts.doubtful.get(chat, 0)) for chat, more in excess.items()),
            "maybe_sent": sum(min(more, counts.doubtful.get(chat, 0)) for chat, more in excess.items()),
            "refused": counts.refused,
            "floods": counts.floods,
            "errors": counts.errors,
            "lost": counts.lost,
            "busiest_second": counts.busiest_second(),
            "seconds": counts.seconds(),
            "first_at": counts.moments[0] if counts.moments else None,
            "last_at": counts.moments[-1] if counts.moments else None,
            "waits": counts.waits,
            "unanswered": len(self._asked),
            "cpu_s": time.process_time(),
        }


class Connection(asyncio.Protocol):
    """One kept connection: just as much HTTP/1.1 as clients of the Bot API need."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not of its class
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """Answers that are still due go nowhere."""
        self._transport = None
        self._server.connections.discard(self)

    def close(self) -> None:
        """Break off."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Serve every request that is complete."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            found = _LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._buffer) < whole:
                return
            body, self._buffer = self._buffer[end + 4 : whole], self._buffer[whole:]
            self._server.answer(self, head.split(b" ", 2)[1].partition(b"?")[0], body)

    def write(self, status: int, body: bytes) -> None:
        """Answer; with status 0 close the connection instead, as if the answer had been lost."""
        if self._transport is None:
            return
        if status == 0:
            self._transport.close()
            return
        self._transport.write(
            b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (status, len(body), body)
        )


async def serve(port: int, trouble: Trouble, server: Server | None = None) -> None:
    """Serve until standard input ends; the port is the first line of standard output."""
    server = server or Server()
    server.trouble = trouble
    loop = asyncio.get_running_loop()
    listening: asyncio.Server | None = None

    async def listen() -> None:
        nonlocal listening, port
        listening = await loop.create_server(lambda: Connection(server), "127.0.0.1", port, backlog=1024)
        port = listening.sockets[0].getsockname()[1]

    def refuse() -> None:
        if listening is not None:
            listening.close()
        for one in list(server.connections):
            one.close()

    server.listen, server.refuse = listen, refuse
    await listen()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


def main() -> None:
    """`python -m tests.load.counting [--port N] [--answer-ms N] [--blocked PART] …`"""
    options = argparse.ArgumentParser(prog="python -m tests.load.counting", description=__doc__)
    options.add_argument("--port", type=int, default=0, help="0: any that is free")
    for one in fields(Trouble):
        options.add_argument(f"--{one.name.replace('_', '-')}", type=float, default=0.0)
    given = vars(options.parse_args())
    port = given.pop("port")
    try:
        import uvloop  # noqa: PLC0415  # not there on Windows
    except ImportError:
        asyncio.run(serve(port, Trouble(**given)))
    else:
        uvloop.run(serve(port, Trouble(**given)))


if __name__ == "__main__":
    main()

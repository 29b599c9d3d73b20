"""Replies: the call that it makes for each method, in the reply lane."""

from typing import Any

import orjson

from bot.delivery.rate.pacer import Lane
from bot.rendering.message import Button, Composer
from bot.telegram.limiter import PacedLimiter
from bot.telegram.replies import Replies
from bot.telegram.transport import AiohttpRequest
from tests.telegram.test_limiter import RecordingPacer

MESSAGE = Composer().line("Hello", "bold").buttons(Button("More", "more")).message()


class Request(AiohttpRequest):
    """Answers each call with a message's id."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def call(self, url: str, body: bytes, **_timeouts: float | None) -> Any:
        self.calls.append((url.rpartition("/")[2], orjson.loads(body)))
        return {"message_id": 5}


async def test_each_method_makes_its_call() -> None:
    """The message goes with its chat, and in a forum with its topic; a tap and a query by their ids."""
    request, pacer = Request(), RecordingPacer()
    replies = Replies(request, "http://127.0.0.1/bot1:x", PacedLimiter(pacer))
    assert await replies.send(7, MESSAGE) == 5
    assert await replies.send(-8, MESSAGE, topic=3) == 5
    await replies.edit(7, 9, MESSAGE)
    await replies.stop_spinning('1"2')
    await replies.offer("34", [b'{"id":"a"}', b'{"id":"b"}'], {"cache_time": 60})
    shown = MESSAGE.payload()
    assert request.calls == [
        ("sendMessage", {"chat_id": 7, **shown}),
        ("sendMessage", {"chat_id": -8, "message_thread_id": 3, **shown}),
        ("editMessageText", {"chat_id": 7, "message_id": 9, **shown}),
        ("answerCallbackQuery", {"callback_query_id": '1"2'}),
        (
            "answerInlineQuery",
            {"inline_query_id": "34", "results": [{"id": "a"}, {"id": "b"}], "cache_time": 60},
        ),
    ]
    assert pacer.slots == [(7, Lane.REPLY), (-8, Lane.REPLY), (7, Lane.REPLY)]
    assert pacer.waits == 2

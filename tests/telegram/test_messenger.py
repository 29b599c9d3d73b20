"""The messenger: the call that it makes for each method, and the Outcome of Telegram's answer."""

from typing import Any

import orjson
import pytest
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TimedOut

from bot.delivery.outcome import Blocked, Missing, Outcome, Rejected, Sent, Slowdown, Transient
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.transport import AiohttpRequest, NeverSentError, NoAnswerError


class Request(AiohttpRequest):
    """Answers each call with `answer`, or raises it."""

    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.calls: list[tuple[str, dict[str, Any]]] = []

    async def call(self, url: str, body: bytes, **_timeouts: float | None) -> Any:
        self.calls.append((url, orjson.loads(body)))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


async def test_each_method_makes_its_call() -> None:
    """Sending, editing and deleting add chat and message to the body, and change nothing else in it."""
    request = Request({"message_id": 5})
    messenger = TelegramMessenger(request, "http://127.0.0.1/bot1:x")
    assert await messenger.send(7, b'{"text":"a"}') == Sent(5)
    assert await messenger.edit(7, 9, b'{"text":"b"}') == Sent(9)
    assert await messenger.delete(7, 9) == Sent(9)
    assert request.calls == [
        ("http://127.0.0.1/bot1:x/sendMessage", {"chat_id": 7, "text": "a"}),
        ("http://127.0.0.1/bot1:x/editMessageText", {"chat_id": 7, "message_id": 9, "text": "b"}),
        ("http://127.0.0.1/bot1:x/deleteMessage", {"chat_id": 7, "message_id": 9}),
    ]


async def test_a_message_with_a_picture_goes_as_a_photo() -> None:
    """Also without a sound, in a topic and for Stars; a text that only speaks of a picture does not."""
    request = Request({"message_id": 5})
    messenger = TelegramMessenger(request, "http://127.0.0.1/bot1:x")
    spoken = orjson.dumps({"text": '{"photo":"a picture"}'})
    for body in (b'{"photo":"id","caption":"a"}', b'{"disable_notification":true,"photo":"id"}', spoken):
        assert await messenger.send(7, body) == Sent(5)
    methods = [url.rpartition("/")[2] for url, _ in request.calls]
    assert methods == ["sendPhoto", "sendPhoto", "sendMessage"]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (BadRequest("Message is not modified: specified new message content is the same"), Sent(9)),
        (BadRequest("Message to edit not found"), Missing()),
        (BadRequest("MESSAGE_ID_INVALID"), Missing()),
        (BadRequest("Message can't be edited"), Rejected("Message can't be edited")),
        (Forbidden("bot was blocked by the user"), Blocked()),
        (RetryAfter(3), Slowdown(3.0)),
    ],
)
async def test_the_outcome_of_an_edit(error: Exception, outcome: Outcome) -> None:
    """A message that shows the same already is Sent, one that is gone is Missing; the rest as for a send."""
    assert await TelegramMessenger(Request(error), "http://127.0.0.1").edit(7, 9, b'{"text":"b"}') == outcome


@pytest.mark.parametrize(
    ("answer", "answered"),
    [
        (True, True),
        (Forbidden("bot was blocked by the user"), True),
        (BadRequest("Chat not found"), True),
        (RetryAfter(3), True),
        (NetworkError("Bad Gateway"), False),
        (NoAnswerError("ServerDisconnectedError"), False),
        (NeverSentError("ClientConnectorError"), False),
        (TimedOut(), False),
    ],
)
async def test_any_answer_of_telegram_itself_answers_a_knock(answer: object, answered: bool) -> None:
    """Also a refusal. An answer of a gateway, or none, means that Telegram is not there."""
    request = Request(answer)
    outcome = await TelegramMessenger(request, "http://127.0.0.1").knock(7)
    assert isinstance(outcome, Transient) is not answered
    assert request.calls == [("http://127.0.0.1/sendChatAction", {"chat_id": 7, "action": "typing"})]


async def test_a_message_that_is_gone_counts_as_missing_when_deleted() -> None:
    """Its reader has deleted it: that is not a refusal."""
    request = Request(BadRequest("Message to delete not found"))
    assert await TelegramMessenger(request, "http://127.0.0.1").delete(7, 9) == Missing()

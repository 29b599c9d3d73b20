"""Requests of python-telegram-bot's ExtBot wait for the Pacer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from telegram import InputMediaPhoto, Message
from telegram.error import BadRequest, RetryAfter
from telegram.ext import ExtBot
from telegram.request import BaseRequest

from bot.delivery.rate.budget import Budget
from bot.delivery.rate.pacer import Lane, Pacer
from bot.telegram.limiter import PacedLimiter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# The library is changing from seconds to timedelta, and warns whenever it makes a RetryAfter.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2:DeprecationWarning")

MESSAGE = b'{"ok": true, "result": {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}}}'
FLOOD = b'{"ok": false, "error_code": 429, "description": "slow down", "parameters": {"retry_after": 9}}'


class RecordingPacer(Pacer):
    """Notes the calls of its methods, and lets all requests pass at once."""

    def __init__(self) -> None:
        super().__init__(Budget(30))
        self.slots: list[tuple[int | str | None, Lane]] = []
        self.floods: list[float] = []
        self.waits = 0

    async def acquire(self, chat_id: int | str | None = None, lane: Lane = Lane.REPLY) -> None:
        self.slots.append((chat_id, lane))

    async def flood_over(self) -> None:
        self.waits += 1

    def flood(self, seconds: float) -> None:
        self.floods.append(seconds)


class ScriptedRequest(BaseRequest):
    """Answers with `answers` one after another, and then always with the last."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.calls: list[str] = []

    @property
    def read_timeout(self) -> float:
        return 5.0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(self, url: str, *_args: Any, **_kwargs: Any) -> tuple[int, bytes]:
        self.calls.append(url.rsplit("/", 1)[1])
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def bot_with(request: ScriptedRequest, limiter: PacedLimiter) -> ExtBot[Lane]:
    return ExtBot("1:token", request=request, get_updates_request=request, rate_limiter=limiter)


@pytest.mark.parametrize(
    ("call", "slot"),
    [
        (lambda bot: bot.send_message(5, "text"), (5, Lane.REPLY)),
        (lambda bot: bot.send_message("5", "text"), (5, Lane.REPLY)),
        (lambda bot: bot.send_message("@news", "text"), ("@news", Lane.REPLY)),
        (lambda bot: bot.send_message(-100, "text"), (-100, Lane.REPLY)),
        (lambda bot: bot.send_message(5, "text", rate_limit_args=Lane.BROADCAST), (5, Lane.BROADCAST)),
        (lambda bot: bot.copy_message(5, 6, 7), (5, Lane.REPLY)),
        (lambda bot: bot.forward_message(5, 6, 7), (5, Lane.REPLY)),
        (lambda bot: bot.edit_message_text("text", 5, 7), (5, Lane.REPLY)),
        (lambda bot: bot.edit_message_text("text", inline_message_id="x"), (None, Lane.REPLY)),
        (lambda bot: bot.edit_message_media(InputMediaPhoto("id"), 5, 7), (5, Lane.REPLY)),
    ],
)
async def test_a_request_that_shows_a_message_takes_a_slot(
    call: Callable[[ExtBot[Lane]], Awaitable[Message]], slot: tuple[int | str | None, Lane]
) -> None:
    """Messages, copies, forwards and edits wait for the slot of their chat, in the lane that is named."""
    pacer = RecordingPacer()
    await call(bot_with(ScriptedRequest((200, MESSAGE)), PacedLimiter(pacer)))
    assert pacer.slots == [slot]


@pytest.mark.parametrize(
    "call",
    [
        lambda bot: bot.answer_callback_query("1"),
        lambda bot: bot.send_chat_action(5, "typing"),
        lambda bot: bot.delete_message(5, 7),
        lambda bot: bot.edit_forum_topic(-5, 7, "name"),
    ],
)
async def test_other_requests_take_no_slot_but_wait_for_the_end_of_a_flood(
    call: Callable[[ExtBot[Lane]], Awaitable[bool]],
) -> None:
    """A tap is answered at once while messages wait, but not during a 429."""
    pacer = RecordingPacer()
    await call(bot_with(ScriptedRequest((200, b'{"ok": true, "result": true}')), PacedLimiter(pacer)))
    assert (pacer.slots, pacer.waits) == ([], 1)


async def test_long_polls_do_not_wait_for_the_pacer() -> None:
    """The library does not call the limiter for them."""
    pacer = RecordingPacer()
    await bot_with(ScriptedRequest((200, b'{"ok": true, "result": []}')), PacedLimiter(pacer)).get_updates()
    assert (pacer.slots, pacer.waits) == ([], 0)


async def test_a_flood_is_reported_and_the_request_repeated() -> None:
    """After a 429 the message takes another slot and is sent; the caller sees only the success."""
    pacer = RecordingPacer()
    request = ScriptedRequest((429, FLOOD), (200, MESSAGE))
    sent = await bot_with(request, PacedLimiter(pacer)).send_message(5, "text")
    assert sent.message_id == 1
    assert pacer.floods == [9.0]
    assert len(pacer.slots) == len(request.calls) == 2


async def test_a_request_is_not_repeated_for_ever() -> None:
    """After so many 429 the error is raised; the Pacer has learned of each."""
    pacer = RecordingPacer()
    request = ScriptedRequest((429, FLOOD))
    with pytest.raises(RetryAfter):
        await bot_with(request, PacedLimiter(pacer, retries=2)).send_message(5, "text")
    assert len(request.calls) == len(pacer.floods) == 3


async def test_other_errors_are_raised_at_once() -> None:
    """A refusal is not tried again."""
    pacer = RecordingPacer()
    request = ScriptedRequest((400, b'{"ok": false, "description": "Bad Request: chat not found"}'))
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot_with(request, PacedLimiter(pacer)).send_message(5, "text")
    assert len(request.calls) == 1


async def test_no_request_leaves_during_a_flood() -> None:
    """With the real Pacer: while one request waits for the end of its 429, the others wait too."""
    pacer = Pacer(Budget(30))
    request = ScriptedRequest((429, FLOOD.replace(b"9}", b"600}")), (200, MESSAGE))
    bot = bot_with(request, PacedLimiter(pacer))
    first = asyncio.create_task(bot.send_message(5, "text"))
    for _ in range(20):
        await asyncio.sleep(0)
    assert pacer.flooded_for

    others = [
        asyncio.create_task(each)
        for each in (bot.send_message(6, "text"), bot.delete_message(7, 8), bot.answer_callback_query("9"))
    ]
    for _ in range(20):
        await asyncio.sleep(0)

    assert request.calls == ["sendMessage"]
    assert pacer.flooded_for == pytest.approx(600, abs=30)
    for task in (first, *others):
        task.cancel()
    await asyncio.gather(first, *others, return_exceptions=True)

"""Buttons and inline mode, and how tests wait for the bot."""

import asyncio
from typing import Any

import pytest

from bot.sandbox.bot_api.queries import BotTimeoutError
from bot.sandbox.server import Sandbox
from bot.sandbox.world.people import WorldError

from .conftest import ANNA, NEIGHBOURS, OLENA, Caller, Clock

KEYBOARD = {"inline_keyboard": [[{"text": "More of it", "callback_data": "more"}]]}


async def next_of(caller: Caller, kind: str) -> dict[str, Any]:
    """Wait for the next update of this kind and return it; confirm those before it."""
    offset = 0
    while True:
        for update in await caller.updates(timeout=10, offset=offset):
            offset = update["update_id"] + 1
            if kind in update:
                await caller.updates(offset=offset)
                found: dict[str, Any] = update[kind]
                return found


async def test_a_press_waits_for_the_answer(sandbox: Sandbox, caller: Caller) -> None:
    """The bot gets the person, the button and the message; the person gets its answer."""
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="x", reply_markup=KEYBOARD)
    press = asyncio.create_task(sandbox.world.tap(OLENA, sent, "More"))
    query = await next_of(caller, "callback_query")
    assert (query["data"], query["message"], query["from"]["id"]) == ("more", sent, OLENA)
    given = {"callback_query_id": query["id"], "text": "Here", "show_alert": True}
    await caller.ok("answerCallbackQuery", **given)
    assert await press == {"text": "Here", "show_alert": True, "url": None}
    assert "query is too old" in await caller.refused("answerCallbackQuery", **given)


async def test_a_press_without_an_answer(sandbox: Sandbox, caller: Caller) -> None:
    """Without an answer, a press fails after the person's patience."""
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="x", reply_markup=KEYBOARD)
    with pytest.raises(BotTimeoutError, match="did not answer"):
        await sandbox.world.press(OLENA, OLENA, sent["message_id"], "more", patience=0.01)


async def test_an_answer_after_150_seconds_is_too_late(
    sandbox: Sandbox, caller: Caller, clock: Clock
) -> None:
    """An old callback query can no longer be answered."""
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="x", reply_markup=KEYBOARD)
    press = asyncio.create_task(sandbox.world.tap(OLENA, sent, "More"))
    query = await next_of(caller, "callback_query")
    clock.advance(seconds=151)
    assert "too old" in await caller.refused("answerCallbackQuery", callback_query_id=query["id"])
    press.cancel()


async def test_only_a_button_that_is_there_can_be_pressed(sandbox: Sandbox, caller: Caller) -> None:
    """A button that an edit removed cannot be pressed, except by an outdated app."""
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="x", reply_markup=KEYBOARD)
    await caller.ok("editMessageReplyMarkup", chat_id=OLENA, message_id=sent["message_id"])
    with pytest.raises(WorldError, match="no longer has that button"):
        await sandbox.world.press(OLENA, OLENA, sent["message_id"], "more")
    press = asyncio.create_task(sandbox.world.press_old(OLENA, sent, "more"))
    query = await next_of(caller, "callback_query")
    await caller.ok("answerCallbackQuery", callback_query_id=query["id"])
    assert (await press)["text"] is None


def article(number: int, **more: Any) -> dict[str, Any]:
    content = {"message_text": f"<b>Story {number}</b>", "parse_mode": "HTML"}
    return {"type": "article", "id": str(number), "title": "Story", "input_message_content": content, **more}


async def test_inline_mode(sandbox: Sandbox, caller: Caller) -> None:
    """The bot answers a query with results; the chosen one becomes the person's message."""
    asking = asyncio.create_task(sandbox.world.inline_query(ANNA, "story"))
    query = await next_of(caller, "inline_query")
    assert (query["query"], query["offset"]) == ("story", "")
    results = [article(1), article(2, reply_markup=KEYBOARD)]
    await caller.ok("answerInlineQuery", inline_query_id=query["id"], results=results, next_offset="2")
    answer = await asking
    assert (answer["results"], answer["next_offset"]) == (results, "2")
    chosen = sandbox.world.choose(ANNA, NEIGHBOURS, "2", "story")
    assert (chosen["text"], chosen["via_bot"]["id"], chosen["reply_markup"]) == ("Story 2", 42, KEYBOARD)
    assert (await next_of(caller, "chosen_inline_result"))["result_id"] == "2"
    with pytest.raises(WorldError, match="no longer offers"):
        sandbox.world.choose(ANNA, NEIGHBOURS, "3")


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([article(number) for number in range(51)], "RESULTS_TOO_MUCH"),
        ([article(1), article(1)], "RESULT_ID_DUPLICATE"),
        ([article(1, id="x" * 65)], "RESULT_ID_INVALID"),
        ([article(1, input_message_content={"message_text": "<p>", "parse_mode": "HTML"})], "parse entities"),
        ([article(1, colour="red")], 'has no field "colour"'),
        ([{"type": "articles", "id": "1", "title": "x"}], "type"),
    ],
)
async def test_bad_inline_results(caller: Caller, results: list[dict[str, Any]], reason: str) -> None:
    """Each result is checked as the message that it would become."""
    refusal = await caller.refused("answerInlineQuery", inline_query_id="1", results=results)
    assert reason in refusal


async def test_waiting_for_the_bot(sandbox: Sandbox, caller: Caller) -> None:
    """bot_message returns messages and edits after a point, also earlier than its call."""
    world = sandbox.world
    old = await caller.ok("sendMessage", chat_id=OLENA, text="old")
    said = world.say(OLENA, OLENA, "x")
    mark = world.revision
    await caller.ok("editMessageText", chat_id=OLENA, message_id=old["message_id"], text="edited")
    await caller.ok("sendMessage", chat_id=OLENA, text="new")
    assert (await world.bot_message(OLENA, after=said["message_id"]))["text"] == "edited"
    assert (await world.bot_message(OLENA, since=mark + 1))["text"] == "new"
    waiting = asyncio.create_task(world.bot_message(OLENA))
    await asyncio.sleep(0)
    await caller.ok("sendMessage", chat_id=ANNA, text="elsewhere")
    await caller.ok("sendMessage", chat_id=OLENA, text="newest")
    assert (await waiting)["text"] == "newest"
    with pytest.raises(TimeoutError, match="newest"):
        await world.bot_message(OLENA, patience=0.01)
    with pytest.raises(TimeoutError, match="come true"):
        await world.until(lambda: False, patience=0.01)


async def test_events(sandbox: Sandbox, caller: Caller) -> None:
    """A listener gets every change from its call on, and the stream ends when the sandbox stops."""
    events = sandbox.world.events()
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="x")
    place = {"chat_id": OLENA, "message_id": sent["message_id"]}
    await caller.ok("editMessageText", **place, text="y")
    await caller.ok("deleteMessage", **place)
    await caller.ok("sendChatAction", chat_id=OLENA, action="typing")
    await sandbox.stop()
    got = [(event["type"], event["chat"], event["message_ids"]) async for event in events]
    ids = [sent["message_id"]]
    assert got == [
        ("message", OLENA, None),
        ("edited", OLENA, None),
        ("deleted", OLENA, ids),
        ("typing", OLENA, None),
    ]

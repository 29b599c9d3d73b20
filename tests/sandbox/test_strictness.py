"""Mistakes in calls: each is refused in Telegram's form, with a reason that names it."""

from typing import Any

import aiohttp
import pytest

from .conftest import ANNA, EDITH, NEIGHBOURS, OLENA, TOKEN, Caller


def keyboard(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


def message(**more: Any) -> dict[str, Any]:
    return {"chat_id": OLENA, "text": "Hello", **more}


MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    # against the schema
    ("sendMessage", {"text": "Hello"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": OLENA}, "message text is empty"),
    ("sendMessage", message(parsemode="HTML"), 'method sendMessage has no parameter "parsemode"'),
    ("sendMessage", message(text=5), "text must be String"),
    ("sendMessage", message(chat_id=True), "chat_id must be"),
    ("sendMessage", message(chat_id=1.5), "chat_id must be"),
    ("sendMessage", message(disable_notification=1), "disable_notification must be Boolean"),
    ("sendMessage", message(reply_markup="{"), 'can\'t parse parameter "reply_markup"'),
    ("sendMessage", message(reply_markup={"inline_keyboard": {}}), "must be an array"),
    ("sendMessage", message(reply_markup=keyboard({"text": "a", "data": "b"})), 'has no field "data"'),
    ("sendMessage", message(reply_markup=keyboard({"callback_data": "b"})), 'field "text"'),
    ("sendMessage", message(reply_parameters={"message_id": "1"}), "message_id must be Integer"),
    ("setMyCommands", {"commands": [{"command": "a"}]}, 'field "description" of BotCommand is required'),
    ("setMyCommands", {"commands": [], "scope": {"type": "chatt"}}, 'no type "chatt"'),
    (
        "sendMessage",
        message(direct_messages_topic_id=5),
        "the sandbox does not support direct_messages_topic_id",
    ),
    # texts
    ("sendMessage", message(text=""), "message text is empty"),
    ("sendMessage", message(text=" \n "), "text must be non-empty"),
    ("sendMessage", message(text="<b> </b>", parse_mode="HTML"), "text must be non-empty"),
    ("sendMessage", message(text="x" * 4097), "message is too long"),
    ("sendMessage", message(text="😀" * 2049), "message is too long"),
    ("sendMessage", message(parse_mode="Markdown3"), "unsupported parse_mode"),
    ("sendMessage", message(text="<b>Hello", parse_mode="HTML"), "can't parse entities"),
    # keyboards
    ("sendMessage", message(reply_markup=keyboard({"text": "a"})), "text buttons are unallowed"),
    (
        "sendMessage",
        message(reply_markup=keyboard({"text": "a", "callback_data": "b", "url": "https://a.org"})),
        "exactly one action",
    ),
    (
        "sendMessage",
        message(reply_markup=keyboard({"text": "a", "callback_data": ""})),
        "BUTTON_DATA_INVALID",
    ),
    (
        "sendMessage",
        message(reply_markup=keyboard({"text": "a", "callback_data": "я" * 33})),
        "BUTTON_DATA_INVALID",
    ),
    ("sendMessage", message(reply_markup=keyboard({"text": "a", "url": "nowhere"})), "URL"),
    ("sendMessage", message(reply_markup=keyboard({"text": "a", "url": "javascript:x"})), "URL"),
    ("sendMessage", message(reply_markup=keyboard({"text": "a", "url": "https://"})), "URL host is empty"),
    (
        "sendMessage",
        message(reply_markup=keyboard({"text": "a", "callback_data": "b", "style": "pink"})),
        "style",
    ),
    (
        "sendMessage",
        message(reply_markup=keyboard(*[{"text": "a", "callback_data": "b"}] * 101)),
        "reply markup is too long",
    ),
    # chats
    ("sendMessage", message(chat_id=555), "Bad Request: chat not found"),
    ("sendMessage", message(chat_id="@nobody"), "Bad Request: chat not found"),
    ("sendMessage", message(chat_id=EDITH), "Forbidden: bot can't initiate conversation with a user"),
    ("sendMessage", message(reply_parameters={"message_id": 99}), "message to be replied not found"),
    ("editMessageText", message(message_id=99), "message to edit not found"),
    ("editMessageText", message(message_id=1), "message can't be edited"),
    ("editMessageText", {"text": "x"}, "message identifier is not specified"),
    ("deleteMessage", {"chat_id": OLENA, "message_id": 99}, "message to delete not found"),
    ("copyMessage", {"chat_id": OLENA, "from_chat_id": ANNA, "message_id": 99}, "message to copy not found"),
    ("sendChatAction", {"chat_id": OLENA, "action": "dancing"}, "wrong parameter action"),
    ("getChatMember", {"chat_id": NEIGHBOURS, "user_id": 5}, "user not found"),
    # files
    ("sendPhoto", {"chat_id": OLENA, "photo": "no-such-file"}, "wrong file identifier"),
    ("sendPhoto", {"chat_id": OLENA, "photo": "attach://me"}, "was not sent"),
    ("getFile", {"file_id": "no-such-file"}, "invalid file_id"),
    # the account
    ("setMyCommands", {"commands": [{"command": "Help", "description": "x"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "a" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "a", "description": " "}]}, "DESCRIPTION_INVALID"),
    ("setMyCommands", {"commands": [{"command": "a", "description": "x"}] * 101}, "TOO_MUCH"),
    ("setMyCommands", {"commands": [], "language_code": "english"}, "language code"),
    ("setMyName", {"name": "x" * 65}, "too long"),
    ("setMyShortDescription", {"short_description": "x" * 121}, "too long"),
    # queries
    ("answerCallbackQuery", {"callback_query_id": "1"}, "query is too old and response timeout expired"),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
    ("answerInlineQuery", {"inline_query_id": "1", "results": []}, "query is too old"),
    # webhooks
    ("setWebhook", {"url": "ftp://a.org"}, "bad webhook"),
    ("setWebhook", {"url": "https://a.org", "secret_token": "a b"}, "secret token"),
    ("setWebhook", {"url": "https://a.org", "max_connections": 101}, "max_connections"),
    # not supported by the sandbox
    ("sendPoll", {"chat_id": OLENA, "question": "?", "options": []}, "the sandbox does not support sendPoll"),
]


@pytest.mark.parametrize(("method", "given", "reason"), MISTAKES)
async def test_mistakes_are_refused(caller: Caller, method: str, given: dict[str, Any], reason: str) -> None:
    """Each mistake is refused with a reason that names it, and no message is posted."""
    before = caller.sandbox.world.revision
    description = await caller.refused(method, **given)
    assert reason in description
    assert description.startswith(("Bad Request: ", "Forbidden: "))
    assert caller.sandbox.world.revision == before


async def test_limits_themselves_are_allowed(caller: Caller) -> None:
    """A text of exactly the longest length passes, counted after parsing in UTF-16 units."""
    longest = await caller.ok("sendMessage", chat_id=OLENA, text=f"<b>{'x' * 4096}</b>", parse_mode="HTML")
    assert longest["text"] == "x" * 4096
    emoji = await caller.ok("sendMessage", chat_id=OLENA, text="😀" * 2048)
    assert emoji["text"] == "😀" * 2048
    data = {"text": "a", "callback_data": "я" * 32}
    many = {"inline_keyboard": [[data]] * 100}
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="a", reply_markup=many)
    assert len(sent["reply_markup"]["inline_keyboard"]) == 100


async def test_unknown_methods_are_404_and_names_are_compared_without_case(caller: Caller) -> None:
    """A misspelt method is not found; GETME is getMe."""
    assert (await caller.raw("sendMesage"))["error_code"] == 404
    assert (await caller.ok("GETME"))["username"] == "comeback_sandbox_bot"


@pytest.mark.parametrize("token", ["42:wrong", "", "43:test", "42:tést"])
async def test_a_wrong_token_is_unauthorised(caller: Caller, token: str) -> None:
    """Only the sandbox's own token is accepted, for methods and files."""
    for path in (f"bot{token}/getMe", f"file/bot{token}/photos/x/y"):
        async with caller.session.get(f"{caller.sandbox.url}/{path}") as answer:
            assert answer.status == 401
            assert (await answer.json())["description"] == "Unauthorized"


async def test_four_ways_to_call(caller: Caller) -> None:
    """Address, form, multipart and JSON give the same call; structures in the first three are JSON texts."""
    url = f"{caller.sandbox.url}/bot{TOKEN}/sendMessage"
    markup = '{"inline_keyboard":[[{"text":"a","callback_data":"b"}]]}'
    fields = {"chat_id": str(OLENA), "text": "Hello", "reply_markup": markup}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    ways: list[dict[str, Any]] = [
        {"params": fields},
        {"data": fields},
        {"data": multipart},
        {"json": {**fields, "chat_id": OLENA}},
    ]
    for way in ways:
        async with caller.session.post(url, **way) as answer:
            result = (await answer.json())["result"]
            assert result["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "b"

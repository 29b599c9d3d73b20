"""Methods that answer callback and inline queries."""

import re
from typing import Any

from bot.sandbox.bot_api import keyboards
from bot.sandbox.bot_api.access import BotAccess, Parameters
from bot.sandbox.bot_api.refusals import bad_request
from bot.sandbox.text.spans import is_url

TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
# core.telegram.org/bots/api: answerCallbackQuery, answerInlineQuery, InlineQueryResultsButton
MAX_ANSWER, MAX_RESULTS, MAX_RESULT_ID, MAX_OFFSET = 200, 50, 64, 64
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


def answer_callback_query(access: BotAccess, given: Parameters) -> bool:
    """`answerCallbackQuery`: once, while the query is open."""
    if len(given.get("text", "")) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    if not access.world.callbacks.answer(given["callback_query_id"], given):
        raise bad_request(TOO_OLD)
    return True


def answer_inline_query(access: BotAccess, given: Parameters) -> bool:
    """`answerInlineQuery`: at most 50 results; check each as the message that it would become."""
    results = given["results"]
    if len(results) > MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    if len({result["id"] for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    if len(given.get("next_offset", "").encode()) > MAX_OFFSET:
        raise bad_request("NEXT_OFFSET_INVALID")
    _check_button(given.get("button"))
    messages = {result["id"]: _becomes(access, result) for result in results}
    answer = {"next_offset": "", **given, "messages": messages}
    if not access.world.inlines.answer(given["inline_query_id"], answer):
        raise bad_request(TOO_OLD)
    return True


def _check_button(button: dict[str, Any] | None) -> None:
    if button and "start_parameter" in button and not _PAYLOAD.fullmatch(button["start_parameter"]):
        raise bad_request("START_PARAM_INVALID")


def _becomes(access: BotAccess, result: dict[str, Any]) -> dict[str, Any]:
    """Return the content of the message that an inline result becomes when it is chosen."""
    if not 1 <= len(result["id"].encode()) <= MAX_RESULT_ID:
        raise bad_request("RESULT_ID_INVALID")
    if "url" in result and not is_url(result["url"]):
        raise bad_request("WEBPAGE_URL_INVALID")
    message = _content(access, result)
    if markup := keyboards.inline_only(result.get("reply_markup")):
        message["reply_markup"] = markup
    return message


def _content(access: BotAccess, result: dict[str, Any]) -> dict[str, Any]:
    content = result.get("input_message_content")
    if content is not None:
        if "message_text" not in content:
            raise bad_request("the sandbox supports only text as input_message_content")
        return access.text({**content, "text": content["message_text"]})
    if result["type"] in {"photo", "document"}:
        return {**access.world.files.sample(result["type"]).as_content(), **access.caption(result)}
    raise bad_request(f"the sandbox does not support inline results of type {result['type']}")


METHODS = {"answerCallbackQuery": answer_callback_query, "answerInlineQuery": answer_inline_query}

"""Keyboards: check what Telegram requires beyond the schema."""

from itertools import chain
from typing import Any

from bot.sandbox.bot_api.refusals import Refusal, bad_request
from bot.sandbox.text.spans import host_of, is_url

# Not published: Telegram drops or refuses more buttons (it shows 8 in a row).
MAX_BUTTONS = 100
MAX_DATA = 64
MAX_COPY = 256
MAX_PLACEHOLDER = 64
STYLES = frozenset({"danger", "success", "primary"})
# An inline button has exactly one of these.
ACTIONS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


def checked(markup: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the keyboard to store with a message, or None. Raises Refusal as Telegram does."""
    if not markup:
        return None
    if "inline_keyboard" in markup:
        return _inline(markup)
    if len(markup.get("input_field_placeholder", "")) > MAX_PLACEHOLDER:
        raise bad_request("input field placeholder is too long")
    if "keyboard" in markup:
        return _reply(markup)
    if markup.get("remove_keyboard") is False or markup.get("force_reply") is False:
        raise bad_request("remove_keyboard and force_reply can only be true")
    return markup


def inline_only(markup: dict[str, Any] | None) -> dict[str, Any] | None:
    """As `checked`; raise Refusal also for any keyboard that is not inline."""
    if markup and "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    return checked(markup)


def _inline(markup: dict[str, Any]) -> dict[str, Any] | None:
    """Return a checked keyboard below a message, without empty rows."""
    rows = [row for row in markup["inline_keyboard"] if row]
    _check_size(rows)
    for button in chain.from_iterable(rows):
        _check_inline(button)
    return {"inline_keyboard": rows} if rows else None


def _reply(markup: dict[str, Any]) -> dict[str, Any]:
    """Return a checked keyboard below the input field, with plain texts made buttons."""
    _check_size(markup["keyboard"])
    rows = [[{"text": b} if isinstance(b, str) else b for b in row] for row in markup["keyboard"]]
    for button in chain.from_iterable(rows):
        _check_label(button)
    return {**markup, "keyboard": rows}


def _check_size(rows: list[list[Any]]) -> None:
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")


def _check_label(button: dict[str, Any]) -> None:
    if not button["text"].strip():
        raise bad_request("a button's text must be non-empty")
    if button.get("style", "primary") not in STYLES:
        raise bad_request(f'unknown button style "{button["style"]}"')


def _check_inline(button: dict[str, Any]) -> None:
    _check_label(button)
    actions = [name for name in ACTIONS if name in button]
    if not actions:
        raise bad_request("text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"an inline button has exactly one action, not {' and '.join(actions)}")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= MAX_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        _check_url(button["url"])
    if "copy_text" in button and not 1 <= len(button["copy_text"]["text"]) <= MAX_COPY:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _check_url(url: str) -> None:
    if not is_url(url):
        raise _bad_url(url)


def _bad_url(url: str) -> Refusal:
    reason = "Wrong HTTP URL" if host_of(url) else "URL host is empty"
    return bad_request(f"inline keyboard button URL '{url}' is invalid: {reason}")

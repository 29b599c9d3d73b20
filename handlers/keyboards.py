"""Translate our messages and buttons to python-telegram-bot, and a tapped button back to ours."""

from collections.abc import Sequence
from typing import Any, TypeVar

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    Update,
    WebAppInfo,
)

from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.rendering.callbacks import CallbackData
from bot.rendering.message import Button, Message

EXPIRED = mark("This button no longer works. All commands: /help")
OLD_STORY = mark("This button is out of date. Open the story again: /latest")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


Family = TypeVar("Family", bound=CallbackData)


def parameters(message: Message) -> dict[str, Any]:
    """Return the parameters of `send_message` and `edit_message_text`, except the chat."""
    return {
        "text": message.text,
        "entities": [
            MessageEntity(entity.type, entity.offset, entity.length, url=entity.url)
            for entity in message.entities
        ],
        "link_preview_options": _NO_PREVIEW,
        # An edit without a keyboard removes the old one.
        "reply_markup": _keyboard(message.rows) if message.rows else None,
    }


def read_button(update: Update, family: type[Family], outdated: str) -> Family:
    """Return the button that was tapped.

    Raises InvalidInputError with the sentence `outdated` if it is none of this class: a button that no
    version knows any more, or data that somebody made up.
    """
    button = family.parse(data_of(update))
    if button is None:
        raise InvalidInputError(outdated)
    return button


def data_of(update: Update) -> str:
    """Return the data of the button that was tapped; empty for any other update."""
    return (update.callback_query.data if update.callback_query else None) or ""


def _keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    app = WebAppInfo(button.app) if button.app is not None else None
    return InlineKeyboardButton(button.text, url=button.url, callback_data=button.data, web_app=app)

"""Our Message → python-telegram-bot's parameters."""

from collections.abc import Sequence
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity

from bot.rendering.message import Button, Message

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def parameters(message: Message) -> dict[str, Any]:
    """What `send_message` and `edit_message_text` take, but for the chat."""
    return {
        "text": message.text,
        "entities": [
            MessageEntity(entity.type, entity.offset, entity.length, url=entity.url)
            for entity in message.entities
        ],
        "link_preview_options": _NO_PREVIEW,
        # An edit without a keyboard takes the old one away.
        "reply_markup": _keyboard(message.rows) if message.rows else None,
    }


def _keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows])


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(button.text, url=button.url, callback_data=button.data)

"""Our Message → python-telegram-bot's parameters."""

from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageEntity

from bot.message import Button, Message

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
        "reply_markup": InlineKeyboardMarkup([[_button(button) for button in row] for row in message.rows]),
    }


def _button(button: Button) -> InlineKeyboardButton:
    return InlineKeyboardButton(button.text, url=button.url, callback_data=button.data)

"""Editing, deleting and pinning messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.bot_api import keyboards
from bot.sandbox.bot_api.refusals import bad_request
from bot.sandbox.world.history import quoted, told

if TYPE_CHECKING:
    from bot.sandbox.bot_api.permissions import Desk, Parameters
    from bot.sandbox.world.history import HistoryEntry, Message

# Messages can be deleted for 48 hours (core.telegram.org/bots/api#deletemessage).
DELETABLE_SECONDS = 48 * 3600
MAX_AT_ONCE = 100


def edit_message_text(desk: Desk, given: Parameters) -> Message:
    """`editMessageText`."""
    chat, entry = _own(desk, given)
    if "text" not in entry.message:
        raise bad_request("there is no text in the message to edit")
    content = {"entities": None, "link_preview_options": None, **desk.text(given)}
    return _edit(desk, chat, entry, {**content, **_markup(given)})


def edit_message_caption(desk: Desk, given: Parameters) -> Message:
    """`editMessageCaption`; no caption takes it away."""
    chat, entry = _own(desk, given)
    if not entry.message.keys() & {"photo", "document"}:
        raise bad_request("there is no caption in the message to edit")
    content = {"caption": None, "caption_entities": None, "show_caption_above_media": None}
    return _edit(desk, chat, entry, {**content, **desk.caption(given), **_markup(given)})


def edit_message_reply_markup(desk: Desk, given: Parameters) -> Message:
    """`editMessageReplyMarkup`; no keyboard takes it away. It shows no "edited" mark."""
    chat, entry = _own(desk, given)
    return _edit(desk, chat, entry, _markup(given), silent=True)


def delete_message(desk: Desk, given: Parameters) -> bool:
    """`deleteMessage`: for 48 hours; in groups only the bot's own, since it is no administrator there."""
    chat = desk.chat_id(given["chat_id"])
    entry = desk.entry(chat, given["message_id"], "delete")
    if not _deletable(desk, chat, entry):
        raise bad_request("message can't be deleted")
    desk.world.remove(chat, [given["message_id"]])
    return True


def delete_messages(desk: Desk, given: Parameters) -> bool:
    """`deleteMessages`: those that cannot be deleted are skipped."""
    chat = desk.chat_id(given["chat_id"])
    ids = given["message_ids"]
    if not 1 <= len(ids) <= MAX_AT_ONCE:
        raise bad_request(f"message_ids must be 1-{MAX_AT_ONCE} ids")
    found = [(i, desk.world.entry(chat, i)) for i in ids]
    gone = [i for i, entry in found if entry is not None and _deletable(desk, chat, entry)]
    if gone:
        desk.world.remove(chat, gone)
    return True


def pin_chat_message(desk: Desk, given: Parameters) -> bool:
    """`pinChatMessage`."""
    chat = desk.writable_chat(given["chat_id"])
    entry = desk.entry(chat, given["message_id"], "pin")
    pinned = desk.world.history(chat).pinned
    if entry.message["message_id"] not in pinned:
        pinned.append(entry.message["message_id"])
        desk.post(chat, {"pinned_message": quoted(entry.message)})
    return True


def unpin_chat_message(desk: Desk, given: Parameters) -> bool:
    """`unpinChatMessage`: the given one, or else the last."""
    pinned = desk.world.history(desk.writable_chat(given["chat_id"])).pinned
    wanted = given.get("message_id", pinned[-1] if pinned else None)
    if wanted not in pinned:
        raise bad_request("message to unpin not found")
    pinned.remove(wanted)
    desk.world.touch()
    return True


def unpin_all_chat_messages(desk: Desk, given: Parameters) -> bool:
    """`unpinAllChatMessages`."""
    desk.world.history(desk.writable_chat(given["chat_id"])).pinned.clear()
    desk.world.touch()
    return True


def _own(desk: Desk, given: Parameters) -> tuple[int, HistoryEntry]:
    """The bot's own message that a call wants to edit."""
    if "chat_id" not in given or "message_id" not in given:
        raise bad_request("message identifier is not specified")
    chat = desk.writable_chat(given["chat_id"])
    entry = desk.entry(chat, given["message_id"], "edit")
    if not entry.from_bot or "forward_origin" in entry.message or told(entry.message) is not entry.message:
        raise bad_request("message can't be edited")
    return chat, entry


def _markup(given: Parameters) -> dict[str, Any]:
    return {"reply_markup": keyboards.inline_only(given.get("reply_markup"))}


def _edit(
    desk: Desk, chat: int, entry: HistoryEntry, content: dict[str, Any], *, silent: bool = False
) -> Message:
    if all(entry.message.get(name) == value for name, value in content.items()):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as "
            "a current content and reply markup of the message"
        )
    return desk.world.change(chat, entry.message["message_id"], content, silent=silent)


def _deletable(desk: Desk, chat: int, entry: HistoryEntry) -> bool:
    age = desk.world.clock().timestamp() - entry.message["date"]
    return age < DELETABLE_SECONDS and (entry.from_bot or chat not in desk.world.groups)


METHODS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "unpinAllChatMessages": unpin_all_chat_messages,
}

"""Methods that edit, delete and pin messages."""

from typing import Any

from bot.sandbox.bot_api import keyboards
from bot.sandbox.bot_api.access import BotAccess, Parameters
from bot.sandbox.bot_api.refusals import bad_request
from bot.sandbox.world.history import HistoryEntry, Message, as_bot_sees, as_nested

# Messages can be deleted for 48 hours (core.telegram.org/bots/api#deletemessage).
DELETABLE_SECONDS = 48 * 3600
MAX_AT_ONCE = 100


def edit_message_text(access: BotAccess, given: Parameters) -> Message:
    """`editMessageText`."""
    chat, entry = _own(access, given)
    if "text" not in entry.message:
        raise bad_request("there is no text in the message to edit")
    content = {"entities": None, "link_preview_options": None, **access.text(given)}
    return _edit(access, chat, entry, {**content, **_markup(given)})


def edit_message_caption(access: BotAccess, given: Parameters) -> Message:
    """`editMessageCaption`: without a caption, remove it."""
    chat, entry = _own(access, given)
    if not entry.message.keys() & {"photo", "document"}:
        raise bad_request("there is no caption in the message to edit")
    content = {"caption": None, "caption_entities": None, "show_caption_above_media": None}
    return _edit(access, chat, entry, {**content, **access.caption(given), **_markup(given)})


def edit_message_reply_markup(access: BotAccess, given: Parameters) -> Message:
    """`editMessageReplyMarkup`: without a keyboard, remove it. The edit date stays the same."""
    chat, entry = _own(access, given)
    return _edit(access, chat, entry, _markup(given), silent=True)


def delete_message(access: BotAccess, given: Parameters) -> bool:
    """`deleteMessage`: within 48 hours; in groups only the bot's own, since it is no administrator there."""
    chat = access.chat_id(given["chat_id"])
    entry = access.entry(chat, given["message_id"], "delete")
    if not _deletable(access, chat, entry):
        raise bad_request("message can't be deleted")
    access.world.remove(chat, [given["message_id"]])
    return True


def delete_messages(access: BotAccess, given: Parameters) -> bool:
    """`deleteMessages`: skip those that cannot be deleted."""
    chat = access.chat_id(given["chat_id"])
    ids = given["message_ids"]
    if not 1 <= len(ids) <= MAX_AT_ONCE:
        raise bad_request(f"message_ids must be 1-{MAX_AT_ONCE} ids")
    found = [(i, access.world.entry(chat, i)) for i in ids]
    gone = [i for i, entry in found if entry is not None and _deletable(access, chat, entry)]
    if gone:
        access.world.remove(chat, gone)
    return True


def pin_chat_message(access: BotAccess, given: Parameters) -> bool:
    """`pinChatMessage`."""
    chat = access.writable_chat(given["chat_id"])
    entry = access.entry(chat, given["message_id"], "pin")
    pinned = access.world.history(chat).pinned
    if entry.message["message_id"] not in pinned:
        pinned.append(entry.message["message_id"])
        access.post(chat, {"pinned_message": as_nested(entry.message)})
    return True


def unpin_chat_message(access: BotAccess, given: Parameters) -> bool:
    """`unpinChatMessage`: the given message, or else the last one."""
    pinned = access.world.history(access.writable_chat(given["chat_id"])).pinned
    wanted = given.get("message_id", pinned[-1] if pinned else None)
    if wanted not in pinned:
        raise bad_request("message to unpin not found")
    pinned.remove(wanted)
    access.world.touch()
    return True


def unpin_all_chat_messages(access: BotAccess, given: Parameters) -> bool:
    """`unpinAllChatMessages`."""
    access.world.history(access.writable_chat(given["chat_id"])).pinned.clear()
    access.world.touch()
    return True


def _own(access: BotAccess, given: Parameters) -> tuple[int, HistoryEntry]:
    """Return the chat and the bot's own message that a call edits. Raises Refusal if it cannot be edited."""
    if "chat_id" not in given or "message_id" not in given:
        raise bad_request("message identifier is not specified")
    chat = access.writable_chat(given["chat_id"])
    entry = access.entry(chat, given["message_id"], "edit")
    if (
        not entry.from_bot
        or "forward_origin" in entry.message
        or as_bot_sees(entry.message) is not entry.message
    ):
        raise bad_request("message can't be edited")
    return chat, entry


def _markup(given: Parameters) -> dict[str, Any]:
    return {"reply_markup": keyboards.inline_only(given.get("reply_markup"))}


def _edit(
    access: BotAccess, chat: int, entry: HistoryEntry, content: dict[str, Any], *, silent: bool = False
) -> Message:
    if all(entry.message.get(name) == value for name, value in content.items()):
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly the same as "
            "a current content and reply markup of the message"
        )
    return access.world.change(chat, entry.message["message_id"], content, silent=silent)


def _deletable(access: BotAccess, chat: int, entry: HistoryEntry) -> bool:
    age = access.world.clock().timestamp() - entry.message["date"]
    return age < DELETABLE_SECONDS and (entry.from_bot or chat not in access.world.groups)


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

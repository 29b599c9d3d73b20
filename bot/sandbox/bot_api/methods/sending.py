"""Sending, forwarding and copying messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.bot_api.refusals import Refusal, bad_request
from bot.sandbox.world.files import BadFileError, Upload

if TYPE_CHECKING:
    from bot.sandbox.bot_api.permissions import Desk, Parameters
    from bot.sandbox.world.files import File
    from bot.sandbox.world.history import HistoryEntry, Message

# Parts of a message that say where and when it was, not what it says.
PLACE = frozenset(
    {
        "message_id",
        "message_thread_id",
        "is_topic_message",
        "from",
        "sender_chat",
        "chat",
        "date",
        "edit_date",
        "reply_to_message",
        "reply_markup",
        "forward_origin",
    }
)
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
MAX_AT_ONCE = 100


def send_message(desk: Desk, given: Parameters) -> Message:
    """`sendMessage`."""
    chat = desk.writable_chat(given["chat_id"])
    return desk.post(chat, {**desk.text(given), **desk.extras(chat, given)})


def send_photo(desk: Desk, given: Parameters) -> Message:
    """`sendPhoto`: an upload, a file_id, or an address, for which the sandbox shows its sample picture."""
    return _send_file(desk, given, "photo")


def send_document(desk: Desk, given: Parameters) -> Message:
    """`sendDocument`: as sendPhoto."""
    return _send_file(desk, given, "document")


def send_chat_action(desk: Desk, given: Parameters) -> bool:
    """`sendChatAction`: people of the chat see that the bot is busy."""
    chat = desk.writable_chat(given["chat_id"])
    if given["action"] not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    desk.topic(chat, given)
    desk.world.publish("typing", chat)
    return True


def forward_message(desk: Desk, given: Parameters) -> Message:
    """`forwardMessage`."""
    chat = desk.writable_chat(given["chat_id"])
    entry = _source(desk, given, given["message_id"], "forward")
    return _forward(desk, chat, entry, desk.topic(chat, given))


def forward_messages(desk: Desk, given: Parameters) -> list[dict[str, int]]:
    """`forwardMessages`: those that are gone are left out."""
    chat = desk.writable_chat(given["chat_id"])
    found = _sources(desk, given, "forward")
    topic = desk.topic(chat, given)
    return [{"message_id": _forward(desk, chat, entry, topic)["message_id"]} for entry in found]


def copy_message(desk: Desk, given: Parameters) -> dict[str, int]:
    """`copyMessage`, with another caption where one is given."""
    chat = desk.writable_chat(given["chat_id"])
    entry = _source(desk, given, given["message_id"], "copy")
    content = _content(entry)
    if "caption" in given and "text" not in content:
        content = {**content, "caption": None, "caption_entities": None, **desk.caption(given)}
    content = {**content, **desk.extras(chat, given)}
    return {"message_id": desk.post(chat, {k: v for k, v in content.items() if v is not None})["message_id"]}


def copy_messages(desk: Desk, given: Parameters) -> list[dict[str, int]]:
    """`copyMessages`: those that are gone are left out."""
    chat = desk.writable_chat(given["chat_id"])
    found = _sources(desk, given, "copy")
    topic = desk.topic(chat, given)
    return [{"message_id": desk.post(chat, {**_content(entry), **topic})["message_id"]} for entry in found]


def _send_file(desk: Desk, given: Parameters, kind: str) -> Message:
    chat = desk.writable_chat(given["chat_id"])
    file = _file(desk, given[kind], kind)
    spoiler = {"has_media_spoiler": True} if given.get("has_spoiler") else {}
    content = {**file.as_content(), **spoiler, **desk.caption(given), **desk.extras(chat, given)}
    return desk.post(chat, content)


def _file(desk: Desk, wanted: Upload | str, kind: str) -> File:
    files = desk.world.files
    if isinstance(wanted, Upload):
        try:
            return files.add(kind, wanted)
        except BadFileError as error:
            code = 413 if "Too Large" in str(error) else 400
            raise Refusal(code, str(error) if code != 400 else f"Bad Request: {error}") from None  # noqa: PLR2004 -- HTTP
    if wanted.startswith(("http://", "https://")):
        return files.sample(kind)
    file = files.find(wanted)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind.title()} as {kind.title()}")
    return file


def _source(desk: Desk, given: Parameters, message_id: int, purpose: str) -> HistoryEntry:
    entry = desk.entry(desk.chat_id(given["from_chat_id"], "from_chat_id"), message_id, purpose)
    if entry.message.get("has_protected_content"):
        raise bad_request(f"message can't be {purpose}ed".replace("copyed", "copied"))
    return entry


def _sources(desk: Desk, given: Parameters, purpose: str) -> list[HistoryEntry]:
    ids = given["message_ids"]
    if not 1 <= len(ids) <= MAX_AT_ONCE or ids != sorted(set(ids)):
        raise bad_request(f"message_ids must be 1-{MAX_AT_ONCE} ids in strictly increasing order")
    place = desk.chat_id(given["from_chat_id"], "from_chat_id")
    found = [entry for message_id in ids if (entry := desk.world.entry(place, message_id))]
    if not found:
        raise bad_request(f"there are no messages to {purpose}")
    return found


def _forward(desk: Desk, chat: int, entry: HistoryEntry, topic: dict[str, Any]) -> Message:
    message = entry.message
    return desk.post(chat, {"forward_origin": _origin(message), **_content(entry), **topic})


def _origin(message: Message) -> dict[str, Any]:
    """The Bot API's MessageOrigin."""
    if "forward_origin" in message:
        return dict(message["forward_origin"])
    if "from" not in message:
        post = {"chat": message["sender_chat"], "message_id": message["message_id"]}
        return {"type": "channel", **post, "date": message["date"]}
    return {"type": "user", "sender_user": message["from"], "date": message["date"]}


def _content(entry: HistoryEntry) -> dict[str, Any]:
    return {name: value for name, value in entry.message.items() if name not in PLACE}


METHODS = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendChatAction": send_chat_action,
    "forwardMessage": forward_message,
    "forwardMessages": forward_messages,
    "copyMessage": copy_message,
    "copyMessages": copy_messages,
}

"""Methods that send, forward and copy messages."""

from typing import Any

from bot.sandbox.bot_api.access import BotAccess, Parameters
from bot.sandbox.bot_api.refusals import Refusal, bad_request
from bot.sandbox.world.files import BadFileError, File, Upload
from bot.sandbox.world.history import HistoryEntry, Message

# Fields of a message that a forwarded or copied one does not keep.
NOT_CONTENT = frozenset(
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


def send_message(access: BotAccess, given: Parameters) -> Message:
    """`sendMessage`."""
    chat = access.writable_chat(given["chat_id"])
    return access.post(chat, {**access.text(given), **access.extras(chat, given)})


def send_photo(access: BotAccess, given: Parameters) -> Message:
    """`sendPhoto`: an upload, a file_id, or an address, for which the sandbox sends its sample picture."""
    return _send_file(access, given, "photo")


def send_document(access: BotAccess, given: Parameters) -> Message:
    """`sendDocument`: as `sendPhoto`."""
    return _send_file(access, given, "document")


def send_chat_action(access: BotAccess, given: Parameters) -> bool:
    """`sendChatAction`: show in the chat that the bot is busy."""
    chat = access.writable_chat(given["chat_id"])
    if given["action"] not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    access.topic(chat, given)
    access.world.publish("typing", chat)
    return True


def forward_message(access: BotAccess, given: Parameters) -> Message:
    """`forwardMessage`."""
    chat = access.writable_chat(given["chat_id"])
    entry = _source(access, given, given["message_id"], "forward")
    return _forward(access, chat, entry, access.topic(chat, given))


def forward_messages(access: BotAccess, given: Parameters) -> list[dict[str, int]]:
    """`forwardMessages`: skip those that do not exist."""
    chat = access.writable_chat(given["chat_id"])
    found = _sources(access, given, "forward")
    topic = access.topic(chat, given)
    return [{"message_id": _forward(access, chat, entry, topic)["message_id"]} for entry in found]


def copy_message(access: BotAccess, given: Parameters) -> dict[str, int]:
    """`copyMessage`: with a new caption if one is given."""
    chat = access.writable_chat(given["chat_id"])
    entry = _source(access, given, given["message_id"], "copy")
    content = _content(entry)
    if "caption" in given and "text" not in content:
        content = {**content, "caption": None, "caption_entities": None, **access.caption(given)}
    content = {**content, **access.extras(chat, given)}
    message = access.post(chat, {name: value for name, value in content.items() if value is not None})
    return {"message_id": message["message_id"]}


def copy_messages(access: BotAccess, given: Parameters) -> list[dict[str, int]]:
    """`copyMessages`: skip those that do not exist."""
    chat = access.writable_chat(given["chat_id"])
    found = _sources(access, given, "copy")
    topic = access.topic(chat, given)
    return [{"message_id": access.post(chat, {**_content(entry), **topic})["message_id"]} for entry in found]


def _send_file(access: BotAccess, given: Parameters, kind: str) -> Message:
    chat = access.writable_chat(given["chat_id"])
    file = _file(access, given[kind], kind)
    spoiler = {"has_media_spoiler": True} if given.get("has_spoiler") else {}
    content = {**file.as_content(), **spoiler, **access.caption(given), **access.extras(chat, given)}
    return access.post(chat, content)


def _file(access: BotAccess, wanted: Upload | str, kind: str) -> File:
    files = access.world.files
    if isinstance(wanted, Upload):
        try:
            return files.add(kind, wanted)
        except BadFileError as error:
            if "Too Large" in str(error):
                raise Refusal(413, str(error)) from None
            raise bad_request(str(error)) from None
    if wanted.startswith(("http://", "https://")):
        return files.sample(kind)
    file = files.find(wanted)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind.title()} as {kind.title()}")
    return file


def _source(access: BotAccess, given: Parameters, message_id: int, purpose: str) -> HistoryEntry:
    entry = access.entry(access.chat_id(given["from_chat_id"], "from_chat_id"), message_id, purpose)
    if entry.message.get("has_protected_content"):
        raise bad_request(f"message can't be {purpose}ed".replace("copyed", "copied"))
    return entry


def _sources(access: BotAccess, given: Parameters, purpose: str) -> list[HistoryEntry]:
    ids = given["message_ids"]
    if not 1 <= len(ids) <= MAX_AT_ONCE or ids != sorted(set(ids)):
        raise bad_request(f"message_ids must be 1-{MAX_AT_ONCE} ids in strictly increasing order")
    source = access.chat_id(given["from_chat_id"], "from_chat_id")
    found = [entry for message_id in ids if (entry := access.world.entry(source, message_id))]
    if not found:
        raise bad_request(f"there are no messages to {purpose}")
    return found


def _forward(access: BotAccess, chat: int, entry: HistoryEntry, topic: dict[str, Any]) -> Message:
    message = entry.message
    return access.post(chat, {"forward_origin": _origin(message), **_content(entry), **topic})


def _origin(message: Message) -> dict[str, Any]:
    """Return the Bot API's MessageOrigin."""
    if "forward_origin" in message:
        return dict(message["forward_origin"])
    if "from" not in message:
        post = {"chat": message["sender_chat"], "message_id": message["message_id"]}
        return {"type": "channel", **post, "date": message["date"]}
    return {"type": "user", "sender_user": message["from"], "date": message["date"]}


def _content(entry: HistoryEntry) -> dict[str, Any]:
    return {name: value for name, value in entry.message.items() if name not in NOT_CONTENT}


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

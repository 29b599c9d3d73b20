"""Where the bot's calls meet the world: which chat is meant, and may the bot do this there?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.bot_api import keyboards
from bot.sandbox.bot_api.refusals import Refusal, bad_request, forbidden
from bot.sandbox.text.entities import formatted
from bot.sandbox.text.recognise import utf16_length
from bot.sandbox.world.history import in_topic, quoted, thread_of, told

if TYPE_CHECKING:
    from bot.sandbox.bot_api.polling import Poll
    from bot.sandbox.bot_api.webhook import Webhook
    from bot.sandbox.world.history import HistoryEntry, Message
    from bot.sandbox.world.world import World

# 1-4096 characters after parsing, 0-1024 for a caption (core.telegram.org/bots/api#sendmessage), counted in
# UTF-16 units, the strictest reading.
MAX_TEXT, MAX_CAPTION = 4096, 1024

Parameters = dict[str, Any]


class Desk:
    """The bot's side of the world."""

    def __init__(self, world: World, poll: Poll, webhook: Webhook) -> None:
        self.world = world
        self.poll = poll
        self.webhook = webhook

    def chat_id(self, wanted: int | str, parameter: str = "chat_id") -> int:
        """The id of the chat that a call names by its id or @username."""
        if wanted == "":
            raise bad_request(f"{parameter} is empty")
        if isinstance(wanted, str):
            # A bot reaches people by their id only; @names are for groups and channels, which have none here.
            raise bad_request("chat not found")
        group = self.world.groups.get(wanted)
        if group is not None and group.moved_to is not None:
            raise bad_request(
                "group chat was upgraded to a supergroup chat", migrate_to_chat_id=group.moved_to
            )
        if group is None and wanted not in self.world.people:
            raise bad_request("chat not found")
        return wanted

    def writable_chat(self, wanted: int | str) -> int:
        """As `chat_id`, where the bot may also write."""
        chat = self.chat_id(wanted)
        group = self.world.groups.get(chat)
        if group is not None:
            if not group.bot_member:
                raise forbidden(f"bot was kicked from the {group.kind} chat")
        elif chat in self.world.people.blocked:
            raise forbidden("bot was blocked by the user")
        elif not self.world.people.has_started(chat):
            raise forbidden("bot can't initiate conversation with a user")
        return chat

    def text(self, given: Parameters) -> dict[str, Any]:
        """The "text" and "entities" of a message."""
        if not given.get("text"):
            raise bad_request("message text is empty")
        text, entities = formatted(given["text"], given.get("parse_mode"), given.get("entities"))
        if not text:
            raise bad_request("text must be non-empty")
        if utf16_length(text) > MAX_TEXT:
            raise bad_request("message is too long")
        content: dict[str, Any] = {"text": text}
        if entities:
            content["entities"] = entities
        if preview := given.get("link_preview_options"):
            content["link_preview_options"] = preview
        return content

    def caption(self, given: Parameters) -> dict[str, Any]:
        """The "caption" and "caption_entities" of a message, perhaps none."""
        if not given.get("caption"):
            return {}
        text, entities = formatted(given["caption"], given.get("parse_mode"), given.get("caption_entities"))
        if utf16_length(text) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        content: dict[str, Any] = {"caption": text} if text else {}
        if text and entities:
            content["caption_entities"] = entities
        if given.get("show_caption_above_media"):
            content["show_caption_above_media"] = True
        return content

    def extras(self, chat: int, given: Parameters) -> dict[str, Any]:
        """Keyboard, reply and protection of a message that is sent."""
        extras = self.topic(chat, given)
        if replied := self._replied(chat, given.get("reply_parameters")):
            extras["reply_to_message"] = replied
            if (thread := thread_of(replied)) is not None and replied["chat"]["id"] == chat:
                extras |= in_topic(thread)  # an answer stands where its question does
        if markup := keyboards.checked(given.get("reply_markup")):
            extras["reply_markup"] = markup
        if given.get("protect_content"):
            extras["has_protected_content"] = True
        return extras

    def topic(self, chat: int, given: Parameters) -> dict[str, Any]:
        """The place in a forum that a call names by its message_thread_id; Refusal where it is not open."""
        wanted = given.get("message_thread_id")
        if wanted is None:
            return {}
        group = self.world.groups.get(chat)
        topic = group.topic(wanted) if group is not None else None
        if topic is None:
            raise bad_request("message thread not found")
        if topic.closed:
            raise bad_request("TOPIC_CLOSED")
        return in_topic(wanted)

    def post(self, chat: int, content: dict[str, Any]) -> Message:
        """Append a message of the bot."""
        return told(self.world.post(chat, self.world.bot.as_user(), content))

    def entry(self, chat: int, message_id: int, purpose: str) -> HistoryEntry:
        """A message that a call names; `purpose` completes "message to … not found"."""
        entry = self.world.entry(chat, message_id)
        if entry is None:
            raise bad_request(f"message to {purpose} not found")
        return entry

    def _replied(self, chat: int, reply: dict[str, Any] | None) -> Message | None:
        if reply is None:
            return None
        place = self.chat_id(reply["chat_id"]) if "chat_id" in reply else chat
        entry = self.world.entry(place, reply["message_id"])
        if entry is not None:
            return quoted(entry.message)
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")


def not_supported(method: str) -> Refusal:
    """For what Telegram knows and the sandbox does not do."""
    return bad_request(f"the sandbox does not support {method}")

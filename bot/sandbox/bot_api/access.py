"""The bot's access to the world: find the chat of a call, check what the bot may do, build its messages."""

from typing import Any

from bot.sandbox.bot_api import keyboards
from bot.sandbox.bot_api.polling import Poll
from bot.sandbox.bot_api.refusals import Refusal, bad_request, forbidden
from bot.sandbox.bot_api.webhook import Webhook
from bot.sandbox.text.entities import formatted
from bot.sandbox.text.recognise import utf16_length
from bot.sandbox.world.history import HistoryEntry, Message, as_bot_sees, as_nested, in_topic, thread_of
from bot.sandbox.world.world import World

# 1-4096 characters after parsing, 0-1024 for a caption (core.telegram.org/bots/api#sendmessage), counted in
# UTF-16 units, the strictest interpretation.
MAX_TEXT, MAX_CAPTION = 4096, 1024

Parameters = dict[str, Any]


class BotAccess:
    """What the Bot API's methods share: chats, texts, keyboards and messages of the bot."""

    def __init__(self, world: World, poll: Poll, webhook: Webhook) -> None:
        self.world = world
        self.poll = poll
        self.webhook = webhook

    def chat_id(self, wanted: int | str, parameter: str = "chat_id") -> int:
        """Return the id of the chat that a call names by id or @username. Raises Refusal if there is none."""
        if wanted == "":
            raise bad_request(f"{parameter} is empty")
        if isinstance(wanted, str):
            # A bot addresses people by id only; @usernames are for groups and channels, which have none here.
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
        """As `chat_id`; raise Refusal also if the bot may not write there."""
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
        """Return the "text" and "entities" of a message. Raises Refusal as Telegram does."""
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
        """Return the "caption" and "caption_entities" of a message, if there are any. Raises Refusal."""
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
        """Return the fields for topic, reply, keyboard and protection of a message to send."""
        extras = self.topic(chat, given)
        if replied := self._replied(chat, given.get("reply_parameters")):
            extras["reply_to_message"] = replied
            if (thread := thread_of(replied)) is not None and replied["chat"]["id"] == chat:
                extras |= in_topic(thread)  # a reply is in the same topic as its message
        if markup := keyboards.checked(given.get("reply_markup")):
            extras["reply_markup"] = markup
        if given.get("protect_content"):
            extras["has_protected_content"] = True
        return extras

    def topic(self, chat: int, given: Parameters) -> dict[str, Any]:
        """Return the fields for the forum's topic that a call names. Raises Refusal if it is not open."""
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
        """Append a message of the bot; return it as the bot receives it."""
        return as_bot_sees(self.world.post(chat, self.world.bot.as_user(), content))

    def entry(self, chat: int, message_id: int, purpose: str) -> HistoryEntry:
        """Return a message that a call names. `purpose` completes the refusal "message to … not found"."""
        entry = self.world.entry(chat, message_id)
        if entry is None:
            raise bad_request(f"message to {purpose} not found")
        return entry

    def _replied(self, chat: int, reply: dict[str, Any] | None) -> Message | None:
        if reply is None:
            return None
        source = self.chat_id(reply["chat_id"]) if "chat_id" in reply else chat
        entry = self.world.entry(source, reply["message_id"])
        if entry is not None:
            return as_nested(entry.message)
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")


def not_supported(method: str) -> Refusal:
    """Return the refusal of something that Telegram supports and the sandbox does not."""
    return bad_request(f"the sandbox does not support {method}")

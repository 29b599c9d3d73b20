"""The world: what people do in the sandbox, and how tests wait for the bot.

Each action of a person is a method; it changes the chats and queues the update that Telegram would send.
Nothing here uses HTTP. All waiting is for signals, without polling.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from bot.sandbox.bot_api.queries import CALLBACK_LIFE, INLINE_LIFE, Queries
from bot.sandbox.text.recognise import recognise, utf16_length
from bot.sandbox.world.chats import KEEP, Bot
from bot.sandbox.world.history import Message, as_nested, in_topic
from bot.sandbox.world.membership import Membership
from bot.sandbox.world.people import Group, Person, WorldError
from bot.sandbox.world.samples import CAPTIONED, SampleKind, sample

# UTF-16 units that an app lets a person type into one message.
MAX_TEXT = 4096
# A deep link's payload (core.telegram.org/bots/features#deep-linking).
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
# How long a test waits for the bot, in seconds; long enough for a busy machine.
WAIT = 60.0


class World(Membership):
    """The chats of the sandbox, and the actions of the people in them."""

    def __init__(
        self, bot: Bot, *, clock: Callable[[], datetime], editors: Iterable[int] = (), keep: int = KEEP
    ) -> None:
        super().__init__(bot, clock=clock, editors=editors, keep=keep)
        self.callbacks = Queries(clock, life=CALLBACK_LIFE)
        self.inlines = Queries(clock, life=INLINE_LIFE)
        # The inline results that each person was offered last: the message of each result by its id.
        self._offers: dict[int, dict[str, Message]] = {}

    # --- talking ---

    def say(
        self, person: int, chat: int, text: str, *, reply_to: int | None = None, topic: int | None = None
    ) -> Message:
        """Send a text as a person; commands, mentions, hashtags and links in it become entities."""
        return self.send_as(person, chat, _typed(text), reply_to=reply_to, topic=topic)

    def start(self, person: int, payload: str = "") -> Message:
        """Start the bot as a person, with a payload through a deep link; this also unblocks the bot."""
        if not _PAYLOAD.fullmatch(payload):
            raise WorldError("A payload has at most 64 characters of A-Z, a-z, 0-9, _ and -.")
        self.block(person, blocked=False)
        return self.say(person, person, f"/start {payload}")

    def send_sample(self, person: int, chat: int, kind: SampleKind, caption: str | None = None) -> Message:
        """Send a built-in sample as a person: a kind of message that the bot may not know."""
        content = sample(kind, self.files)
        if caption and kind in CAPTIONED:
            content["caption"] = caption
            if entities := recognise(caption):
                content["caption_entities"] = entities
        return self.send_as(person, chat, content)

    def edit(self, person: int, chat: int, message_id: int, text: str) -> Message:
        """Edit a person's own text."""
        self._actor(person, chat)
        message = self.message(chat, message_id)
        if message.get("from", {}).get("id") != person or "text" not in message:
            raise WorldError("Only one's own texts can be edited.")
        edited = self.change(chat, message_id, {"entities": None, **_typed(text)})
        if self._bot_receives(chat, edited):
            self.updates.put("edited_message", edited, chat=chat)
        return edited

    def send_as(
        self,
        person: int,
        chat: int,
        content: dict[str, Any],
        *,
        reply_to: int | None = None,
        topic: int | None = None,
    ) -> Message:
        """Post any content as a person, in a forum to this topic; queue an update if the bot receives it."""
        sender, group = self._actor(person, chat), self.groups.get(chat)
        in_channel = group is not None and group.is_channel
        if in_channel and not self._owns(person, group):
            raise WorldError("In a channel only its owner writes.")
        if topic is not None:
            self._check_topic(person, group, topic)
            content = {**in_topic(topic), **content}
        if reply_to is not None:
            content = {"reply_to_message": as_nested(self.message(chat, reply_to)), **content}
        message = self.post(chat, sender.as_user(), content)
        if chat == person:
            self.people.started.add(person)
        if self._bot_receives(chat, message):
            self.updates.put("channel_post" if in_channel else "message", message, chat=chat)
        return message

    # --- buttons and inline queries ---

    async def press(
        self, person: int, chat: int, message_id: int, data: str, *, patience: float = WAIT
    ) -> dict[str, Any]:
        """Press a button as a person; return the bot's answer as {"text", "show_alert", "url"}.

        Raises BotTimeoutError if none comes within `patience` seconds.
        """
        actor = self._actor(person, chat)
        message = self.message(chat, message_id)
        if data not in [button.get("callback_data") for button in buttons(message)]:
            raise WorldError("This message no longer has that button.")
        return await self._callback(actor, message, data, patience)

    async def press_old(self, person: int, message: Message, data: str) -> dict[str, Any]:
        """Press a button of a message that was edited or deleted since, as from an outdated app."""
        return await self._callback(self._actor(person, message["chat"]["id"]), message, data, WAIT)

    async def tap(
        self, person: int, message: Message, label: str, *, patience: float = WAIT
    ) -> dict[str, Any]:
        """Press the first button under a message whose label begins with `label`; see `press`."""
        for button in buttons(message):
            if button["text"].startswith(label) and "callback_data" in button:
                chat = message["chat"]["id"]
                data = button["callback_data"]
                return await self.press(person, chat, message["message_id"], data, patience=patience)
        labels = [button["text"] for button in buttons(message)]
        raise WorldError(f"There is no button {label!r} among {labels}.")

    async def inline_query(
        self, person: int, query: str, offset: str = "", *, patience: float = WAIT
    ) -> dict[str, Any]:
        """Type "@bot query" as a person; return the bot's answer: {"results": […], "next_offset": str, …}."""
        actor = self.people.get(person)
        asked = self.inlines.ask(person)
        payload = {"id": asked.id, "from": actor.as_user(), "query": query, "offset": offset}
        self.updates.put("inline_query", {**payload, "chat_type": "sender"}, chat=person)
        answer = await self.inlines.wait(asked, patience)
        messages = answer.pop("messages")
        self._offers[person] = {**self._offers.get(person, {}), **messages} if offset else messages
        return answer

    def choose(self, person: int, chat: int, result_id: str, query: str = "") -> Message:
        """Send one of the results that `inline_query` offered to a person."""
        offered = self._offers.get(person, {}).get(result_id)
        if offered is None:
            raise WorldError("The bot no longer offers this result.")
        message = self.send_as(person, chat, {"via_bot": self.bot.as_user(), **offered})
        chosen = {"result_id": result_id, "from": self.people.get(person).as_user(), "query": query}
        self.updates.put("chosen_inline_result", chosen, chat=person)
        return message

    # --- waiting ---

    async def until(self, predicate: Callable[[], bool], patience: float = WAIT) -> None:
        """Wait until the predicate is true. Raises TimeoutError after `patience` seconds."""
        if not await self.changed.until(predicate, patience):
            raise TimeoutError(f"It did not come true within {patience:g} seconds.")

    async def bot_message(
        self,
        chat: int,
        *,
        after: int | None = None,
        since: int | None = None,
        patience: float = WAIT,
    ) -> Message:
        """Wait for the bot's next message or edit in a chat, and return it.

        It is the first one after the message `after`, or after the world's revision `since`, or else from now
        on. Raises TimeoutError, with the last messages in its text, after `patience` seconds.
        """
        start = since if after is None else self._revision_of(chat, after)
        start = self.revision if start is None else start
        await self.changed.until(lambda: self._bot_change(chat, start) is not None, patience)
        found = self._bot_change(chat, start)
        if found is None:
            last = [m.get("text", m.get("caption", "…")) for m in self.messages(chat, 3)]
            raise TimeoutError(f"The bot said nothing in chat {chat} within {patience:g} s; last: {last}")
        return found

    async def ask(
        self,
        person: int,
        text: str,
        *,
        chat: int | None = None,
        patience: float = WAIT,
    ) -> Message:
        """Send a text as a person, in private unless a chat is given; return the bot's next message."""
        chat = person if chat is None else chat
        sent = self.say(person, chat, text)
        return await self.bot_message(chat, after=sent["message_id"], patience=patience)

    # --- inside ---

    def _owns(self, person: int, group: Group | None) -> bool:
        return group is not None and group.is_owner(person)

    def _check_topic(self, person: int, group: Group | None, topic: int) -> None:
        """Raise WorldError unless the topic exists, and is open or the person owns the group."""
        found = group.topic(topic) if group is not None else None
        if found is None or (found.closed and not self._owns(person, group)):
            raise WorldError("This topic is not open.")

    async def _callback(self, actor: Person, message: Message, data: str, patience: float) -> dict[str, Any]:
        query = self.callbacks.ask(actor.id)
        chat = message["chat"]["id"]
        payload = {"id": query.id, "from": actor.as_user(), "message": message, "chat_instance": str(chat)}
        self.updates.put("callback_query", {**payload, "data": data}, chat=chat)
        answer = await self.callbacks.wait(query, patience)
        shown = bool(answer.get("show_alert"))
        return {"text": answer.get("text"), "show_alert": shown, "url": answer.get("url")}

    def _revision_of(self, chat: int, message_id: int) -> int:
        entry = self.entry(chat, message_id)
        return entry.made if entry else 0

    def _bot_change(self, chat: int, start: int) -> Message | None:
        changes = [entry for entry in self.history(chat) if entry.from_bot and entry.changed > start]
        return min(changes, key=lambda entry: entry.changed).message if changes else None

    def _actor(self, person: int, chat: int) -> Person:
        actor = self.people.get(person)
        if chat == person:
            if person in self.people.blocked:
                raise WorldError("You have blocked the bot; unblock it first.")
        elif person not in self.group(chat).members:
            raise WorldError(f"{actor.name} is not in this group.")
        return actor

    def _bot_receives(self, chat: int, message: Message) -> bool:
        """Return whether Telegram would send a person's message to a bot in privacy mode.

        In groups the bot receives commands that are not for another bot, replies to itself, and messages that
        were sent through it (core.telegram.org/bots/features#privacy-mode).
        """
        group = self.groups.get(chat)
        if group is None or not group.bot_member:
            return group is None
        if group.is_channel:  # an administrator receives everything
            return True
        replied = message.get("reply_to_message", {})
        if "via_bot" in message or replied.get("from", {}).get("id") == self.bot.id:
            return True
        command, _, target = message.get("text", "").partition(" ")[0].partition("@")
        return command.startswith("/") and target.lower() in {"", self.bot.username.lower()}


def buttons(message: Message) -> list[dict[str, Any]]:
    """Return all inline buttons of a message, row by row."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def _typed(text: str) -> dict[str, Any]:
    """Return the content of a message with this text, as an app sends it."""
    text = text.strip()
    if not text:
        raise WorldError("An empty message cannot be sent.")
    if utf16_length(text) > MAX_TEXT:
        raise WorldError(f"A message has at most {MAX_TEXT} characters.")
    entities = recognise(text)
    return {"text": text, "entities": entities} if entities else {"text": text}

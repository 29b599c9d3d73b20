"""What people do in the sandbox, and how tests wait for what the bot does.

Each act of a person is a method; it changes the chats and queues the update that Telegram would send. Nothing
here knows HTTP. All waiting is on signals.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.sandbox.bot_api.queries import CALLBACK_LIFE, INLINE_LIFE, Queries
from bot.sandbox.text.recognise import recognise, utf16_length
from bot.sandbox.world.chats import KEEP, Bot
from bot.sandbox.world.history import in_topic, quoted
from bot.sandbox.world.membership import Membership
from bot.sandbox.world.people import Person, WorldError
from bot.sandbox.world.samples import CAPTIONED, SampleKind, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.sandbox.world.history import Message

# What an app lets a person type into one message.
MAX_TEXT = 4096
# A deep link's payload (core.telegram.org/bots/features#deep-linking).
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
# How long a test waits for the bot, in seconds: a busy machine is no fault.
WAIT = 60.0


class World(Membership):
    """The chats of the sandbox with people in them who act."""

    def __init__(
        self, bot: Bot, *, clock: Callable[[], datetime], editors: Iterable[int] = (), keep: int = KEEP
    ) -> None:
        super().__init__(bot, clock=clock, editors=editors, keep=keep)
        self.callbacks = Queries(clock, life=CALLBACK_LIFE)
        self.inlines = Queries(clock, life=INLINE_LIFE)
        # The inline results that a person was offered last, by result id: the messages they become.
        self._offers: dict[int, dict[str, Message]] = {}

    # --- talking ---

    def say(
        self, person: int, chat: int, text: str, *, reply_to: int | None = None, topic: int | None = None
    ) -> Message:
        """A person types a text; commands, mentions, hashtags and links in it are recognised."""
        return self.send_as(person, chat, _typed(text), reply_to=reply_to, topic=topic)

    def start(self, person: int, payload: str = "") -> Message:
        """A person opens the bot (by a deep link if there is a payload); this also ends a block."""
        if not _PAYLOAD.fullmatch(payload):
            raise WorldError("A payload has at most 64 characters of A-Z, a-z, 0-9, _ and -.")
        self.block(person, blocked=False)
        return self.say(person, person, f"/start {payload}")

    def send_sample(self, person: int, chat: int, kind: SampleKind, caption: str | None = None) -> Message:
        """A person sends a built-in sample: a message of a kind that the bot may not know."""
        content = sample(kind, self.files)
        if caption and kind in CAPTIONED:
            content["caption"] = caption
            if entities := recognise(caption):
                content["caption_entities"] = entities
        return self.send_as(person, chat, content)

    def edit(self, person: int, chat: int, message_id: int, text: str) -> Message:
        """A person edits their own text."""
        self._speaker(person, chat)
        message = self.message(chat, message_id)
        if message.get("from", {}).get("id") != person or "text" not in message:
            raise WorldError("Only one's own texts can be edited.")
        edited = self.change(chat, message_id, {"entities": None, **_typed(text)})
        if self._bot_hears(chat, edited):
            self.updates.put("edited_message", edited, lane=chat)
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
        """Post any content as a person, in a forum to this topic, and tell the bot, if it may hear it."""
        who, group = self._speaker(person, chat), self.groups.get(chat)
        if group is not None and group.is_channel and not group.is_owner(person):
            raise WorldError("In a channel only its owner writes.")
        if topic is not None:
            found = group.topic(topic) if group is not None else None
            if group is None or found is None or (found.closed and not group.is_owner(person)):
                raise WorldError("This topic is not open.")
            content = {**in_topic(topic), **content}
        if reply_to is not None:
            content = {"reply_to_message": quoted(self.message(chat, reply_to)), **content}
        message = self.post(chat, who.as_user(), content)
        if chat == person:
            self.people.started.add(person)
        if self._bot_hears(chat, message):
            kind = "channel_post" if group is not None and group.is_channel else "message"
            self.updates.put(kind, message, lane=chat)
        return message

    # --- buttons and inline queries ---

    async def press(
        self, person: int, chat: int, message_id: int, data: str, *, patience: float = WAIT
    ) -> dict[str, Any]:
        """A person presses a button; returns the bot's answer as {"text", "show_alert", "url"}.

        NoAnswerError if none comes within `patience` seconds.
        """
        who = self._speaker(person, chat)
        message = self.message(chat, message_id)
        if data not in [button.get("callback_data") for button in buttons(message)]:
            raise WorldError("This message no longer has that button.")
        return await self._callback(who, message, data, patience)

    async def press_old(self, person: int, message: Message, data: str) -> dict[str, Any]:
        """As `press`, from an app that still shows a message as it once was (edited or deleted since)."""
        return await self._callback(self._speaker(person, message["chat"]["id"]), message, data, WAIT)

    async def tap(self, person: int, message: Message, label: str) -> dict[str, Any]:
        """Press the first button under a message whose label begins with `label`."""
        for button in buttons(message):
            if button["text"].startswith(label) and "callback_data" in button:
                chat = message["chat"]["id"]
                return await self.press(person, chat, message["message_id"], button["callback_data"])
        labels = [button["text"] for button in buttons(message)]
        raise WorldError(f"There is no button {label!r} among {labels}.")

    async def inline_query(
        self, person: int, query: str, offset: str = "", *, patience: float = WAIT
    ) -> dict[str, Any]:
        """A person types "@bot query"; returns {"results": […], "next_offset": str, …} as the bot gave it."""
        who = self.people.get(person)
        asked = self.inlines.ask(person)
        payload = {"id": asked.id, "from": who.as_user(), "query": query, "offset": offset}
        self.updates.put("inline_query", {**payload, "chat_type": "sender"}, lane=person)
        answer = await self.inlines.wait(asked, patience)
        messages = answer.pop("messages")
        self._offers[person] = {**self._offers.get(person, {}), **messages} if offset else messages
        return answer

    def choose(self, person: int, chat: int, result_id: str, query: str = "") -> Message:
        """A person sends one of the results that `inline_query` offered."""
        offered = self._offers.get(person, {}).get(result_id)
        if offered is None:
            raise WorldError("The bot no longer offers this result.")
        message = self.send_as(person, chat, {"via_bot": self.bot.as_user(), **offered})
        chosen = {"result_id": result_id, "from": self.people.get(person).as_user(), "query": query}
        self.updates.put("chosen_inline_result", chosen, lane=person)
        return message

    # --- waiting ---

    async def until(self, predicate: Callable[[], bool], timeout: float = WAIT) -> None:  # noqa: ASYNC109 -- reads better in a test
        """Wait until the predicate holds, looking again at each change; TimeoutError after `timeout` s."""
        if not await self.changed.until(predicate, timeout):
            raise TimeoutError(f"It did not come true within {timeout:g} seconds.")

    async def bot_message(
        self,
        chat: int,
        *,
        after: int | None = None,
        since: int | None = None,
        timeout: float = WAIT,  # noqa: ASYNC109 -- reads better in a test
    ) -> Message:
        """The bot's next message or edit in a chat.

        That is the first one after the message `after` was posted, or after `revision` was `since`, or else
        from now on. TimeoutError tells what was said last.
        """
        start = since if after is None else self._revision_of(chat, after)
        start = self.revision if start is None else start
        if not await self.changed.until(lambda: self._bot_change(chat, start) is not None, timeout):
            said = [m.get("text", m.get("caption", "…")) for m in self.messages(chat, 3)]
            raise TimeoutError(f"The bot said nothing in chat {chat} within {timeout:g} s; last: {said}")
        found = self._bot_change(chat, start)
        assert found is not None  # noqa: S101 -- just seen; nothing ran in between
        return found

    async def ask(
        self,
        person: int,
        text: str,
        *,
        chat: int | None = None,
        timeout: float = WAIT,  # noqa: ASYNC109 -- reads better in a test
    ) -> Message:
        """A person says something (in private, unless a chat is given), and the bot's first message or edit
        after it comes back.
        """
        place = person if chat is None else chat
        said = self.say(person, place, text)
        return await self.bot_message(place, after=said["message_id"], timeout=timeout)

    # --- inside ---

    async def _callback(self, who: Person, message: Message, data: str, patience: float) -> dict[str, Any]:
        query = self.callbacks.ask(who.id)
        chat = message["chat"]["id"]
        payload = {"id": query.id, "from": who.as_user(), "message": message, "chat_instance": str(chat)}
        self.updates.put("callback_query", {**payload, "data": data}, lane=chat)
        answer = await self.callbacks.wait(query, patience)
        shown = bool(answer.get("show_alert"))
        return {"text": answer.get("text"), "show_alert": shown, "url": answer.get("url")}

    def _revision_of(self, chat: int, message_id: int) -> int:
        entry = self.entry(chat, message_id)
        return entry.made if entry else 0

    def _bot_change(self, chat: int, start: int) -> Message | None:
        changes = [entry for entry in self.history(chat) if entry.from_bot and entry.changed > start]
        return min(changes, key=lambda entry: entry.changed).message if changes else None

    def _speaker(self, person: int, chat: int) -> Person:
        who = self.people.get(person)
        if chat == person:
            if person in self.people.blocked:
                raise WorldError("You have blocked the bot; unblock it first.")
        elif person not in self.group(chat).members:
            raise WorldError(f"{who.name} is not in this group.")
        return who

    def _bot_hears(self, chat: int, message: Message) -> bool:
        """Whether Telegram would hand a person's message to a bot in privacy mode.

        In groups it hears commands that are not meant for another bot, replies to itself, and what was sent
        through it (core.telegram.org/bots/features#privacy-mode).
        """
        group = self.groups.get(chat)
        if group is None or not group.bot_member:
            return group is None
        if group.is_channel:  # as an administrator it hears everything
            return True
        replied = message.get("reply_to_message", {})
        if "via_bot" in message or replied.get("from", {}).get("id") == self.bot.id:
            return True
        command, _, target = message.get("text", "").partition(" ")[0].partition("@")
        return command.startswith("/") and target.lower() in {"", self.bot.username.lower()}


def buttons(message: Message) -> list[dict[str, Any]]:
    """All inline buttons of a message, row by row."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def _typed(text: str) -> dict[str, Any]:
    """A text as an app sends it."""
    text = text.strip()
    if not text:
        raise WorldError("An empty message cannot be sent.")
    if utf16_length(text) > MAX_TEXT:
        raise WorldError(f"A message has at most {MAX_TEXT} characters.")
    entities = recognise(text)
    return {"text": text, "entities": entities} if entities else {"text": text}

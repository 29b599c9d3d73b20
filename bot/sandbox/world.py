"""What people do in the sandbox, and how tests wait for what the bot does.

Each act of a person is a method; it changes the chats and queues the update that Telegram would send. Nothing
here knows HTTP. All waiting is on signals.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from bot.sandbox.chatbook import KEEP, Bot, ChatBook
from bot.sandbox.people import Group, Member, Person, WorldError
from bot.sandbox.queries import CALLBACK_LIFE, INLINE_LIFE, PATIENCE, Queries
from bot.sandbox.recognise import recognise, utf16_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from bot.sandbox.history import Message

SampleKind = Literal["photo", "document", "sticker", "location", "voice"]
# What an app lets a person type into one message.
MAX_TEXT = 4096
# Longest deep-link payload, and what it may hold (core.telegram.org/bots/features#deep-linking).
MAX_PAYLOAD = 64


class World(ChatBook):
    """The chats of the sandbox with people in them who act."""

    def __init__(
        self, bot: Bot, *, clock: Callable[[], datetime], editors: Iterable[int] = (), keep: int = KEEP
    ) -> None:
        super().__init__(bot, clock=clock, editors=editors, keep=keep)
        self.callbacks = Queries(clock, life=CALLBACK_LIFE)
        self.inlines = Queries(clock, life=INLINE_LIFE)
        # The inline results a person was last offered, by result id, to be sent by `choose`.
        self._offers: dict[int, dict[str, dict[str, Any]]] = {}

    # --- talking ---

    def say(self, person: int, chat: int, text: str, *, reply_to: int | None = None) -> Message:
        """A person types a text; commands, mentions, hashtags and links in it are recognised."""
        text = text.strip()
        if not text:
            raise WorldError("An empty message cannot be sent.")
        if utf16_length(text) > MAX_TEXT:
            raise WorldError(f"A message has at most {MAX_TEXT} characters.")
        content: dict[str, Any] = {"text": text}
        if entities := recognise(text):
            content["entities"] = entities
        return self.utter(person, chat, content, reply_to=reply_to)

    def start(self, person: int, payload: str = "") -> Message:
        """A person opens the bot (by a deep link if there is a payload); this also ends a block."""
        if len(payload) > MAX_PAYLOAD or not payload.replace("_", "").replace("-", "").isalnum() > (payload == ""):
            if payload:
                raise WorldError("A payload has at most 64 characters of A-Z, a-z, 0-9, _ and -.")
        self.block(person, blocked=False)
        return self.say(person, person, f"/start {payload}")

    def send_sample(self, person: int, chat: int, kind: SampleKind, caption: str | None = None) -> Message:
        """A person sends a built-in sample: a message of a kind that the bot may not know."""
        content = self._sample(kind)
        if caption and kind in {"photo", "document", "voice"}:
            content["caption"] = caption
            if entities := recognise(caption):
                content["caption_entities"] = entities
        return self.utter(person, chat, content)

    def edit(self, person: int, chat: int, message_id: int, text: str) -> Message:
        """A person edits their own text."""
        message = self.message(chat, message_id)
        if message["from"]["id"] != person or "text" not in message:
            raise WorldError("Only one's own texts can be edited.")
        edited = self.change(chat, message_id, {"text": text, "entities": recognise(text) or None})
        if self._bot_hears(chat, edited):
            self.updates.put("edited_message", edited, lane=chat)
        return edited

    def utter(
        self, person: int, chat: int, content: dict[str, Any], *, reply_to: int | None = None
    ) -> Message:
        """Post any content as a person and tell the bot, if it may hear it."""
        who = self._speaker(person, chat)
        if reply_to is not None:
            replied = {k: v for k, v in self.message(chat, reply_to).items() if k != "reply_to_message"}
            content = {"reply_to_message": replied, **content}
        message = self.post(chat, who.as_user(), content)
        if chat == person:
            self.people.started.add(person)
        if self._bot_hears(chat, message):
            self.updates.put("message", message, lane=chat)
        return message

    # --- buttons and inline queries ---

    async def press(
        self, person: int, chat: int, message_id: int, data: str, *, patience: float = PATIENCE
    ) -> dict[str, Any]:
        """A person presses a button; returns the bot's answer as {"text", "show_alert", "url"}."""
        who = self._speaker(person, chat)
        message = self.message(chat, message_id)
        if data not in [button.get("callback_data") for button in buttons(message)]:
            raise WorldError("This message no longer has that button.")
        query = self.callbacks.ask(person)
        payload = {
            "id": query.id,
            "from": who.as_user(),
            "message": message,
            "chat_instance": str(chat),
            "data": data,
        }
        self.updates.put("callback_query", payload, lane=chat)
        answer = await self.callbacks.wait(query, patience)
        return {key: answer.get(key) for key in ("text", "url")} | {
            "show_alert": bool(answer.get("show_alert"))
        }

    async def tap(self, person: int, message: Message, label: str) -> dict[str, Any]:
        """Press the button with this label (or whose label begins with it) under a message."""
        for button in buttons(message):
            if button["text"].startswith(label) and "callback_data" in button:
                chat = message["chat"]["id"]
                return await self.press(person, chat, message["message_id"], button["callback_data"])
        labels = [button["text"] for button in buttons(message)]
        raise WorldError(f"There is no button {label!r} among {labels}.")

    async def inline_query(
        self, person: int, query: str, offset: str = "", *, patience: float = PATIENCE
    ) -> dict[str, Any]:
        """A person types "@bot query"; returns {"results": […], "next_offset": str, …} as the bot gave it."""
        who = self.people.get(person)
        asked = self.inlines.ask(person)
        payload = {"id": asked.id, "from": who.as_user(), "query": query, "offset": offset}
        self.updates.put("inline_query", {**payload, "chat_type": "sender"}, lane=person)
        answer = await self.inlines.wait(asked, patience)
        offers = self._offers.setdefault(person, {})
        if not offset:
            offers.clear()
        offers.update({result["id"]: result for result in answer["results"]})
        return answer

    def choose(self, person: int, chat: int, result_id: str, query: str = "") -> Message:
        """A person sends one of the results that `inline_query` offered."""
        result = self._offers.get(person, {}).get(result_id)
        if result is None:
            raise WorldError("The bot no longer offers this result.")
        content = {"via_bot": self.bot.as_user(), **result["_message"]}
        message = self.utter(person, chat, content)
        chosen = {"result_id": result_id, "from": self.people.get(person).as_user(), "query": query}
        self.updates.put("chosen_inline_result", chosen, lane=person)
        return message

    # --- coming and going ---

    def block(self, person: int, *, blocked: bool = True) -> None:
        """A person blocks or unblocks the bot; nothing happens if it is so already."""
        who = self.people.get(person)
        if (person in self.people.blocked) == blocked:
            return
        (self.people.blocked.add if blocked else self.people.blocked.discard)(person)
        states = ("member", "kicked") if blocked else ("kicked", "member")
        self._tell_membership(who, self.people.get(person).as_chat(), *states)
        self.publish("people")

    def set_member(self, chat: int, member: Member, *, present: bool, by: int | None = None) -> None:
        """Add or remove a person or the bot in a group; `by` (or the owner) does it to the bot."""
        group = self._group(chat)
        actor = self.people.get(by if by is not None else next(iter(group.members), self.bot.id + 1))
        if member == "bot":
            self._set_bot_member(group, actor, present=present)
        elif present != (member in group.members):
            who = self.people.get(member)
            if present:
                group.members.append(member)
            self._service(group, who, "new_chat_members" if present else "left_chat_member", who.as_user())
            if not present:
                group.members.remove(member)
        self.publish("chats", chat)

    def add_person(
        self, name: str, language: str | None = None, *, username: str | None = None, editor: bool = False
    ) -> Person:
        """A further person appears."""
        if not name.strip():
            raise WorldError("A person needs a name.")
        who = Person(self.people.next_id(), name.strip()[:64], username, language or None, editor)
        self.people.add(who)
        self.publish("people")
        return who

    def rename(self, person: int, *, name: str | None = None, language: str | None = None) -> Person:
        """A person changes their name or the language of their app."""
        who = self.people.get(person)
        who = self.people.add(replace(who, name=name or who.name, language=language or who.language))
        self.publish("people")
        return who

    def add_readers(self, count: int, first: int = 10_000_000) -> range:
        """Add a crowd of readers who have started the bot; returns their ids. They cost nothing until used."""
        return self.people.add_crowd(first, count)

    def add_group(
        self, title: str, members: Iterable[int], *, kind: Literal["group", "supergroup"] = "supergroup"
    ) -> Group:
        """A new group with these members and the bot; the first member is its owner."""
        ids = [self.people.get(person).id for person in members]
        if not title.strip() or not ids:
            raise WorldError("A group needs a title and a member.")
        group = Group(self.next_group_id(kind), title.strip()[:128], kind, ids)
        self.groups[group.id] = group
        self._tell_membership(self.people.get(ids[0]), group.as_chat(), "left", "member")
        self.publish("chats", group.id)
        return group

    def migrate(self, chat: int) -> Group:
        """A basic group becomes a supergroup: another id, and the old one answers with where it went."""
        group = self._group(chat)
        if group.kind != "group":
            raise WorldError("Only a basic group can become a supergroup.")
        new = replace(group, id=self.next_group_id("supergroup"), kind="supergroup", members=[*group.members])
        self.groups[new.id] = new
        owner = self.people.get(group.members[0])
        for place, fact in ((group, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": chat})):
            message = self.post(place.id, owner.as_user(), fact)
            self.updates.put("message", message, lane=place.id)
        group.moved_to = new.id
        self.publish("chats", chat)
        return new

    # --- waiting ---

    async def until(self, predicate: Callable[[], bool], timeout: float = 10.0) -> None:  # noqa: ASYNC109 -- tests read better with it
        """Wait until the predicate holds, looking again at each change; TimeoutError after `timeout` seconds."""
        if not await self.changed.until(predicate, timeout):
            raise TimeoutError(f"It did not come true within {timeout:g} seconds.")

    async def bot_message(
        self,
        chat: int,
        *,
        after: int | None = None,
        since: int | None = None,
        timeout: float = 10.0,  # noqa: ASYNC109 -- tests read better with it
    ) -> Message:
        """The bot's next message or edit in a chat.

        It is the first one that came after the message `after` was posted, or after `revision` was `since`,
        or else from now on. TimeoutError tells what was said last.
        """
        start = self._revision_of(chat, after) if after is not None else since
        start = self.revision if start is None else start
        if not await self.changed.until(lambda: self._bot_change(chat, start) is not None, timeout):
            said = [m.get("text", m.get("caption", "…")) for m in self.messages(chat, 3)]
            raise TimeoutError(f"The bot said nothing in chat {chat} within {timeout:g} s; last: {said}")
        found = self._bot_change(chat, start)
        assert found is not None  # noqa: S101 -- just seen; nothing ran in between
        return found

    async def ask(self, person: int, text: str, *, chat: int | None = None, timeout: float = 10.0) -> Message:  # noqa: ASYNC109 -- tests read better with it
        """A person says something, and the bot's first message or edit after it comes back."""
        place = person if chat is None else chat
        said = self.say(person, place, text)
        return await self.bot_message(place, after=said["message_id"], timeout=timeout)

    # --- inside ---

    def _revision_of(self, chat: int, message_id: int) -> int:
        entry = self.entry(chat, message_id)
        return entry.made if entry else 0

    def _bot_change(self, chat: int, start: int) -> Message | None:
        changes = [e for e in self.history(chat) if e.from_bot and e.changed > start]
        return min(changes, key=lambda e: e.changed).message if changes else None

    def _speaker(self, person: int, chat: int) -> Person:
        who = self.people.get(person)
        if chat == person:
            if person in self.people.blocked:
                raise WorldError("You have blocked the bot; unblock it first.")
        elif person not in self._group(chat).members:
            raise WorldError(f"{who.name} is not in this group.")
        return who

    def _group(self, chat: int) -> Group:
        group = self.groups.get(chat)
        if group is None or group.moved_to is not None:
            raise WorldError("There is no such chat here.")
        return group

    def _bot_hears(self, chat: int, message: Message) -> bool:
        """Whether Telegram would hand this message to a bot in privacy mode.

        (core.telegram.org/bots/features#privacy-mode: commands not meant for another bot, replies to the bot,
        what was sent through it, and service messages.)
        """
        group = self.groups.get(chat)
        if group is None:
            return True
        if not group.bot_member:
            return False
        if "via_bot" in message or "text" not in message and "caption" not in message:
            return "via_bot" in message or any(key in message for key in SERVICE)
        if message.get("reply_to_message", {}).get("from", {}).get("id") == self.bot.id:
            return True
        word = message.get("text", "").split(maxsplit=1)[0] if message.get("text") else ""
        command, _, target = word.partition("@")
        return command.startswith("/") and target.lower() in {"", self.bot.username.lower()}

    def _service(self, group: Group, actor: Person, kind: str, user: dict[str, Any]) -> None:
        content: dict[str, Any] = {kind: [user] if kind == "new_chat_members" else user}
        message = self.post(group.id, actor.as_user(), content)
        if group.bot_member:
            self.updates.put("message", message, lane=group.id)

    def _set_bot_member(self, group: Group, actor: Person, *, present: bool) -> None:
        if group.bot_member == present:
            return
        kind = "new_chat_members" if present else "left_chat_member"
        group.bot_member = present
        self._tell_membership(actor, group.as_chat(), *(("left", "member") if present else ("member", "kicked")))
        self._service(group, actor, kind, self.bot.as_user())

    def _tell_membership(self, actor: Person, chat: dict[str, Any], old: str, new: str) -> None:
        payload = {
            "chat": chat,
            "from": actor.as_user(),
            "date": int(self.clock().timestamp()),
            "old_chat_member": self.membership(old),
            "new_chat_member": self.membership(new),
        }
        self.updates.put("my_chat_member", payload, lane=chat["id"])

    def membership(self, status: str, user: dict[str, Any] | None = None) -> dict[str, Any]:
        """The Bot API's ChatMember with this status, of the bot unless another user is given."""
        member: dict[str, Any] = {"user": user or self.bot.as_user(), "status": status}
        if status == "kicked":
            member["until_date"] = 0
        if status == "creator":
            member["is_anonymous"] = False
        return member

    def _sample(self, kind: SampleKind) -> dict[str, Any]:
        if kind in {"photo", "document"}:
            return self.files.sample(kind).as_content()
        base = {"file_id": f"{kind}-sample", "file_unique_id": f"{kind}-sample", "file_size": 1024}
        if kind == "sticker":
            shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": {**base, **shape, "emoji": "🌻"}}
        if kind == "voice":
            return {"voice": {**base, "duration": 3, "mime_type": "audio/ogg"}}
        return {"location": {"latitude": 50.4501, "longitude": 30.5234}}


SERVICE = frozenset(
    {"new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message"}
)


def buttons(message: Message) -> list[dict[str, Any]]:
    """All inline buttons of a message, row by row."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]

"""The chat page's JSON interface: what people see in the world, and the actions that they take."""

from dataclasses import asdict
from typing import cast, get_args

from aiohttp import web

from bot.sandbox.bot_api.faults import Faults
from bot.sandbox.bot_api.queries import PATIENCE
from bot.sandbox.page.files import PageFiles
from bot.sandbox.page.json import Action, Answer, JsonBody, get_handler, integer, post_handler
from bot.sandbox.world.people import Group, GroupKind, Member, Person, WorldError
from bot.sandbox.world.samples import SampleKind
from bot.sandbox.world.world import World


class ChatPage:
    """The routes of the chat page for one world."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of the page."""
        actions: dict[str, Action] = {
            "send": self.send,
            "edit": self.edit,
            "press": self.press,
            "block": self.block,
            "members": self.members,
            "people": self.people,
            "groups": self.groups,
            "topics": self.topics,
            "photo": self.sample,
            "inline": self.inline,
            "inline/send": self.inline_send,
            "start": self.start,
            "faults": self.set_faults,
            "clock": self.move_clock,
        }
        return [
            *PageFiles(self._world).routes(),
            web.get("/sandbox/state", get_handler(self.state)),
            web.get("/sandbox/messages", get_handler(self.messages)),
            web.get("/sandbox/faults", get_handler(self.faults)),
            web.get("/sandbox/clock", get_handler(self.clock)),
            *(web.post(f"/sandbox/{name}", post_handler(action)) for name, action in actions.items()),
        ]

    # --- reading ---

    def state(self, query: JsonBody) -> Answer:
        """Return the bot, the people, the clock, and the chats of `person` if one is named."""
        world = self._world
        bot = {"id": world.bot.id, "username": world.bot.username, "name": world.bot.name}
        chats: list[Answer] = []
        if "person" in query:
            person = world.people.get(integer(query, "person"))
            bot["description"] = world.profile.text("description", person.language or "")
            chats = [self._chat(chat) for chat in world.chats_of(person.id)]
        return {
            "bot": bot,
            "people": [self._person(person) for person in world.people],
            "chats": chats,
            **self.clock(query),
        }

    def messages(self, query: JsonBody) -> Answer:
        """Return the last messages of a chat, and the command menu that a person has there."""
        person, chat = integer(query, "person"), integer(query, "chat")
        if chat not in self._world.chats_of(person):
            raise WorldError("This person does not see that chat.")
        commands = self._world.commands_for(person, chat)
        return {"messages": self._world.messages(chat), "commands": commands}

    def faults(self, _query: JsonBody) -> Answer:
        """Return the faults that the bot's next calls will meet."""
        return self._faults.as_json()

    def clock(self, _query: JsonBody) -> Answer:
        """Return the world's time, and by how many seconds it is moved."""
        clock = self._world.clock
        return {"clock": clock().isoformat(), "offset": clock.offset.total_seconds()}

    def _person(self, person: Person) -> Answer:
        return {
            "id": person.id,
            "name": person.name,
            "username": person.username,
            "language": person.language,
            "editor": person.editor,
            "blocked": person.id in self._world.people.blocked,
        }

    def _chat(self, chat: int) -> Answer:
        last = self._world.last_message(chat)
        group = self._world.groups.get(chat)
        if group is not None:
            return {**_group(group), "last": last}
        shape = {"id": chat, "kind": "private", "title": self._world.bot.name}
        return {**shape, "members": [chat], "bot_member": True, "last": last}

    # --- acting ---

    def send(self, body: JsonBody) -> Answer:
        """Send a text."""
        text, reply_to, topic = body.need("text", str), body.may("reply_to", int), body.may("topic", int)
        return {"message": self._world.say(*_person_and_chat(body), text, reply_to=reply_to, topic=topic)}

    def edit(self, body: JsonBody) -> Answer:
        """Edit one's own text."""
        message, text = body.need("message", int), body.need("text", str)
        return {"message": self._world.edit(*_person_and_chat(body), message, text)}

    async def press(self, body: JsonBody) -> Answer:
        """Press a button and wait for the bot's answer."""
        message, data = body.need("message", int), body.need("data", str)
        return await self._world.press(*_person_and_chat(body), message, data, patience=PATIENCE)

    def block(self, body: JsonBody) -> Answer:
        """Block or unblock the bot."""
        self._world.block(body.need("person", int), blocked=body.need("blocked", bool))
        return {}

    def members(self, body: JsonBody) -> Answer:
        """Add or remove a person or the bot in a group."""
        member: Member = "bot" if body.get("person") == "bot" else body.need("person", int)
        self._world.set_member(body.need("chat", int), member, present=body.need("member", bool))
        return {}

    def people(self, body: JsonBody) -> Answer:
        """Add a person."""
        added = self._world.add_person(body.need("name", str), body.may("language", str))
        return {"person": self._person(added)}

    def groups(self, body: JsonBody) -> Answer:
        """Add a group, forum or channel."""
        members, kind = body.need("members", list), body.may("kind", str) or "supergroup"
        if kind not in {"supergroup", "forum", "channel"}:
            raise WorldError(f"There is no kind of group {kind!r}.")
        if not all(type(member) is int for member in members):
            raise WorldError("The members of a group are ids of people.")
        shape: GroupKind = "channel" if kind == "channel" else "supergroup"
        made = self._world.add_group(body.need("title", str), members, kind=shape, forum=kind == "forum")
        return {"group": _group(made)}

    def topics(self, body: JsonBody) -> Answer:
        """Add a topic to a forum, or close, reopen or delete one."""
        chat, topic = body.need("chat", int), body.may("topic", int)
        if topic is None:
            return {"topic": asdict(self._world.add_topic(chat, body.need("name", str)))}
        if body.may("deleted", bool):
            self._world.delete_topic(chat, topic)
        else:
            self._world.close_topic(chat, topic, closed=body.need("closed", bool))
        return {}

    def sample(self, body: JsonBody) -> Answer:
        """Send a sample message of a kind."""
        kind = body.need("kind", str)
        if kind not in get_args(SampleKind):
            raise WorldError(f"There is no sample of the kind {kind!r}.")
        return {
            "message": self._world.send_sample(
                *_person_and_chat(body), cast("SampleKind", kind), body.may("caption", str)
            )
        }

    async def inline(self, body: JsonBody) -> Answer:
        """Send an inline query and wait for the bot's results."""
        person, query = body.need("person", int), body.need("query", str)
        offset = body.may("offset", str) or ""
        answer = await self._world.inline_query(person, query, offset, patience=PATIENCE)
        # `_message` is the sandbox's own field beside a result.
        results = [{k: v for k, v in result.items() if k != "_message"} for result in answer["results"]]
        return {**answer, "results": results}

    def inline_send(self, body: JsonBody) -> Answer:
        """Send one of the results of the last inline query."""
        result, query = body.need("result_id", str), body.may("query", str) or ""
        return {"message": self._world.choose(*_person_and_chat(body), result, query)}

    def start(self, body: JsonBody) -> Answer:
        """Follow a deep link to the bot."""
        return {"message": self._world.start(body.need("person", int), body.may("payload", str) or "")}

    def set_faults(self, body: JsonBody) -> Answer:
        """Set the faults that the bot's next calls will meet."""
        self._faults.set(body)
        return self._faults.as_json()

    def move_clock(self, body: JsonBody) -> Answer:
        """Move the clock `by` seconds, `to` a moment, or with neither back to the real time."""
        clock, moment, seconds = self._world.clock, body.may("to", str), body.may("by", int)
        if moment is not None:
            clock.move_to(moment)
        elif seconds is not None:
            clock.move_by(seconds)
        else:
            clock.reset()
        self._world.clock_moved()
        return self.clock(body)


def _person_and_chat(body: JsonBody) -> tuple[int, int]:
    return body.need("person", int), body.need("chat", int)


def _group(group: Group) -> Answer:
    kind = "channel" if group.is_channel else "group"
    shape = {"id": group.id, "kind": kind, "title": group.title, "forum": group.forum}
    topics = [asdict(topic) for topic in group.topics]
    return {**shape, "members": list(group.members), "bot_member": group.bot_member, "topics": topics}

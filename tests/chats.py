"""People of the sandbox who talk with the bot, and all that they get to see of it."""

import asyncio
from datetime import timedelta
from typing import Any

from bot.i18n import in_language
from bot.sandbox.world.history import Message
from bot.sandbox.world.samples import SampleKind
from bot.sandbox.world.world import World, buttons
from tests.running import RUNNING, handled, letters_told
from tests.waiting import PATIENCE

OLENA, ANNA, TOM, EDITH, MARTA = 1001, 1002, 1003, 1009, 1101
NEIGHBOURS = -1000000000042
NOBODY = 7_000_000_001
SEND = "Send to the editors"
READERS = [(ANNA, "en"), (OLENA, "uk")]
EDITORS = [(EDITH, "en"), (MARTA, "uk")]


def speaker_of(world: World, language: str) -> int:
    """The id of a person in the sandbox whose app has this language; added if nobody has."""
    known = {person.language: person.id for person in reversed(list(world.people)) if not person.editor}
    return known.get(language) or world.add_person("Jean", language).id


class Chats:
    """Each act returns once the bot has handled it to the end; nothing is waited for but that."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def say(
        self, person: int, text: str, *, chat: int | None = None, topic: int | None = None
    ) -> list[Message]:
        """Say something; every new message of the bot in that chat."""
        place = chat or person
        before = self._newest(place)
        self.world.say(person, place, text, topic=topic)
        return await self._new(place, before)

    async def ask(
        self, person: int, text: str, *, chat: int | None = None, topic: int | None = None
    ) -> Message:
        """Say something; the one message that answers."""
        [answer] = await self.say(person, text, chat=chat, topic=topic)
        return answer

    async def write(self, person: int, text: str, language: str = "en") -> Message:
        """Say something and send it to the editors: the message that says so."""
        return await self.tap(person, await self.ask(person, text), in_language(language).say(SEND))

    async def reply(self, person: int, question: Message, text: str) -> Message:
        """Reply to a message of the bot; the one message that answers."""
        place = question["chat"]["id"]
        before = self._newest(place)
        self.world.say(person, place, text, reply_to=question["message_id"])
        [answer] = await self._new(place, before)
        return answer

    async def send(self, person: int, kind: SampleKind) -> list[Message]:
        """Send something that is no text; every new message of the bot."""
        before = self._newest(person)
        self.world.send_sample(person, person, kind)
        return await self._new(person, before)

    async def tap(self, person: int, message: Message, label: str) -> Message:
        """Press a button that changes its message: the message as it is then.

        Fails where the bot says a word beside that, or sends a further message.
        """
        place, before = message["chat"]["id"], self._newest(message["chat"]["id"])
        answer = await self.world.tap(person, self.now(message), label)
        await self.handled()
        assert (answer["text"], self._newer(place, before)) == (None, [])
        return self.now(message)

    async def toast(self, person: int, message: Message, label: str) -> str:
        """Press a button that is answered by a word alone, and changes nothing: that word."""
        [data] = [button["callback_data"] for button in buttons(message) if button["text"].startswith(label)]
        return await self.toast_of(person, message, data)

    async def toast_of(self, person: int, message: Message, data: str) -> str:
        """As `toast`, from an app that shows the message with a button of this `data`."""
        place, shown = message["chat"]["id"], self.world.messages(message["chat"]["id"])
        answer = await self.world.press_old(person, message, data)
        await self.handled()
        assert answer["show_alert"]
        assert self.world.messages(place) == shown
        return str(answer["text"])

    async def press(self, person: int, message: Message, label: str) -> list[Message]:
        """Press a button that brings new messages: those."""
        place, before = message["chat"]["id"], self._newest(message["chat"]["id"])
        await self.world.tap(person, self.now(message), label)
        return await self._new(place, before)

    async def press_old(self, person: int, message: Message, data: str) -> list[Message]:
        """Press a button of a message as it once was: every new message of the bot."""
        before = self._newest(message["chat"]["id"])
        await self.world.press_old(person, message, data)
        return await self._new(message["chat"]["id"], before)

    async def handled(self) -> None:
        """Wait until the bot has taken every update, and is through with it."""
        await self.world.until(lambda: len(self.world.updates) == 0, PATIENCE)
        await handled()

    async def told(self) -> None:
        """Wait until the editors know of all that readers have written, too."""
        await self.handled()
        await letters_told()

    def now(self, message: Message) -> Message:
        """The message as it is by now."""
        return self.world.message(message["chat"]["id"], message["message_id"])

    def said(self, chat: int) -> list[Message]:
        """All that the bot ever said in a chat, oldest first."""
        return [entry.message for entry in self.world.history(chat) if entry.from_bot]

    async def push(self, person: int, card: Message, language: str = "en") -> Message:
        """Publish and push from a story's card: the preview, the confirmation; how far it is.

        The push may have come to the editor, too, before this returns.
        """
        say = in_language(language).say
        preview = await self.tap(person, card, say("Publish and push"))
        send = say("Publish and send to {number}", number="").strip()
        assert (await self.world.tap(person, self.now(preview), send))["text"] is None
        await self.handled()
        return self.now(preview)

    async def both(self, *acts: Any) -> list[Any]:
        """Several acts at the same moment."""
        return list(await asyncio.gather(*acts))

    def _newest(self, chat: int) -> int:
        return self.world.history(chat).last_id

    async def _new(self, chat: int, before: int) -> list[Message]:
        """What the bot says next. Of a bot in another process it is known to be through when it answers."""
        await self.handled()
        if not RUNNING:
            await self.world.until(lambda: self._newer(chat, before) != [], PATIENCE)
        return self._newer(chat, before)

    def _newer(self, chat: int, before: int) -> list[Message]:
        return [one for one in self.said(chat) if one["message_id"] > before]


def to_the_next(world: World, hour: int, *, days: int = 0) -> None:
    """Move the sandbox's clock to the next such hour in UTC, and so many days on."""
    now = world.clock()
    moment = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    moment += timedelta(days=days + (moment <= now))
    world.clock.move_to(moment.isoformat())


def told(message: Message) -> str:
    """The words of a message, or those beside what it brings."""
    return str(message.get("text", message.get("caption", "")))


def labels(message: Message) -> list[str]:
    """What stands on the buttons of a message."""
    return [str(button["text"]) for button in buttons(message)]


def numbered(message: Message) -> list[str]:
    """What stands on the buttons of a list; of a story's button only its number."""
    return [label.partition(" · ")[0] for label in labels(message)]


def links(message: Message) -> list[str]:
    """Where the buttons and words of a message lead to."""
    places = [*buttons(message), *message.get("entities", [])]
    return [str(place["url"]) for place in places if "url" in place]


def data_of(message: Message, label: str) -> str:
    """What a button of a message sends."""
    return next(str(one["callback_data"]) for one in buttons(message) if one["text"].startswith(label))


def says(message: Message) -> list[str]:
    """The lines of a message that are not empty."""
    return [line for line in str(message["text"]).splitlines() if line]

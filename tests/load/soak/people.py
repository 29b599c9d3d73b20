"""What readers and the editor do, by the same buttons and commands as everybody."""

import asyncio
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.i18n import in_language
from bot.sandbox.bot_api.queries import BotTimeoutError
from bot.sandbox.world.history import Message
from bot.sandbox.world.world import World, buttons
from tests.load.soak.diary import Deed, Diary, Kind
from tests.load.soak.readers import Reader
from tests.load.soak.stories import Tale

EDITH = 1009
CODE = re.compile(r"S(\d{5})")
_PATIENCE_S = 300.0  # a thousand act at once, on a machine that may be busy with other things too
_TAPPED_S = 140.0  # Telegram takes no answer to a tap after 150
_LOOK_S = 0.01
_PAGES = 20
_DAYS = {1: "Today", 3: "3 days"}
_FAILED = "Something went wrong on our side. Please try again in a minute."


def told(message: Message) -> str:
    """Return the words of a message, or those beside what it brings."""
    return str(message.get("text", message.get("caption", "")))


def named(text: str) -> frozenset[int]:
    """Return the numbers of the stories that a text names."""
    return frozenset(int(code) for code in CODE.findall(text))


class SilentError(Exception):
    """The bot did not answer in time."""


class People:
    """Everybody in the sandbox; each act is noted in the diary once the bot has answered."""

    def __init__(self, world: World, diary: Diary) -> None:
        self._world = world
        self._diary = diary
        self.opened: dict[tuple[int, int], set[int]] = {}
        """The stories on the pages of a message, by chat and message; only where all were opened."""

    # --- the editor ---

    async def publish(self, tale: Tale, story_id: int) -> None:
        """Look at the draft's card, and let it be published and pushed."""
        card = await self._ask(
            EDITH,
            f"/review {story_id}",
            lambda one: tale.number in named(told(one)) and _has(one, "Publish and push"),
        )
        await self._tap(EDITH, card, "Publish and push")
        place = card["message_id"]
        await _until(lambda: _has(self._world.message(EDITH, place), "Publish and send"))
        await self._tap(EDITH, self._world.message(EDITH, place), "Publish and send")

    # --- readers ---

    async def do(self, reader: Reader, kind: Kind, days: int = 1) -> datetime | None:
        """Let the reader do it, and note it; the end of the day off that they took."""
        began, answers = self._world.clock(), frozenset[int]()
        until: datetime | None = None
        answered = True
        try:
            match kind:
                case Kind.AWAY:
                    answers, until = await self._go_away(reader, days)
                case Kind.BACK:
                    answers = await self._come_back(reader)
                case Kind.STOP | Kind.START:
                    answer = await self._ask(reader.chat, f"/{kind}", _is_no_story)
                    answered = not told(answer).startswith(in_language(reader.language).say(_FAILED))
                    answers = frozenset({answer["message_id"]})
                case Kind.BLOCK | Kind.RETURN:
                    self._world.block(reader.chat, blocked=kind is Kind.BLOCK)
                    await _until(lambda: len(self._world.updates) == 0)
        except SilentError:
            answered = False
        self._diary.deeds.append(
            Deed(reader.chat, kind, began, self._world.clock(), until, answers, answered=answered)
        )
        return until

    async def _go_away(self, reader: Reader, days: int) -> tuple[frozenset[int], datetime]:
        say = in_language(reader.language).say
        question = await self._ask(reader.chat, "/dayoff", lambda one: _has(one, say(_DAYS[days])))
        await self._tap(reader.chat, question, say(_DAYS[days]))
        zone = ZoneInfo(reader.zone)
        last = self._world.clock().astimezone(zone).date() + timedelta(days=days)
        return frozenset({question["message_id"]}), datetime(last.year, last.month, last.day, tzinfo=zone)

    async def _come_back(self, reader: Reader) -> frozenset[int]:
        say = in_language(reader.language).say
        screen = await self._ask(reader.chat, "/dayoff", lambda one: _has(one, say("End the break")))
        await self._tap(reader.chat, screen, say("End the break"))
        return frozenset({screen["message_id"]})

    async def open(self, reader: Reader, message: Message) -> None:
        """Turn all pages of a gathered message, and note the stories that it brings."""
        say, place = in_language(reader.language).say, message["message_id"]
        found = set(named(told(message)))
        for _ in range(_PAGES):
            now = self._world.message(reader.chat, place)
            label = next(
                (
                    b["text"]
                    for b in buttons(now)
                    if b["text"].endswith("›") or b["text"] == say("Show everything")
                ),
                None,
            )
            if label is None:
                self.opened[reader.chat, place] = found
                return
            before = told(now)
            await self._tap(reader.chat, now, label)
            await _until(lambda before=before: told(self._world.message(reader.chat, place)) != before)  # type: ignore[misc]
            found |= named(told(self._world.message(reader.chat, place)))

    async def _tap(self, chat: int, message: Message, label: str) -> None:
        """Press a button. Raises SilentError."""
        try:
            await self._world.tap(chat, message, label, patience=_TAPPED_S)
        except BotTimeoutError as error:
            raise SilentError from error

    async def _ask(self, chat: int, text: str, is_answer: Callable[[Message], bool]) -> Message:
        """Say something; the first new message of the bot that answers. Raises SilentError."""
        before = self._world.history(chat).last_id
        self._world.say(chat, chat, text)
        found: list[Message] = []

        def answered() -> bool:
            found[:] = [
                one.message
                for one in self._world.history(chat)
                if one.from_bot and one.message["message_id"] > before and is_answer(one.message)
            ]
            return bool(found)

        await _until(answered)
        return found[0]


def _has(message: Message, label: str) -> bool:
    return any(button["text"].startswith(label) for button in buttons(message))


def _is_no_story(message: Message) -> bool:
    return not named(told(message))


async def _until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not is_so():
        if time.monotonic() > end:
            raise SilentError
        await asyncio.sleep(_LOOK_S)

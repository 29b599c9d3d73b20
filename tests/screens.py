"""Every screen that a reader and an editor reach, in one language: found by pressing one button of each kind.

`python -m tests.screens uk` prints them, so that a translator sees each sentence in its place.
"""

import asyncio
import re
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.i18n import LOCALES, SOURCE_LANGUAGE
from bot.pleas.findings import Help, Plea
from bot.runtime.app import App
from bot.sandbox.server import Sandbox
from bot.sandbox.world.history import Message
from bot.sandbox.world.world import buttons
from storage import schema
from storage.database import Database
from tests.chats import Chats, labels, told
from tests.factories import MovableClock, analysis
from tests.running import running, without_announcements
from tests.wire import wired

READERS = (
    "/start",
    "/help",
    "/latest",
    "/summary 1",
    "/summary 99",
    "/search bridge",
    "/search nowhere",
    "/topics",
    "/subscribe",
    "/subscribe food",
    "/unsubscribe food",
    "/preferences",
    "/language",
    "/donate",
    "/dayoff",
    "/catchup",
    "/share",
    "/privacy",
    "/stop",
    "/start story_1",
    "/start topic_food",
    "/start",
    "/dayoff 3",
    "Hello",
    "bridge",
    "STOP",
    "/forgetme",
)
EDITORS = (
    "/review",
    "/review 1",
    "/review 4",
    "/review 99",
    "/new",
    "/broadcasts",
    "/appeals",
    "/appeals 1",
    "/appeals 99",
    "/appeals x",
    "/appeals new",
    "nowhere",
    "https://relief.example.org/help",
    "Bridge Friends",
    "Blankets.",
)
_LATER = re.compile("forget|reject|withdraw|stop|cancel|speak|retire")  # what ends or changes much comes last
_MOST = 400  # presses for one person


@dataclass(frozen=True, slots=True)
class Screen:
    """A message of the bot, or a word over the chat, and what brought it."""

    after: str
    text: str
    labels: tuple[str, ...] = ()

    def __str__(self) -> str:
        keys = "".join(f"\n  [{label}]" for label in self.labels)
        return f"--- {self.after}\n{self.text}{keys}"


@asynccontextmanager
async def newsroom(folder: Path, language: str) -> AsyncIterator[tuple[Chats, int, int]]:
    """Run the bot with some stories; yield the chats, and a reader and an editor of this language."""
    clock = MovableClock()
    sandbox = Sandbox("42:test", clock=clock)
    reader = sandbox.world.add_person("Rea", language).id
    editor = sandbox.world.add_person("Edi", language, editor=True).id
    url = f"sqlite+aiosqlite:///{folder / 'screens.db'}"
    database = Database(url)
    await schema.migrate(database)
    await database.close()
    given: dict[str, Any] = {name: field.default for name, field in Settings.model_fields.items()}
    given |= {
        "database_url": url,
        "bot_token": SecretStr("42:test"),
        "owner_ids": frozenset({editor, editor + 1}),
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.delivery.rate.budget.CHAT_BURST", 10_000)
        patch.setattr("bot.runtime.conversations.LETTERS_S", 0.01)
        without_announcements(patch)
        request = wired(sandbox, patch)
        async with running(Settings.model_construct(**given), clock, request) as app:
            await _fill(app, clock)
            yield Chats(sandbox.world), reader, editor


async def _fill(app: App, clock: MovableClock) -> None:
    """Add a running story, one in Ukrainian, an Appeal, a push that ended, one to come, and two drafts."""
    services, actor = app.services, "test"
    plea = Plea("Please bring boats", "Olena Kovalenko", "please")
    body = "The bridge holds. “Please bring boats,” said Olena Kovalenko.\n\nNobody came to the river. " * 45
    first = (
        await services.stories.add(analysis("The bridge holds", body, plea=plea), ["Food"], actor=actor)
    ).story
    second = (
        await services.stories.add(analysis("The bridge is open again"), ["Schools"], actor=actor)
    ).story
    other = (
        await services.stories.add(analysis("Міст відкрито", language="uk"), ["Food"], actor=actor)
    ).story
    for story in (first, second, other):
        await services.review.publish(story.id, actor="t", push=False)
    await services.editing.continue_story(second.id, first.id, version=None, actor=actor)
    found = Help("Donate at the town hall.", "https://example.com/donate", "Town Hall Fund", "donate")
    proposed = replace(analysis("A draft that waits"), proposed_plea=plea, proposed_help=found)
    await services.stories.add(proposed, ["Food"], actor=actor)
    await services.stories.add(analysis("Another draft"), actor=actor)
    appeal = await services.appeals.propose(
        organisation="Bridge Friends",
        purpose="Boats.",
        url="https://example.org/help",
        story_id=first.id,
        actor="t",
    )
    await services.appeals.verify(appeal.id, actor=actor)
    await services.appeals.propose(
        organisation="Bridge Friend", url="https://boats.example.com/", language="uk", actor="t"
    )
    await services.broadcasts.schedule(first.id, actor=actor)
    await services.broadcasts.schedule(second.id, at=clock() + timedelta(hours=30), actor=actor)


class Explorer:
    """One person, who types words and presses one button of each kind on all that comes."""

    def __init__(self, chats: Chats, person: int, language: str) -> None:
        self._chats = chats
        self._person = person
        self._other_language = re.compile(rf"prefs:language:(?!{language}\b)\w")
        self._known: set[str] = set()
        self._waiting: deque[tuple[Message, str]] = deque()
        self._late: deque[tuple[Message, str]] = deque()

    async def explore(self, typed: Sequence[str]) -> AsyncIterator[Screen]:
        """Yield what comes after each of the words, and after each button."""
        for words in typed:
            for shown in await self._chats.say(self._person, words):
                yield self._seen(words, shown)
            while self._waiting or self._late:
                shown, data = (self._waiting or self._late).popleft()
                async for screen in self._press(shown, data):
                    yield screen

    async def _press(self, shown: Message, data: str) -> AsyncIterator[Screen]:
        label = next((one["text"] for one in buttons(shown) if one.get("callback_data") == data), data)
        before = self._chats.said(self._person)[-1]["message_id"]
        answer = await self._chats.world.press_old(self._person, shown, data)
        await self._chats.handled()
        if answer["text"]:
            yield Screen(f"[{label}]", f"({answer['text']})")
        new = [one for one in self._chats.said(self._person) if one["message_id"] > before]
        for message in (self._chats.now(shown), *new):
            yield self._seen(f"[{label}]", message)

    def _seen(self, after: str, message: Message) -> Screen:
        """Return the message as a screen, and note its buttons of kinds that were not pressed yet."""
        for data in [one["callback_data"] for one in buttons(message) if "callback_data" in one]:
            kind = re.sub(r"\d+", "0", data)
            if kind not in self._known and len(self._known) < _MOST and not self._other_language.search(data):
                self._known.add(kind)
                (self._late if _LATER.search(data) else self._waiting).append((message, data))
        return Screen(after, told(message), tuple(labels(message)))


def different(screens: Sequence[Screen]) -> Iterator[Screen]:
    """Yield each of the screens once, whatever its numbers."""
    seen = set()
    for screen in screens:
        key = re.sub(r"\d+", "0", screen.text), tuple(re.sub(r"\d+", "0", label) for label in screen.labels)
        if key not in seen:
            seen.add(key)
            yield screen


async def every_screen(folder: Path, language: str) -> list[Screen]:
    """Return the screens of a reader and of an editor in this language."""
    async with newsroom(folder, language) as (chats, reader, editor):
        found = [screen async for screen in Explorer(chats, reader, language).explore(READERS)]
        found += [screen async for screen in Explorer(chats, editor, language).explore(EDITORS)]
    return list(different(found))


def main() -> None:
    """Print every screen in the language that is named."""
    known = {SOURCE_LANGUAGE, *(path.name for path in LOCALES.iterdir() if path.is_dir())}
    if len(sys.argv) != 2 or sys.argv[1] not in known:
        sys.exit(f"Name a language: python -m tests.screens {' | '.join(sorted(known))}")
    with tempfile.TemporaryDirectory() as folder:
        for screen, _ in groupby(asyncio.run(every_screen(Path(folder), sys.argv[1]))):
            sys.stdout.write(f"{screen}\n\n")


if __name__ == "__main__":
    main()

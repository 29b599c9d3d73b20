"""Made-up input of every kind gets a sentence as an answer, and logs no traceback."""

import itertools
import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from bot.config import Settings
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.sandbox.world.world import buttons
from storage.words import SubscriberState
from tests.chats import ANNA, EDITH, Chats, labels, told
from tests.factories import analysis, get_subscriber, published
from tests.waiting import soon

NUMBERS = (
    "-1",
    "0",
    str(2**31),
    "4294967296",
    str(2**63),
    "9" * 9,
    "9" * 40,
    "٣",
    "²",
    "1.5",
    "1e9",
    "",
    "x",
    "\0",
    "+",
)
COMMANDS = (
    *("latest", "summary", "search", "donate", "topics", "subscribe", "unsubscribe", "preferences"),
    *(
        "language",
        "dayoff",
        "catchup",
        "share",
        "mydata",
        "privacy",
        "new",
        "review",
        "broadcasts",
        "appeals",
        "check",
        "editors",
        "helped",
        "mute",
        "testchat",
        "unmute",
    ),
    *("help", "start", "stop"),
)

READERS = ("start", "latest", "summary 1", "search bridge", "topics", "language", "dayoff", "preferences")
EDITORS = ("review", "review 1", "broadcasts", "appeals")
_LONGEST_DATA = 64  # Bot API: bytes
_ENDS = re.compile("send|drop|cancel|forget|reject|push|now|withdraw|language|prefs:speak")


@pytest.fixture
def settings(database_url: str, settings: Settings) -> Settings:
    """Run on both kinds of database: their numbers have different limits."""
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Collect errors in the log; there must be none at the end."""
    with caplog.at_level(logging.INFO):
        found: list[str] = []
        yield found
    errors = [one for one in caplog.get_records("call") if one.levelno >= logging.ERROR]
    errors = [
        one for one in errors if "Chat not found" not in str(one.exc_info)
    ]  # of the strangers whom the sandbox does not know
    logged = {f"{one.getMessage()} {one.exc_info and one.exc_info[1]!r}"[:300] for one in errors}
    assert logged == set()


class Raw:
    """Brings updates as Telegram does, one after another."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._ids = itertools.count(5_000_000)

    async def bring(self, **content: Any) -> None:
        await self._app.inbox.receive({"update_id": next(self._ids), **content})
        await soon(self._app.inbox.idle())

    async def say(self, person: int, text: str, **more: Any) -> None:
        """Bring a message, as a command if it looks like one."""
        length = len(text.split(maxsplit=1)[0]) if text.split() else 0
        entities = [{"type": "bot_command", "offset": 0, "length": length}] if text.startswith("/") else []
        message = {"message_id": 5, "date": 1_795_000_000, "from": person_of(person), "text": text}
        chat = {"id": person, "type": "private", "first_name": "X"}
        await self.bring(message=message | {"chat": chat, "entities": entities} | more)

    async def tap(self, person: int, shown: Message, data: str) -> None:
        """Bring a tap on a button of a message, with any data."""
        query = {"id": "1", "from": person_of(person), "message": shown, "chat_instance": "1", "data": data}
        await self.bring(callback_query=query)


class Tap(NamedTuple):
    """A person, a message as it was, and the data of one of its buttons."""

    person: int
    shown: Message
    data: str


def person_of(number: int) -> dict[str, Any]:
    return {"id": number, "is_bot": False, "first_name": "X", "language_code": "en"}


@pytest.fixture
def raw(app: App) -> Raw:
    return Raw(app)


@pytest.fixture
async def taps(app: App, chats: Chats) -> list["Tap"]:
    """Return a tap for one button of every family, some screens deep."""
    first = await published(app.services, "The bridge holds", ["Food"])
    await published(app.services, "The school opens", ["Schools"])
    await app.services.editing.continue_story(2, first, version=None, actor="test")
    await app.services.stories.add(analysis("A draft that waits"), actor="test")
    appeal = await app.services.appeals.propose(
        organisation="Example", purpose="Help.", url="https://example.org/help", story_id=first, actor="test"
    )
    await app.services.appeals.verify(appeal.id, actor="verifier")
    await app.services.broadcasts.schedule(first, actor="test")
    found = await explored(chats, EDITH, (*READERS, *EDITORS))
    await app.services.preferences.set_zone(EDITH, "Europe/Kyiv")  # then /start asks nothing
    return found + await explored(chats, EDITH, ["start"])


def form_of(data: str) -> str:
    """Return what the button does and how many parts its data has, without the values."""
    parts = data.split(":")
    return f"{parts[0]}:{parts[1] if parts[1:] and parts[1].isalpha() else ''}:{len(parts)}"


async def explored(chats: Chats, person: int, commands: Sequence[str]) -> list[Tap]:
    """Return a tap for each form of button that a person finds who presses one of each."""
    known: dict[str, Tap] = {}
    for command in commands:
        waiting = await chats.say(person, f"/{command}")
        while waiting:
            shown = waiting.pop()
            for data in [button["callback_data"] for button in buttons(shown) if "callback_data" in button]:
                if (form := form_of(data)) in known:
                    continue
                known[form] = Tap(person, shown, data)
                if not _ENDS.search(data):
                    waiting += await chats.press_old(person, shown, data)
                    waiting.append(chats.now(shown))
    return list(known.values())


def spoiled(data: str, rubbish: Iterator[str]) -> Iterator[str]:
    """Yield the data with each of its parts in turn replaced by rubbish or left out, in at most 64 bytes."""
    parts = data.split(":")
    for place in range(1, len(parts)):
        yield ":".join(parts[:place])
        for _ in range(2):
            yield ":".join([*parts[:place], next(rubbish), *parts[place + 1 :]])
    yield f"{data}:1"
    yield data + "9" * (64 - len(data.encode()))


@pytest.mark.timeout(600)  # some seconds, on a machine that does nothing else
async def test_buttons(raw: Raw, taps: list[Tap], complaints: list[str]) -> None:
    """Made-up data of every family of buttons logs no error."""
    rubbish = itertools.cycle(NUMBERS)
    for tap in taps:
        for data in spoiled(tap.data, rubbish):
            if len(data.encode()) <= _LONGEST_DATA:
                await raw.tap(tap.person, tap.shown, data)
    families = {tap.data.partition(":")[0] for tap in taps}
    assert families >= {"story", "latest", "share", "follow", "thread", "prefs", "dayoff", "review"}
    assert families >= {"draft", "broadcast", "broadcasts", "correct", "welcome"}
    assert families >= {"appeal", "appeals", "propose"}


@pytest.mark.timeout(600)
async def test_commands(raw: Raw, app: App, chats: Chats, complaints: list[str]) -> None:
    """Every command with rubbish as arguments, and links with rubbish as payload, get an answer."""
    await published(app.services, "The bridge holds", ["Food"])
    for person in (EDITH, ANNA):  # otherwise Telegram refuses each answer
        await chats.say(person, "/start")

    async def is_answered(person: int, text: str) -> bool:
        before = chats.world.history(person).last_id
        await raw.say(person, text)
        newer = [one for one in chats.said(person) if one["message_id"] > before]
        return any("went wrong" not in told(one) for one in newer)

    unanswered = [
        text
        for command in COMMANDS
        for words in (*NUMBERS, "\0 \0", "%" * 300, "'; --", "\u202e" * 50, "a" * 4000)
        if not await is_answered(EDITH, text := f"/{command} {words}")
    ]
    unanswered += [
        text
        for kind, number in itertools.product(("story", "topic"), NUMBERS)
        if not await is_answered(ANNA, text := f"/start {kind}_{number}")
    ]
    assert unanswered == []


async def test_inline_queries(chats: Chats, app: App, complaints: list[str]) -> None:
    """Made-up words and offsets get an answer; an offset that is no number counts as the first page."""
    story_id = await published(app.services, "The bridge holds", ["Food"])
    for offset in (*NUMBERS, "123456abc", "999999" + "9" * 30):
        for words in ("", "bridge", "\0", "%_'\"", "x" * 256):
            answer = await chats.world.inline_query(ANNA, words, offset)
            is_first = not re.fullmatch("[1-9][0-9]{0,5}", offset)
            found = [one["id"] for one in answer["results"]]
            if words == "bridge":
                assert (offset, found) == (offset, [f"story_{story_id}"] if is_first else [])


async def test_numbers_of_strangers(raw: Raw, app: App, complaints: list[str]) -> None:
    """Chats and messages with the largest 64-bit numbers are stored, and what they ask for is done."""
    for number in (2**31, 2**52, 2**63 - 1, -(2**63)):
        await raw.say(number, "/start", message_id=2**63 - 1)
        assert (await get_subscriber(app.database, number)).state is SubscriberState.ACTIVE
        await raw.say(
            number,
            "hello",
            message_id=2**63 - 1,
            reply_to_message={"message_id": 2**63 - 1, "date": 1, "chat": {"id": number, "type": "private"}},
        )
        await raw.say(
            number,
            "/stop",
            message_thread_id=2**63 - 1,
            is_topic_message=True,
            chat={"id": number, "type": "supergroup", "title": "X"},
        )
        assert (await get_subscriber(app.database, number)).state is SubscriberState.ACTIVE
        await raw.say(number, "/stop", message_id=2**63 - 1)
        assert (await get_subscriber(app.database, number)).state is SubscriberState.STOPPED


async def test_an_unknown_language_breaks_no_screen(
    raw: Raw, app: App, chats: Chats, complaints: list[str]
) -> None:
    """A made-up language is not stored; an unknown one from an old import is shown, and can be removed."""
    menu = await chats.tap(ANNA, await chats.ask(ANNA, "/preferences"), "Languages")
    screen = await chats.tap(ANNA, menu, "Story languages")
    await raw.tap(ANNA, screen, "prefs:told:any:1")
    assert (await get_subscriber(app.database, ANNA)).story_languages == "en"
    await app.services.preferences.set_story_languages(ANNA, {"any"})
    menu = await chats.tap(ANNA, await chats.ask(ANNA, "/preferences"), "Languages")
    screen = await chats.tap(ANNA, menu, "Story languages")
    screen = await chats.tap(ANNA, screen, "✓ any")
    assert "✓ Any" not in labels(screen)

"""No reader waits because another one does, by polling and by webhook; a kill loses no update."""

import asyncio
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.articles.fetch.fetcher import Fetcher
from bot.config import Settings
from bot.delivery.rate.pacer import Lane, Pacer
from bot.errors import NotFoundError
from bot.sandbox.server import Sandbox
from storage.database import Database
from storage.models import InboxUpdate, Letter, LetterMark, Subscriber
from tests.chats import ANNA, EDITH, NEIGHBOURS, OLENA, TOM, Chats, labels
from tests.paths import REPOSITORY
from tests.running import running
from tests.waiting import PATIENCE, soon

LETTERS, LINKS, COMMANDS = 60, 50, 25  # more than Telegram's 40 connections; more than 20 a minute
pytestmark = pytest.mark.timeout(300)  # processes are started, and the machine may be busy
_NUMBERS = re.compile(r"^(\d+) (?:general messages?|messages? about)", re.MULTILINE)


class Gate:
    """Lets nothing through until it is opened."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.waiting = 0

    async def pass_through(self) -> None:
        self.waiting += 1
        await self.open.wait()


@pytest.fixture
def slow_links(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """No site answers until this gate is opened; then it has no story."""
    gate = Gate()

    async def fetch(_self: Fetcher, _address: str) -> Any:
        await gate.pass_through()
        raise NotFoundError("There is no story.")

    monkeypatch.setattr(Fetcher, "fetch", fetch)
    return gate


@pytest.fixture
def slow_notices(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """No notice gets its turn until this gate is opened."""
    gate, acquire = Gate(), Pacer.acquire

    async def held(self: Pacer, chat_id: int | str | None = None, lane: Lane = Lane.REPLY) -> None:
        if lane is Lane.NOTICE:
            await gate.pass_through()
        await acquire(self, chat_id, lane)

    monkeypatch.setattr(Pacer, "acquire", held)
    return gate


def notified(chats: Chats) -> int:
    """Return how many letters the editor was notified of."""
    number = 0
    for text in (str(one.get("text", "")) for one in chats.said(EDITH)):
        number += sum(map(int, _NUMBERS.findall(text))) + text.startswith("Message from reader ")
    return number


def answered(chats: Chats, people: list[int]) -> Counter[int]:
    """Return how many answers with search results each person got."""
    return Counter(
        {
            person: len([one for one in chats.said(person) if "Send to the editors" in labels(one)])
            for person in people
        }
    )


async def send_letters(chats: Chats, people: list[int]) -> None:
    """Let each of them tap the button that sends what they wrote to the editors."""
    for person in people:
        question = next(one for one in chats.said(person) if "Send to the editors" in labels(one))
        await chats.world.tap(person, question, "Send to the editors")


async def test_others_are_answered_while_letters_links_and_a_group_wait(
    either: Settings, telegram: Sandbox, slow_links: Gate, slow_notices: Gate
) -> None:
    """More of each than there are connections; the editor's own commands do not wait either."""
    chats, world = Chats(telegram.world), telegram.world
    people = world.add_readers(LETTERS)
    async with running(either):
        await chats.ask(EDITH, "/start")
        for person in people:
            world.say(person, person, "Thank you")
        for number in range(LINKS):
            world.say(EDITH, EDITH, f"https://example.org/{number}")
        for _ in range(COMMANDS):
            world.say(TOM, NEIGHBOURS, f"/help@{world.bot.username}")
        await world.until(lambda: len(world.updates) == 0, PATIENCE)
        for asking in (ANNA, OLENA, EDITH):
            before = len(chats.said(asking))
            world.say(asking, asking, "/help")
            await world.until(
                lambda: any("/latest" in one["text"] for one in chats.said(asking)[before:]),  # noqa: B023
                PATIENCE,
            )
        assert not answered(chats, list(people)).total()
        assert notified(chats) == 0
        assert not [one for one in chats.said(EDITH) if "There is no story." in one["text"]]
        assert len(chats.said(NEIGHBOURS)) <= 20
        slow_links.open.set()
        slow_notices.open.set()
        await world.until(lambda: set(answered(chats, list(people)).values()) == {1}, PATIENCE)
        await world.until(
            lambda: len([one for one in chats.said(EDITH) if "There is no story." in one["text"]]) == LINKS,
            PATIENCE,
        )
        await send_letters(chats, list(people))
        await world.until(lambda: notified(chats) == LETTERS, PATIENCE)
    assert not [one for one in chats.said(EDITH) if one["text"].startswith("Reading")]
    assert slow_links.waiting == LINKS


@asynccontextmanager
async def _process(
    settings: Settings, database_url: str, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `python -m bot run` as an operator does; kill it at the end if it still runs."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(REPOSITORY),
        "BOT_TOKEN": settings.token(),
        "BOT_API_URL": settings.bot_api_url,
        "DATABASE_URL": database_url,
        "OWNER_IDS": str(EDITH),
        "SEND_RATE": "1000",
    }
    if settings.webhook_url:
        environment |= {
            "WEBHOOK_URL": settings.webhook_url,
            "WEBHOOK_SECRET": settings.secret(),
            "HTTP_PORT": str(settings.http_port),
        }
    with (folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", env=environment, cwd=folder, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_kill_in_the_middle_loses_no_update(
    database_url: str, either: Settings, telegram: Sandbox, tmp_path: Path
) -> None:
    """Killed while readers write: all are answered, and what they send the editors then is stored once.

    Answers whose end was not stored yet come again, to each reader at most once.
    """
    chats, world = Chats(telegram.world), telegram.world
    people = list(world.add_readers(120))
    async with _process(either, database_url, tmp_path) as process:
        await chats.say(EDITH, "/start")
        telegram.faults.set({"slow_ms": 50, "methods": ["sendMessage"]})
        for person in people:
            world.say(person, person, "Thank you")
        await world.until(lambda: answered(chats, people).total() >= 30, PATIENCE)
        process.kill()
        await process.wait()
    assert 30 <= answered(chats, people).total() < len(people)
    async with _process(either, database_url, tmp_path) as process:
        await world.until(lambda: all(answered(chats, people).values()), PATIENCE)
        twice = max(answered(chats, people).values())
        await send_letters(chats, people)
        await world.until(lambda: notified(chats) >= len(people), PATIENCE)
        process.terminate()
        assert await soon(process.wait()) == 0
    assert twice <= 2
    database = Database(database_url)
    async with database.read() as session:
        kept = await session.scalar(select(func.count()).select_from(Letter))
        newest = await session.scalar(select(func.max(Letter.id)))
        mark = await session.scalar(select(LetterMark.letter_id))
        counts = Counter(await session.scalars(select(Subscriber.feedback_count)))
        waiting = list(await session.scalars(select(InboxUpdate.id).where(InboxUpdate.content.is_not(None))))
    await database.close()
    assert (kept, counts[1], mark == newest, waiting) == (len(people), len(people), True, [])
    assert "Traceback" not in (tmp_path / "log").read_text()

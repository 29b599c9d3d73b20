"""A newsroom of the tests: the whole bot with its desk, a sandbox as Telegram, editors in real browsers."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect
from pydantic import SecretStr

from bot.config import Settings
from bot.editors.desk_address import PATH
from bot.runtime.app import App
from bot.sandbox.bot_api.refusals import Refusal
from bot.sandbox.server import Sandbox
from bot.services import Services
from storage.database import Database
from storage.words import BroadcastState, EditorRole
from tests.chats import Chats, to_the_next
from tests.factories import published
from tests.running import follow_clock, running
from tests.waiting import PATIENCE, comes_true

EDITH, OMAR = 1009, 1010
"""An owner and a publisher."""

DESKTOP, PHONE = (1100, 800), (360, 740)
_TOKEN = "42:a-token-of-the-sandbox-that-looks-real"


class Gate:
    """Holds back what is sent to readers: Telegram answers once the test lets it."""

    def __init__(self, telegram: Sandbox) -> None:
        self.readers: set[int] = set()
        self.refused = 0
        """A reader whom no message reaches."""
        self._open = asyncio.Event()
        self._open.set()
        self._free = 0
        self._call = telegram.api.call
        telegram.api.call = self._held  # type: ignore[method-assign]  # the wire, as slow as we like

    def close(self, after: int = 0) -> None:
        """Answer so many more messages to readers, and none after them."""
        self._free = after
        self._open.clear()

    def open(self) -> None:
        """Answer all that waits, and all that comes."""
        self._open.set()

    async def _held(self, name: str, raw: Any, uploads: Any = None) -> Any:
        chat = int(raw.get("chat_id", 0)) if name.lower() == "sendmessage" else 0
        if chat and chat == self.refused:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if chat in self.readers:
            self._free -= 1
            if self._free < 0:
                await self._open.wait()
        return await self._call(name, raw, uploads)


class Newsroom:
    """A running bot with its desk. `database`: for what only time or Telegram could bring about."""

    def __init__(self, app: App, telegram: Sandbox, database: Database) -> None:
        self.app = app
        self.telegram = telegram
        self.database = database
        self.gate = Gate(telegram)
        self.chats = Chats(telegram.world)

    @property
    def services(self) -> Services:
        return self.app.services

    @property
    def origin(self) -> str:
        return self.services.sessions.address.local

    def address(self, path: str) -> str:
        """Return the whole address of a page; `path` stands below /desk."""
        return f"{self.origin}{PATH}{path}"

    async def readers(self, number: int, language: str = "en") -> None:
        """Add readers that get everything at any hour."""
        for place in range(number):
            person = self.telegram.world.add_person(f"Reader {place}", language).id
            self.telegram.world.start(person)
            await self.chats.handled()
            await self.services.preferences.set_quiet(person, None, None)
            self.gate.readers.add(person)

    async def push(self, headline: str = "Volunteers reopen the bridge") -> int:
        """Publish a story and let its push start; return the push's id."""
        story = await published(self.services, headline)
        number = await self.services.broadcasts.schedule(story, actor="command line")
        await self.until(number, BroadcastState.RUNNING, BroadcastState.FINISHED)
        return number

    async def until(self, number: int, *states: BroadcastState) -> None:
        """Wait until a push has one of these states."""

        async def is_there() -> bool:
            return (await self.services.broadcasts.status(number)).broadcast.state in states

        await comes_true(is_there)

    async def sent(self, number: int) -> int:
        """Return how many messages of a push were sent."""
        return (await self.services.broadcasts.status(number)).progress.sent


def desk_settings(url: str, telegram: Sandbox, port: int) -> Settings:
    """Return the settings of a newsroom on this database."""
    given = {
        "database_url": url.replace("sqlite:", "sqlite+aiosqlite:"),
        "desk": True,
        "http_port": port,
        "bot_token": SecretStr(_TOKEN),
        "bot_api_url": telegram.url,
        "owner_ids": frozenset({EDITH}),
        "send_rate": 1000,
    }
    return Settings.model_construct(
        **{name: field.default for name, field in Settings.model_fields.items()} | given
    )


@asynccontextmanager
async def open_newsroom(url: str, port: int = 0, *, public: bool = False) -> AsyncIterator[Newsroom]:
    """Run a bot on this SQLite database, with Edith and Omar as editors; it is noon there.

    `port`: of the desk; 0: any free one. `public`: with the public page, which needs a port.
    """
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(Sandbox(_TOKEN))
        to_the_next(telegram.world, 12)
        settings = desk_settings(url, telegram, port)
        if public:
            page = {"public_page": True, "public_url": f"http://127.0.0.1:{port}"}
            settings = settings.model_copy(update=page)
        app = await stack.enter_async_context(running(settings))
        follow_clock(app, telegram.world)
        database = Database(url)
        stack.push_async_callback(database.close)
        await app.services.editors.put(OMAR, EditorRole.PUBLISHER, actor="command line")
        newsroom = Newsroom(app, telegram, database)
        stack.callback(newsroom.gate.open)  # else the end would wait for messages that are held back
        yield newsroom


class Trouble:
    """What browsers complain of: errors in the console or in a script, and breaches of the content policy."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._allowed: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to all pages of this context."""
        context.on("weberror", lambda error: self._found.append(f"script: {error.error}"))
        context.on("console", lambda line: self._note(line.type, line.text))

    def allow(self, pattern: str) -> None:
        """Expect complaints that match, a regular expression: the test brings them about."""
        self._allowed.append(pattern)

    @property
    def unexpected(self) -> list[str]:
        return [one for one in self._found if not any(re.search(allowed, one) for allowed in self._allowed)]

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" or "Content Security Policy" in text:
            self._found.append(f"console: {text}")


class Desks:
    """Opens the desk for editors, each in a browser profile of their own."""

    def __init__(self, browser: Browser, trouble: Trouble, stack: AsyncExitStack) -> None:
        self._browser = browser
        self._trouble = trouble
        self._stack = stack

    async def stranger(self, size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        """Return an empty page of a fresh profile; all that it complains of fails the test."""
        width, height = size
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            locale="en-GB",
            reduced_motion="reduce",
            **options,
        )
        self._stack.push_async_callback(context.close)
        self._trouble.watch(context)
        context.set_default_timeout(PATIENCE * 1000)
        return await context.new_page()

    async def open(self, newsroom: Newsroom, person: int = EDITH, path: str = "/", **how: Any) -> Page:
        """Sign an editor in by a link, and show them a page."""
        page = await self.stranger(**how)
        await page.goto(await newsroom.services.sessions.link(person))
        await page.get_by_role("button", name="Open the desk").click()
        await expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
        if path != "/":
            await page.goto(newsroom.address(path))
        return page


def copy_of(template: Path, folder: Path) -> str:
    """Return the address of an SQLite database of one's own, made from the template."""
    path = folder / "newsroom.db"
    path.write_bytes(template.read_bytes())
    path.chmod(0o600)  # as the bot leaves it
    return f"sqlite:///{path}"

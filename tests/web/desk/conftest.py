"""The desk over HTTP with real services on SQLite, and browsers of several people that are signed in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import NoReturn

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from bot.config import Settings
from bot.editors.desk_address import PATH
from bot.errors import InvalidInputError, UserError
from bot.i18n import Texts
from bot.runtime.build import open_services
from bot.services import Services
from bot.subscribers.feedback import LetterKey
from bot.web.desk.desk import Desk
from storage.database import Database
from storage.models import Report
from storage.words import EditorRole
from tests.factories import MovableClock
from tests.web.desk.browser import OWNER, Browser

SignIn = Callable[..., Awaitable[Browser]]


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to a server of their own on 127.0.0.1."""


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    """The database below the services, for what only Telegram could bring about."""
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
def offline(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page of the web answers."""

    async def fetch(*_given: object, **_how: object) -> NoReturn:
        raise InvalidInputError("The page does not answer.")

    monkeypatch.setattr(services.fetcher, "fetch", fetch)


@pytest.fixture
async def services(settings: Settings, clock: MovableClock) -> AsyncIterator[Services]:
    """All use cases over a fresh database, with one owner."""
    async with open_services(settings.model_copy(update={"owner_ids": frozenset({OWNER})}), clock) as built:
        yield built


class FakeChat:
    """The bot, as the desk knows it: it notes what it is to do. `refuses`: what it raises instead."""

    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []
        self.refuses: UserError | None = None

    def invitation(self, secret: str) -> str:
        return f"https://t.me/test_bot?start=editor_{secret}"

    async def forget_editor(self, person_id: int) -> None:
        self.done.append(("forget", person_id))

    async def show_letter(self, letter: LetterKey, *, editor: int) -> None:
        self._note("show", letter, editor)

    async def answer(self, letter: LetterKey, text: str, *, once_more: bool = False) -> None:
        self._note("answer", letter, text, once_more)

    async def try_report(self, report: Report, *, editor: int, texts: Texts) -> None:
        self._note("try", report.id, editor, texts.language)

    async def keep_picture(self, picture: bytes, *, editor: int, texts: Texts) -> str:
        self._note("picture", picture, editor, texts.language)
        return f"picture {len(self.done)}"

    def _note(self, *what: object) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.done.append(what)


@pytest.fixture
def chat() -> FakeChat:
    return FakeChat()


@pytest.fixture
async def server(services: Services, settings: Settings, chat: FakeChat) -> AsyncIterator[TestServer]:
    """The desk, as the web server mounts it."""

    async def name_of(person_id: int) -> str:
        return f"Person {person_id}"

    app = web.Application()
    shown = [("LOG_LEVEL", "INFO"), ("CONTACT", "")]
    desk = Desk(services, name_of, settings.public_url, chat=chat, settings=shown)
    app.add_subapp(PATH, desk.application())
    running = TestServer(app)
    await running.start_server()
    services.sessions.address.opened(running.port or 0)
    yield running
    await running.close()


@pytest.fixture
async def sign_in(services: Services, server: TestServer) -> AsyncIterator[SignIn]:
    """Give a person a role, and return their browser with a session; without a role, a stranger's."""
    async with AsyncExitStack() as stack:

        async def signed_in(person: int = OWNER, role: EditorRole | None = EditorRole.OWNER) -> Browser:
            origin = server.make_url("/").origin()
            cookies = CookieJar(unsafe=True, treat_as_secure_origin=origin)
            session = await stack.enter_async_context(ClientSession(cookie_jar=cookies))
            browser = Browser(session, str(origin))
            if role is not None:
                if person != OWNER:
                    await services.editors.put(person, role, actor="command line")
                await browser.enter(await services.sessions.link(person))
            return browser

        yield signed_in

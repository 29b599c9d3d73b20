"""The public page over HTTP, with real services on SQLite."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import html

from bot.appeals.help_links import open_links
from bot.config import Settings
from bot.editors.actors import actor_of
from bot.runtime.build import build_services
from bot.services import Services
from bot.stories.intake.analysis import analysis_pool
from bot.web import links
from bot.web.public.site import Site
from storage.database import Database
from tests.factories import MovableClock, analysis

OWNER = 1009
EDITOR = actor_of(OWNER)
URL = "https://news.example.org"
NAME = "Bridge News & Co"
HELP = "https://example.org/help?from=a&to=b"


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to a server of their own on 127.0.0.1."""


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    await opened.close()


@pytest.fixture
async def services(settings: Settings, database: Database, clock: MovableClock) -> Services:
    """All use cases, with help links that are counted."""
    given = settings.model_copy(update={"owner_ids": frozenset({OWNER}), "public_url": URL})
    return build_services(given, database, analysis_pool(1), clock, await open_links(database, URL))


@dataclass
class Answer:
    """What came back. `page`: the HTML, parsed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def page(self) -> Any:
        return html.fromstring(self.body)

    @property
    def text(self) -> str:
        """What people read on the page."""
        return " ".join(self.page.text_content().split())

    def addresses(self, words: str = "") -> list[str]:
        """Where the links with these words lead."""
        return [str(one.get("href")) for one in self.page.xpath("//a") if words in one.text_content()]


class Visitor:
    """Somebody whom nobody knows."""

    def __init__(self, session: aiohttp.ClientSession, server: TestServer) -> None:
        self._session = session
        self._server = server

    async def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = self._server.make_url("/").origin()
        url = f"{address}{path}"
        async with self._session.request(method, url, headers=named, allow_redirects=False) as answer:
            return Answer(answer.status, answer.headers, await answer.read())


@pytest.fixture
async def visitor(services: Services) -> AsyncIterator[Visitor]:
    app = web.Application()
    app.add_routes([*links.routes(services), *Site(services, URL, lambda: NAME).routes()])
    server = TestServer(app)
    await server.start_server()
    async with aiohttp.ClientSession() as session:
        yield Visitor(session, server)
    await server.close()


async def add_appeal(services: Services, story: int) -> int:
    """Verify an Appeal for a Story; its id."""
    appeal = await services.appeals.propose(
        organisation="Bridge Friends", url=HELP, purpose="A new bridge.", story_id=story, actor="test"
    )
    await services.appeals.verify(appeal.id, actor="verifier")
    return appeal.id


async def tell_of_the_bridge(services: Services) -> tuple[int, int]:
    """Publish a Story by Ada of paper.example, about a Topic, with an Appeal; the ids of both."""
    article = analysis("The bridge holds", address="https://paper.example/bridge", byline="Ada")
    story = (await services.stories.add(article, ["Bridges"], actor="test")).story.id
    await services.review.publish(story, actor=EDITOR, push=False)
    return story, await add_appeal(services, story)

"""Every page of the desk, by the table of routes: light and dark, wide and narrow, for everybody."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from bot.web.desk.routes import ROUTES
from storage.words import AppealState, BroadcastState, StoryState
from tests.barriers import barriers_of, sticking_out
from tests.chromium import MARKS
from tests.newsroom import DESKTOP, PHONE, Desks, Newsroom, Trouble, copy_of, open_newsroom
from tests.newsroom_samples import Samples, State, fill

pytestmark = MARKS

NO_PAGES = {"/pushes/{id}/live", "/audit.csv"}
"""What a browser does not show: a stream, and a file."""
VARIANTS = {
    "/stories": ["?state=published", "?q=nothing+has+these+words"],
    "/stories/{id}": ["?length=long&done=saved"],
    "/pushes": ["?state=ended", "?state=preparing"],
    "/pushes/new": ["?story={published}"],
    "/calendar": ["?view=month"],
    "/inbox": ["?state=answered"],
}
"""What else of a page there is to see, by the page: parameters of its address."""
NEEDED = {"/topics/{id}/merge": "?into={topic}"}
"""Parameters without which a page has nothing to show."""
ONLY: dict[str, list[State]] = {
    "/appeals/{id}/change": [AppealState.VERIFIED],
    "/appeals/{id}/reports": [AppealState.VERIFIED],
    "/stories/{id}/correct": [StoryState.PUBLISHED],
    "/stories/{id}/withdraw": [StoryState.PUBLISHED],
    "/pushes/{id}": [one for one in BroadcastState if one is not BroadcastState.PREPARING],
    "/pushes/{id}/prepare": [BroadcastState.PREPARING],
    "/pushes/{id}/cancel": [BroadcastState.PAUSED],
    "/pushes/{id}/missing": [BroadcastState.FINISHED],
}
"""The states that a page is for, where it is not for every one."""
PAGES = [route.path for route in ROUTES if route.method == "GET" and route.path not in NO_PAGES]
Theme = Literal["light", "dark"]
THEMES: list[tuple[tuple[int, int], Theme, Theme]] = [(DESKTOP, "light", "dark"), (PHONE, "dark", "light")]
"""Each window with the theme in which all rules are asked, and the one in which contrasts are."""
SMALL = (320, 640)  # also what a desktop window of 1280 has at 400 percent
SCROLLERS = ".table, .source, .bar nav"


@dataclass(frozen=True, slots=True)
class Shown:
    """A newsroom with samples, and a page of an editor in it."""

    newsroom: Newsroom
    samples: Samples
    page: Page

    async def addresses(self, path: str) -> list[str]:
        """Return the addresses of a page: for each of its states, and with each of its parameters."""
        published = self.samples.stories[StoryState.PUBLISHED]
        variants = ["", *VARIANTS.get(path, [])]
        if "{id}" not in path:
            return [path + one.format(published=published) for one in variants]
        kind = path.split("/")[1]
        by_state = self.samples.stories | self.samples.pushes | self.samples.appeals
        ids = [by_state[state] for state in ONLY.get(path, [])]
        needed = NEEDED.get(path, "").format(topic=self.samples.topics[0])
        if kind == "topics":
            ids = list(self.samples.topics[1:])
        found = [path.format(id=number) + needed for number in ids or self.samples.of(kind)]
        return found + [found[0] + one for one in variants[1:]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shown(
    browser: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shown]:
    """One full newsroom for all pages: nothing here changes it."""
    async with AsyncExitStack() as stack:
        url = copy_of(sqlite_template, tmp_path_factory.mktemp("newsroom"))
        newsroom = await stack.enter_async_context(open_newsroom(url))
        samples = await fill(newsroom)
        heard = Trouble()
        page = await Desks(browser, heard, stack).open(newsroom)
        yield Shown(newsroom, samples, page)
    assert heard.unexpected == []


async def faults_of(page: Page) -> list[str]:
    """Return what is wrong with the open page in any window and theme.

    Light and dark differ in colours alone, so the other rules are asked once for each window.
    """
    found = []
    for (width, height), full, other in THEMES:
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme=full)
        found += [f"{width} {full} {one}" for one in await barriers_of(page)]
        await page.emulate_media(color_scheme=other)
        found += [f"{width} {other} {one}" for one in await barriers_of(page, only_contrast=True)]
    for width, height in (DESKTOP, PHONE, SMALL):
        await page.set_viewport_size({"width": width, "height": height})
        found += [f"{width} {one}" for one in await sticking_out(page, SCROLLERS)]
    return found


async def test_the_lists_are_of_pages_that_there_are() -> None:
    """What is left out, and what has variants, is still a route."""
    assert len(PAGES) > len(ONLY)
    assert NO_PAGES | {*VARIANTS, *ONLY} <= {route.path for route in ROUTES if route.method == "GET"}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_bars_nobody(shown: Shown, path: str) -> None:
    """In each of its states axe-core finds nothing serious, and nothing sticks out of a small phone."""
    wrong = {}
    for address in await shown.addresses(path):
        answer = await shown.page.goto(shown.newsroom.address(address))
        assert answer is not None
        assert answer.status == 200, address
        wrong[address] = await faults_of(shown.page)
    assert {address: found for address, found in wrong.items() if found} == {}


async def test_pages_for_those_who_are_not_in(shown: Shown, desks: Desks, trouble: Trouble) -> None:
    """The link's page, a used one, an ended session, and a page that there is not."""
    trouble.allow("status of 40[134]")
    page = await desks.stranger()
    link = await shown.newsroom.services.sessions.link(1009)
    wrong = {}
    for address in (link, re.sub("enter/.*", "enter/wrong", link), shown.newsroom.address("/stories")):
        await page.goto(address)
        wrong[address] = await faults_of(page)
    inside = await desks.open(shown.newsroom)
    for path in ("/stories/999999", "/no-such-page"):
        await inside.goto(shown.newsroom.address(path))
        wrong[path] = await faults_of(inside)
    assert {address: found for address, found in wrong.items() if found} == {}

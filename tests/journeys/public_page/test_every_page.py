"""The public page in a real browser: for everybody, on any screen, without a script or an error."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest_asyncio
from playwright.async_api import Browser, Page

from bot.editors.actors import actor_of
from storage.words import ContentWarning
from tests.barriers import barriers_of, sticking_out
from tests.chromium import MARKS
from tests.factories import analysis, published
from tests.newsroom import DESKTOP, EDITH, PHONE, Newsroom, Trouble, copy_of, open_newsroom

pytestmark = MARKS

SMALL = (320, 640)  # also what a desktop window of 1280 has at 400 percent
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
EDITOR = actor_of(EDITH)
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest_asyncio.fixture(loop_scope="session")
async def newsroom(sqlite_template: Path, tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[Newsroom]:
    """A bot with its public page."""
    url = copy_of(sqlite_template, tmp_path)
    async with open_newsroom(url, unused_tcp_port, public=True) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page whose console says nothing, and which breaches no content policy."""
    trouble = Trouble()
    trouble.allow("status of 4(04|10)")
    context = await browser.new_context(locale="en-GB")
    trouble.watch(context)
    yield await context.new_page()
    await context.close()
    assert trouble.unexpected == []


async def _fill(newsroom: Newsroom) -> dict[str, int]:
    """Stories of every kind that the page shows; their numbers by kind."""
    services = newsroom.services
    added = await services.stories.add(
        analysis(f"{LONG} opens", address=f"https://paper.example/{LONG}", byline="Ada Lovelace"),
        ["Bridges", LONG[:40]],
        actor=EDITOR,
    )
    full = added.story.id
    await services.review.publish(full, actor=EDITOR, push=False)
    appeal = await services.appeals.propose(
        organisation="Bridge Friends", url="https://example.org/help", story_id=full, actor="test"
    )
    await services.appeals.verify(appeal.id, actor=EDITOR)
    warned = await published(services, "Blood on the bridge")
    await services.editing.set_warnings(warned, [ContentWarning.DEATH], version=None, actor=EDITOR)
    translated = await published(services, "Міст стоїть", language="uk")
    await services.editing.set_translation(translated, warned, version=None, actor=EDITOR)
    withdrawn = await published(services, "All wrong")
    await services.corrections.withdraw(withdrawn, actor=EDITOR)
    for number in range(22):
        await published(services, f"Bridge {number}")
    return {"full": full, "warned": warned, "withdrawn": withdrawn}


async def _faults_of(page: Page) -> list[str]:
    found = []
    for width, height in (DESKTOP, PHONE, SMALL):
        await page.set_viewport_size({"width": width, "height": height})
        found += [f"{width} {one}" for one in await sticking_out(page)]
        for theme in THEMES:
            await page.emulate_media(color_scheme=theme)
            found += [f"{width} {theme} {one}" for one in await barriers_of(page)]
    return found


async def test_a_page_bars_nobody(newsroom: Newsroom, page: Page) -> None:
    """Axe-core finds nothing serious, nothing sticks out of a small phone, the console stays empty."""
    samples = await _fill(newsroom)
    origin, wrong = newsroom.origin, {}
    for path in (
        "/stories",
        "/stories?page=1&lang=uk",
        "/stories?topic=bridges&lang=de",
        f"/stories/{samples['full']}?length=long",
        f"/stories/{samples['warned']}?lang=fr",
        f"/stories/{samples['withdrawn']}",
        "/stories/999999",
    ):
        answer = await page.goto(origin + path)
        assert answer is not None
        wrong[path] = await _faults_of(page)
    assert {path: found for path, found in wrong.items() if found} == {}


async def test_by_keyboard_from_the_list_to_the_help_link(newsroom: Newsroom, page: Page) -> None:
    """The first Tab skips the bar; a story opens with Enter; the help link is reached and is ours."""
    samples = await _fill(newsroom)
    await page.goto(f"{newsroom.origin}/stories?topic=bridges")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    await page.keyboard.press("Enter")
    for _ in range(3):  # the choice of a topic, its button, the story
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/stories/{samples['full']}")
    help_link = page.get_by_role("link", name="Help Bridge Friends")
    await help_link.focus()
    address = await help_link.get_attribute("href") or ""
    assert address.startswith(f"{newsroom.origin}/h/")
    assert await page.get_by_role("heading", level=1).text_content() == f"{LONG} opens"

"""The Mini App in a real browser: as a page of its own, and in the frame of Telegram's web page.

Both https sites are played: what the browser asks of the desk goes to the test's server.
"""

from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import BrowserContext, Route, async_playwright, expect
from pydantic import SecretStr

from bot.config import Settings
from tests.chromium import CHROMIUM, FLAGS, MARKS
from tests.factories import MovableClock
from tests.init_data import TOKEN, init_data
from tests.waiting import PATIENCE
from tests.web.desk.browser import OWNER

pytestmark = [MARKS[0], MARKS[2]]
PUBLIC, TELEGRAM = "https://desk.example", "https://web.telegram.org"
# As Telegram Web A and K frame Mini Apps.
_TELEGRAM_PAGE = """<!doctype html><title>Telegram</title><ul id="events"></ul>
<iframe src="{src}" sandbox="allow-scripts allow-same-origin allow-popups allow-forms allow-modals
  allow-storage-access-by-user-activation"></iframe>
<script>
addEventListener("message", ({{data, origin}}) => {{
  const {{eventType, eventData}} = JSON.parse(data);
  events.append(Object.assign(document.createElement("li"), {{textContent: `${{origin}} ${{eventType}}`}}));
  if (eventType === "web_app_open_link") open(eventData.url, "_blank", "noreferrer");
}});
</script>"""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A bot with a public address."""
    return settings.model_copy(update={"public_url": PUBLIC, "bot_token": SecretStr(TOKEN)})


@pytest.fixture
async def context(server: TestServer) -> AsyncIterator[BrowserContext]:
    """A browser whose requests to the desk reach the test's server; no page may have an error."""
    errors: list[str] = []

    async def ask_server(route: Route) -> None:
        address = route.request.url.removeprefix(PUBLIC)
        answer = await route.fetch(
            url=str(server.make_url(address)), headers=await route.request.all_headers(), max_redirects=0
        )
        await route.fulfill(response=answer)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(locale="en-GB")
        context.set_default_timeout(PATIENCE * 1000)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        await context.route(f"{PUBLIC}/**", ask_server)
        yield context
        await browser.close()
    assert errors == []


def address_of(data: str) -> str:
    """Return the address that Telegram opens."""
    return f"{PUBLIC}/desk/app#tgWebAppData={quote(data, safe='')}&tgWebAppVersion=8.0&tgWebAppPlatform=ios"


async def test_in_telegrams_apps_it_is_the_desk(context: BrowserContext, clock: MovableClock) -> None:
    """It opens by itself, and its forms work."""
    page = await context.new_page()
    await page.goto(address_of(init_data(OWNER, at=clock())))
    await expect(page.get_by_role("heading", name="Today")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()


async def test_on_telegrams_web_page_it_opens_a_tab(context: BrowserContext, clock: MovableClock) -> None:
    """In the frame stands a link, Telegram's page opens it, and the desk works in the tab."""
    page = await context.new_page()
    shown = _TELEGRAM_PAGE.format(src=address_of(init_data(OWNER, at=clock())))
    await context.route(f"{TELEGRAM}/**", lambda route: route.fulfill(body=shown, content_type="text/html"))
    await page.goto(f"{TELEGRAM}/a/")
    await expect(page.get_by_text(f"{PUBLIC} web_app_ready").first).to_be_visible()
    link = page.frame_locator("iframe").get_by_role("link", name="Open it in the browser")
    async with context.expect_page() as opened:
        await link.click()
    tab = await opened.value
    await tab.get_by_role("button", name="Open the desk").click()
    await expect(tab.get_by_role("heading", name="Today")).to_be_visible()
    await tab.get_by_role("link", name="Editors", exact=True).click()
    await expect(tab.get_by_role("heading", name="Editors", level=1)).to_be_visible()


async def test_outside_telegram_it_says_where_it_opens(context: BrowserContext) -> None:
    """Somebody who opens the address by hand reads what to do."""
    page = await context.new_page()
    await page.goto(f"{PUBLIC}/desk/app")
    await expect(page.get_by_text("Send /desk to the bot")).to_be_visible()

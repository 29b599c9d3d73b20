"""Makes the pictures of README and docs: `python -m tests.screenshots http://127.0.0.1:8090`.

They show the chat page and the desk; names after the address choose some of them. A fresh demo must run there
(`make demo ARGS=--fresh`). Each picture is one Scene: a window, and what one does in it before the picture is
taken. Chromium is Debian's; the pictures go to `screenshots/` beside the README.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from playwright.async_api import async_playwright

from tests.chromium import CHROMIUM, FLAGS
from tests.paths import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from playwright.async_api import Browser, Page, StorageState

FOLDER = REPOSITORY / "screenshots"
# Pictures that a README may carry without making a clone slow.
MAX_BYTES = 200_000
DESKTOP, TALL, PHONE = (1200, 750), (1200, 900), (390, 844)
OLENA, ANNA, EDITH = 1001, 1002, 1009
IN_UKRAINIAN = 10  # the demo's draft in that language


@dataclass(frozen=True)
class Scene:
    """A picture: its name, who looks, what they do first, and the window."""

    name: str
    person: int
    act: Callable[[Page], Awaitable[None]]
    size: tuple[int, int] = DESKTOP
    theme: Literal["light", "dark"] = "light"


async def begin(page: Page) -> None:
    """Press START where the bot was not started yet."""
    start = page.get_by_role("button", name="Start", exact=True)
    if await start.is_visible():
        await start.click()
        await page.locator(".message.in").first.wait_for()


async def say(page: Page, text: str) -> None:
    """Type a text and wait for the bot's next message."""
    answers = page.locator(".message.in")
    before = await answers.count()
    await page.get_by_role("combobox", name="Message").fill(text)
    await page.keyboard.press("Enter")
    await answers.nth(before).wait_for()


async def without_notices(page: Page) -> None:
    """Wait until the notices above the chat have gone away."""
    notices = page.locator(".toast")
    while await notices.count():
        await notices.first.wait_for(state="detached")


async def enter_desk(browser: Browser, url: str) -> tuple[str, StorageState]:
    """Ask the bot for the desk's link, once, and open it; return the desk's address, and the session."""
    page = await browser.new_page()
    await page.goto(f"{url}/#person={EDITH}&chat={EDITH}")
    await page.locator("#chat-head h1").wait_for()
    await begin(page)
    await say(page, "/desk")
    link = str(await page.locator("#messages a[href*='/desk/enter/']").last.get_attribute("href"))
    await page.goto(link)
    await page.get_by_role("button", name="Open the desk").click()
    await page.get_by_role("heading", name="Today", level=1).wait_for()
    session = await page.context.storage_state()
    await page.close()
    return link.partition("enter/")[0], session


async def the_desk(page: Page) -> None:
    """Today: what waits, and what is scheduled."""
    await page.get_by_role("heading", name="Today", level=1).wait_for()


async def the_desk_story(page: Page) -> None:
    """A draft: the card beside the text that it was made of."""
    await page.get_by_role("link", name="soup kitchen").first.click()
    await page.get_by_role("region", name="As readers will see it").wait_for()


async def the_desk_push(page: Page) -> None:
    """The push that is over, with what came of it."""
    await page.get_by_role("link", name="Pushes").click()
    await page.get_by_role("link", name="Ended").click()
    await page.get_by_role("main").get_by_role("heading", level=3).last.get_by_role("link").click()
    await page.locator("#live").wait_for()


async def the_desk_calendar(page: Page) -> None:
    """The week with its pushes: that of the scheduled one."""
    await page.get_by_role("link", name="Calendar").click()
    await page.locator("[data-push]").first.scroll_into_view_if_needed()


async def the_desk_appeals(page: Page) -> None:
    """The appeals by their states."""
    await page.get_by_role("link", name="Appeals").click()
    await page.get_by_role("table").wait_for()


async def the_story(page: Page) -> None:
    """The original story with its plea, and its help card opened."""
    await begin(page)
    await say(page, "/summary 1")
    await page.get_by_role("button", name="How to help").last.click()
    await page.get_by_role("link", name="Help Baranova 27").wait_for()


async def the_review(page: Page) -> None:
    """The second story that waits for the editor."""
    await begin(page)
    await say(page, "/review")
    shown = page.locator("#messages").get_by_text("Waiting for review: 2 of 2")
    before = await shown.count()  # the card was sent by itself when the draft was new
    await page.get_by_role("button", name="›").last.click()
    await shown.nth(before).wait_for()


async def the_push(page: Page) -> None:
    """What reaches a reader in Ukrainian when the editor publishes the story in that language."""
    await begin(page)
    editor = await page.context.new_page()
    await editor.goto(f"{page.url.partition('#')[0]}#person={EDITH}&chat={EDITH}")
    await editor.locator("#chat-head h1").wait_for()
    await say(editor, f"/review {IN_UKRAINIAN}")
    await publish_and_push(editor)
    await page.get_by_role("button", name="Повний текст").last.wait_for()
    await editor.close()
    await without_notices(page)


async def publish_and_push(editor: Page) -> None:
    """From the newest card, past what is asked before it is sent."""
    await editor.get_by_role("button", name="Publish and push").last.click()
    await editor.wait_for_timeout(1000)  # the card turns into the question
    await editor.get_by_role("button", name="Publish and send to").last.click()


async def the_preview(page: Page) -> None:
    """What an editor sees before a push starts."""
    await begin(page)
    await say(page, "/review")
    await page.get_by_role("button", name="Publish and push").last.click()
    await page.get_by_role("button", name="Publish and send to").last.wait_for()


NEWS = (
    """A boat for the ferryman

The village of Perekopivka has its ferry back. The old boat burned in the spring. Neighbours from both banks
bought wood and built a new one in six weeks. The ferryman, Stepan Hrytsenko, takes children to school again.
""",
    """Bread at the station

Volunteers bake at the station every night. They give two hundred loaves to people who arrive by train. Flour
lasts until Sunday. The bakers ask for more of it, and for two pairs of hands.
""",
)


async def the_preferences(page: Page) -> None:
    """What is preferred, in whole sentences, after the rhythm was chosen."""
    await begin(page)
    await say(page, "/preferences")
    for label in ("Коли надсилати", "Як часто", "Раз на день", "‹ Назад", "‹ Налаштування"):
        await page.get_by_role("button", name=label).last.click()
    await page.get_by_role("button", name="Коли надсилати").last.wait_for()  # the first screen again
    await page.locator("#messages").get_by_text("щодня, 08:00").wait_for()


async def the_day_off(page: Page) -> None:
    """Until a day in words."""
    await begin(page)
    await say(page, "/dayoff")
    await page.get_by_role("button", name="3 days").last.click()
    await page.locator("#messages").get_by_text("Enjoy your break!", exact=True).wait_for()


async def the_return(page: Page) -> None:
    """Stories are pushed meanwhile, the clock is moved, and one message tells of them."""
    home = page.url.partition("#")[0]
    editor = await page.context.new_page()
    await editor.goto(f"{home}#person={EDITH}&chat={EDITH}")
    await editor.locator("#chat-head h1").wait_for()
    for text in NEWS:
        await say(editor, f"/new {text}")
        await editor.locator("#messages").get_by_text("Waiting for review").last.wait_for()
        await publish_and_push(editor)
        await editor.locator("#messages").get_by_text("finished").last.wait_for()
    await editor.close()
    await page.wait_for_timeout(3000)  # both are held for Anna by now
    await page.locator("#clock").click()
    await page.get_by_role("menuitem", name="In 3 days").click()
    await page.locator("#messages").get_by_text("Welcome back!").first.wait_for()
    await without_notices(page)


async def the_menu(page: Page) -> None:
    """The commands above the input."""
    await page.get_by_role("combobox", name="Message").fill("/")
    await page.get_by_role("option").first.wait_for()


AT_THE_DESK = (
    Scene("desk", EDITH, the_desk),
    Scene("desk-story", EDITH, the_desk_story),
    Scene("desk-push", EDITH, the_desk_push),
    Scene("desk-calendar", EDITH, the_desk_calendar, TALL, "dark"),
    Scene("desk-appeals", EDITH, the_desk_appeals),
)
IN_THE_CHAT = (
    Scene("review", EDITH, the_review, PHONE),
    Scene("preview", EDITH, the_preview, PHONE),
    Scene("push", OLENA, the_push, PHONE),
    Scene("story", ANNA, the_story),
    Scene("phone", ANNA, the_menu, PHONE, "dark"),
    Scene("preferences", OLENA, the_preferences, PHONE),
    Scene("dayoff", ANNA, the_day_off, PHONE),
    Scene("return", ANNA, the_return),
)


async def take_in_chat(browser: Browser, url: str, scene: Scene) -> Path:
    """Play a scene of the chat page and keep its picture; returns the file."""
    context = await browser.new_context(**window_of(scene))
    page = await context.new_page()
    await page.goto(f"{url}/#person={scene.person}&chat={scene.person}")
    await page.locator("#chat-head h1").wait_for()
    return await take(page, scene)


async def take_at_desk(browser: Browser, entered: tuple[str, StorageState], scene: Scene) -> Path:
    """Play a scene of the desk and keep its picture; returns the file."""
    address, session = entered
    context = await browser.new_context(**window_of(scene), storage_state=session)
    page = await context.new_page()
    await page.goto(address)
    return await take(page, scene)


def window_of(scene: Scene) -> dict[str, Any]:
    """Return the options of the browser's window for a scene."""
    width, height = scene.size
    return {
        "viewport": {"width": width, "height": height},
        "color_scheme": scene.theme,
        "reduced_motion": "reduce",
        "locale": "en-GB",
    }


async def take(page: Page, scene: Scene) -> Path:
    """Do what the scene is about, keep the picture, and close the window; returns the file."""
    await scene.act(page)
    await page.evaluate("document.fonts.ready")
    path = FOLDER / f"{scene.name}.png"
    await page.screenshot(path=path, animations="disabled", caret="hide")
    await page.context.close()
    return path


async def noon(browser: Browser, url: str) -> None:
    """Make it noon in the sandbox: at night pushes wait."""
    page = await browser.new_page()
    await page.goto(url)
    await page.evaluate(
        """() => {
        const moment = new Date(); moment.setDate(moment.getDate() + 1); moment.setHours(12, 0, 0, 0);
        return fetch("/sandbox/clock", { method: "POST", headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ to: moment.toISOString() }) });
        }"""
    )
    await page.wait_for_timeout(2000)  # the bot asks every second
    await page.close()


async def main(url: str, names: Sequence[str]) -> int:
    """Take the pictures with these names, or all; 1 where one is too big or Chromium is missing.

    Those of the desk come first: at the noon of the others the demo's scheduled push would be late.
    """
    if CHROMIUM is None:
        sys.stderr.write("Chromium is not installed (Debian: apt-get install chromium).\n")
        return 1
    FOLDER.mkdir(exist_ok=True)
    address = url.rstrip("/")
    desk, chat = (
        [one for one in every if not names or one.name in names] for every in (AT_THE_DESK, IN_THE_CHAT)
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        paths = []
        if desk:
            entered = await enter_desk(browser, address)
            paths += [await take_at_desk(browser, entered, scene) for scene in desk]
        if chat:
            await noon(browser, address)
            paths += [await take_in_chat(browser, address, scene) for scene in chat]
        await browser.close()
    for path in paths:
        sys.stdout.write(f"{path.name}: {path.stat().st_size / 1000:.0f} kB\n")
    return int(any(path.stat().st_size > MAX_BYTES for path in paths))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Take the README's pictures of the chat page and the desk.")
    parser.add_argument("url", help="the chat page's address, as `make demo` prints it")
    parser.add_argument("names", nargs="*", help="pictures to take, without .png; else all")
    given = parser.parse_args()
    raise SystemExit(asyncio.run(main(given.url, given.names)))

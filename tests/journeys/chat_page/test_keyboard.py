"""The chat page without a mouse: few tab stops, and arrow keys for the rest."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, Route, expect

from bot.sandbox.server import Sandbox
from tests.chat_page import ANNA, PlayedBot, hear, look
from tests.chromium import MARKS

pytestmark = MARKS

MOST_STOPS = 15
ROWS = {
    "inline_keyboard": [[{"text": f"{y}.{x}", "callback_data": f"{y}{x}"} for x in "ab"] for y in range(6)]
}
# What has the focus: words that name it, or nothing where the page is left.
FOCUSED = """() => {
    const at = document.activeElement;
    return at === document.body ? null : at.ariaLabel ?? at.placeholder ?? at.textContent;
}"""


async def talk(sandbox: Sandbox, bot: PlayedBot) -> None:
    """Fill Anna's chat: commands in a text, many buttons, a prompt and a reply keyboard."""
    await bot.call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    sandbox.world.start(ANNA)
    for text in (
        "See /latest, /topics, /preferences and https://example.org",
        "Your preferences: /stop ends all",
    ):
        await bot.call("sendMessage", chat_id=ANNA, text=text, reply_markup=ROWS)
        sandbox.world.say(ANNA, ANNA, "/latest")
    keys = {"keyboard": [[{"text": f"Key {number}"}] for number in range(5)]}
    await bot.call("sendMessage", chat_id=ANNA, text="How long would you like?", reply_markup=keys)
    await bot.call("sendMessage", chat_id=ANNA, text="Welcome back, /start or /stop", reply_markup=ROWS)


async def read(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Fill Anna's chat, and open it."""
    await talk(sandbox, bot)
    await look(page, sandbox, ANNA)
    await hear(page)


@pytest.mark.parametrize("width", [1280, 320])
async def test_a_chat_has_few_tab_stops(
    browser: Browser, sandbox: Sandbox, bot: PlayedBot, width: int
) -> None:
    """With dozens of buttons, Tab goes around the page in at most 15 steps, by way of the newest message."""
    page = await browser.new_page(viewport={"width": width, "height": 800})
    await read(page, sandbox, bot)
    await expect(page.locator(".message .key")).to_have_count(36)
    await page.locator("#identity:visible, .back:visible").focus()
    reached = [await page.evaluate(FOCUSED)]
    while len(reached) <= MOST_STOPS:
        await page.keyboard.press("Tab")
        focused = await page.evaluate(FOCUSED)
        if focused is None or focused == reached[0]:
            break
        reached.append(focused)
    stops = await page.locator("button, a[href], [role=button], input, textarea, [tabindex]").evaluate_all(
        "nodes => nodes.filter((node) => node.tabIndex >= 0 && node.checkVisibility()).length"
    )
    assert len(reached) == stops <= MOST_STOPS
    assert any("Welcome back" in (name or "") for name in reached)
    await page.close()


async def test_arrow_keys_reach_every_button(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Up and down lead to messages, right and left to what is in one; Tab returns to what was used last."""
    await read(page, sandbox, bot)
    newest = page.locator(".message").last
    await page.get_by_role("button", name="Chat menu").focus()
    await page.keyboard.press("Tab")
    await expect(newest).to_be_focused()
    names = ["/start", "/stop", *(f"{y}.{x}" for y in range(6) for x in "ab"), "Reply to this message"]
    for name in names:
        await page.keyboard.press("ArrowRight")
        await expect(newest.get_by_role("button", name=name, exact=True)).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowLeft")
    await expect(newest.get_by_role("button", name="5.b")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".message").nth(-2)).to_be_focused()
    await page.keyboard.press("Home")
    await expect(page.locator(".message").first).to_be_focused()
    await page.keyboard.press("End")
    await expect(newest).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(newest.get_by_role("button", name="/start")).to_be_focused()


async def test_the_bots_keyboard_is_one_stop(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Tab reaches the bot's keyboard once, and arrow keys its keys."""
    await read(page, sandbox, bot)
    await page.get_by_role("button", name="Send", exact=True).focus()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Key 0")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("button", name="Key 2")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Key 2")).to_be_focused()


async def test_a_key_keeps_the_focus_while_the_bot_speaks(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """A message that comes while a key of the bot's keyboard has the focus leaves it there."""
    await read(page, sandbox, bot)
    key = page.get_by_role("button", name="Key 1")
    await key.focus()
    await bot.call("sendMessage", chat_id=ANNA, text="There is more")
    await expect(page.locator(".message").last).to_contain_text("There is more")
    await expect(key).to_be_focused()


@pytest.mark.parametrize("name", ["All chats", "Move the clock", "Chat menu"])
async def test_the_header_keeps_the_focus_while_the_bot_speaks(
    browser: Browser, sandbox: Sandbox, bot: PlayedBot, name: str
) -> None:
    """A message that comes while a button above the chat has the focus, on a phone, leaves it there."""
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    await read(page, sandbox, bot)
    button = page.get_by_role("button", name=name)
    await button.focus()
    await bot.call("sendMessage", chat_id=ANNA, text="There is more")
    await expect(page.locator(".message").last).to_contain_text("There is more")
    await expect(button).to_be_focused()
    await page.close()


async def test_a_menu_that_closes_gives_the_focus_back(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """The bot speaks while the menu of the chat is open; Esc closes it, and its button has the focus."""
    await read(page, sandbox, bot)
    button = page.get_by_role("button", name="Chat menu")
    await button.click()
    await bot.call("sendMessage", chat_id=ANNA, text="There is more")
    await expect(page.locator(".message").last).to_contain_text("There is more")
    await expect(button).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Escape")
    await expect(button).to_be_focused()
    await expect(button).to_have_attribute("aria-expanded", "false")


async def test_a_second_click_closes_a_menu(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """The button of a menu opens it, closes it, and opens it once more; two are never open."""
    await read(page, sandbox, bot)
    button = page.get_by_role("button", name="Chat menu")
    for count in (1, 0, 1):
        await button.click(position={"x": 2, "y": 20})
        await expect(page.get_by_role("menu")).to_have_count(count)


async def test_the_focus_survives_a_new_reading_of_the_chat(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """The chat is read again when the clock is moved; the focus is on the same button."""
    await read(page, sandbox, bot)
    button = page.locator(".message").last.get_by_role("button", name="3.b")
    await button.evaluate("node => { node.focus(); node.dataset.old = true; }")
    sandbox.world.clock_moved()
    await expect(button).not_to_have_attribute("data-old", "true")
    await expect(button).to_be_focused()


async def test_the_focus_survives_an_edit_and_a_deletion(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """After an edit the focus is on the same button or message; after a deletion on the newest message."""
    sandbox.world.start(ANNA)
    sent = await bot.call("sendMessage", chat_id=ANNA, text="First", reply_markup=ROWS)
    await look(page, sandbox, ANNA)
    await hear(page)
    place = {"chat_id": ANNA, "message_id": sent["message_id"]}
    message = page.locator(".message.in")
    for focused, text in ((message.get_by_role("button", name="1.b"), "Second"), (message, "Third")):
        await focused.focus()
        await bot.call("editMessageText", **place, text=text, reply_markup=ROWS)
        await expect(message.locator(".text")).to_contain_text(text)
        await expect(focused).to_be_focused()
    await bot.call("deleteMessage", **place)
    await expect(page.locator(".message.out")).to_be_focused()


async def test_a_chat_opened_while_the_list_loads_stays_open(browser: Browser, sandbox: Sandbox) -> None:
    """Esc closes a chat while the chats are loaded again, Enter opens it, and it is not closed once more."""
    asked, closed, opened = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await (opened if closed.is_set() else closed).wait()
        await route.continue_()

    sandbox.world.start(ANNA)
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    await look(page, sandbox, ANNA)
    await hear(page)
    await page.route("**/sandbox/state*", hold)
    sandbox.world.clock_moved()
    await asked.wait()
    await page.keyboard.press("Escape")
    await expect(page.locator(".chat-row").first).to_be_focused()
    async with page.expect_response("**/sandbox/state*"):
        closed.set()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message")).to_be_focused()
    opened.set()
    async with page.expect_response("**/sandbox/messages*"):
        sandbox.world.clock_moved()
    await expect(page.locator(".message")).to_be_focused()
    await page.close()


async def test_on_a_phone_the_focus_goes_along(browser: Browser, sandbox: Sandbox) -> None:
    """Opening a chat from the list leads to its newest message, and Esc back to the chat in the list."""
    sandbox.world.start(ANNA)
    page = await browser.new_page(viewport={"width": 320, "height": 640})
    await look(page, sandbox, ANNA)
    await page.keyboard.press("Escape")
    rows = page.locator(".chat-row")
    await expect(rows.first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(rows.last).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message")).to_be_focused()
    await page.close()

"""The chat page stays in step with the sandbox: lost connections, several tabs, faults and the clock."""

import asyncio

from playwright.async_api import Page, Route, expect

from bot.sandbox.server import Sandbox
from tests.chat_page import ANNA, GROUP, OLENA, TOM, PlayedBot, hear, look
from tests.chromium import MARKS

pytestmark = MARKS


async def test_the_page_reconnects_to_the_sandbox(page: Page, sandbox: Sandbox) -> None:
    """The page shows a lost connection, on a phone too, and on return loads what was sent meanwhile."""
    await look(page, sandbox, ANNA)
    await hear(page)
    port = int(sandbox.url.rpartition(":")[2])
    await sandbox.stop()
    await expect(page.locator("#offline")).to_contain_text("gone")
    await page.set_viewport_size({"width": 320, "height": 640})
    await expect(page.locator("#offline")).to_be_in_viewport(ratio=1)
    sandbox.world.start(ANNA)
    await sandbox.start(port=port)
    await expect(page.locator("#offline")).to_be_hidden()
    await expect(page.locator(".message.out")).to_contain_text("/start")


async def test_nothing_is_missed_before_the_stream_is_open(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """A message between the loading of the chat and the first event is shown and announced."""
    said = asyncio.Event()

    async def hold(route: Route) -> None:
        await said.wait()
        await route.continue_()

    sandbox.world.start(ANNA)
    await page.route("**/sandbox/events", hold)
    await look(page, sandbox, ANNA)
    await expect(page.locator(".message.out")).to_contain_text("/start")
    keyboard = {"keyboard": [[{"text": "Short"}]]}
    await bot.call("sendMessage", chat_id=ANNA, text="How long would you like?", reply_markup=keyboard)
    said.set()
    await expect(page.locator(".message.in")).to_contain_text("How long would you like?")
    await expect(page.get_by_role("button", name="Short")).to_be_visible()
    await expect(page.get_by_role("log")).to_have_text("Comeback: How long would you like?")


async def test_a_second_tab_lives_on_when_the_listening_one_is_closed(page: Page, sandbox: Sandbox) -> None:
    """Only one tab has the stream; another one gets events through it, and takes over when it closes."""
    await look(page, sandbox, ANNA, GROUP)
    await hear(page)
    second = await page.context.new_page()
    await look(second, sandbox, TOM, GROUP)
    await second.wait_for_function("navigator.locks.query().then(({pending}) => pending.length > 0)")
    sandbox.world.say(OLENA, GROUP, "Good morning")
    await expect(second.locator(".message.in")).to_contain_text("Good morning")
    await expect(second.locator(".sender")).to_have_text("Olena")
    await page.close()
    await second.wait_for_function("navigator.locks.query().then(({pending}) => pending.length === 0)")
    sandbox.world.say(ANNA, GROUP, "Good evening")
    await expect(second.locator(".message.in").last).to_contain_text("Good evening")
    await second.close()


async def test_faults_are_set_in_the_sandbox_menu(page: Page, sandbox: Sandbox) -> None:
    """The drawer sets the faults of the bot's next calls; Esc closes it and restores the focus."""
    await look(page, sandbox, ANNA)
    await page.get_by_role("button", name="Sandbox menu").click()
    await page.get_by_role("menuitem", name="Faults").click()
    drawer = page.get_by_role("dialog", name="A bad day at Telegram")
    await drawer.get_by_role("group", name="Flood").get_by_label("Next calls").fill("2")
    await drawer.get_by_role("button", name="Apply").click()
    await expect(drawer).to_have_count(0)
    assert sandbox.faults.plan.flood_times == 2
    await page.get_by_role("button", name="Sandbox menu").click()
    await page.get_by_role("menuitem", name="Faults").click()
    await expect(drawer).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Sandbox menu")).to_be_focused()


async def test_the_clock_is_moved_by_its_menu(page: Page, sandbox: Sandbox) -> None:
    """The clock moves by days, to a morning, and back to the real time, and shows its time."""
    await look(page, sandbox, ANNA)
    clock = page.locator("#clock")
    await expect(clock).not_to_have_class("clock moved")
    await clock.click()
    await page.get_by_role("menuitem", name="In 3 days").click()
    await expect(clock).to_have_class("clock moved")
    assert sandbox.world.clock.offset.days == 3
    await clock.click()
    await page.get_by_role("menuitem", name="08:00").click()
    await expect(clock).to_contain_text("08:00")
    await clock.click()
    await page.get_by_role("menuitem", name="Back to now").click()
    await expect(clock).to_have_class("clock")
    assert not sandbox.world.clock.offset

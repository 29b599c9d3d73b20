"""The chat page plays all people: switching between them, blocking the bot, forums and channels."""

from playwright.async_api import Page, expect

from bot.sandbox.server import Sandbox
from tests.chat_page import ANNA, TOM, PlayedBot, hear, look
from tests.chromium import MARKS

pytestmark = MARKS


async def test_the_bare_address_shows_a_reader_of_ones_language(page: Page, sandbox: Sandbox) -> None:
    """The bare address opens as the reader with the browser's language: in an English browser, Anna."""
    await page.goto(sandbox.url)
    await expect(page.locator("#identity")).to_contain_text("Anna")
    await expect(page.get_by_role("button", name="Start")).to_be_visible()
    assert page.url.endswith(f"#person={ANNA}&chat={ANNA}")


async def test_a_push_for_somebody_else_is_announced_and_leads_there(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """A message to Tom shows a notice in Anna's tab, and pressing it switches to Tom."""
    sandbox.world.start(TOM)
    await look(page, sandbox, ANNA)
    await expect(page.locator(".chat-row")).to_have_count(2)
    await hear(page)
    await bot.call("sendMessage", chat_id=TOM, text="A new story")
    await page.get_by_role("button", name="For Tom: A new story").click()
    await expect(page.locator("#identity")).to_contain_text("Tom")
    await expect(page.locator(".message.in .text")).to_contain_text("A new story")
    assert f"person={TOM}" in page.url


async def test_blocking_and_coming_back(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Blocking in the chat's menu sends an update to the bot; unblocking sends /start."""
    sandbox.world.start(ANNA)
    await look(page, sandbox, ANNA)
    await page.get_by_role("button", name="Chat menu").click()
    await page.get_by_role("menuitem", name="Block the bot").press("Enter")
    gone = await bot.heard("my_chat_member")
    assert gone["new_chat_member"]["status"] == "kicked"
    await page.get_by_role("button", name="Unblock and restart").click()
    back = await bot.heard("my_chat_member")
    assert back["new_chat_member"]["status"] == "member"
    assert (await bot.heard())["text"] == "/start"
    await expect(page.get_by_role("combobox", name="Message")).to_be_visible()


async def _create(page: Page, kind: str, title: str) -> None:
    """Create a group, forum or channel in the sandbox's menu, which opens it."""
    await page.get_by_role("button", name="Sandbox menu").click()
    await page.get_by_role("menuitem", name="New group or channel").click()
    await page.get_by_label("Kind").select_option(kind)
    await page.get_by_label("Title").fill(title)
    await page.get_by_role("button", name="Create").click()
    await expect(page.locator("#chat-head h1")).to_have_text(title)
    await expect(page.get_by_role("dialog")).to_have_count(0)  # it gives the focus back


async def test_a_forum_is_played_topic_by_topic(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Messages in a new topic are shown there, and not in the general one."""
    sandbox.world.start(ANNA)
    await look(page, sandbox, ANNA)
    await _create(page, "forum", "Street")
    await page.get_by_role("button", name="Chat menu").click()
    await page.get_by_role("menuitem", name="New topic").click()
    await page.get_by_label("Name").fill("Help")
    await page.get_by_role("button", name="Create").click()
    await expect(page.locator("#chat-head small")).to_have_text("topic: Help")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.get_by_role("combobox", name="Message").fill("/latest")
    await page.keyboard.press("Enter")
    while (said := await bot.heard()).get("text") != "/latest":
        pass
    place = {"chat_id": said["chat"]["id"], "message_thread_id": said["message_thread_id"]}
    await bot.call("sendMessage", **place, text="In the topic")
    await bot.call("sendMessage", chat_id=place["chat_id"], text="In the general one")
    messages = page.locator("#messages")
    await expect(messages).to_contain_text("In the topic")
    await expect(messages).not_to_contain_text("In the general one")
    await page.get_by_role("button", name="Chat menu").click()
    await page.get_by_role("menuitemradio", name="General").click()
    await expect(messages).to_contain_text("In the general one")
    await expect(messages).not_to_contain_text("In the topic")


async def test_a_channel_is_read_by_many_and_written_by_one(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """The owner and the bot post in the channel's name; a reader can only read."""
    sandbox.world.start(ANNA)
    await look(page, sandbox, ANNA)
    await _create(page, "channel", "The Bridge")
    change = await bot.heard("my_chat_member")
    assert change["new_chat_member"]["status"] == "administrator"
    await bot.call("sendMessage", chat_id=change["chat"]["id"], text="A push")
    await expect(page.locator(".message .sender")).to_have_text("The Bridge")
    await page.get_by_role("combobox", name="Message").fill("Our own words")
    await page.keyboard.press("Enter")
    assert (await bot.heard("channel_post"))["text"] == "Our own words"
    sandbox.world.set_member(change["chat"]["id"], TOM, present=True)
    await look(page, sandbox, TOM, change["chat"]["id"])
    await expect(page.get_by_role("button", name="Only its owner writes")).to_be_disabled()

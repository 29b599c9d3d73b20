"""The chat page takes input: commands, keyboards, inline results, replies and edits, without a mouse."""

from playwright.async_api import Page, expect

from bot.sandbox.server import Sandbox
from tests.chat_page import ANNA, GROUP, PlayedBot, look
from tests.chromium import MARKS

pytestmark = MARKS


async def test_commands_are_chosen_with_the_keyboard_alone(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """A slash opens the menu, letters filter it, arrows and Enter choose; Esc only closes it."""
    names = ("start", "latest", "language", "help")
    commands = [{"command": name, "description": f"About {name}"} for name in names]
    await bot.call("setMyCommands", commands=commands)
    sandbox.world.start(ANNA)
    await look(page, sandbox, ANNA)
    field = page.get_by_role("combobox", name="Message")
    await expect(field).to_be_focused()
    await page.keyboard.type("/la")
    options = page.get_by_role("option")
    await expect(options).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Escape")
    await expect(options).to_have_count(0)
    await expect(field).to_have_value("/la")
    await page.keyboard.type("t")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.out").last).to_contain_text("/latest")
    await expect(field).to_have_value("")
    assert (await bot.heard())["text"] == "/start"
    assert (await bot.heard())["text"] == "/latest"


async def test_keyboards_of_the_bot_replace_typing(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """A reply keyboard sends its label; a url button shows its host and opens a new tab."""
    sandbox.world.start(ANNA)
    await bot.heard()
    await look(page, sandbox, ANNA)
    reply = {
        "keyboard": [[{"text": "Brief"}, {"text": "Long"}]],
        "input_field_placeholder": "How long would you like?",
    }
    await bot.call("sendMessage", chat_id=ANNA, text="Choose", reply_markup=reply)
    await expect(page.get_by_placeholder("How long would you like?")).to_be_visible()
    await page.get_by_role("button", name="Long").click()
    assert (await bot.heard())["text"] == "Long"
    inline = {"inline_keyboard": [[{"text": "Help", "url": "https://help.example/give?a=1"}]]}
    removed = {"remove_keyboard": True}
    await bot.call("sendMessage", chat_id=ANNA, text="Thanks", reply_markup=removed)
    await expect(page.locator(".reply-keyboard")).to_have_count(0)
    await bot.call("sendMessage", chat_id=ANNA, text="Here", reply_markup=inline)
    link = page.get_by_role("link", name="Help")
    await expect(link).to_contain_text("help.example")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_a_command_typed_whole_is_the_one_that_is_sent(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """Enter after /help sends it, although the menu has /helped before it."""
    commands = [{"command": one, "description": one} for one in ("helped", "help")]
    await bot.call("setMyCommands", commands=commands)
    sandbox.world.start(ANNA)
    await look(page, sandbox, ANNA)
    await page.get_by_placeholder("Message").press_sequentially("/help")
    await expect(page.get_by_role("option")).to_have_count(2)
    await page.keyboard.press("Enter")
    assert [(await bot.heard())["text"] for _ in range(2)] == ["/start", "/help"]


async def test_inline_results_are_chosen_from_the_input(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Typing the bot's name sends an inline query, and Enter sends its result to the group."""
    await look(page, sandbox, ANNA, GROUP)
    await page.get_by_role("combobox", name="Message").fill("@comeback_sandbox_bot odesa")
    query = await bot.heard("inline_query")
    assert query["query"] == "odesa"
    content = {"message_text": "<b>Please come back</b>", "parse_mode": "HTML"}
    result = {"type": "article", "id": "1", "title": "The dancer", "input_message_content": content}
    await bot.call("answerInlineQuery", inline_query_id=query["id"], results=[result])
    await expect(page.get_by_role("option", name="The dancer")).to_be_visible()
    await page.keyboard.press("Enter")
    sent = page.locator(".message.out")
    await expect(sent.locator("strong")).to_have_text("Please come back")
    await expect(sent).to_contain_text("via @comeback_sandbox_bot")


async def test_answering_and_editing_without_a_mouse(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Arrow keys select messages, R replies to one, and ArrowUp in the empty input edits the last."""
    sandbox.world.start(ANNA)
    await bot.call("sendMessage", chat_id=ANNA, text="Which story?")
    await look(page, sandbox, ANNA)
    await page.locator("#messages").focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator(".message.in")).to_be_focused()
    await page.keyboard.press("r")
    await page.keyboard.type("This one")
    await page.keyboard.press("Enter")
    mine = page.locator(".message.out").last
    await expect(mine.locator(".quoted")).to_contain_text("Which story?")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.type("!")
    await page.keyboard.press("Enter")
    await expect(mine).to_contain_text("This one!")
    assert (await bot.heard("edited_message"))["text"] == "This one!"

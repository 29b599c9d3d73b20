"""What the bot asks for below the input: prompts for a reply, and keyboards that are used once."""

from playwright.async_api import Page, expect

from bot.sandbox.server import Sandbox
from tests.chat_page import ANNA, GROUP, OLENA, PlayedBot, look
from tests.chromium import MARKS

pytestmark = MARKS

PROMPT = {"force_reply": True, "input_field_placeholder": "A city"}


async def ask(bot: PlayedBot, chat: int = ANNA) -> None:
    await bot.call("sendMessage", chat_id=chat, text="Which city?", reply_markup=PROMPT)


async def test_an_answered_prompt_does_not_come_back(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """A prompt waits over a reload until it is answered, and is over then, in each tab and after a reload."""
    sandbox.world.start(ANNA)
    await ask(bot)
    await look(page, sandbox, ANNA)
    prompt = page.locator(".reply-bar")
    await expect(prompt).to_contain_text("Which city?")
    await page.reload()
    await expect(prompt).to_contain_text("Which city?")
    field = page.get_by_role("combobox", name="Message")
    await expect(field).to_have_accessible_description("Reply to Comeback Which city?")
    second = await page.context.new_page()
    await look(second, sandbox, ANNA)
    await expect(second.locator(".reply-bar")).to_be_visible()
    await field.fill("Kyiv")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.out .quoted")).to_contain_text("Which city?")
    await expect(second.locator(".reply-bar")).to_be_hidden()
    await page.reload()
    await expect(page.locator(".message.out").last).to_contain_text("Kyiv")
    await expect(prompt).to_be_hidden()
    await expect(page.get_by_placeholder("Message")).to_be_visible()
    await ask(bot)
    await expect(prompt).to_be_visible()
    await second.close()


async def test_a_prompt_that_was_closed_does_not_come_back(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """After Esc the prompt is gone, also after a reload, and the next one is shown."""
    sandbox.world.start(ANNA)
    await ask(bot)
    await look(page, sandbox, ANNA)
    prompt = page.locator(".reply-bar")
    await expect(prompt).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(prompt).to_be_hidden()
    await page.reload()
    await expect(page.locator(".message.in")).to_contain_text("Which city?")
    await expect(prompt).to_be_hidden()
    await ask(bot)
    await expect(prompt).to_be_visible()


async def test_in_a_group_each_member_answers_for_themselves(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """Olena's answer ends the prompt for her and not for Anna."""
    await ask(bot, GROUP)
    sandbox.world.say(OLENA, GROUP, "Kyiv")
    await look(page, sandbox, OLENA, GROUP)
    await expect(page.locator(".message.out")).to_contain_text("Kyiv")
    await expect(page.locator(".reply-bar")).to_be_hidden()
    await look(page, sandbox, ANNA, GROUP)
    await expect(page.locator(".reply-bar")).to_contain_text("Which city?")


async def test_a_keyboard_for_one_use_stays_used(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """A one-time keyboard is folded away once it was used, also after a reload; its button unfolds it."""
    sandbox.world.start(ANNA)
    keyboard = {"keyboard": [[{"text": "Brief"}, {"text": "Long"}]], "one_time_keyboard": True}
    await bot.call("sendMessage", chat_id=ANNA, text="How long would you like?", reply_markup=keyboard)
    await look(page, sandbox, ANNA)
    await page.get_by_role("button", name="Long", exact=True).click()
    await expect(page.locator(".message.out").last).to_contain_text("Long")
    await page.reload()
    await expect(page.locator(".message.out").last).to_contain_text("Long")
    await expect(page.get_by_role("button", name="Brief", exact=True)).to_be_hidden()
    await page.get_by_role("button", name="The bot's keyboard").click()
    await expect(page.get_by_role("button", name="Brief", exact=True)).to_be_visible()

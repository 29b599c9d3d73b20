"""What a screen reader gets to know on the chat page: the names of messages, and announcements."""

import re

from playwright.async_api import Locator, Page, expect

from bot.sandbox.server import Sandbox
from tests.chat_page import ANNA, GROUP, OLENA, TOM, PlayedBot, hear, look
from tests.chromium import MARKS

pytestmark = MARKS

BUTTONS = {
    "inline_keyboard": [[{"text": "Shorter", "callback_data": "s"}, {"text": "Longer", "callback_data": "l"}]]
}
UKRAINIAN = "Село знову має свій пором. Старий човен згорів навесні."
STORY = "The village has its ferry back. The old boat burned in the spring."


def announced(page: Page) -> Locator:
    return page.get_by_role("log").locator("p")


async def test_a_message_is_named_by_who_says_what(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """A message is named by its sender, all its text, its time and how many buttons it has."""
    sandbox.world.start(ANNA)
    sent = await bot.call("sendMessage", chat_id=ANNA, text=f"<b>Ferry</b>\n{STORY}", parse_mode="HTML")
    await look(page, sandbox, ANNA)
    message = page.locator(".message.in")
    await expect(message).to_have_role("listitem")
    await expect(message).to_have_accessible_name(re.compile(rf"^Comeback: Ferry {STORY} \d\d:\d\d$"))
    await expect(page.locator(".message.out")).to_have_accessible_name(re.compile(r"^You: /start \d\d:\d\d$"))
    place = {"chat_id": ANNA, "message_id": sent["message_id"]}
    await bot.call("editMessageText", **place, text="Withdrawn.", reply_markup=BUTTONS)
    edited = re.compile(r"^Comeback: Withdrawn\. edited \d\d:\d\d 2 buttons$")
    await expect(message).to_have_accessible_name(edited)


async def test_what_a_message_shows_belongs_to_its_name(page: Page, sandbox: Sandbox) -> None:
    """In a group each message has its sender; an answer has what it answers, and a photo its caption."""
    first = sandbox.world.say(OLENA, GROUP, STORY)
    sandbox.world.say(TOM, GROUP, "Thanks", reply_to=first["message_id"])
    sandbox.world.send_sample(TOM, GROUP, "photo", "The new boat")
    await look(page, sandbox, ANNA, GROUP)
    messages = page.locator(".message")
    await expect(messages.nth(0)).to_have_accessible_name(re.compile(f"^Olena: {STORY}"))
    answer = re.compile(rf"^Tom: In answer to Olena {STORY} Thanks \d\d:\d\d$")
    await expect(messages.nth(1)).to_have_accessible_name(answer)
    photo = re.compile(r"^Tom: Photo: press to enlarge The new boat \d\d:\d\d$")
    await expect(messages.nth(2)).to_have_accessible_name(photo)


async def test_new_messages_are_announced_whole_and_one_by_one(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """Two messages in a row are both announced, in their languages; one's own is not."""
    sandbox.world.start(ANNA)
    await look(page, sandbox, ANNA)
    await hear(page)
    await bot.call("sendMessage", chat_id=ANNA, text=STORY, reply_markup=BUTTONS)
    sandbox.world.say(ANNA, ANNA, "Thank you")
    await bot.call("sendMessage", chat_id=ANNA, text=UKRAINIAN)
    await expect(announced(page)).to_have_text([f"Comeback: {STORY} 2 buttons", f"Comeback: {UKRAINIAN}"])
    await expect(announced(page).locator("[lang=uk]")).to_have_text(UKRAINIAN)


async def test_of_an_edit_only_what_is_new_is_announced(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """An edit announces the new lines and buttons, and that something was removed if nothing is new."""
    sandbox.world.start(ANNA)
    sent = await bot.call("sendMessage", chat_id=ANNA, text=f"Ferry\n{STORY}", reply_markup=BUTTONS)
    await look(page, sandbox, ANNA)
    place = {"chat_id": ANNA, "message_id": sent["message_id"]}

    async def press(text: str, keyboard: object) -> None:
        """Press a button, and answer with this edit."""
        await page.get_by_role("button", name="Shorter").click()
        query = await bot.heard("callback_query")
        await bot.call("editMessageText", **place, text=text, reply_markup=keyboard)
        await bot.call("answerCallbackQuery", callback_query_id=query["id"])

    await press(f"Ferry\n{STORY}\nCorrected: the boat is old.", BUTTONS)
    await expect(announced(page).last).to_have_text("Comeback edited: Corrected: the boat is old.")
    more = {"inline_keyboard": [*BUTTONS["inline_keyboard"], [{"text": "Share", "callback_data": "x"}]]}
    await press(f"Ferry\n{STORY}\nCorrected: the boat is old.", more)
    await expect(announced(page).last).to_have_text("Comeback edited: Buttons: Share")
    await press("Ferry", BUTTONS)
    await expect(announced(page).last).to_have_text("Comeback edited: something was removed")
    await bot.call("deleteMessage", **place)
    await expect(announced(page).last).to_have_text("A message was deleted.")


async def test_a_message_that_changes_by_itself_is_announced_seldom(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """Of a progress card's edits the first is announced at once, and those of ten seconds as one."""
    sandbox.world.start(ANNA)
    sent = await bot.call("sendMessage", chat_id=ANNA, text="Sending\n0 of 900")
    await page.clock.install()
    await look(page, sandbox, ANNA)
    await hear(page)
    for count in (100, 200, 300):
        text = f"Sending\n{count} of 900"
        await bot.call("editMessageText", chat_id=ANNA, message_id=sent["message_id"], text=text)
        await expect(page.locator(".message.in .text")).to_contain_text(text)
    await expect(announced(page)).to_have_text(["Comeback edited: 100 of 900"])
    await page.clock.fast_forward(10_000)
    await expect(announced(page)).to_have_text(["Comeback edited: 100 of 900", "Comeback edited: 300 of 900"])


async def test_what_a_spoiler_hides_is_said_nowhere(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Hidden text is in no name, list, quotation or announcement until it is shown; then the focus stays."""
    sandbox.world.start(ANNA)
    await look(page, sandbox, ANNA)
    await hear(page)
    text = "The end: <tg-spoiler>they married</tg-spoiler>."
    sent = await bot.call("sendMessage", chat_id=ANNA, text=text, parse_mode="HTML")
    await expect(announced(page)).to_have_text("Comeback: The end: […].")
    await expect(page.locator(".chat-last")).to_have_text(["The end: […].", "Nothing said yet"])
    message = page.locator(".message.in")
    name = re.compile(r"^Comeback: The end: Hidden text: press to show\. \d\d:\d\d$")
    await expect(message).to_have_accessible_name(name)
    sandbox.world.say(ANNA, ANNA, "Really?", reply_to=sent["message_id"])
    await expect(page.locator(".quoted")).to_contain_text("The end: […].")
    await page.get_by_role("button", name="Hidden text").press("Enter")
    await expect(message).to_have_accessible_name(re.compile(r"^Comeback: The end: they married\. "))
    await expect(page.locator(".spoiler")).to_be_focused()

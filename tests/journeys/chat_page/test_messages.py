"""The chat page shows messages: entities, buttons, edits, and text that never becomes markup."""

import random

from playwright.async_api import Browser, Page, expect

from bot.sandbox.server import Sandbox
from tests.chat_page import ANNA, PlayedBot, look
from tests.chromium import MARKS

pytestmark = MARKS


async def test_a_reader_starts_presses_a_button_and_sees_the_edit(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """A pressed button has a spinner until the bot edits the message and answers with a toast."""
    await look(page, sandbox, ANNA)
    await page.get_by_role("button", name="Start").click()
    assert (await bot.heard())["text"] == "/start"
    field = page.get_by_role("combobox", name="Message")
    await expect(field).to_be_focused()
    box = await field.bounding_box()
    assert box is not None
    assert box["height"] > 40
    keyboard = {"inline_keyboard": [[{"text": "Shorter", "callback_data": "s:1", "style": "primary"}]]}
    await bot.call("sendMessage", chat_id=ANNA, text="A long summary.", reply_markup=keyboard)
    button = page.get_by_role("button", name="Shorter")
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    query = await bot.heard("callback_query")
    assert query["data"] == "s:1"
    place = {"chat_id": ANNA, "message_id": query["message"]["message_id"]}
    await bot.call("editMessageText", **place, text="A short one.", reply_markup=keyboard)
    await expect(page.locator(".message.in .text")).to_contain_text("A short one.edited")
    await expect(button).to_be_focused()
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Shortened")
    await expect(page.locator("#toasts")).to_contain_text("Shortened")
    await expect(button).not_to_have_attribute("aria-busy", "true")


async def test_text_of_a_message_never_becomes_markup(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Tags in a message are shown as text, and a javascript: link cannot be opened."""
    sandbox.world.say(ANNA, ANNA, "<img src=x onerror='window.hacked = 1'><b>no</b>")
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "javascript:window.hacked=1"}
    sandbox.world.post(ANNA, sandbox.world.bot.as_user(), {"text": "link", "entities": [link]})
    await look(page, sandbox, ANNA)
    await expect(page.locator(".message.out .text")).to_contain_text(
        "<img src=x onerror='window.hacked = 1'>"
    )
    assert await page.locator("#messages img, #messages b").count() == 0
    await page.locator(".message.in .dead-link").click()
    assert await page.evaluate("window.hacked") is None


async def test_entities_are_shown_where_utf16_puts_them(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Nested and adjacent entities after emoji, a spoiler, a quotation and right-to-left text are shown
    right.
    """
    sandbox.world.start(ANNA)
    text = (
        "👩‍👩‍👧 🇺🇦 <b>bold <i>both</i></b> <u>u</u> <s>s</s> <code>c</code> <tg-spoiler>secret</tg-spoiler>\n"
        '<pre><code class="language-python">x = 1</code></pre>\n'
        "<blockquote>Come back</blockquote>\nשלום"
    )
    await bot.call("sendMessage", chat_id=ANNA, text=text, parse_mode="HTML")
    await look(page, sandbox, ANNA)
    shown = page.locator(".message.in .text")
    await expect(shown.locator("strong")).to_have_text("bold both")
    await expect(shown.locator("strong em")).to_have_text("both")
    await expect(shown.locator("u")).to_have_text("u")
    await expect(shown.locator(".code-head")).to_contain_text("python")
    await expect(shown.locator("pre")).to_have_text("x = 1")
    await expect(shown.locator("blockquote")).to_have_text("Come back")
    spoiler = shown.locator(".spoiler")
    await expect(spoiler).to_have_attribute("role", "button")
    await spoiler.focus()
    await page.keyboard.press("Enter")
    await expect(spoiler).to_have_class("spoiler revealed")
    await bot.call("sendMessage", chat_id=ANNA, text="שלום עולם")
    hebrew = page.locator(".message.in .text").nth(1)
    await expect(hebrew).to_have_css("direction", "rtl")


async def test_overlapping_entities_lose_and_repeat_nothing(page: Page, sandbox: Sandbox) -> None:
    """With any nesting or overlap, the text stays whole and each entity covers exactly its characters."""
    await look(page, sandbox, ANNA)
    chance = random.Random(20261122)
    text = "a👩‍👩‍👧b🇺🇦 come back שלום to us"
    units = len(text.encode("utf-16-le")) // 2
    tags = {"bold": "STRONG", "italic": "EM", "underline": "U", "strikethrough": "S"}
    cases = []
    for _ in range(300):
        spans = [sorted(chance.sample(range(units + 1), 2)) for _ in tags]
        cases.append(
            [
                {"type": kind, "offset": start, "length": end - start}
                for kind, (start, end) in zip(tags, spans, strict=True)
            ]
        )
    wrong = await page.evaluate(
        """async ([text, cases, tags]) => {
            const { richText } = await import("/static/js/entities.js");
            const covered = (root, tag) => {
                const units = [];
                const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
                while (walk.nextNode()) {
                    let inside = false;
                    for (let up = walk.currentNode; up; up = up.parentNode) inside ||= up.nodeName === tag;
                    units.push(...Array(walk.currentNode.data.length).fill(inside));
                }
                return units;
            };
            return cases.filter((entities) => {
                const shown = richText(text, entities, {});
                const misses = ({ type, offset, length }) => covered(shown, tags[type])
                    .some((inside, at) => inside !== (at >= offset && at < offset + length));
                return shown.textContent !== text || entities.some(misses);
            });
        }""",
        [text, cases, tags],
    )
    assert wrong == []


async def test_it_fits_a_small_phone(browser: Browser, sandbox: Sandbox, bot: PlayedBot) -> None:
    """At 360 pixels nothing is cut off sideways, and a button leads back to the list of chats."""
    sandbox.world.start(ANNA)
    long_word = "https://example.org/" + "a" * 200
    rows = [[{"text": f"Button {y}.{x}", "callback_data": f"{y}{x}"} for x in range(3)] for y in range(3)]
    keyboard = {"inline_keyboard": rows}
    await bot.call("sendMessage", chat_id=ANNA, text=long_word, reply_markup=keyboard)
    page = await browser.new_page(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    await look(page, sandbox, ANNA)
    await expect(page.get_by_role("button", name="Button 2.2")).to_be_in_viewport(ratio=1)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    assert await page.locator("#messages").evaluate("list => list.scrollWidth - list.clientWidth") == 0
    await page.get_by_role("button", name="All chats").click()
    await expect(page.locator(".chat-row").first).to_be_visible()
    await expect(page.get_by_role("combobox", name="Message")).to_be_hidden()
    await page.close()

"""The chat page in a real browser; the tests play the bot over the sandbox's Bot API."""

from __future__ import annotations

import asyncio
import random
import shutil
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from bot.sandbox.server import Sandbox
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page, Route

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# As root and without a network: no sandbox of its own, and nothing that phones home.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=PATIENCE * 1000)  # milliseconds

OLENA, ANNA, TOM = 1001, 1002, 1003
GROUP = -1000000000042

# One browser for all tests of this file: starting it takes longer than most of them.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"
    ),
]


class PlayedBot:
    """The bot's side: calls over HTTP, and the updates one after another."""

    def __init__(self, session: aiohttp.ClientSession, sandbox: Sandbox) -> None:
        self._session = session
        self._base = f"{sandbox.url}/bot{sandbox.token}/"
        self._offset = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        async with self._session.post(self._base + method, json=parameters) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return answer["result"]

    async def heard(self, kind: str = "message") -> Any:
        """The next update of this kind; others are passed over."""
        while True:
            updates = await self.call("getUpdates", offset=self._offset, limit=1, timeout=50)
            assert updates, f"no {kind} came"
            self._offset = updates[0]["update_id"] + 1
            if kind in updates[0]:
                return updates[0][kind]


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox()
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def bot(sandbox: Sandbox) -> AsyncIterator[PlayedBot]:
    async with aiohttp.ClientSession() as session:
        yield PlayedBot(session, sandbox)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A desktop tab in which no script may fail and nothing may break the content policy."""
    troubles: list[str] = []
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda line: troubles.append(line.text) if "Content Security" in line.text else None)
    yield page
    await context.close()
    assert troubles == []


async def look(page: Page, sandbox: Sandbox, person: int, chat: int | None = None) -> None:
    await page.goto(f"{sandbox.url}/#person={person}&chat={chat or person}")
    await expect(page.locator("#chat-head h1")).to_be_visible()


async def test_a_reader_starts_presses_a_button_and_sees_the_edit(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """Start, an answer, a pressed button with its spinner, the edit in place and the toast: the main road."""
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


async def test_the_bare_address_shows_a_reader_of_ones_language(page: Page, sandbox: Sandbox) -> None:
    """Who opens the address as it was printed is somebody at once: in an English browser, Anna."""
    await page.goto(sandbox.url)
    await expect(page.locator("#identity")).to_contain_text("Anna")
    await expect(page.get_by_role("button", name="Start")).to_be_visible()
    assert page.url.endswith(f"#person={ANNA}&chat={ANNA}")


async def test_text_of_a_message_never_becomes_markup(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Tags and event handlers in a message are letters, and a javascript: link cannot be followed."""
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
    """Nested and neighbouring entities after emoji, a spoiler, a quotation and right-to-left text."""
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
    """However entities nest or cross, the text stays whole and each covers exactly its own characters."""
    await look(page, sandbox, ANNA)
    chance = random.Random(20261122)  # noqa: S311 -- a seed, so that a failure can be seen again
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


async def test_commands_are_chosen_with_the_keyboard_alone(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """A slash opens the menu, letters narrow it, arrows and Enter choose; Esc only closes it."""
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


async def test_a_push_for_somebody_else_is_announced_and_leads_there(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """What the bot sends to Tom is offered to Anna's tab, and one press makes it Tom's."""
    sandbox.world.start(TOM)
    await look(page, sandbox, ANNA)
    await expect(page.locator(".chat-row")).to_have_count(2)
    await page.wait_for_function("navigator.locks.query().then(({held}) => held.length > 0)")
    await bot.call("sendMessage", chat_id=TOM, text="A new story")
    await page.get_by_role("button", name="For Tom: A new story").click()
    await expect(page.locator("#identity")).to_contain_text("Tom")
    await expect(page.locator(".message.in .text")).to_contain_text("A new story")
    assert f"person={TOM}" in page.url


async def test_keyboards_of_the_bot_replace_typing(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """A reply keyboard sends its label; a url button shows its host and opens apart from this page."""
    sandbox.world.start(ANNA)
    await bot.heard()
    await look(page, sandbox, ANNA)
    reply = {"keyboard": [[{"text": "Brief"}, {"text": "Long"}]], "input_field_placeholder": "How long?"}
    await bot.call("sendMessage", chat_id=ANNA, text="Choose", reply_markup=reply)
    await expect(page.get_by_placeholder("How long?")).to_be_visible()
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


async def test_blocking_and_coming_back(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Blocking by the chat's menu tells the bot; coming back sends /start."""
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


async def _found(page: Page, kind: str, title: str) -> None:
    """Make a group, forum or channel by the sandbox's menu; it is opened."""
    await page.get_by_role("button", name="Sandbox menu").click()
    await page.get_by_role("menuitem", name="New group or channel").click()
    await page.get_by_label("Kind").select_option(kind)
    await page.get_by_label("Title").fill(title)
    await page.get_by_role("button", name="Create").click()
    await expect(page.locator("#chat-head h1")).to_have_text(title)


async def test_a_forum_is_played_topic_by_topic(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """A topic is made and written in; what is said in it is seen there, and not in the general one."""
    sandbox.world.start(ANNA)
    await look(page, sandbox, ANNA)
    await _found(page, "forum", "Street")
    await page.get_by_role("button", name="Chat menu").click()
    await page.get_by_role("menuitem", name="New topic").click()
    await page.get_by_label("Name").fill("Help")
    await page.get_by_role("button", name="Create").click()
    await expect(page.locator("#chat-head small")).to_have_text("topic: Help")
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
    """The owner posts, and so does the bot, both in the channel's name; a reader only reads."""
    sandbox.world.start(ANNA)
    await look(page, sandbox, ANNA)
    await _found(page, "channel", "The Bridge")
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


async def test_the_page_says_that_the_sandbox_is_gone_and_finds_it_again(
    page: Page, sandbox: Sandbox
) -> None:
    """A lost server is named, and what was said meanwhile is there when it is back."""
    await look(page, sandbox, ANNA)
    await page.wait_for_function("navigator.locks.query().then(({held}) => held.length > 0)")
    port = int(sandbox.url.rpartition(":")[2])
    await sandbox.stop()
    await expect(page.locator("#offline")).to_contain_text("gone")
    sandbox.world.start(ANNA)
    await sandbox.start(port=port)
    await expect(page.locator("#offline")).to_be_hidden()
    await expect(page.locator(".message.out")).to_contain_text("/start")


async def test_it_fits_a_small_phone(browser: Browser, sandbox: Sandbox, bot: PlayedBot) -> None:
    """At 360 pixels nothing is cut off sideways, and one goes back to the list of chats."""
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


async def test_inline_results_are_chosen_from_the_input(page: Page, sandbox: Sandbox, bot: PlayedBot) -> None:
    """Typing the bot's name asks it, and Enter sends what it offered to the group."""
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
    """Arrow keys walk through the messages, R answers one, and ArrowUp in the empty input edits the last."""
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


async def test_nothing_is_missed_before_the_stream_is_open(
    page: Page, sandbox: Sandbox, bot: PlayedBot
) -> None:
    """What the bot says between the reading of the chat and the first event is there all the same."""
    said = asyncio.Event()

    async def hold(route: Route) -> None:
        await said.wait()
        await route.continue_()

    sandbox.world.start(ANNA)
    await page.route("**/sandbox/events", hold)
    await look(page, sandbox, ANNA)
    await expect(page.locator(".message.out")).to_contain_text("/start")
    keyboard = {"keyboard": [[{"text": "Short"}]]}
    await bot.call("sendMessage", chat_id=ANNA, text="How long?", reply_markup=keyboard)
    said.set()
    await expect(page.locator(".message.in")).to_contain_text("How long?")
    await expect(page.get_by_role("button", name="Short")).to_be_visible()


async def test_a_second_tab_lives_on_when_the_listening_one_is_closed(page: Page, sandbox: Sandbox) -> None:
    """Only one tab has a stream; the other hears through it, and takes over when it is closed."""
    await look(page, sandbox, ANNA, GROUP)
    await page.wait_for_function("navigator.locks.query().then(({held}) => held.length > 0)")
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


async def test_a_bad_day_is_set_in_the_sandbox_menu(page: Page, sandbox: Sandbox) -> None:
    """The drawer's figures are what the bot's next calls meet; Esc closes it and gives the focus back."""
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
    """By so many days, to a morning, and back to now; every tab shows the time that it is."""
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

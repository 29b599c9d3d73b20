"""Every screen of the chat page: nothing sticks out of a small phone, axe-core is content, texts contrast."""

import asyncio
from typing import Literal, get_args

import pytest
from playwright.async_api import Browser, Page, expect

from bot.sandbox.server import Sandbox
from bot.sandbox.world.samples import SampleKind
from tests.barriers import barriers_of, sticking_out
from tests.chat_page import ANNA, GROUP, OLENA, TOM, PlayedBot, look
from tests.chromium import MARKS

pytestmark = MARKS

Role = Literal["button", "link", "menuitem"]
Theme = Literal["light", "dark"]

WIDTH, HEIGHT = 320, 640  # CSS pixels: also what a desktop window of 1280 has at 400 percent
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, for text of ordinary size
STORY = (
    "<b>A story</b> with a_very_long_word_that_has_no_place_to_break_and_goes_on_for_long\n"
    "<blockquote>“Please come back”</blockquote>\nSee /latest, <code>abc-123</code>, "
    "<a href='https://example.org/x'>a link</a> and <tg-spoiler>a secret</tg-spoiler>.\n"
    "<pre><code class='language-python'>x = '1111111111 2222222222 3333333333 4444444444'</code></pre>\n"
    "<blockquote expandable>One\nTwo\nThree\nFour\nFive\nSix\nSeven</blockquote>"
)
ROWS = {
    "inline_keyboard": [
        [{"text": label, "callback_data": label, "style": style}]
        for label, style in (("Verify", "success"), ("Delete", "danger"), ("Open", "primary"))
    ]
    + [[{"text": f"Button {number}", "callback_data": str(number)} for number in range(3)]]
    + [[{"text": "❤ Help", "url": "https://a-very-long-host-name.of-an-organisation.example.org/give"}]]
}
# Screen → what is pressed to open it, by role and name, in Anna's chat with the bot and in the group.
PRIVATE: dict[str, list[tuple[Role, str]]] = {
    "chat": [],
    "spoiler": [("button", "Hidden text")],
    "photo": [("button", "Photo: press to enlarge")],
    "link": [("link", "a link")],
    "commands": [("button", "Menu of commands")],
    "samples": [("button", "Send a sample")],
    "chat menu": [("button", "Chat menu")],
    "clock": [("button", "Move the clock")],
    "another moment": [("button", "Move the clock"), ("menuitem", "Another moment")],
    "alert": [("button", "Verify")],
}
IN_GROUP: dict[str, list[tuple[Role, str]]] = {
    "group": [],
    "members": [("button", "Chat menu")],
    "list of chats": [("button", "All chats")],
    "people": [("button", "All chats"), ("button", "You are Anna")],
    "further person": [("button", "All chats"), ("button", "You are Anna"), ("menuitem", "A further person")],
    "sandbox menu": [("button", "All chats"), ("button", "Sandbox menu")],
    "new group": [("button", "All chats"), ("button", "Sandbox menu"), ("menuitem", "New group")],
    "deep link": [("button", "All chats"), ("button", "Sandbox menu"), ("menuitem", "deep link")],
    "faults": [("button", "All chats"), ("button", "Sandbox menu"), ("menuitem", "Faults")],
}

DIALOGS = {"photo", "link", "another moment", "alert", "further person", "new group", "deep link", "faults"}
# Barriers to plant in a page, by the rule of axe-core that finds them.
PLANTED = {
    "button-name": "<button></button>",
    "link-name": "<a href='#there'></a>",
    "label": "<input>",
    "aria-command-name": "<div role='button' tabindex='0'></div>",
    "label-content-name-mismatch": "<button aria-label='Leave'>Go away</button>",
    "aria-prohibited-attr": "<small aria-label='Noon'>12:00</small>",
    "aria-valid-attr-value": "<button aria-describedby='nobody'>Ask</button>",
    "duplicate-id-aria": "<i id='two'>a</i><i id='two'>b</i><button aria-describedby='two'>Ask</button>",
    "target-size": "<button style='width: 9px'>a</button><button style='width: 9px'>b</button>",
    "color-contrast": "<p style='color: #999'>Pale</p>",
}
PLANT = """(html) => {
    document.querySelector("#bed")?.remove();
    const bed = Object.assign(document.createElement("div"), { id: "bed", innerHTML: html });
    bed.style.cssText = "position: fixed; inset: 0 auto auto 0; z-index: 99; background: #fff";
    document.querySelector("main").append(bed);
}"""


async def fill(sandbox: Sandbox, bot: PlayedBot) -> None:
    """Fill a chat and a group with messages of every kind, a prompt and a keyboard."""
    commands = {"latest": "The latest stories", "preferences": "What you get, when, and how much of it"}
    listed = [{"command": name, "description": text} for name, text in commands.items()]
    await bot.call("setMyCommands", commands=listed)
    sandbox.world.start(ANNA)
    await bot.call("sendMessage", chat_id=ANNA, text=STORY, parse_mode="HTML", reply_markup=ROWS)
    for kind in get_args(SampleKind):
        sandbox.world.send_sample(ANNA, ANNA, kind, "A caption")
    keys = {"keyboard": [[{"text": "Brief"}, {"text": "Short"}, {"text": "Whatever the editors think best"}]]}
    await bot.call("sendMessage", chat_id=ANNA, text="How long would you like?", reply_markup=keys)
    first = sandbox.world.say(TOM, GROUP, "Good morning, neighbours, how was your night by the river?")
    sandbox.world.say(TOM, GROUP, "Well", reply_to=first["message_id"])
    await bot.call("sendMessage", chat_id=GROUP, text=STORY, parse_mode="HTML", reply_markup=ROWS)


async def press(page: Page, presses: list[tuple[Role, str]], *, opens_dialog: bool) -> None:
    """Open a screen, and wait for its dialog if it has one: an alert comes when the bot answers."""
    for role, name in presses:
        await page.get_by_role(role, name=name).first.click()
    await expect(page.get_by_role("dialog")).to_have_count(int(opens_dialog))


@pytest.mark.parametrize("theme", get_args(Theme))
async def test_nothing_sticks_out_or_bars_anyone(
    browser: Browser, sandbox: Sandbox, bot: PlayedBot, theme: Theme
) -> None:
    """At 320 pixels all screens, menus and dialogs fit, and axe-core finds nothing serious in any theme."""
    await fill(sandbox, bot)
    page = await browser.new_page(
        viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce", color_scheme=theme
    )
    answering = asyncio.create_task(answer(bot))
    wrong = {}
    for chat, screens in ((ANNA, PRIVATE), (GROUP, IN_GROUP)):
        for name, presses in screens.items():
            await page.goto("about:blank")
            await look(page, sandbox, ANNA, chat)
            await press(page, presses, opens_dialog=name in DIALOGS)
            wrong[name] = await sticking_out(page) + await barriers_of(page)
    await answering
    sandbox.world.block(ANNA, blocked=True)
    await look(page, sandbox, ANNA)
    wrong["blocked"] = await sticking_out(page) + await barriers_of(page)
    await look(page, sandbox, OLENA)
    wrong["empty"] = await sticking_out(page) + await barriers_of(page)
    assert {name: found for name, found in wrong.items() if found} == {}
    await page.close()


async def test_barriers_are_found(browser: Browser, sandbox: Sandbox) -> None:
    """Each kind of barrier that is planted into the page is found, by the rule that is meant for it."""
    page = await browser.new_page(bypass_csp=True)  # the policy forbids the styles of what is planted
    await look(page, sandbox, OLENA, GROUP)
    found = {}
    for rule, html in PLANTED.items():
        await page.evaluate(PLANT, html)
        found[rule] = {barrier.partition(":")[0] for barrier in await barriers_of(page)}
    assert found == {rule: {rule} for rule in PLANTED}
    await page.close()


async def answer(bot: PlayedBot) -> None:
    """Answer the next pressed button with an alert."""
    query = await bot.heard("callback_query")
    text = "This link was checked by two editors. It leads to a_very_long_word_that_has_no_place_to_break."
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text=text, show_alert=True)


SKY = ("--sky-one", "--sky-two", "--sky-three")
# Colours of texts, and the layers below them, the lowest first.
TEXTS = [
    *[("--text", [ground]) for ground in ("--panel", "--raised", "--bubble-in", "--bubble-out")],
    *[("--muted", [ground]) for ground in ("--panel", "--panel-hover", "--accent-soft", "--raised")],
    *[("--accent", [ground]) for ground in ("--panel", "--accent-soft", "--raised", "--bubble-in")],
    *[("--link", [ground]) for ground in ("--bubble-in", "--bubble-out")],
    *[("--danger", [ground]) for ground in ("--panel", "--panel-hover")],
    *[("--accent", [sky, "--key"]) for sky in SKY],
    *[("#fff", [sky, "--pill"]) for sky in SKY],
    *[("#fff", [ground]) for ground in ("--fill", "--success-fill", "--danger-fill")],
    ("#fff", ["#fff", "--shade"]),  # on the lightest picture
    ("--meta-in", ["--bubble-in"]),
    ("--meta-out", ["--bubble-out"]),
    ("--on-accent", ["--accent"]),
]
# The contrast of each text with its layers, by the formula of WCAG; and of what has colours of its own.
CONTRASTS = """(texts) => {
    const pen = document.createElement("canvas").getContext("2d");
    const probe = document.body.appendChild(document.createElement("i"));
    const resolve = (colour, around) => {
        around.append(probe);
        probe.style.color = colour.startsWith("--") ? `var(${colour})` : colour;
        return getComputedStyle(probe).color;
    };
    const painted = (layers) => {
        for (const layer of layers) { pen.fillStyle = layer; pen.fillRect(0, 0, 1, 1); }
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (rgb) => rgb.map((value) => value / 255)
        .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
        .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
    const contrast = (text, layers, around = document.body) => {
        const grounds = layers.map((layer) => resolve(layer, around));
        const both = [grounds, [...grounds, resolve(text, around)]].map(painted).map(luminance);
        return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    };
    const found = {};
    for (const [text, layers] of texts) found[`${text} on ${layers}`] = contrast(text, layers);
    for (const kind of ["bot", 0, 1, 2, 3, 4, 5, 6]) {
        const box = document.body.appendChild(document.createElement("div"));
        box.className = `avatar-${kind} hue-${kind}`;
        for (const end of ["--from", "--to"]) found[`avatar ${kind} ${end}`] = contrast("#fff", [end], box);
        found[`sender ${kind}`] = contrast("--hue", ["--bubble-in"], box);
        for (const bubble of ["--bubble-in", "--bubble-out"]) {
            const quoted = [bubble, "color-mix(in srgb, var(--hue) 9%, transparent)"];
            const name = "color-mix(in srgb, var(--hue) 75%, var(--text))";
            found[`quoted ${kind} on ${bubble}`] = contrast(name, quoted, box);
        }
    }
    return found;
}"""


@pytest.mark.parametrize("theme", get_args(Theme))
async def test_texts_are_readable(browser: Browser, sandbox: Sandbox, theme: Theme) -> None:
    """In both themes each colour of texts has a contrast of at least 4.5 with what lies below."""
    page = await browser.new_page(color_scheme=theme)
    await look(page, sandbox, ANNA)
    contrasts = await page.evaluate(CONTRASTS, TEXTS)
    assert len(contrasts) > len(TEXTS)
    assert {name: value for name, value in contrasts.items() if value < LEAST_CONTRAST} == {}
    await page.close()

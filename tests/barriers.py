"""What bars people from a page: parts that stick out of a small screen, and what axe-core finds."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_AXE = Axe()
_GRAVE = {"serious", "critical"}
# Off unless asked for: a name holds the text that is seen, and a target has 24 pixels each way.
_EXTRA = ("label-content-name-mismatch", "target-size")
_EVERY_RULE = {"rules": {rule: {"enabled": True} for rule in _EXTRA}}
_CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
_COMMON = {
    "preload": False,  # for a rule about turned screens, which fetches every style sheet again
    "resultTypes": ["violations", "incomplete"],
    # The faint wallpaper of the chat lies below every text, and axe-core would otherwise judge none.
    "checks": {"color-contrast": {"options": {"ignorePseudo": True}}},
}
# Wait until what moves has come to rest: a colour on its way to another one has little contrast. Where one
# part takes the colour of another one, it sets off when that has arrived.
_COME_TO_REST = """async () => {
    const isEnding = ({ effect }) => effect.getComputedTiming().endTime < Infinity;
    let ending;
    do {
        await new Promise(requestAnimationFrame);
        ending = document.getAnimations().filter(isEnding);
        await Promise.allSettled(ending.map(({ finished }) => finished));
    } while (ending.length);
}"""
# Parts that stick out of the screen. What scrolls within itself may.
_STICKING_OUT = """(scrollers) => {
    const faults = [];
    const inSight = (node) => node.checkVisibility({ visibilityProperty: true })
        && !node.closest(".visually-hidden, svg") && !(scrollers && node.parentElement.closest(scrollers));
    if (document.documentElement.scrollWidth > innerWidth) faults.push("the page scrolls sideways");
    for (const node of document.querySelectorAll("body *")) {
        if (!inSight(node)) continue;
        const { left, right, width } = node.getBoundingClientRect();
        const isClipped = getComputedStyle(node.parentElement).textOverflow === "ellipsis";
        if (width && !isClipped && (left < -1 || right > innerWidth + 1)) {
            faults.push(`sticks out: ${node.outerHTML.slice(0, 120)}`);
        }
    }
    return faults;
}"""


async def come_to_rest(page: Page) -> None:
    """Wait until nothing moves or fades on the page any more."""
    await page.evaluate(_COME_TO_REST)


async def sticking_out(page: Page, scrollers: str = "") -> list[str]:
    """Return what sticks out of the window; what stands in `scrollers`, a selector, may be scrolled to."""
    await come_to_rest(page)
    found: list[str] = await page.evaluate(_STICKING_OUT, scrollers)
    return found


async def barriers_of(page: Page, *, only_contrast: bool = False) -> list[str]:
    """Return what axe-core calls serious or critical."""
    await come_to_rest(page)
    options: dict[str, Any] = _COMMON | (_CONTRAST if only_contrast else _EVERY_RULE)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(_AXE.axe_script)
    told = await page.evaluate("(options) => axe.run(options)", options)
    # Where axe-core cannot tell what lies below a text, the test of the colours can.
    unsure = [rule for rule in told["incomplete"] if rule["id"] != "color-contrast"]
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}"
        for rule in told["violations"] + unsure
        for node in rule["nodes"]
        if node["impact"] in _GRAVE
    ]

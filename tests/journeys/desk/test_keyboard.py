"""The desk without a mouse: from Today to a published story, and the focus is seen all the way."""

from playwright.async_api import Page, expect

from storage.words import StoryState
from tests.barriers import come_to_rest
from tests.chromium import MARKS
from tests.factories import analysis
from tests.newsroom import Desks, Newsroom

pytestmark = MARKS

MOST_TABS = 60  # of a page, up to what one looks for
# What has the focus: its name; "" where one cannot see that it has it.
FOCUSED = """() => {
    const node = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(node);
    const { width, height } = node.getBoundingClientRect();
    const hasParts = node.type === "datetime-local"; // the browser marks the one that has the focus
    const isDrawn = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 && width > 4 && height > 4;
    const label = node.labels?.[0]?.textContent ?? node.textContent;
    return isDrawn || hasParts ? label.trim() : "";
}"""


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus; each stop on the way shows that it has it."""
    passed = []
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        await come_to_rest(page)
        passed.append(await page.evaluate(FOCUSED))
        assert passed[-1], f"the focus is not seen after {passed[-3:]}"
        if passed[-1] == name:
            return
    raise AssertionError(f"no way to {name!r}: {passed}")


async def test_a_draft_is_changed_and_published_by_keys(newsroom: Newsroom, desks: Desks) -> None:
    """Tab, Enter, Space and letters are enough; the first stop of each page skips its navigation."""
    added = await newsroom.services.stories.add(analysis(), ["Bridges"], actor="test")
    await newsroom.services.review.mark_announced(added.story.id)
    page = await desks.open(newsroom)
    await tab_to(page, "Skip to the page")
    await page.keyboard.press("Enter")
    await tab_to(page, "Volunteers reopen the bridge")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Headline")).to_be_visible()

    await tab_to(page, "Headline")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("The bridge is open")
    await tab_to(page, "Bridges")
    await page.keyboard.press("Space")
    await tab_to(page, "Save")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("Saved.")

    await tab_to(page, "Publish quietly")
    await page.keyboard.press("Space")
    await expect(page.get_by_role("status")).to_contain_text("Published quietly")
    story = await newsroom.services.stories.inspect(added.story.id)
    assert (story.headline, story.state, list(story.topics)) == (
        "The bridge is open",
        StoryState.PUBLISHED,
        [],
    )


async def test_a_push_is_moved_by_keys(newsroom: Newsroom, desks: Desks) -> None:
    """The calendar's pushes are links; where one cannot drag, the page of the push has a field."""
    added = await newsroom.services.stories.add(analysis(), actor="test")
    await newsroom.services.review.publish(added.story.id, actor="test", push=False)
    now = newsroom.app.clock()
    number = await newsroom.services.broadcasts.schedule(
        added.story.id, at=now.replace(hour=18, minute=0), actor="command line"
    )
    page = await desks.open(newsroom, path=f"/calendar?day={now.date()}")
    await tab_to(page, "6:00\N{NARROW NO-BREAK SPACE}PM Volunteers reopen the bridge")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Move to another hour")).to_be_visible()
    await tab_to(page, "Move to another hour")
    await page.get_by_label("Move to another hour").fill(f"{now.date()}T20:30")
    await tab_to(page, "Move")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Starts:")).to_contain_text("8:30")
    moved = (await newsroom.services.broadcasts.status(number)).broadcast.start_at
    assert moved is not None
    assert (moved.hour, moved.minute) == (20, 30)

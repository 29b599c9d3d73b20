"""Appeals and reports by clicking: four eyes on a link, and what became of it."""

from playwright.async_api import Page, expect

from bot.editors.actors import actor_of
from storage.words import AppealState, ReportState
from tests.chromium import MARKS
from tests.newsroom import EDITH, OMAR, Desks, Newsroom, Trouble

pytestmark = MARKS

LINK = "https://bridge-friends.example.org/help"


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()


async def test_one_proposes_and_the_other_verifies(
    newsroom: Newsroom, desks: Desks, trouble: Trouble
) -> None:
    """Omar may not verify what he proposed; Edith finds it on Today, verifies it, and puts it on hold."""
    omar = await desks.open(newsroom, OMAR, "/appeals")
    await omar.get_by_role("link", name="New appeal …").click()
    await omar.get_by_label("Organisation", exact=True).fill("Bridge Friends")
    await omar.locator("#url").fill(LINK)
    await omar.locator("#purpose").fill("Boats until the bridge holds.")
    await press(omar, "Propose")
    await expect(omar.get_by_role("heading", name="Bridge Friends", level=1)).to_be_visible()
    await expect(omar.get_by_text("Verify …")).to_have_count(0)

    edith = await desks.open(newsroom, EDITH)
    await edith.get_by_role("link", name="Bridge Friends").click()
    await edith.get_by_text("Verify …").click()
    trouble.allow("status of 403")
    await press(edith, "All correct: verify")
    await expect(edith.get_by_role("alert")).to_contain_text("cannot be read right now")  # no network here
    await press(edith, "Verify anyway")
    await expect(edith.get_by_text("Verified: readers see it.")).to_be_visible()
    [appeal] = await newsroom.services.appeals.listed()
    assert (appeal.state, appeal.verified_by) == (AppealState.VERIFIED, actor_of(EDITH))
    await press(edith, "Pause this appeal")
    await expect(edith.get_by_text("Paused: readers do not see it.")).to_be_visible()


async def test_a_report_is_written_seen_and_sent(newsroom: Newsroom, desks: Desks) -> None:
    """As readers will see it, before it is sent; then its push is shown."""
    proposed = await newsroom.services.appeals.propose(
        organisation="Bridge Friends", url=LINK, actor=actor_of(OMAR)
    )
    await newsroom.services.appeals.verify(proposed.id, actor=actor_of(EDITH))
    page = await desks.open(newsroom, path=f"/appeals/{proposed.id}")
    await page.get_by_role("link", name="Reports").click()
    await page.get_by_label("What became of this appeal").fill("The bridge is open again.")
    await press(page, "Save as a draft")
    await expect(page.get_by_role("heading", name="Draft", exact=True)).to_be_visible()
    await expect(page.locator(".said")).to_contain_text("The bridge is open again.")
    await press(page, "Send to 0")
    await expect(page.get_by_role("listitem").filter(has_text="The bridge is open again.")).to_be_visible()
    [report] = await newsroom.services.reports.of(proposed.id)
    assert report.state is ReportState.SENT

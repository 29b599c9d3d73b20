"""Getting in and out of the desk by clicking."""

import re

from playwright.async_api import expect

from tests.chromium import MARKS
from tests.newsroom import EDITH, OMAR, Desks, Newsroom, Trouble

pytestmark = MARKS


async def test_the_bot_s_link_opens_the_desk(newsroom: Newsroom, desks: Desks) -> None:
    """Edith asks in the chat, opens the link, and taps; the cookie is hidden from scripts."""
    await newsroom.chats.ask(EDITH, "/start")
    answer = await newsroom.chats.ask(EDITH, "/desk")
    [link] = re.findall(r"http\S+/desk/enter/\S+", str(answer))[:1]
    page = await desks.stranger()
    await page.goto(link.rstrip("\"'},]"))
    await expect(page.get_by_text("Open the desk as Edith?")).to_be_visible()
    await page.get_by_role("button", name="Open the desk").click()
    await expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    assert await page.evaluate("document.cookie") == ""


async def test_who_signs_out_is_out(newsroom: Newsroom, desks: Desks, trouble: Trouble) -> None:
    """The page says how to come back, offers nothing that needs a session, and so does every other one."""
    page = await desks.open(newsroom)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    await expect(page.get_by_role("navigation")).to_have_count(0)
    trouble.allow("status of 401")
    await page.goto(newsroom.address("/stories"))
    await expect(page.get_by_role("alert")).to_contain_text("Send /desk to the bot")


async def test_an_owner_ends_the_session_of_another_editor(
    newsroom: Newsroom, desks: Desks, trouble: Trouble
) -> None:
    """Omar's browser is out at its next step, with how to come back."""
    omar = await desks.open(newsroom, OMAR)
    edith = await desks.open(newsroom, path="/editors")
    session = edith.get_by_role("listitem").filter(has_text="Omar").filter(has_text="Last used")
    await session.get_by_role("button", name="End this session").click()
    await expect(session).to_have_count(0)
    trouble.allow("status of 401")
    await omar.get_by_role("link", name="Stories").click()
    await expect(omar.get_by_role("alert")).to_contain_text("Your session has ended")

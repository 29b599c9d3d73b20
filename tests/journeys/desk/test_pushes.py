"""Pushes by clicking: prepare, try, send, move, pause, cancel; and what happens while one is watched."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, Route, expect

from bot.broadcasts.broadcasts import BroadcastStatus
from storage.words import BroadcastState
from tests.chats import told
from tests.chromium import MARKS
from tests.factories import published
from tests.newsroom import EDITH, OMAR, Desks, Newsroom, Trouble
from tests.waiting import comes_true

pytestmark = MARKS

WATCHED = """() => {
    window.shares = [];
    const note = () => {
        const value = document.querySelector("#live progress")?.value;
        if (value !== undefined) window.shares.push(value);
    };
    note();
    new MutationObserver(note).observe(document.querySelector("#live"), { childList: true, subtree: true });
}"""
"""Notes each share that the progress shows; a page that is loaded again has forgotten them."""


async def status(newsroom: Newsroom, number: int) -> BroadcastStatus:
    return await newsroom.services.broadcasts.status(number)


async def scheduled(newsroom: Newsroom, hours: int = 3) -> int:
    """Schedule a push; return its id."""
    story = await published(newsroom.services)
    at = newsroom.app.clock() + timedelta(hours=hours)
    return await newsroom.services.broadcasts.schedule(story, at=at, actor="command line")


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()


async def drag(page: Page, number: int, to: str) -> None:
    """Drag a push of the calendar to an hour, as a hand does: from the middle, and on the way all along."""
    entry, cell = page.locator(f"[data-push='{number}']"), page.locator(f"td[data-at='{to}']")
    await cell.scroll_into_view_if_needed()
    places = [await one.bounding_box() for one in (entry, cell)]
    await entry.hover()
    await page.mouse.down()
    for place in filter(None, places):
        await page.mouse.move(place["x"] + 20, place["y"] + 10, steps=5)
    await page.mouse.up()


async def test_a_push_is_prepared_tried_and_sent(newsroom: Newsroom, desks: Desks) -> None:
    """Edith chooses, gets the message herself, and confirms; then the readers have it, and she sees that."""
    await newsroom.readers(2)
    await newsroom.chats.ask(EDITH, "/start")
    story = await published(newsroom.services)
    page = await desks.open(newsroom, path="/pushes")
    await page.get_by_role("link", name="Prepare a push").click()
    await press(page, "Prepare a push of this story")
    await expect(page.get_by_text("subscribers will get it.")).to_be_visible()
    await page.get_by_role("checkbox", name="English").check()
    await press(page, "Save the choices")
    await expect(page.get_by_role("checkbox", name="English")).to_be_checked()
    await press(page, "Send me a test")
    await expect(page.get_by_role("status")).to_contain_text("in your chat with the bot")
    assert "Volunteers reopen the bridge" in told(newsroom.chats.said(EDITH)[-1])
    await press(page, "Confirm")
    await expect(page.locator("#live")).to_contain_text("Finished")
    [push] = await newsroom.services.broadcasts.pushes_of(story)
    assert push.progress.sent >= 2


async def test_progress_is_seen_while_it_grows(newsroom: Newsroom, desks: Desks) -> None:
    """By itself, to the end: nobody loads the page again, and its buttons follow."""
    await newsroom.readers(4)
    newsroom.gate.close(after=2)
    number = await newsroom.push()
    page = await desks.open(newsroom, path=f"/pushes/{number}")
    await page.evaluate(WATCHED)
    await expect(page.locator("#live")).to_contain_text("50% done")
    await expect(page.get_by_role("button", name="Pause sending")).to_be_visible()
    newsroom.gate.open()
    await expect(page.locator("#live")).to_contain_text("Finished")
    await expect(page.get_by_role("button", name="Pause sending")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Within 48 hours")).to_be_visible()
    shares = await page.evaluate("window.shares")
    assert shares == sorted(shares)
    assert {0.5, 1} <= set(shares)


async def test_today_shows_a_push_as_it_goes(newsroom: Newsroom, desks: Desks) -> None:
    """Also to who is on the start page: it grows and ends without a new load."""
    await newsroom.readers(4)
    newsroom.gate.close(after=2)
    number = await newsroom.push()
    page = await desks.open(newsroom, path="/")
    await page.evaluate("window.here = true")
    sending = page.get_by_role("region", name="Being sent")
    await expect(sending).to_contain_text("50% done")
    newsroom.gate.open()
    await expect(sending).to_contain_text("Finished")
    assert await page.evaluate("window.here")
    assert (await status(newsroom, number)).progress.sent >= 4


async def test_progress_is_live_where_scripts_load_slowly(newsroom: Newsroom, desks: Desks) -> None:
    """The script of the live progress comes long after htmx, and still the page follows the push."""
    await newsroom.readers(4)
    newsroom.gate.close(after=2)
    await newsroom.push()
    page = await desks.stranger()

    async def late(route: Route) -> None:
        await page.wait_for_function("window.htmx")
        await page.evaluate("new Promise(done => setTimeout(() => setTimeout(done)))")
        await route.continue_()

    await page.route("**/hx-*", late)
    await page.goto(await newsroom.services.sessions.link(EDITH))
    await press(page, "Open the desk")
    sending = page.get_by_role("region", name="Being sent")
    await expect(sending).to_contain_text("50% done")
    newsroom.gate.open()
    await expect(sending).to_contain_text("Finished")


async def test_a_slow_count_comes_by_itself(
    newsroom: Newsroom, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who missed a push is counted in the background, and the number comes without a refresh of the page."""
    monkeypatch.setattr("bot.broadcasts.missed_counts._SOON_S", 0.0)
    await newsroom.readers(1)
    number = await newsroom.push()
    await newsroom.until(number, BroadcastState.FINISHED)
    await newsroom.readers(1)
    page = await desks.open(newsroom, path=f"/pushes/{number}/missing")
    await page.evaluate("window.here = true")
    await expect(page.locator("#counted")).to_contain_text("They are being counted.")
    assert await page.locator("meta[http-equiv]").count() == 0
    await expect(page.locator("#counted")).to_contain_text("did not get it.")
    await expect(page.get_by_role("button", name="Send to 1")).to_be_visible()
    assert await page.evaluate("window.here")


async def test_a_push_is_paused_resumed_and_cancelled(newsroom: Newsroom, desks: Desks) -> None:
    """Two editors see the same: what Omar does shows on Edith's page by itself."""
    await newsroom.readers(4)
    newsroom.gate.close(after=1)
    number = await newsroom.push()
    edith = await desks.open(newsroom, EDITH, f"/pushes/{number}")
    await edith.evaluate(WATCHED)
    omar = await desks.open(newsroom, OMAR, f"/pushes/{number}")
    await press(omar, "Pause sending")
    await expect(edith.locator("#live")).to_contain_text("Paused")
    await press(omar, "Resume")
    await expect(edith.get_by_role("button", name="Pause sending")).to_be_visible()
    await omar.get_by_role("link", name="Cancel …").click()
    await press(omar, "Yes, cancel it")
    await expect(edith.locator("#live")).to_contain_text("Cancelled")
    await expect(edith.get_by_role("link", name="Cancel …")).to_have_count(0)
    assert await edith.evaluate("window.shares.length") > 0  # the same page all the time


async def test_a_push_that_has_just_ended_is_not_paused(
    newsroom: Newsroom, desks: Desks, trouble: Trouble
) -> None:
    """Edith's page does not know it yet: she reads why, and sees on the same page what came of it."""
    await newsroom.readers(2)
    newsroom.gate.close(after=1)
    number = await newsroom.push()
    trouble.allow("ERR_FAILED|Failed to fetch")
    page = await desks.stranger()
    await page.route("**/live?*", lambda route: route.abort())
    await page.goto(await newsroom.services.sessions.link(EDITH))
    await press(page, "Open the desk")
    await page.get_by_role("link", name="Volunteers reopen the bridge").click()
    newsroom.gate.open()
    await newsroom.until(number, BroadcastState.FINISHED)
    trouble.allow("status of 403")
    await press(page, "Pause sending")
    await expect(page.get_by_role("alert").filter(has_text="already finished")).to_be_visible()
    await expect(page.locator("#live")).to_contain_text("Finished")
    assert (await status(newsroom, number)).broadcast.state is BroadcastState.FINISHED


async def test_a_push_whose_last_messages_arrive_while_it_is_paused(newsroom: Newsroom, desks: Desks) -> None:
    """What is on the wire is counted; the page shows that all have it, and Resume ends it."""
    await newsroom.readers(3)
    newsroom.gate.close()
    number = await newsroom.push()
    page = await desks.open(newsroom, path=f"/pushes/{number}")
    await press(page, "Pause sending")
    await expect(page.locator("#live")).to_contain_text("Paused")
    newsroom.gate.open()
    await expect(page.locator("#live")).to_contain_text("100% done")
    await press(page, "Resume")
    await expect(page.locator("#live")).to_contain_text("Finished")
    assert await newsroom.sent(number) == 3


async def test_a_push_is_dragged_to_another_hour(newsroom: Newsroom, desks: Desks) -> None:
    """In the week; it keeps its minute, and stands where it was dropped."""
    number = await scheduled(newsroom)
    before = (await status(newsroom, number)).broadcast.start_at
    assert before is not None
    page = await desks.open(newsroom, path=f"/calendar?day={before.date()}")
    to = before + timedelta(hours=2)
    await drag(page, number, f"{to:%Y-%m-%dT%H}")
    there = page.locator(f"td[data-at='{to:%Y-%m-%dT%H}'] [data-push='{number}']")
    await expect(there).to_be_visible()
    after = (await status(newsroom, number)).broadcast.start_at
    assert after is not None
    assert after == to.replace(second=0, microsecond=0)


async def test_a_push_that_was_moved_meanwhile_is_not_moved_again(
    newsroom: Newsroom, desks: Desks, trouble: Trouble
) -> None:
    """Omar drags what Edith has moved: he reads so, on the page of the push with its new hour."""
    number = await scheduled(newsroom)
    before = (await status(newsroom, number)).broadcast.start_at
    assert before is not None
    omar = await desks.open(newsroom, OMAR, f"/calendar?day={before.date()}")
    edith = await desks.open(newsroom, EDITH, f"/pushes/{number}")
    hers = before + timedelta(hours=4)
    await edith.get_by_label("Move to another hour").fill(f"{hers:%Y-%m-%dT%H:%M}")
    await press(edith, "Move")

    async def is_moved() -> bool:
        return (await status(newsroom, number)).broadcast.start_at != before

    await comes_true(is_moved)
    trouble.allow("status of 40[039]")
    await drag(omar, number, f"{before + timedelta(hours=2):%Y-%m-%dT%H}")
    await expect(omar.get_by_role("alert").filter(has_text="hour")).to_be_visible()
    await expect(omar.get_by_label("Move to another hour")).to_have_value(f"{hers:%Y-%m-%dT%H:%M}")

"""What might get lost: the connection, the session, the server, a file; nothing that was typed is."""

from datetime import datetime, timedelta
from pathlib import Path

from playwright.async_api import Dialog, Page, expect

from bot.articles.article import LARGEST
from tests.chromium import MARKS
from tests.factories import analysis, published
from tests.newsroom import EDITH, Desks, Newsroom, Trouble, copy_of, open_newsroom
from tests.waiting import comes_true

pytestmark = MARKS

TYPED = "What I typed on the train"


async def draft(newsroom: Newsroom) -> int:
    """Add a draft whose card nobody needs in the chat."""
    added = await newsroom.services.stories.add(analysis(), actor="test")
    await newsroom.services.review.mark_announced(added.story.id)
    return added.story.id


async def headline(newsroom: Newsroom, story: int) -> str:
    return (await newsroom.services.stories.inspect(story)).headline


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Save").click()


async def end_sessions(newsroom: Newsroom) -> None:
    """End all sessions of Edith, as after twelve idle hours."""
    for one in await newsroom.services.sessions.listed(EDITH):
        await newsroom.services.sessions.end(one.id, person_id=EDITH)


async def test_a_lost_connection_loses_no_text(newsroom: Newsroom, desks: Desks, trouble: Trouble) -> None:
    """The page stays, says that nothing was sent, and sends it when the connection is back."""
    story = await draft(newsroom)
    page = await desks.open(newsroom, path=f"/stories/{story}")
    await page.get_by_label("Headline").fill(TYPED)
    trouble.allow("ERR_INTERNET_DISCONNECTED")
    await page.context.set_offline(True)
    await save(page)
    await expect(page.get_by_role("alert").filter(has_text="nothing was sent")).to_be_visible()
    await expect(page.get_by_label("Headline")).to_have_value(TYPED)
    await page.context.set_offline(False)
    await save(page)
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    assert await headline(newsroom, story) == TYPED


async def test_who_leaves_a_page_with_typed_text_is_asked(newsroom: Newsroom, desks: Desks) -> None:
    """By a link, or by a button of another form; not who has saved."""
    story = await draft(newsroom)
    page = await desks.open(newsroom, path=f"/stories/{story}")
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.get_by_label("Headline").press_sequentially("A ")
    leaving = [page.get_by_role("link", name="Calendar"), page.get_by_role("button", name="Publish quietly")]
    for number, one in enumerate(leaving, 1):
        await one.click(no_wait_after=True)

        async def is_asked(times: int = number) -> bool:
            return asked == ["beforeunload"] * times

        await comes_true(is_asked)
    await save(page)
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    await page.get_by_role("link", name="Calendar").click()
    await expect(page.get_by_role("heading", name="Calendar", level=1)).to_be_visible()
    assert len(asked) == len(leaving)


async def test_a_session_that_ends_while_one_types(
    newsroom: Newsroom, desks: Desks, trouble: Trouble
) -> None:
    """The page says how to get in, and keeps all of it: back in by another tab, one sends it from there."""
    story = await draft(newsroom)
    page = await desks.open(newsroom, path=f"/stories/{story}")
    await page.get_by_label("Headline").fill(TYPED)
    await page.get_by_label("Summary: 3 sentences").fill("One line.\nAnother line.")
    await end_sessions(newsroom)
    trouble.allow("status of 40[13]")
    await save(page)
    await expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    await expect(page.get_by_text(TYPED)).to_be_visible()
    await page.get_by_role("button", name="Send it again").click()  # too early: still kept
    await expect(page.get_by_text(TYPED)).to_be_visible()

    tab = await page.context.new_page()
    await tab.goto(await newsroom.services.sessions.link(EDITH))
    await tab.get_by_role("button", name="Open the desk").click()
    await expect(tab.get_by_role("heading", name="Today", level=1)).to_be_visible()
    await page.get_by_role("button", name="Send it again").click()
    await expect(page.get_by_role("alert")).to_contain_text("of an earlier session")
    assert await headline(newsroom, story) != TYPED
    await page.get_by_role("button", name="Send it again").click()
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    found = await newsroom.services.stories.inspect(story)
    assert found.headline == TYPED
    assert "One line.\nAnother line." in {one.text for one in found.summaries}


async def test_progress_comes_back_after_a_restart(
    desks: Desks, sqlite_template: Path, tmp_path: Path, trouble: Trouble
) -> None:
    """The page stays open while the server is away; what changed shows by itself, and it goes on."""
    url = copy_of(sqlite_template, tmp_path)
    async with open_newsroom(url) as first:
        port = int(first.origin.rpartition(":")[2])
        await first.readers(1)
        story = await published(first.services)
        at = first.app.clock() + timedelta(hours=30)
        number = await first.services.broadcasts.schedule(story, at=at, actor="command line")
        page = await desks.open(first, path=f"/pushes/{number}")
        await page.evaluate("window.isSame = true")
        await expect(page.locator("#live")).to_contain_text("Scheduled")
        trouble.allow("Failed to fetch|ERR_|htmx|network error")
    async with open_newsroom(url, port) as second:
        await second.services.control.cancel(number, actor="command line")
        await expect(page.locator("#live")).to_contain_text("Cancelled")
        await expect(page.get_by_role("link", name="Cancel …")).to_have_count(0)
        assert await page.evaluate("window.isSame")


async def test_progress_says_when_the_session_has_ended(
    newsroom: Newsroom, desks: Desks, trouble: Trouble
) -> None:
    """Once the stream comes back without one, the page tells how to get in."""
    story = await published(newsroom.services)
    at = newsroom.app.clock() + timedelta(hours=30)
    number = await newsroom.services.broadcasts.schedule(story, at=at, actor="command line")
    page = await desks.open(newsroom, path=f"/pushes/{number}")
    async with page.expect_response("**/live?*"):
        await page.reload()
    trouble.allow("Failed to fetch|ERR_|htmx|status of 401")
    await page.context.set_offline(True)
    await end_sessions(newsroom)
    await page.context.set_offline(False)
    await expect(page.get_by_role("alert")).to_contain_text("Your session has ended")


async def test_a_file_that_is_too_large_does_not_travel(newsroom: Newsroom, desks: Desks) -> None:
    """The field says so, and what else was typed stays."""
    page = await desks.open(newsroom, path="/stories/new")
    large = {"name": "story.txt", "mimeType": "text/plain", "buffer": b"a" * (LARGEST + 1)}
    await page.get_by_label("File", exact=True).set_input_files(large)  # type: ignore[arg-type]  # a FilePayload
    await page.get_by_role("button", name="Add the story").click()
    said = await page.get_by_label("File", exact=True).evaluate("(field) => field.validationMessage")
    assert said == "This file is larger than 5 MB. Choose a smaller one."
    await expect(page.get_by_role("heading", name="Add a story", level=1)).to_be_visible()


async def test_a_file_that_is_not_what_it_says(newsroom: Newsroom, desks: Desks, trouble: Trouble) -> None:
    """One clear sentence on the same page, and no story."""
    page = await desks.open(newsroom, path="/stories/new")
    trouble.allow("status of 400")
    picture, document = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, b"%PDF-1.7\n" + bytes(range(256)) * 9
    for name, data in (("picture.txt", picture), ("document.html", document), ("empty.md", b"")):
        given = {"name": name, "mimeType": "text/plain", "buffer": data}
        await page.get_by_label("File", exact=True).set_input_files(given)  # type: ignore[arg-type]  # a FilePayload
        await page.get_by_role("button", name="Add the story").click()
        said = page.get_by_role("alert").filter(has_text="choose the file again")
        await expect(said.filter(has_text=name)).to_be_visible()
    assert await newsroom.services.stories.listed() == []


async def test_times_are_the_servers(newsroom: Newsroom, desks: Desks) -> None:
    """On a phone that believes in 2001 the calendar has today, and a push starts at the hour it shows."""
    story = await published(newsroom.services)
    page = await desks.open(newsroom)
    await page.clock.set_fixed_time(datetime(2001, 2, 3))  # noqa: DTZ001  # the phone's own
    await page.goto(newsroom.address("/calendar"))
    today = newsroom.app.clock()
    await expect(page.locator("th.today")).to_contain_text(str(today.day))
    await page.goto(newsroom.address(f"/pushes/new?story={story}"))
    await page.get_by_role("button", name="Prepare a push").click()
    await page.get_by_role("radio", name="At this hour:").check()
    wanted = (today + timedelta(days=1)).replace(hour=18, minute=30)
    await page.get_by_label("Day and time").fill(f"{wanted:%Y-%m-%dT%H:%M}")
    await page.get_by_role("button", name="Save the choices").click()
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("region", name="Progress")).to_contain_text("Scheduled")
    await expect(page.get_by_text("6:30")).not_to_have_count(0)
    [push] = await newsroom.services.broadcasts.pushes_of(story)
    assert push.broadcast.start_at == wanted.replace(second=0, microsecond=0)

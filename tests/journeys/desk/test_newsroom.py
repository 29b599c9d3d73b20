"""The desk's other pages by clicking: letters, sources, topics, threads, editors, audit, settings."""

import csv
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from storage.words import EditorRole
from tests.chats import ANNA, EDITH, told
from tests.chromium import MARKS
from tests.factories import published
from tests.newsroom import OMAR, Desks, Newsroom, copy_of, open_newsroom
from tests.sites import Site, answer, opened

pytestmark = MARKS

FEED = '<rss version="2.0"><channel><title>River News</title><link>/</link></channel></rss>'


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()


async def test_a_letter_is_read_and_answered(newsroom: Newsroom, desks: Desks) -> None:
    """Its words are shown in the editor's chat alone; the reader gets the answer by the bot."""
    for person in (ANNA, EDITH):
        await newsroom.chats.ask(person, "/start")
    await newsroom.chats.write(ANNA, "Is the bridge open to lorries?")
    await newsroom.chats.told()
    page = await desks.open(newsroom)
    await page.get_by_role("link", name="1 message of readers without an answer").click()
    await page.get_by_role("main").get_by_role("listitem").get_by_role("heading").get_by_role("link").click()
    await expect(page.get_by_role("heading", name="A reader’s message")).to_be_visible()
    await expect(page.get_by_text("lorries")).to_have_count(0)
    await press(page, "Show it in my chat")
    await expect(page.get_by_role("status")).to_contain_text("in your chat with the bot now")
    await page.get_by_label("Your answer").fill("Up to three tons.")
    await press(page, "Send")
    await expect(page.get_by_role("status")).to_have_text("Your answer was sent.")
    assert "Up to three tons." in told(newsroom.chats.said(ANNA)[-1])


async def test_a_source_is_added_paused_and_removed(
    desks: Desks, sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the address of its feed, which is read at once."""
    async with opened(Site()) as site:
        site.replies["/rss"] = answer(FEED.encode(), kind="application/rss+xml")
        monkeypatch.setattr("bot.runtime.build.fetcher_of", lambda _settings: site.fetcher())
        async with open_newsroom(copy_of(sqlite_template, tmp_path)) as newsroom:
            page = await desks.open(newsroom, path="/sources")
            await page.get_by_text("Add a source").click()
            await page.get_by_label("Address of the feed").fill(site.address("/rss"))
            await page.get_by_label("Topics of its stories").fill("Bridges")
            await press(page, "Add")
            await expect(page.get_by_role("heading", name="River News", level=1)).to_be_visible()
            await press(page, "Stop polling it")
            await press(page, "Resume")
            await expect(page.get_by_role("button", name="Stop polling it")).to_be_visible()
            [listed] = await newsroom.services.sources.listed()
            assert [topic.name for topic in listed.source.topics] == ["Bridges"]
            await page.get_by_text("Remove …").click()
            await press(page, "Remove this source")
            await expect(page.get_by_text("There is no such source.")).to_be_visible()


async def test_a_topic_and_a_thread_are_renamed(newsroom: Newsroom, desks: Desks) -> None:
    """Readers see the new names; the list of topics opens and closes what one needs."""
    first = await published(newsroom.services, "The bridge falls", ["Bridges"])
    second = await published(newsroom.services, "The bridge is open", ["Bridges"])
    await newsroom.services.editing.continue_story(second, first, version=None, actor="test")
    page = await desks.open(newsroom, path="/topics")
    await page.get_by_text("Rename …").click()
    await page.get_by_label("New name").fill("Bridges and ferries")
    await press(page, "Rename")
    await expect(page.get_by_role("rowheader", name="Bridges and ferries")).to_be_visible()
    await page.get_by_role("link", name="Threads").click()
    await page.get_by_role("rowheader").get_by_role("link").click()
    await page.get_by_text("Rename …").click()
    await page.get_by_label("Title, as readers see it").fill("The bridge at Tarnhollow")
    await press(page, "Rename")
    await expect(page.get_by_role("heading", name="The bridge at Tarnhollow", level=1)).to_be_visible()
    await expect(page.get_by_role("link", name="The bridge falls")).to_be_visible()


async def test_an_editor_is_named_by_an_invitation(newsroom: Newsroom, desks: Desks) -> None:
    """Its link makes Anna an editor; then Edith lets her publish, and takes it all away again."""
    page = await desks.open(newsroom, path="/editors")
    await page.get_by_role("radio", name="Editor: Writes").check()
    await press(page, "Make an invitation")
    link = (await page.locator(".said").inner_text()).strip()
    newsroom.telegram.world.start(ANNA, link.partition("start=")[2])
    await newsroom.chats.handled()
    await page.get_by_role("link", name="‹ Editors").click()
    anna = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Anna"))
    await anna.get_by_text("Change …").click()
    await anna.get_by_label("Role").select_option("Publisher")
    await anna.get_by_role("button", name="Save").click()
    await expect(anna).to_contain_text("Publisher:")
    roles = {one.person_id: one.role for one in await newsroom.services.editors.listed()}
    assert roles[ANNA] is EditorRole.PUBLISHER
    await anna.get_by_text("Change …").click()
    await anna.get_by_role("button", name="Yes, remove").click()
    await expect(anna).to_have_count(0)


async def test_the_audit_is_filtered_and_saved(newsroom: Newsroom, desks: Desks, tmp_path: Path) -> None:
    """The file has the rows that the page shows."""
    story = await published(newsroom.services)
    page = await desks.open(newsroom, OMAR, "/audit")
    await page.get_by_label("About").select_option("Story")
    await page.get_by_label("What", exact=True).select_option("Published")
    await press(page, "Filter")
    await expect(page.get_by_role("row")).to_have_count(2)
    await expect(page.get_by_role("link", name=f"Story {story}")).to_be_visible()
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Save these entries as a CSV file").click()
    await (await started.value).save_as(tmp_path / "audit.csv")
    with (tmp_path / "audit.csv").open(newline="", encoding="utf-8") as opened_file:
        rows = list(csv.DictReader(opened_file))
    assert [(row["action"], row["number"]) for row in rows] == [("publish", str(story))]


async def test_numbers_and_settings_are_shown(newsroom: Newsroom, desks: Desks) -> None:
    """Readers are counted and drawn, settings are named without secrets."""
    await newsroom.readers(2)
    page = await desks.open(newsroom)
    await page.get_by_role("link", name="Readers").click()
    await expect(page.locator(".plot canvas").first).to_be_visible()
    await page.get_by_role("link", name="Configuration").click()
    await expect(page.get_by_text("SEND_RATE", exact=True)).to_be_visible()
    assert str(newsroom.app.settings.bot_token.get_secret_value()) not in await page.content()

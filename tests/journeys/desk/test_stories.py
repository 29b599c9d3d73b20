"""Stories by clicking: review, edit, publish, undo, add; and two editors on one story."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from storage.words import StoryState
from tests.chromium import MARKS
from tests.factories import analysis
from tests.newsroom import EDITH, OMAR, Desks, Newsroom, Trouble
from tests.waiting import comes_true

pytestmark = MARKS

TEXT = """The ferry is back

The village of Perekopivka has its ferry back. The old boat burned in the spring. Neighbours from both banks
bought wood and built a new one in six weeks. The ferryman, Stepan Hrytsenko, takes children to school again.
"""


async def draft(newsroom: Newsroom, headline: str = "Volunteers reopen the bridge") -> int:
    """Add a draft whose card nobody needs in the chat."""
    added = await newsroom.services.stories.add(analysis(headline), actor="test")
    await newsroom.services.review.mark_announced(added.story.id)
    return added.story.id


async def state(newsroom: Newsroom, story: int) -> StoryState:
    return (await newsroom.services.stories.inspect(story)).state


async def save(page: Page) -> None:
    await page.get_by_role("button", name="Save").click()


async def test_a_draft_is_reviewed_edited_and_published(newsroom: Newsroom, desks: Desks) -> None:
    """From Today to the readers: the card shows each change, and the length is chosen without a new page."""
    story = await draft(newsroom)
    page = await desks.open(newsroom)
    await page.get_by_role("link", name="Volunteers reopen the bridge").click()
    card = page.get_by_role("region", name="As readers will see it")
    await expect(card).to_contain_text("Three sentences.")
    await page.evaluate("window.isSame = true")
    await page.get_by_role("link", name="1 sentence", exact=True).click()
    await expect(card).not_to_contain_text("Three sentences.")
    assert await page.evaluate("window.isSame")
    await page.get_by_label("Headline").fill("The bridge is open")
    await page.get_by_label("Summary: 1 sentence", exact=True).fill("People cross it again.")
    await page.get_by_label("Another topic").fill("Bridges")
    await save(page)
    await expect(page.get_by_role("status")).to_have_text("Saved.")
    await expect(card).to_contain_text("People cross it again.")
    await page.get_by_role("button", name="Publish quietly").click()
    await expect(page.get_by_role("status")).to_contain_text("Published quietly")
    found = await newsroom.services.stories.inspect(story)
    assert (found.headline, found.state) == ("The bridge is open", StoryState.PUBLISHED)
    assert [topic.name for topic in found.topics] == ["Bridges"]


async def test_a_decision_is_undone(
    newsroom: Newsroom, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For some seconds, with a button that says so; then nothing has happened."""
    monkeypatch.setattr(newsroom.services.decisions, "_grace", timedelta(minutes=5))
    story = await draft(newsroom)
    page = await desks.open(newsroom, path=f"/stories/{story}")
    await page.get_by_role("button", name="Reject").click()
    await expect(page.get_by_role("status")).to_contain_text("about to be rejected")
    await page.get_by_role("button", name="Undo this").click()
    await expect(page.get_by_role("status")).to_contain_text("Undone")
    assert await state(newsroom, story) is StoryState.DRAFT


async def test_a_story_is_pasted(newsroom: Newsroom, desks: Desks) -> None:
    """Its first line becomes the headline, and its page opens."""
    page = await desks.open(newsroom, path="/stories")
    await page.get_by_role("link", name="Add a story").click()
    await page.get_by_label("Text: the headline in the first line").fill(TEXT)
    await page.get_by_role("button", name="Add the story").click()
    await expect(page.get_by_role("heading", name="The ferry is back", level=1)).to_be_visible()
    await expect(page.get_by_role("status")).to_contain_text("added as a draft")


async def test_several_drafts_get_a_topic_at_once(newsroom: Newsroom, desks: Desks) -> None:
    """Those that are ticked, and no other."""
    first, second = await draft(newsroom, "The first"), await draft(newsroom, "The second")
    page = await desks.open(newsroom, path="/stories")
    await page.get_by_role("checkbox", name="The first").check()
    await page.get_by_label("Topic").fill("Bridges")
    await page.get_by_role("button", name="Add this topic").click()
    await expect(page.get_by_role("status")).to_have_text("1 story was changed.")
    topics = [len((await newsroom.services.stories.inspect(one)).topics) for one in (first, second)]
    assert topics == [1, 0]


async def test_what_was_decided_about_several_goes_when_it_has_acted(
    newsroom: Newsroom, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notice with its button goes by itself, and so does the story; what else is ticked stays so."""
    monkeypatch.setattr(newsroom.services.decisions, "_grace", timedelta(seconds=4))
    rejected, kept = await draft(newsroom, "The first"), await draft(newsroom, "The second")
    page = await desks.open(newsroom, path="/stories")
    await page.get_by_role("checkbox", name="The first").check()
    await page.get_by_role("button", name="Reject").click()
    notice = page.get_by_role("status").filter(has_text="1 story is about to be rejected.")
    await expect(notice).to_be_visible()
    await page.evaluate("window.isSame = true")
    await page.get_by_role("checkbox", name="The second").check()
    await page.get_by_label("Topic").fill("Brid")
    await expect(notice).to_have_count(0)
    await expect(page.get_by_role("link", name="The first")).to_have_count(0)
    await expect(page.get_by_role("link", name="Rejected 1")).to_be_visible()
    await expect(page.get_by_role("checkbox", name="The second")).to_be_checked()
    await expect(page.get_by_label("Topic")).to_have_value("Brid")
    assert await page.evaluate("window.isSame")
    assert await state(newsroom, rejected) is StoryState.REJECTED
    assert await state(newsroom, kept) is StoryState.DRAFT


async def test_what_was_decided_about_one_goes_when_it_has_acted(
    newsroom: Newsroom, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page has the new state and its buttons then, and what was typed."""
    monkeypatch.setattr(newsroom.services.decisions, "_grace", timedelta(seconds=4))
    story = await draft(newsroom)
    page = await desks.open(newsroom, path=f"/stories/{story}")
    await page.get_by_role("button", name="Reject").click()
    await expect(page.get_by_role("button", name="Undo this")).to_be_visible()
    await page.get_by_label("Another topic").fill("Brid")
    await expect(page.get_by_role("button", name="Make it a draft again")).to_be_visible()
    await expect(page.get_by_role("button", name="Undo this")).to_have_count(0)
    await expect(page.get_by_text("Rejected: readers will not see it.")).to_be_visible()
    await expect(page.get_by_label("Another topic")).to_have_value("Brid")


async def test_a_published_story_is_withdrawn(newsroom: Newsroom, desks: Desks) -> None:
    """With a sentence for readers; the page then says so."""
    story = await draft(newsroom)
    await newsroom.services.review.publish(story, actor="test", push=False)
    page = await desks.open(newsroom, path=f"/stories/{story}")
    await page.get_by_role("link", name="Withdraw …").click()
    await page.get_by_role("textbox").fill("The bridge was another one.")
    await page.get_by_role("button", name="Withdraw").click()
    await expect(page.get_by_role("status")).to_contain_text("withdrawn")
    assert await state(newsroom, story) is StoryState.WITHDRAWN


async def test_the_second_of_two_editors_keeps_their_text(
    newsroom: Newsroom, desks: Desks, trouble: Trouble
) -> None:
    """Omar sees that Edith was first, what she wrote, and his own words in the field; then he saves them."""
    story = await draft(newsroom)
    edith = await desks.open(newsroom, EDITH, f"/stories/{story}")
    omar = await desks.open(newsroom, OMAR, f"/stories/{story}")
    await edith.get_by_label("Headline").fill("Edith’s headline")
    await omar.get_by_label("Headline").fill("Omar’s headline")
    await save(edith)
    await expect(edith.get_by_role("status")).to_have_text("Saved.")
    trouble.allow("status of 409")
    await save(omar)
    await expect(omar.get_by_role("alert").filter(has_text="Edith")).to_contain_text("Your text is still")
    await expect(omar.get_by_text("Stored meanwhile by another editor: Edith’s headline")).to_be_visible()
    await expect(omar.get_by_label("Headline")).to_have_value("Omar’s headline")
    await save(omar)
    await expect(omar.get_by_role("heading", name="Omar’s headline", level=1)).to_be_visible()


async def test_what_somebody_else_has_decided_is_not_decided_again(
    newsroom: Newsroom, desks: Desks, trouble: Trouble
) -> None:
    """Omar rejects what Edith has published meanwhile: he reads who was first, and it stays published."""
    story = await draft(newsroom)
    omar = await desks.open(newsroom, OMAR, f"/stories/{story}")
    edith = await desks.open(newsroom, EDITH, f"/stories/{story}")
    await edith.get_by_role("button", name="Publish quietly").click()

    async def is_published() -> bool:
        return await state(newsroom, story) is StoryState.PUBLISHED

    await comes_true(is_published)
    trouble.allow("status of 40[39]")
    await omar.get_by_role("button", name="Reject").click()
    await expect(omar.get_by_role("alert").filter(has_text="Edith")).to_be_visible()
    assert await is_published()

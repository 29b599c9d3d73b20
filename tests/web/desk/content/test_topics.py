"""Topics and Threads at the desk: lists, and names that two editors change."""

from bot.services import Services
from storage.database import Database
from storage.stories import stories, threads
from storage.words import EditorRole
from tests.factories import NOON, analysis
from tests.web.desk.conftest import SignIn

ELLA = 2001


async def thread_with_stories(services: Services, database: Database) -> int:
    """A Thread of two Stories."""
    async with database.transaction() as session:
        number = await threads.make(session, title="Міст через річку", now=NOON)
    for headline in ("The bridge falls", "The bridge stands"):
        story = (await services.stories.add(analysis(headline), actor="test")).story
        async with database.transaction() as session:
            await stories.change(session, story.id, thread_id=number)
    return number


async def test_topics_are_listed_and_renamed(sign_in: SignIn, services: Services) -> None:
    """What people type stays the same; the change is in the log."""
    await services.stories.add(analysis(), ["Bridges", "Rivers"], actor="test")
    browser = await sign_in()
    shown = await browser.get("/topics")
    assert "bridges 1" in shown.text
    await browser.post("/topics/1/name", {"name": " Old\0  bridges ", "seen": "Bridges"})
    text = (await browser.get("/topics")).text
    assert "Old bridges" in text
    assert "bridges 1" in text
    assert "name: Bridges → Old bridges" in (await browser.get("/audit?subject=topic&number=1")).text


async def test_a_topic_gets_no_name_of_another(sign_in: SignIn, services: Services) -> None:
    """Nor one without letters, nor one that an editor gave who did not see the present one."""
    await services.stories.add(analysis(), ["Bridges", "Rivers"], actor="test")
    browser = await sign_in()
    for name, seen, words in (
        ("rivers", "Bridges", "of this name already"),
        ("!!!", "Bridges", "at least one letter"),
        ("x" * 65, "Bridges", "at most 64 characters"),
        ("Roads", "Streets", "has just called this topic “Bridges”"),
    ):
        refused = await browser.post("/topics/1/name", {"name": name, "seen": seen})
        assert refused.status in {400, 403}
        assert words in refused.text
        assert name in refused.page.xpath("//input[@name='name']/@value")
    assert [topic.name for topic in await services.stories.topics()] == ["Bridges", "Rivers"]
    assert (await browser.post("/topics/9/name", {"name": "Roads", "seen": ""})).status == 404
    editor = await sign_in(ELLA, EditorRole.EDITOR)
    assert (await editor.post("/topics/1/name", {"name": "Roads", "seen": "Bridges"})).status == 403


async def test_threads_are_found_and_renamed(sign_in: SignIn, services: Services, database: Database) -> None:
    """By a word of the title in any letter case; drafts stand among the Stories."""
    number = await thread_with_stories(services, database)
    browser = await sign_in()
    assert "Міст через річку" in (await browser.get("/threads?q=міст")).text
    assert "Міст" not in (await browser.get("/threads?q=road")).page.xpath("string(//main//table)")
    shown = (await browser.get(f"/threads/{number}")).text
    assert "2 stories · 0 readers follow it" in shown
    assert shown.index("The bridge stands") < shown.index("The bridge falls")
    renamed = await browser.post(
        f"/threads/{number}/title", {"title": "The bridge", "seen": "Міст через річку"}
    )
    assert renamed.page.xpath("//h1/text()") == ["The bridge"]
    late = await browser.post(f"/threads/{number}/title", {"title": "A road", "seen": "Міст через річку"})
    assert "has just called this thread “The bridge”" in late.text
    assert late.page.xpath("//input[@name='title']/@value") == ["A road"]
    assert (
        await browser.post(f"/threads/{number}/title", {"title": " ", "seen": "The bridge"})
    ).status == 400
    assert (await browser.get("/threads/99")).status == 404


async def test_two_topics_are_merged(sign_in: SignIn, services: Services) -> None:
    """A page says how many stories that concerns, and asks; the log has it."""
    await services.stories.add(analysis(), ["Bridges", "Rivers"], actor="test")
    story = (await services.stories.add(analysis(), ["Bridges"], actor="test")).story.id
    browser = await sign_in()
    [form] = (await browser.get("/topics")).page.xpath("//form[@action='/desk/topics/1/merge']")
    assert form.xpath(".//option/@value") == ["2"]
    asked = await browser.get("/topics/1/merge?into=2")
    assert "Merge “Bridges” into “Rivers”?" in asked.text
    assert "2 stories" in asked.text
    [form] = asked.page.xpath("//form[@action='/desk/topics/1/merge']")
    done = await browser.post("/topics/1/merge", dict(form.form_values()))
    assert "The topics were merged." in done.text
    assert [one.name for one in (await services.stories.inspect(story)).topics] == ["Rivers"]
    assert "Merged into another one" in (await browser.get("/audit?subject=topic&number=1")).text


async def test_a_merge_that_cannot_be_says_why(sign_in: SignIn, services: Services) -> None:
    """Without another topic, with itself, with one that is gone, or with one that got another name."""
    await services.stories.add(analysis(), ["Bridges", "Rivers"], actor="test")
    browser = await sign_in()
    for address, words in (
        ("/topics/1/merge", "Choose one from the list."),
        ("/topics/1/merge?into=1", "Choose another topic"),
        ("/topics/1/merge?into=9", "no longer exists"),
    ):
        assert words in (await browser.get(address)).text
    given = {"into": "2", "seen": "Bridges", "seen_into": "Streams"}
    refused = await browser.post("/topics/1/merge", given)
    assert refused.status == 403
    assert "has just called this topic “Rivers”" in refused.text

"""The lists of Stories: tabs, search, paging, and what is done with several."""

import pytest

from bot.services import Services
from storage.stories import search
from storage.words import EditorRole, StoryState
from tests.factories import MovableClock, analysis, published
from tests.web.desk.browser import Answer
from tests.web.desk.conftest import SignIn

EDITH = 2001


async def draft(services: Services, headline: str = "Volunteers reopen the bridge") -> int:
    """A draft, by its number."""
    return (await services.stories.add(analysis(headline), actor="test")).story.id


async def state(services: Services, story_id: int) -> StoryState:
    return (await services.stories.inspect(story_id)).state


async def states(services: Services, *numbers: int) -> list[StoryState]:
    return [await state(services, number) for number in numbers]


def boxes(answer: Answer) -> list[str]:
    """The values of the list's checkboxes."""
    return [str(one) for one in answer.page.xpath("//ul[@class='cards']//input/@value")]


def listed(answer: Answer) -> list[str]:
    """The headlines of a list."""
    return [one.text_content() for one in answer.page.xpath("//ul[@class='cards']//h2")]


def alerts(answer: Answer) -> str:
    return " ".join(" ".join(one.text_content().split()) for one in answer.page.xpath("//*[@role='alert']"))


async def test_each_state_has_a_tab(sign_in: SignIn, services: Services) -> None:
    """With its number of stories; another word in the address shows the drafts."""
    await draft(services, "One to review")
    await published(services, "One to read")
    await services.review.reject(await draft(services, "One to forget"), actor="test")
    await services.corrections.withdraw(await published(services, "One that is gone"), actor="test")
    browser = await sign_in()
    for name, headline in (
        ("draft", "One to review"),
        ("published", "One to read"),
        ("rejected", "One to forget"),
        ("withdrawn", "One that is gone"),
        ("nonsense", "One to review"),
    ):
        answer = await browser.get(f"/stories?state={name}")
        assert listed(answer) == [headline]
        numbers = [one.text_content().split()[-1] for one in answer.page.xpath("//ul[@class='tabs']/li")]
        assert numbers == ["1", "0", "1", "1", "1"]  # none is scheduled


async def test_stories_are_found_by_words_and_by_number(sign_in: SignIn, services: Services) -> None:
    """Words within the tab, a number anywhere; what finds nothing says so."""
    wanted, other = await draft(services, "A lighthouse is lit again"), await published(services, "Bread")
    await draft(services)
    browser = await sign_in()
    assert listed(await browser.get("/stories?q=lighthouses")) == ["A lighthouse is lit again"]
    assert listed(await browser.get("/stories?state=published&q=lighthouse")) == []
    assert listed(await browser.get(f"/stories?q=%23{wanted}")) == ["A lighthouse is lit again"]
    assert listed(await browser.get(f"/stories?q={other}")) == ["Bread"]
    assert "0 stories were found." in (await browser.get("/stories?q=%21%21")).text
    assert "0 stories were found." in (await browser.get("/stories?q=999999999")).text


async def test_long_lists_have_pages(sign_in: SignIn, services: Services) -> None:
    """Newest first; a page past the end shows the first."""
    for number in range(27):
        await draft(services, f"Draft {number}")
    browser = await sign_in()
    first, second = await browser.get("/stories"), await browser.get("/stories?page=1")
    assert listed(first)[0] == "Draft 26"
    assert [*listed(first), *listed(second)] == [f"Draft {number}" for number in reversed(range(27))]
    assert first.page.xpath("//a[@rel='next']/@href") == ["/desk/stories?state=draft&page=1"]
    assert listed(await browser.get("/stories?page=9")) == listed(first)


async def test_a_search_that_finds_too_many_says_so(
    sign_in: SignIn, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows the newest, and what to do to find others."""
    monkeypatch.setattr(search, "MOST", 2)
    for number in range(3):
        await draft(services, f"Bridge {number}")
    answer = await (await sign_in()).get("/stories?q=bridge")
    assert "More than 2 stories have these words." in answer.text
    assert listed(answer) == ["Bridge 2", "Bridge 1"]


async def test_a_search_stays_while_one_turns_pages(sign_in: SignIn, services: Services) -> None:
    """Whatever is in it."""
    for number in range(26):
        await draft(services, f"Bridge & <boat> {number}")
    answer = await (await sign_in()).get("/stories?q=bridge+%26+boat")
    [following] = answer.page.xpath("//a[@rel='next']/@href")
    assert following == "/desk/stories?state=draft&q=bridge+%26+boat&page=1"


async def test_several_are_published_quietly(
    sign_in: SignIn, services: Services, clock: MovableClock
) -> None:
    """Those that are chosen, after ten seconds; meanwhile the same place of the list says so."""
    one, two, three = [await draft(services) for _ in range(3)]
    chosen = {"story": [f"{one}.0", f"{two}.0"], "state": "draft"}
    browser = await sign_in()
    answer = await browser.post("/stories/publish", chosen)
    assert answer.address == "/desk/stories?state=draft"
    assert "2 stories are about to be published quietly. It happens in 10 seconds." in answer.text
    assert await states(services, one, two, three) == [StoryState.DRAFT] * 3
    assert boxes(answer) == [f"{three}.0"]
    clock.advance(seconds=10)
    assert "about to be" not in (await browser.get("/stories")).text
    assert [await state(services, number) for number in (one, two, three)] == [
        StoryState.PUBLISHED,
        StoryState.PUBLISHED,
        StoryState.DRAFT,
    ]
    assert await services.broadcasts.listed(limit=5) == []


async def test_several_are_rejected_and_restored(
    sign_in: SignIn, services: Services, clock: MovableClock
) -> None:
    """An editor may do both."""
    one, two = await draft(services), await draft(services)
    browser = await sign_in(EDITH, EditorRole.EDITOR)
    answer = await browser.post("/stories/reject", {"story": [f"{one}.0", f"{two}.0"]})
    assert "2 stories are about to be rejected. It happens in 10 seconds." in answer.text
    clock.advance(seconds=10)
    await browser.get("/stories")
    assert [await state(services, number) for number in (one, two)] == [StoryState.REJECTED] * 2
    answer = await browser.post("/stories/restore", {"story": f"{one}.1", "state": "rejected"})
    assert answer.address.startswith("/desk/stories?state=rejected")
    assert await state(services, one) is StoryState.DRAFT


@pytest.mark.parametrize("decision", ["publish", "reject"])
async def test_several_are_undone_at_once(
    sign_in: SignIn, services: Services, clock: MovableClock, decision: str
) -> None:
    """Within ten seconds by one button, of which others see nothing; then nothing happens."""
    one, two = await draft(services), await draft(services)
    browser, other = await sign_in(), await sign_in(EDITH, EditorRole.EDITOR)
    answer = await browser.post(f"/stories/{decision}", {"story": [f"{one}.0", f"{two}.0"]})
    [form] = answer.page.xpath("//form[@action='/desk/stories/undo']")
    assert (await other.get("/stories")).page.xpath("//form[@action='/desk/stories/undo']") == []
    assert (await other.get("/stories")).text.count("This story is about to be") == 2
    clock.advance(seconds=9)
    later = (await browser.get("/stories")).page.xpath("//*[@id='decided']")[0]
    assert "It happens in 1 second." in later.text_content()
    assert later.get("hx-trigger") == "load delay:1s"
    undone = await browser.post("/stories/undo", {"story": form.xpath(".//input[@name='story']/@value")})
    assert undone.address == "/desk/stories?state=draft&undone=2"
    assert "2 decisions were undone." in undone.text
    clock.advance(seconds=2)
    assert boxes(await browser.get("/stories")) == [f"{two}.0", f"{one}.0"]
    assert await states(services, one, two) == [StoryState.DRAFT] * 2


async def test_what_has_acted_is_not_undone(sign_in: SignIn, services: Services, clock: MovableClock) -> None:
    """The sentence says so once, and what still can be undone is."""
    early, late = await draft(services), await draft(services)
    browser = await sign_in()
    await browser.post("/stories/reject", {"story": f"{early}.0"})
    clock.advance(seconds=8)
    await browser.post("/stories/reject", {"story": f"{late}.0"})
    clock.advance(seconds=3)
    await browser.get("/stories")
    answer = await browser.post("/stories/undo", {"story": [early, late, "x"]})
    assert answer.status == 409
    assert "It is too late to undo that." in alerts(answer)
    assert "1 decision was undone." in answer.text
    assert await states(services, early, late) == [StoryState.REJECTED, StoryState.DRAFT]


async def test_a_topic_is_added_to_several(sign_in: SignIn, services: Services) -> None:
    """A new one, and one that is there already under nearly the same name."""
    one, two = await draft(services), await draft(services)
    browser = await sign_in()
    for name in ("Bridges", "bridges"):
        await browser.post("/stories/topic", {"story": [f"{one}.0", f"{two}.0"], "topic": name})
    for number in (one, two):
        assert [topic.name for topic in (await services.stories.inspect(number)).topics] == ["Bridges"]


async def test_what_was_changed_meanwhile_is_left_alone(
    sign_in: SignIn, services: Services, clock: MovableClock
) -> None:
    """The others are published; of this one the editor hears whose change came first, and it stays chosen."""
    one, two = await draft(services), await draft(services)
    await services.editing.set_headline(one, "Another", version=None, actor=f"editor {EDITH}")
    answer = await (await sign_in()).post("/stories/publish", {"story": [f"{one}.0", f"{two}.0"]})
    assert answer.status == 409
    assert f"The headline of story {one} was changed by Person {EDITH}" in alerts(answer)
    assert "1 story is about to be published quietly." in answer.text
    assert answer.page.xpath("//input[@type='checkbox'][@checked]/@value") == [f"{one}.1"]
    clock.advance(seconds=10)
    await services.decisions.act_due()
    assert await states(services, one, two) == [StoryState.DRAFT, StoryState.PUBLISHED]


async def test_an_editor_publishes_nothing(sign_in: SignIn, services: Services) -> None:
    """They see no button for it, and a form of their own making is refused."""
    story = await draft(services)
    browser = await sign_in(EDITH, EditorRole.EDITOR)
    assert (await browser.get("/stories")).page.xpath("//button[contains(@formaction, 'publish')]") == []
    assert (await browser.post("/stories/publish", {"story": f"{story}.0"})).status == 403
    assert await state(services, story) is StoryState.DRAFT


async def test_an_editor_changes_no_published_story(sign_in: SignIn, services: Services) -> None:
    """Not even its topics."""
    story = await published(services)
    browser = await sign_in(EDITH, EditorRole.EDITOR)
    assert (await browser.get("/stories?state=published")).page.xpath("//input[@name='story']") == []
    fields = {"story": f"{story}.1", "topic": "Bridges", "state": "published"}
    answer = await browser.post("/stories/topic", fields)
    assert "Only a publisher or an owner can do this." in alerts(answer)
    assert (await services.stories.inspect(story)).topics == []


@pytest.mark.parametrize(
    "chosen", [{}, {"story": "x"}, {"story": "1"}, {"story": "1.2.3"}, {"story": "-1.0"}]
)
async def test_nothing_chosen_changes_nothing(
    sign_in: SignIn, services: Services, chosen: dict[str, object]
) -> None:
    """One sentence says what to do."""
    story = await draft(services)
    answer = await (await sign_in()).post("/stories/reject", {"story": chosen or []})
    assert answer.status == 400
    assert "Choose at least one story." in answer.text
    assert await state(services, story) is StoryState.DRAFT


async def test_a_name_that_is_none_is_asked_for_again(sign_in: SignIn, services: Services) -> None:
    """What was typed stands there still, and what was chosen is still chosen."""
    story = await draft(services)
    answer = await (await sign_in()).post("/stories/topic", {"story": f"{story}.0", "topic": "!!"})
    assert "needs at least one letter" in alerts(answer)
    assert answer.page.xpath("//input[@name='topic']/@value") == ["!!"]
    assert answer.page.xpath("//input[@type='checkbox'][@checked]/@value") == [f"{story}.0"]


async def test_headlines_are_text(sign_in: SignIn, services: Services) -> None:
    """Whatever a page elsewhere called its story."""
    headline = "<script>alert(1)</script> & “more”"
    await draft(services, headline)
    answer = await (await sign_in()).get("/stories")
    assert listed(answer) == [headline]
    assert "<script>alert" not in answer.body


async def test_enter_publishes_nothing(sign_in: SignIn, services: Services) -> None:
    """The key sends a form by its first button, so that is the harmless one."""
    await draft(services)
    page = (await (await sign_in()).get("/stories")).page
    assert page.xpath("(//form[@method='post'][.//input[@name='topic']]//button)[1]/@formaction") == [
        "/desk/stories/topic"
    ]

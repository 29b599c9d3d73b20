"""One Story on the desk: what it shows, its form, decisions, and two editors at once."""

from dataclasses import replace
from typing import Any

import pytest

from bot.pleas.findings import Plea
from bot.services import Services
from storage.models import Story
from storage.words import ContentWarning, EditorRole, Length, StoryState
from tests.factories import MovableClock, analysis, published
from tests.web.desk.browser import Answer
from tests.web.desk.conftest import SignIn
from tests.web.desk.stories.test_stories import alerts, draft, state

EDITH, OMAR = 2001, 2002


async def now(services: Services, story_id: int) -> Story:
    return await services.stories.inspect(story_id)


def form_of(answer: Answer) -> dict[str, Any]:
    """The fields of the form as a browser would send them."""
    [form] = answer.page.xpath("//form[contains(@action, '/edit')]")
    fields: dict[str, Any] = {}
    for name, value in form.form_values():
        if name != "token":
            fields.setdefault(name, []).append(value)
    return fields


async def test_the_card_stands_beside_the_text(sign_in: SignIn, services: Services) -> None:
    """The summary's sentences are marked in it; those of another length on demand."""
    body = "The bridge holds.\n\nNobody thought so. The ferry rests."
    added = await services.stories.add(analysis(body=body), actor="test")
    story = added.story.id
    for length, text in (
        (Length.BRIEF, "Nobody thought so."),
        (Length.SHORT, "The bridge holds.\nIt is <b>."),
    ):
        await services.editing.set_summary(story, length, text, version=None, actor="test")
    browser = await sign_in()
    short = await browser.get(f"/stories/{story}")
    assert [one.text_content() for one in short.page.xpath("//mark")] == ["The bridge holds."]
    assert "The bridge holds. It is <b>." in short.page.xpath("//*[@class='said']")[0].text_content()
    assert "Not in the text word for word: It is <b>." in short.text
    brief = await browser.get(f"/stories/{story}?length=brief")
    assert [one.text_content() for one in brief.page.xpath("//mark")] == ["Nobody thought so."]
    assert "Nobody thought so." in brief.page.xpath("//*[@class='said']")[0].text_content()


async def test_a_form_that_changes_nothing_changes_nothing(sign_in: SignIn, services: Services) -> None:
    """As a browser sends it: with line ends of its own."""
    story = await draft(services)
    browser = await sign_in()
    fields = form_of(await browser.get(f"/stories/{story}"))
    crlf = {name: [one.replace("\n", "\r\n") for one in values] for name, values in fields.items()}
    answer = await browser.post(f"/stories/{story}/edit", crlf)
    assert "Saved." in answer.text
    assert (await now(services, story)).version == 0


async def test_everything_is_edited_at_once(sign_in: SignIn, services: Services) -> None:
    """Texts, choices, lists: one form, one transaction."""
    other = await published(services, "Der Brückenschlag", language="de")
    appeal = await services.appeals.propose(
        organisation="Bridge Aid", url="https://bridge.example/help", actor="test"
    )
    body = "The bridge holds. “Please bring us boats,” said Ida Holm."
    story = (await services.stories.add(analysis(body=body), ["Boats"], actor="test")).story.id
    browser = await sign_in()
    fields = form_of(await browser.get(f"/stories/{story}"))
    fields |= {
        "headline": "The bridge\u00a0holds",
        "summary_brief": "It holds.",
        "summary_short": "It holds.\r\nIt held.",
        "summary_long": "It will hold.",
        "plea": "Please bring us boats",
        "plea_speaker": "Ida Holm",
        "topics": [],
        "new_topic": "Bridges",
        "appeal": str(appeal.id),
        "thread": "new",
        "translation": f"#{other}",
        "warnings": ["violence", "death"],
    }
    answer = await browser.post(f"/stories/{story}/edit", fields | {"length": ["long"]})
    assert answer.address == f"/desk/stories/{story}?done=saved&length=long"
    saved = await now(services, story)
    assert saved.headline == "The bridge holds"
    assert {one.length: one.text for one in saved.summaries} == {
        Length.BRIEF: "It holds.",
        Length.SHORT: "It holds.\nIt held.",
        Length.LONG: "It will hold.",
    }
    assert (saved.plea, saved.plea_speaker) == ("Please bring us boats", "Ida Holm")
    assert [topic.name for topic in saved.topics] == ["Bridges"]
    assert saved.appeal_id == appeal.id
    assert saved.translation_of == other
    assert saved.warnings == f"{ContentWarning.VIOLENCE} {ContentWarning.DEATH}"
    [thread] = await services.review.threads(5)
    assert (thread.id, thread.title) == (saved.thread_id, "The bridge holds")


async def test_a_thread_is_picked_by_its_title(sign_in: SignIn, services: Services) -> None:
    """And left again."""
    first, story = await draft(services, "The flood"), await draft(services)
    await services.editing.begin_thread(first, version=None, actor="test")
    browser = await sign_in()
    answer = await browser.get(f"/stories/{story}")
    [value] = answer.page.xpath("//select[@name='thread']/option[. = 'The flood']/@value")
    await browser.post(f"/stories/{story}/edit", form_of(answer) | {"thread": value})
    assert (await now(services, story)).thread_id == (await now(services, first)).thread_id
    fields = form_of(await browser.get(f"/stories/{story}"))
    assert fields["thread"] == [value]
    await browser.post(f"/stories/{story}/edit", fields | {"thread": ""})
    assert (await now(services, story)).thread_id is None


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("headline", " ", "A headline must have 1 to 300 characters; this one has 0."),
        ("summary_short", "x" * 1501, "A summary must have 1 to 1,500 characters"),
        ("plea", "Nobody said this", "The story does not say that."),
        ("new_topic", "???", "needs at least one letter or digit"),
        ("language", "klingon", "is not a language code"),
        ("translation", "twelve", "Give the number of the original story"),
        ("translation", "999999", "There is no story 999999."),
        ("appeal", "999999", "This appeal is no longer available."),
        ("appeal", "x", "Choose one from the list."),
        ("thread", "999999", "This thread no longer exists."),
        ("topics", "999999", "This topic no longer exists."),
    ],
)
async def test_what_cannot_be_stored_stays_in_the_form(
    sign_in: SignIn, services: Services, field: str, typed: str, sentence: str
) -> None:
    """With one sentence; the rest of the form is not stored either, and not lost."""
    story = await draft(services)
    browser = await sign_in()
    fields = form_of(await browser.get(f"/stories/{story}"))
    sent = fields | {"summary_long": "Mine", "headline": "My headline", field: typed}
    answer = await browser.post(f"/stories/{story}/edit", sent)
    assert answer.status == 400
    assert sentence.replace(",", "") in alerts(answer).replace(",", "")
    kept = form_of(answer)
    assert [one.strip() for one in kept["summary_long"]] == ["Mine"]
    if field not in {"appeal", "thread", "topics"}:  # a browser shows no choice that is not there
        assert [one.strip() for one in kept[field]] == [typed.strip()]
    assert (await now(services, story)).version == 0
    assert (
        await browser.post(
            f"/stories/{story}/edit", kept | {field: fields.get(field, []), "headline": "Mine"}
        )
    ).status == 200
    saved = await now(services, story)
    assert (saved.headline, {one.length: one.text for one in saved.summaries}[Length.LONG]) == (
        "Mine",
        "Mine",
    )


async def test_the_second_of_two_editors_keeps_their_text(sign_in: SignIn, services: Services) -> None:
    """They see whose change came first and what is stored, and their next try takes nothing back."""
    story = await draft(services)
    edith, omar = await sign_in(EDITH, EditorRole.EDITOR), await sign_in(OMAR, EditorRole.EDITOR)
    opened = [form_of(await browser.get(f"/stories/{story}")) for browser in (edith, omar)]
    first = opened[0] | {"headline": "By Edith", "summary_brief": "Edith’s."}
    assert (await edith.post(f"/stories/{story}/edit", first)).status == 200
    second = opened[1] | {"headline": "By Omar", "summary_long": "Omar’s."}
    answer = await omar.post(f"/stories/{story}/edit", second)
    assert answer.status == 409
    assert f"was changed by Person {EDITH}" in alerts(answer)
    assert "Your text is still in the form below." in alerts(answer)
    assert "Stored meanwhile by another editor: By Edith" in answer.text
    assert (await now(services, story)).headline == "By Edith"
    kept = form_of(answer)
    names = ("headline", "summary_long", "summary_brief")
    assert [kept[name][0].strip() for name in names] == ["By Omar", "Omar’s.", "Edith’s."]
    assert (await omar.post(f"/stories/{story}/edit", kept)).status == 200
    saved = await now(services, story)
    texts = {one.length: one.text for one in saved.summaries}
    assert (saved.headline, texts[Length.BRIEF], texts[Length.LONG]) == ("By Omar", "Edith’s.", "Omar’s.")


async def test_who_edits_what_was_rejected_keeps_their_text(sign_in: SignIn, services: Services) -> None:
    """It is not stored, and the button waits until the story is a draft again."""
    story = await draft(services)
    browser = await sign_in()
    fields = form_of(await browser.get(f"/stories/{story}")) | {"headline": "Mine"}
    await services.review.reject(story, actor=f"editor {EDITH}")
    answer = await browser.post(f"/stories/{story}/edit", fields)
    assert answer.status == 409
    assert f"was rejected by Person {EDITH}" in alerts(answer)
    assert form_of(answer)["headline"] == ["Mine"]
    assert answer.page.xpath("//button[. = 'Save'][@disabled]")


async def test_a_proposed_plea_is_decided_about(sign_in: SignIn, services: Services) -> None:
    """Nothing is decided by saving something else."""
    found = analysis(body="It holds. “We need boats,” said Ida.")
    proposed = Plea("We need boats", "Ida", "said")
    stories = [
        (await services.stories.add(_with(found, number, proposed), actor="test")).story.id
        for number in range(2)
    ]
    browser = await sign_in()
    for story, answer, plea in zip(stories, ("accept", "drop"), ("We need boats", None), strict=True):
        fields = form_of(await browser.get(f"/stories/{story}"))
        await browser.post(f"/stories/{story}/edit", fields | {"headline": "Else"})
        assert (await now(services, story)).proposed_plea == "We need boats"
        fields = form_of(await browser.get(f"/stories/{story}"))
        await browser.post(f"/stories/{story}/edit", fields | {"proposed_plea": answer})
        assert ((await now(services, story)).plea, (await now(services, story)).proposed_plea) == (plea, None)


def _with(found: Any, number: int, proposed: Plea) -> Any:
    article = replace(found.article, body=f"{found.article.body} Again {number}.")
    return replace(found, article=article, proposed_plea=proposed)


async def test_proposed_warnings_are_decided_about(sign_in: SignIn, services: Services) -> None:
    """Saving something else leaves them proposed."""
    found = replace(analysis(), warnings=(ContentWarning.DEATH,))
    story = (await services.stories.add(found, actor="test")).story.id
    browser = await sign_in()
    fields = form_of(await browser.get(f"/stories/{story}"))
    await browser.post(f"/stories/{story}/edit", fields | {"headline": "Else"})
    answer = await browser.get(f"/stories/{story}")
    assert "Proposed by the words of the story: death" in answer.text
    await browser.post(f"/stories/{story}/edit", form_of(answer) | {"proposed_warnings": "drop"})
    saved = await now(services, story)
    assert (saved.warnings, saved.proposed_warnings) == ("", "")


async def test_an_editor_edits_drafts_alone(sign_in: SignIn, services: Services) -> None:
    """A published story has no form for them, and one of their own making is refused."""
    story, readable = await draft(services), await published(services)
    browser = await sign_in(EDITH, EditorRole.EDITOR)
    fields = form_of(await browser.get(f"/stories/{story}"))
    assert (await browser.post(f"/stories/{story}/edit", fields | {"headline": "Mine"})).status == 200
    page = (await browser.get(f"/stories/{readable}")).page
    assert page.xpath("//form[contains(@action, '/edit') or contains(@action, 'withdraw')]") == []
    sent = fields | {"headline": "Mine", "version": "1"}
    answer = await browser.post(f"/stories/{readable}/edit", sent)
    assert answer.status == 403
    assert "Only a publisher or an owner can do this." in alerts(answer)
    assert (await now(services, readable)).headline != "Mine"


async def test_a_draft_is_published_rejected_and_restored(
    sign_in: SignIn, services: Services, clock: MovableClock
) -> None:
    """A decision acts after ten seconds, when somebody looks; one sentence says what came of it."""
    story, other = await draft(services), await draft(services)
    browser = await sign_in()
    waits = (await browser.post(f"/stories/{story}/publish", {"version": "0"})).text
    assert "This story is about to be published quietly. It happens in 10 seconds." in waits
    await browser.post(f"/stories/{other}/reject", {"version": "0"})
    assert [await state(services, one) for one in (story, other)] == [StoryState.DRAFT] * 2
    clock.advance(seconds=10)
    assert "Published: readers can find it." in (await browser.get(f"/stories/{story}")).text
    assert "Rejected: readers will not see it." in (await browser.get(f"/stories/{other}")).text
    assert await state(services, story) is StoryState.PUBLISHED
    assert await state(services, other) is StoryState.REJECTED
    assert "draft again" in (await browser.post(f"/stories/{other}/restore")).text
    assert await state(services, other) is StoryState.DRAFT


@pytest.mark.parametrize("decision", ["publish", "reject"])
async def test_a_decision_is_undone(
    sign_in: SignIn, services: Services, clock: MovableClock, decision: str
) -> None:
    """By any editor, before it acts; afterwards it is too late."""
    story = await draft(services)
    owner, edith = await sign_in(), await sign_in(EDITH, EditorRole.EDITOR)
    await owner.post(f"/stories/{story}/{decision}", {"version": "0"})
    assert "Undone: nothing has happened." in (await edith.post(f"/stories/{story}/undo")).text
    clock.advance(seconds=20)
    await services.decisions.act_due()
    assert await state(services, story) is StoryState.DRAFT
    late = await edith.post(f"/stories/{story}/undo")
    assert (late.status, "It is too late to undo that." in alerts(late)) == (403, True)


@pytest.mark.parametrize("decision", ["publish", "reject"])
async def test_a_decision_about_another_version_is_refused(
    sign_in: SignIn, services: Services, decision: str
) -> None:
    """The page shows the story as it is now, and whose change came first."""
    story = await draft(services)
    await services.editing.set_headline(story, "By Edith", version=None, actor=f"editor {EDITH}")
    browser = await sign_in()
    for version in ("0", "", "x"):
        answer = await browser.post(f"/stories/{story}/{decision}", {"version": version})
        assert answer.status == 409
        assert f"was changed by Person {EDITH}" in alerts(answer)
        assert "By Edith" in answer.text
    assert await state(services, story) is StoryState.DRAFT


async def test_an_editor_does_not_publish(sign_in: SignIn, services: Services) -> None:
    """The button is not there for them, and the form is refused."""
    story = await draft(services)
    browser = await sign_in(EDITH, EditorRole.EDITOR)
    assert "Publish quietly" not in (await browser.get(f"/stories/{story}")).text
    assert (await browser.post(f"/stories/{story}/publish", {"version": "0"})).status == 403
    assert await state(services, story) is StoryState.DRAFT


async def test_a_push_is_one_link_away(sign_in: SignIn, services: Services) -> None:
    """For those who may send one."""
    story = await draft(services)
    answer = await (await sign_in()).get(f"/stories/{story}")
    assert f"/desk/pushes/new?story={story}" in answer.page.xpath("//a/@href")


@pytest.mark.parametrize("path", ["/stories/999999", "/stories/x", "/stories/99999999999999999999"])
async def test_what_is_not_there_is_not_found(sign_in: SignIn, path: str) -> None:
    assert (await (await sign_in()).get(path)).status == 404


async def test_a_storys_words_are_text(sign_in: SignIn, services: Services) -> None:
    """Headline, body and summaries may hold anything."""
    wild = "</textarea><script>alert(1)</script> It holds."
    story = (await services.stories.add(analysis(wild, f"{wild} Indeed."), actor="test")).story.id
    await services.editing.set_summary(story, Length.SHORT, wild, version=None, actor="test")
    answer = await (await sign_in()).get(f"/stories/{story}")
    assert "<script>alert" not in answer.body
    assert wild in answer.page.xpath("//mark")[0].text_content()
    assert wild in answer.page.xpath("//textarea[@id='summary_short']")[0].text_content()

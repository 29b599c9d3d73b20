"""Reports at the desk: a draft as readers will see it, who may send it, and drafts of two editors."""

import pytest

from bot.editors.actors import actor_of
from bot.errors import InvalidInputError
from bot.services import Services
from storage.words import BroadcastKind, BroadcastState, EditorRole, ReportState
from tests.web.desk.browser import OWNER
from tests.web.desk.conftest import FakeChat, SignIn

OMAR, ELLA = 2001, 2002
ALL = "/appeals/1/reports"
TEXT = "The bridge is open again. Thank you!"


@pytest.fixture(autouse=True)
async def _appeal(services: Services) -> None:
    """A verified Appeal."""
    await services.appeals.propose(organisation="Bridge Fund", url="https://example.org/help", actor="test")
    await services.appeals.verify(1, actor=actor_of(OWNER))


async def test_a_draft_is_written_seen_and_sent(sign_in: SignIn, services: Services) -> None:
    """As readers see it, with how many get it; then it is a Broadcast, with its progress for the sender."""
    browser = await sign_in()
    wrong = await browser.post(ALL, {"text": TEXT, "link": "rubbish", "seen": ""})
    assert wrong.status == 400
    assert wrong.page.xpath("//textarea/text()") == [TEXT]
    shown = await browser.post(ALL, {"text": TEXT, "seen": ""})
    assert "You get this because you helped" in shown.text
    assert "0 chats get it" in shown.text
    [report] = shown.page.xpath("//main//form[contains(@action, 'send')]//input[@name='report']/@value")
    assert TEXT in (await browser.post(f"{ALL}/send", {"report": report})).text
    [sent] = await services.reports.of(1)
    assert (sent.state, sent.sent_by) == (ReportState.SENT, actor_of(OWNER))
    [push] = await services.broadcasts.listed(limit=5)
    assert (push.kind, push.state, push.started_by) == (
        BroadcastKind.REPORT,
        BroadcastState.SCHEDULED,
        OWNER,
    )


async def test_an_editor_asks_others_to_send(sign_in: SignIn, services: Services) -> None:
    """Who may not send it has no such button, and is refused without it too."""
    browser = await sign_in(ELLA, EditorRole.EDITOR)
    shown = await browser.post(ALL, {"text": TEXT, "seen": ""})
    assert "Another publisher or owner has to send it." in shown.text
    draft = await services.reports.draft(1)
    assert draft is not None
    assert (await browser.post(f"{ALL}/send", {"report": draft.id})).status == 403
    assert "I have asked them." in (await browser.post(f"{ALL}/ask")).text
    assert await services.reports.draft(1) is not None


async def test_a_link_takes_two(sign_in: SignIn, services: Services) -> None:
    """Who wrote a Report with a link does not send it, if another publisher may."""
    writer, other = await sign_in(OMAR, EditorRole.PUBLISHER), await sign_in()
    await writer.post(ALL, {"text": TEXT, "link": "https://example.com/news", "seen": ""})
    draft = await services.reports.draft(1)
    assert draft is not None
    assert (await writer.post(f"{ALL}/send", {"report": draft.id})).status == 403
    assert (await other.post(f"{ALL}/send", {"report": draft.id})).status == 200
    assert await services.reports.draft(1) is None


async def test_nobody_replaces_a_draft_unseen(sign_in: SignIn, services: Services) -> None:
    """Nor sends or deletes it: the second of two editors keeps their text."""
    first, second = await sign_in(), await sign_in(ELLA, EditorRole.EDITOR)
    await first.post(ALL, {"text": TEXT, "seen": ""})
    late = await second.post(ALL, {"text": "Another text.", "seen": ""})
    assert late.status == 403
    assert late.page.xpath("//textarea/text()") == ["Another text."]
    draft = await services.reports.draft(1)
    assert draft is not None
    assert draft.text == TEXT
    await first.post(ALL, {"text": "A better text.", "seen": draft.id})
    assert (await second.post(f"{ALL}/drop", {"report": draft.id})).status == 404
    assert (await second.post(f"{ALL}/drop", {"report": "x"})).status == 400
    newer = await services.reports.draft(1)
    assert newer is not None
    assert (await second.post(f"{ALL}/drop", {"report": newer.id})).status == 200
    assert await services.reports.draft(1) is None


async def test_a_picture_is_sent_along(sign_in: SignIn, services: Services, chat: FakeChat) -> None:
    """Telegram gets it by the editor's own chat; a new draft keeps it, takes another one, or none."""
    browser = await sign_in()
    shown = await browser.upload(ALL, "bridge.png", b"a picture", {"text": TEXT, "seen": ""})
    assert chat.done == [("picture", b"a picture", OWNER, "en")]
    assert "It has a picture" in shown.text
    assert await picture(services) == "picture 1"
    await browser.post(ALL, {"text": TEXT + "!", "seen": await seen(services)})
    assert await picture(services) == "picture 1"
    await browser.upload(ALL, "other.png", b"another", {"text": TEXT, "seen": await seen(services)})
    assert await picture(services) == "picture 2"
    await browser.post(ALL, {"text": TEXT, "seen": await seen(services), "without_picture": "1"})
    assert await picture(services) is None


async def test_what_is_no_picture_is_not_taken(
    sign_in: SignIn, services: Services, chat: FakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says so, the text stays in the form, and the draft stays as it was."""
    browser = await sign_in()
    monkeypatch.setattr("bot.web.desk.appeals.reports._LARGEST_PICTURE", 5)
    large = await browser.upload(ALL, "bridge.png", b"a picture", {"text": TEXT, "seen": ""})
    assert (large.status, chat.done) == (400, [])
    assert "larger than 10 MB" in large.text
    chat.refuses = InvalidInputError("Telegram does not take this.")
    refused = await browser.upload(ALL, "bridge.txt", b"text", {"text": TEXT, "seen": ""})
    assert "Telegram does not take this." in refused.text
    assert refused.page.xpath("//textarea/text()") == [TEXT]
    assert await services.reports.draft(1) is None


async def test_a_draft_is_tried_by_oneself(sign_in: SignIn, services: Services, chat: FakeChat) -> None:
    """The very message comes to the editor alone; of a draft that is gone, nothing does."""
    browser = await sign_in()
    await browser.post(ALL, {"text": TEXT, "seen": ""})
    number = await seen(services)
    tried = await browser.post(f"{ALL}/test", {"report": number})
    assert "The test is in your chat with the bot." in tried.text
    assert chat.done == [("try", int(number), OWNER, "en")]
    await browser.post(ALL, {"text": "Another", "seen": number})
    assert (await browser.post(f"{ALL}/test", {"report": number})).status == 403
    assert len(chat.done) == 1
    assert await services.broadcasts.listed(limit=5) == []


async def seen(services: Services) -> str:
    """The draft that the form of the page carries."""
    draft = await services.reports.draft(1)
    return str(draft.id) if draft else ""


async def picture(services: Services) -> str | None:
    draft = await services.reports.draft(1)
    assert draft is not None
    return draft.picture

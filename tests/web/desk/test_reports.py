"""Reports at the desk: a draft as readers will see it, who may send it, and drafts of two editors."""

import pytest

from bot.editors.actors import actor_of
from bot.services import Services
from storage.words import BroadcastKind, BroadcastState, EditorRole, ReportState
from tests.web.desk.browser import OWNER
from tests.web.desk.conftest import SignIn

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

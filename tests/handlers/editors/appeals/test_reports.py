"""An editor writes a Report by a reply, sees it as readers will, and a publisher sends it; nobody else."""

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.services import Services
from handlers.editors.appeals.buttons import ReportAction, ReportButton, SendReportButton
from handlers.editors.appeals.report_reminders import ReportReminders
from storage.words import EditorRole, ReportState
from tests.chats import ANNA, EDITH, EDITORS, MARTA, NEIGHBOURS, TOM, Chats, data_of, labels, links, says
from tests.factories import MovableClock
from tests.fakes import FakeBot
from tests.handlers.editors.screens import notified
from tests.running import without_duties

TEXT = "The bridge is open again. Eighty people crossed it on the first day."
LINK = "https://news.example.net/bridge"


@pytest.fixture
async def appeal_id(services: Services) -> int:
    """A verified Appeal."""
    made = await services.appeals.propose(
        organisation="Bridge Friends", url="https://example.org/help", actor="one"
    )
    await services.appeals.verify(made.id, actor="two")
    return made.id


async def _open(chats: Chats, person: int, appeal_id: int) -> Message:
    """Open the screen by the button that the list of appeals has."""
    shown = await chats.ask(person, "/broadcasts")
    await chats.world.press_old(person, shown, ReportButton(ReportAction.SHOW, appeal_id).data())
    await chats.handled()
    return chats.now(shown)


async def _write(chats: Chats, person: int, appeal_id: int, text: str, language: str = "en") -> Message:
    say = in_language(language).say
    [question] = await chats.press(person, await _open(chats, person, appeal_id), say("Write a report"))
    return await chats.reply(person, question, text)


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_from_the_reply_to_the_progress(
    chats: Chats, app: App, appeal_id: int, person: int, language: str
) -> None:
    """The draft is shown as readers will see it, with who gets it; one tap sends it, and shows progress."""
    texts = in_language(language)
    await chats.ask(ANNA, "/start")
    await app.services.help_given.declare(ANNA, months=3, appeal_id=appeal_id)
    empty = await _open(chats, person, appeal_id)
    assert texts.say("Nobody has yet reported what became of this appeal.") in says(empty)
    shown = await _write(chats, person, appeal_id, TEXT, language)
    lines = says(shown)
    assert texts.say("What became of this appeal") in lines
    assert TEXT in lines
    number = texts.count(
        "{number} chat gets it: of those who helped or follow.",
        "{number} chats get it: of those who helped or follow.",
        1,
    )
    assert number in lines
    progress = await chats.tap(person, shown, texts.say("Send to {number}", number="1"))
    assert texts.say("A report for those who helped or follow") in says(progress)
    [report] = await app.services.reports.of(appeal_id)
    assert report.state is ReportState.SENT


async def test_a_link_on_the_last_line_waits_for_another(
    chats: Chats, services: Services, clock: MovableClock, appeal_id: int
) -> None:
    """Who wrote it asks the others; one of them opens the link and sends it."""
    shown = await _write(chats, EDITH, appeal_id, f"{TEXT}\n{LINK}")
    assert LINK in links(shown)
    assert TEXT in says(shown)
    assert "Another publisher or owner has to send it." in says(shown)
    assert not [one for one in labels(shown) if one.startswith("Send to")]
    await chats.ask(MARTA, "/start")
    before = len(chats.said(MARTA))
    asked = await chats.tap(EDITH, shown, "Ask them to send it")
    assert says(asked) == ["I have asked them."]
    say = in_language("uk").say
    notice = await notified(chats, clock, MARTA, before)
    opened = await chats.tap(MARTA, notice, say("Look at the report"))
    await chats.tap(MARTA, opened, say("Send to {number}", number="0"))
    [report] = await services.reports.of(appeal_id)
    assert (report.state, report.link) == (ReportState.SENT, LINK)


async def test_a_picture_with_its_caption(chats: Chats, services: Services, appeal_id: int) -> None:
    """The picture's id at Telegram is kept; a test brings it to the editor with the very words."""
    file_id = chats.world.files.sample("photo").as_content()["photo"][-1]["file_id"]
    await services.reports.write(appeal_id, TEXT, picture=file_id, actor="one")
    shown = await _open(chats, EDITH, appeal_id)
    assert "It has a picture: send yourself a test to see it." in says(shown)
    [test] = await chats.press(EDITH, shown, "Send me a test")
    assert test["photo"][-1]["file_id"] == file_id
    assert TEXT in test["caption"]


@pytest.mark.parametrize("wrong", ["x" * 700, f"{TEXT}\nhttp://user@evil.example/"])
async def test_what_is_wrong_is_asked_for_again(
    chats: Chats, services: Services, appeal_id: int, wrong: str
) -> None:
    """In one sentence, and nothing is lost: the next reply is used."""
    [question] = await chats.press(EDITH, await _open(chats, EDITH, appeal_id), "Write a report")
    again = await chats.reply(EDITH, question, wrong)
    assert "Try again, or cancel: /cancel" in says(again)
    assert await services.reports.of(appeal_id) == []
    shown = await chats.reply(EDITH, again, TEXT)
    assert TEXT in says(shown)


async def test_an_old_button_sends_nothing(chats: Chats, services: Services, appeal_id: int) -> None:
    """Another text is another draft: the button under the first one says so."""
    shown = await _write(chats, EDITH, appeal_id, TEXT)
    old = data_of(shown, "Send to")
    await services.reports.write(appeal_id, "Something else.", actor="one")
    refused = "This report has changed since you opened it. Please look at it again."
    assert await chats.toast_of(EDITH, shown, old) == refused
    [draft] = await services.reports.of(appeal_id)
    assert draft.state is ReportState.DRAFT


async def test_who_may_not_send_cannot(chats: Chats, services: Services, appeal_id: int) -> None:
    """An editor without the right, one who lost the role, a reader with forged buttons; in a group too."""
    draft = await services.reports.write(appeal_id, TEXT, actor="one")
    send = SendReportButton(draft.id).data()
    await services.editors.put(TOM, EditorRole.EDITOR, actor=f"editor {EDITH}")
    shown = await _open(chats, TOM, appeal_id)
    assert not [one for one in labels(shown) if one.startswith("Send to")]
    assert "publisher" in await chats.toast_of(TOM, shown, send)
    await services.editors.remove(TOM, actor=f"editor {EDITH}")
    for data in (send, ReportButton(ReportAction.SHOW, appeal_id).data()):
        assert "Only editors" in await chats.toast_of(TOM, shown, data)
        mine = await chats.ask(ANNA, "/help")
        assert "Only editors" in await chats.toast_of(ANNA, mine, data)
    in_group = await chats.ask(ANNA, "/latest", chat=NEIGHBOURS)
    await chats.world.press_old(ANNA, in_group, send)
    await chats.handled()
    [found] = await services.reports.of(appeal_id)
    assert found.state is ReportState.DRAFT


async def test_editors_are_reminded_once(
    app: App, services: Services, appeal_id: int, clock: MovableClock
) -> None:
    """Its writer if that is an editor, else all; not before 60 days, and never a second time."""
    await without_duties(app, "remind of reports")
    own = await services.appeals.propose(
        organisation="Own", url="https://example.org/own", actor=f"editor {MARTA}"
    )
    await services.appeals.verify(own.id, actor=f"editor {EDITH}")
    bot = FakeBot()
    reminders = ReportReminders(bot, services)  # type: ignore[arg-type]  # what it uses of a bot
    await reminders.remind()
    assert bot.notified == []
    clock.advance(days=60)
    await reminders.remind()
    before = list(bot.notified)
    assert (before.count(EDITH), before.count(MARTA)) == (1, 2)
    await reminders.remind()
    assert bot.notified == before

"""What the desk does through the bot: letters in the editor's chat, answers to readers, invitations."""

import pytest

from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import in_language
from bot.rendering import qr
from bot.runtime.app import App
from bot.subscribers.feedback import LONGEST_ANSWER, LetterKey
from handlers.editors.desk_chat import DeskChat
from storage.models import Report
from storage.subscribers.letter_pages import LetterState
from tests.chats import ANNA, EDITH, MARTA, NOBODY, OLENA, Chats, says


@pytest.fixture
def chat(app: App) -> DeskChat:
    return DeskChat(app.application.bot, app.services)


async def letter(app: App, chats: Chats, person: int = OLENA, language: str = "uk") -> LetterKey:
    """Return the letter that a reader has just written."""
    for editor in (EDITH, MARTA):
        await chats.ask(editor, "/start")
    await chats.write(person, "Is the bridge open?", language)
    await chats.told()
    [found] = (await app.services.feedback.page(LetterState.OPEN, limit=1)).letters
    return LetterKey(found.letter.reader, found.letter.message_id)


async def test_a_letter_is_copied_to_the_editor_who_asks(app: App, chats: Chats, chat: DeskChat) -> None:
    """With its buttons; a reply to it goes to the reader as usual."""
    written = await letter(app, chats)
    before = len(chats.said(MARTA))
    await chat.show_letter(written, editor=MARTA)
    head, copy = chats.said(MARTA)[before:]
    assert says(head)[0] == in_language("uk").say("Message from reader {number} today:", number=1)
    assert copy["text"] == "Is the bridge open?"
    chats.world.say(MARTA, MARTA, "Yes.", reply_to=copy["message_id"])
    await chats.handled()
    assert chats.said(OLENA)[-1]["text"] == "Yes."


async def test_an_answer_reaches_the_reader(app: App, chats: Chats, chat: DeskChat) -> None:
    """Below their message, in their language, without the editor's name; every editor sees that."""
    written = await letter(app, chats)
    shown = chats.said(EDITH)[-2]
    await chat.answer(written, " Yes, since Monday. ")
    above, words = chats.said(OLENA)[-2:]
    assert above["text"] == in_language("uk").say("The editors answer:")
    assert above["reply_to_message"]["message_id"] == written.message_id
    assert (words["text"], "Edith" in str(words)) == ("Yes, since Monday.", False)
    assert says(chats.now(shown))[-1] == "✓ Answered by an editor."


async def test_nobody_answers_twice_by_mistake(app: App, chats: Chats, chat: DeskChat) -> None:
    """The second answer is refused until its editor says so; nothing was sent."""
    written = await letter(app, chats)
    await chat.answer(written, "Yes.")
    before = len(chats.said(OLENA))
    with pytest.raises(RefusedError, match="Nothing was sent"):
        await chat.answer(written, "No.")
    assert len(chats.said(OLENA)) == before
    await chat.answer(written, "Since Monday.", once_more=True)
    assert chats.said(OLENA)[-1]["text"] == "Since Monday."


@pytest.mark.parametrize("text", ["", " \n ", "😀" * (LONGEST_ANSWER // 2) + "x"])
async def test_an_answer_has_the_length_of_a_message(
    app: App, chats: Chats, chat: DeskChat, text: str
) -> None:
    """As Telegram counts it; an answer of another length is not sent."""
    written = await letter(app, chats)
    before = len(chats.said(OLENA))
    with pytest.raises(InvalidInputError, match="has 1 to"):
        await chat.answer(written, text)
    assert len(chats.said(OLENA)) == before


async def test_what_cannot_be_reached_gets_one_sentence(app: App, chats: Chats, chat: DeskChat) -> None:
    """A reader who blocked the bot, an editor who never wrote to it, a letter that is not there."""
    written = await letter(app, chats, ANNA, "en")
    with pytest.raises(RefusedError, match="cannot write to you"):
        await chat.show_letter(written, editor=NOBODY)
    chats.world.block(ANNA)
    with pytest.raises(NotFoundError, match="can no longer be reached"):
        await chat.answer(written, "Yes.")
    for gone in (chat.answer(LetterKey(ANNA, 999), "Yes."), chat.show_letter(LetterKey(7, 1), editor=EDITH)):
        with pytest.raises(NotFoundError, match="too old"):
            await gone


async def test_invitations_lead_to_the_bot(app: App, chats: Chats, chat: DeskChat) -> None:
    """Who opens the link becomes an editor; who is none any more gets the menu of readers."""
    await chats.ask(ANNA, "/start")
    assert chat.invitation("abc") == f"https://t.me/{app.application.bot.username}?start=editor_abc"
    await chat.forget_editor(ANNA)


async def test_a_report_is_tried_with_its_picture(app: App, chats: Chats, chat: DeskChat) -> None:
    """The picture goes to the editor, who then gets the very message, with it or without."""
    await chats.ask(MARTA, "/start")
    appeals, reports, texts = app.services.appeals, app.services.reports, in_language("uk")
    asked = await appeals.propose(organisation="Bridge Fund", url="https://example.org/help", actor="test")
    await appeals.verify(asked.id, actor=f"editor {EDITH}")
    picture = await chat.keep_picture(qr.png("https://example.org"), editor=MARTA, texts=texts)
    kept = chats.said(MARTA)[-1]
    assert picture == kept["photo"][-1]["file_id"]
    assert kept["caption"] == texts.say("The picture of your report. Nothing was sent to readers.")
    draft = await reports.write(asked.id, "The bridge is open again.", picture=picture, actor="test")
    await chat.try_report(await draft_of(app, asked.id), editor=MARTA, texts=texts)
    tried = chats.said(MARTA)[-1]
    assert tried["photo"][-1]["file_id"] == draft.picture
    assert "The bridge is open again." in tried["caption"]
    await reports.write(asked.id, "It is open.", actor="test")
    without = await draft_of(app, asked.id)
    await chat.try_report(without, editor=MARTA, texts=texts)
    assert "It is open." in chats.said(MARTA)[-1]["text"]
    with pytest.raises(RefusedError, match="cannot write to you"):
        await chat.try_report(without, editor=NOBODY, texts=texts)


async def test_what_telegram_does_not_take_is_no_picture(app: App, chats: Chats, chat: DeskChat) -> None:
    """Nor does an editor get one who has blocked the bot: one sentence each."""
    await chats.ask(MARTA, "/start")
    texts = in_language("uk")
    with pytest.raises(InvalidInputError, match="JPEG or PNG"):
        await chat.keep_picture(b"no picture", editor=MARTA, texts=texts)
    chats.world.block(MARTA)
    with pytest.raises(RefusedError, match="cannot write to you"):
        await chat.keep_picture(qr.png("https://example.org"), editor=MARTA, texts=texts)


async def draft_of(app: App, appeal_id: int) -> Report:
    draft = await app.services.reports.draft(appeal_id)
    assert draft is not None
    return draft

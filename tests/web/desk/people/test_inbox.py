"""The inbox: readers' letters by state, reader and Story; what the bot does with one from here."""

import pytest

from bot.errors import RefusedError
from bot.services import Services
from bot.subscribers.feedback import LetterKey
from storage.database import Database
from storage.subscribers import letters, subscribers
from storage.words import EditorRole, StoryState
from tests.factories import NOON, add_story, add_subscribers
from tests.web.desk.browser import OWNER
from tests.web.desk.conftest import FakeChat, SignIn

ELLA = 2001


@pytest.fixture
async def readers(database: Database) -> list[int]:
    """Two readers: the first one wrote about a Story and about nothing, the second one about nothing."""
    found = await add_subscribers(database, 2)
    async with database.transaction() as session:
        story = await add_story(session, headline="The bridge falls", state=StoryState.PUBLISHED)
        for reader, message_id, about in ((found[0], 1, story), (found[1], 2, None), (found[0], 3, None)):
            await letters.add(session, (reader, message_id), story_id=about, now=NOON)
    return found


async def test_letters_of_one_reader_stand_together(sign_in: SignIn, readers: list[int]) -> None:
    """By the number of the day, without a name or an id; a Story chooses those about it."""
    browser = await sign_in()
    shown = await browser.get("/inbox")
    assert [head.strip() for head in shown.page.xpath("//h2/text()")] == [
        "Message from reader 1 today:",
        "Message from reader 2 today:",
    ]
    assert str(readers[0]) not in shown.body
    assert "Open (3)" in shown.text
    assert "The bridge falls (1)" in shown.text
    [link] = shown.page.xpath("//nav//a[contains(@href, 'story=')]/@href")
    assert len((await browser.get(link)).page.xpath("//main//h3")) == 1


async def test_a_long_inbox_has_pages(sign_in: SignIn, database: Database) -> None:
    [reader] = await add_subscribers(database, 1)
    async with database.transaction() as session:
        for message_id in range(41):
            await letters.add(session, (reader, message_id), story_id=None, now=NOON)
    browser = await sign_in()
    first = await browser.get("/inbox")
    assert len(first.page.xpath("//main//h3")) == 40
    [older] = first.page.xpath("//a[@rel='next']/@href")
    last = await browser.get(older)
    assert len(last.page.xpath("//main//h3")) == 1
    assert last.page.xpath("//a[@rel='next']") == []


@pytest.mark.usefixtures("readers")
async def test_a_muted_reader_stands_apart(sign_in: SignIn, readers: list[int], database: Database) -> None:
    """And comes back, with all letters, once somebody takes that back."""
    browser = await sign_in(ELLA, EditorRole.EDITOR)
    shown = await browser.post("/inbox/1/mute", {"muted": "1"})
    assert "This reader is muted." in shown.text
    async with database.read() as session:
        found = await subscribers.by_chat(session, readers[0])
    assert found is not None
    assert found.muted
    text = (await browser.get("/inbox")).text
    assert "Open (1)" in text
    assert "From muted readers (2)" in text
    await browser.post("/inbox/1/mute", {"muted": "0"})
    assert "Open (3)" in (await browser.get("/inbox")).text


async def test_the_bot_shows_and_answers_a_letter(
    sign_in: SignIn, readers: list[int], chat: FakeChat
) -> None:
    """In the editor's own chat; a second answer needs a tick."""
    browser = await sign_in()
    assert "in your chat with the bot now" in (await browser.post("/inbox/1/copy")).text
    assert "Your answer was sent." in (await browser.post("/inbox/1/answer", {"answer": "Yes."})).text
    await browser.post("/inbox/1/answer", {"answer": "Since Monday.", "once_more": "on"})
    letter = LetterKey(readers[0], 1)
    assert chat.done == [
        ("show", letter, OWNER),
        ("answer", letter, "Yes.", False),
        ("answer", letter, "Since Monday.", True),
    ]


@pytest.mark.usefixtures("readers")
async def test_an_answer_that_was_not_sent_stays_in_its_field(sign_in: SignIn, chat: FakeChat) -> None:
    chat.refuses = RefusedError("An editor has answered this message already. Nothing was sent.")
    refused = await (await sign_in()).post("/inbox/1/answer", {"answer": "Yes, since Monday."})
    assert refused.status == 403
    assert "Nothing was sent." in refused.text
    assert refused.page.xpath("//textarea/text()") == ["Yes, since Monday."]


@pytest.mark.usefixtures("readers")
async def test_an_answered_letter_stands_with_the_answered(
    sign_in: SignIn, services: Services, readers: list[int]
) -> None:
    await services.feedback.mark_answered(LetterKey(readers[1], 2))
    browser = await sign_in()
    assert "Answered (1)" in (await browser.get("/inbox")).text
    assert "✓ Answered by an editor." in (await browser.get("/inbox?state=answered")).text


async def test_a_letter_that_is_gone(sign_in: SignIn) -> None:
    """Its reader may have asked to be forgotten: one sentence."""
    browser = await sign_in()
    for answer in (
        await browser.get("/inbox/7"),
        await browser.post("/inbox/7/copy"),
        await browser.post("/inbox/7/answer", {"answer": "Yes."}),
    ):
        assert answer.status == 404
        assert "too old" in answer.text

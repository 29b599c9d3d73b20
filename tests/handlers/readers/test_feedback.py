"""Letters of readers reach the editors, and their answers come back."""

import asyncio
from typing import Any, get_args

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.sandbox.world.samples import SampleKind, sample
from bot.subscribers.feedback import LETTERS_A_DAY
from storage.models import Base
from storage.subscribers import subscribers
from storage.words import StoryState, SubscriberState
from tests.chats import ANNA, EDITH, MARTA, NEIGHBOURS, OLENA, READERS, SEND, TOM, Chats, labels, says, told
from tests.factories import MovableClock, add_story, get_subscriber, published, running_broadcast
from tests.running import look_out

PASSED_ON = "The editors have your message. If they answer, you will see it here."


async def _letter(chats: Chats, person: int, words: str, editor: int = EDITH) -> Message:
    """Return the messages with the buttons that an editor gets above letters."""
    await chats.write(person, words, dict(READERS).get(person, "en"))
    await chats.told()
    head, copy = chats.said(editor)[-2:]
    assert copy["text"] == words
    return head


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_readers_words_reach_every_editor(chats: Chats, person: int, language: str) -> None:
    """One tap sends a letter to every editor in their language, without a name; the reader is thanked."""
    await chats.ask(EDITH, "/start")
    await chats.ask(MARTA, "/start")
    before = len(chats.said(EDITH))
    answer = await chats.ask(person, "Is the bridge open?")
    await chats.told()
    assert len(chats.said(EDITH)) == before
    answer = await chats.tap(person, answer, in_language(language).say(SEND))
    assert says(answer) == [in_language(language).say(PASSED_ON)]
    await chats.told()
    for editor, spoken in ((EDITH, "en"), (MARTA, "uk")):
        head, copy = chats.said(editor)[-2:]
        assert head["text"] == in_language(spoken).say("Message from reader {number} today:", number=1)
        assert copy["text"] == "Is the bridge open?"
        assert "forward_origin" not in copy


async def test_an_editors_reply_comes_back(chats: Chats) -> None:
    """An editor answers by a reply or by the button; the answer comes below the reader's own message."""
    await chats.ask(EDITH, "/start")
    head = await _letter(chats, OLENA, "Is the bridge open?")
    asked = chats.world.messages(OLENA)[0]
    for question in (head["message_id"], head["message_id"] + 1):
        chats.world.say(EDITH, EDITH, "Yes, since Monday.", reply_to=question)
        await chats.handled()
        assert chats.said(EDITH)[-1]["text"] == "Your answer was sent."
        above, copy = chats.said(OLENA)[-2:]
        assert above["text"] == in_language("uk").say("The editors answer:")
        assert above["reply_to_message"]["message_id"] == asked["message_id"]
        assert (copy["text"], "Edith" in str(copy)) == ("Yes, since Monday.", False)
    await chats.world.tap(EDITH, head, "Answer")
    await chats.handled()
    question = chats.said(EDITH)[-1]
    chats.world.say(EDITH, EDITH, "And it holds.", reply_to=question["message_id"])
    await chats.handled()
    assert chats.said(OLENA)[-1]["text"] == "And it holds."


async def test_every_editor_sees_that_it_was_answered(chats: Chats) -> None:
    """Every editor sees that a letter was answered, and may still send a further answer."""
    for editor in (EDITH, MARTA):
        await chats.ask(editor, "/start")
    head = await _letter(chats, ANNA, "Is the bridge open?", editor=MARTA)
    other = chats.said(EDITH)[-2]
    for words in ("Yes.", "Since Monday."):
        chats.world.say(EDITH, EDITH, words, reply_to=other["message_id"])
        await chats.handled()
        assert says(chats.now(other))[-1] == "✓ Answered by an editor."
        assert says(chats.now(head))[-1] == in_language("uk").say("✓ Answered by an editor.")
        assert chats.said(ANNA)[-1]["text"] == words


@pytest.mark.parametrize("kind", sorted(set(get_args(SampleKind)) - {"location"}))
async def test_pictures_and_voices_go_the_same_way(chats: Chats, kind: SampleKind) -> None:
    """A picture, voice or file is asked about, and then copied to the editors as it is."""
    await chats.ask(EDITH, "/start")
    before = len(chats.said(EDITH))
    [answer] = await chats.send(ANNA, kind)
    assert says(answer) == ["Should I send this to the editors?"]
    assert len(chats.said(EDITH)) == before
    assert says(await chats.tap(ANNA, answer, SEND)) == [PASSED_ON]
    await chats.told()
    assert kind in chats.said(EDITH)[-1]


@pytest.mark.parametrize(
    "content",
    [
        {"contact": {"phone_number": "+1", "first_name": "X"}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"text": "Read this", "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "X"}},
    ],
)
async def test_whatever_is_sent_is_asked_about(chats: Chats, content: dict[str, Any]) -> None:
    """A contact, a dice and a forwarded text go to the editors only after a tap."""
    await chats.ask(EDITH, "/start")
    before, edited = len(chats.said(ANNA)), len(chats.said(EDITH))
    chats.world.send_as(ANNA, ANNA, content)
    await chats.told()
    [asked] = chats.said(ANNA)[before:]
    assert (says(asked), labels(asked)) == (["Should I send this to the editors?"], [SEND])
    assert len(chats.said(EDITH)) == edited
    await chats.tap(ANNA, asked, SEND)
    await chats.told()
    assert chats.said(EDITH)[-1][next(iter(content))] == content[next(iter(content))]


async def test_an_album_is_one_message(chats: Chats, app: App) -> None:
    """All pictures of an album reach the editors and count as one letter; a refused album reaches nobody."""
    await chats.ask(EDITH, "/start")
    before, editors = len(chats.said(ANNA)), len(chats.said(EDITH))
    for _ in range(3):
        picture = sample("photo", chats.world.files)
        chats.world.send_as(ANNA, ANNA, {**picture, "media_group_id": "1"})
    await chats.handled()
    [question] = chats.said(ANNA)[before:]
    await chats.tap(ANNA, question, SEND)
    await chats.told()
    assert len([one for one in chats.said(EDITH)[editors:] if "photo" in one]) == 3
    assert (await get_subscriber(app.database, ANNA)).feedback_count == 1
    await app.services.feedback.mute(ANNA, muted=True, actor="test")
    for _ in range(3):
        picture = sample("photo", chats.world.files)
        chats.world.send_as(ANNA, ANNA, {**picture, "media_group_id": "2"})
    await chats.told()
    assert chats.said(ANNA)[-1]["text"].startswith("The editors do not take messages from this chat.")
    assert len(chats.said(ANNA)) == before + 2
    assert len([one for one in chats.said(EDITH)[editors:] if "photo" in one]) == 3


async def test_a_location_is_asked_about(chats: Chats) -> None:
    """A shared location may be the reader's time zone or be for the editors; each is one tap."""
    await chats.ask(EDITH, "/start")
    before = len(chats.said(EDITH))
    [asked] = await chats.send(ANNA, "location")
    assert labels(asked) == ["Yes, Kyiv time", SEND]
    await chats.told()
    assert len(chats.said(EDITH)) == before
    await chats.tap(ANNA, asked, SEND)
    await chats.told()
    assert "location" in chats.said(EDITH)[-1]


async def test_two_letters_of_one_reader_have_one_number(chats: Chats, app: App, clock: MovableClock) -> None:
    """A reader keeps the day's number; the next day starts at 1 again, and old letters say their day."""
    await chats.ask(EDITH, "/start")
    heads = [await _letter(chats, person, "Hello") for person in (ANNA, TOM, ANNA)]
    assert [says(head)[0].split()[3] for head in heads] == ["1", "2", "1"]
    clock.advance(days=1)
    assert says(await _letter(chats, TOM, "Tomorrow"))[0] == "Message from reader 1 today:"
    muted = await chats.tap(EDITH, heads[0], "Mute")
    assert says(muted)[0] == "Message from reader 1 on Nov\u00a022,\u00a02026:"
    assert "Anna" not in str(chats.said(EDITH))
    assert str(ANNA) not in str([told(one) for one in chats.said(EDITH)])


async def test_a_letter_is_about_the_story_that_was_opened(chats: Chats, app: App) -> None:
    """A letter is about the story that it replies to, else the last one that was opened; both read which."""
    await chats.ask(EDITH, "/start")
    for headline in ("The bridge holds", "The school opens"):
        await published(app.services, headline)
    bridge, _school = [await chats.ask(ANNA, f"/summary {number}") for number in (1, 2)]
    for asked, headline in (
        (await chats.reply(ANNA, bridge, "Is that so?"), "The bridge holds"),
        (await chats.ask(ANNA, "Is that so?"), "The school opens"),
    ):
        assert (
            f"If you send this to the editors, they will see which story it may be about: “{headline}”."
            in says(asked)
        )
        await chats.tap(ANNA, asked, SEND)
        await chats.told()
        assert says(chats.said(EDITH)[-2])[1].endswith(headline)


async def test_made_up_buttons_send_nothing(chats: Chats) -> None:
    """A button for a message that is not there, or in a group, sends the editors nothing."""
    await chats.ask(EDITH, "/start")
    help_ = await chats.ask(ANNA, "/help")
    assert "This button no longer works." in await chats.toast_of(ANNA, help_, "tell:x:1")
    in_group = await chats.ask(ANNA, "/help", chat=NEIGHBOURS)
    await chats.press_old(ANNA, in_group, "tell:1:0")
    await chats.press_old(ANNA, help_, "tell:999999999999999999:999999999")
    await chats.told()
    assert says(chats.said(EDITH)[-1]) == ["The reader has deleted this message."]


async def test_the_daily_limit(chats: Chats, clock: MovableClock) -> None:
    """Past the daily limit a letter is refused with a sentence; the next day letters are taken again."""
    await chats.ask(EDITH, "/start")
    for number in range(LETTERS_A_DAY):
        assert says(await chats.write(ANNA, f"Message {number}"))[0] == PASSED_ON
    await chats.told()
    before = chats.said(EDITH)
    more = await chats.ask(ANNA, "One more")
    assert (await chats.toast(ANNA, more, SEND)).startswith(
        f"You have sent the editors {LETTERS_A_DAY} messages"
    )
    assert chats.said(EDITH) == before
    assert says(await chats.write(TOM, "Mine"))[0] == PASSED_ON
    clock.advance(days=1)
    assert says(await chats.write(ANNA, "One more"))[0] == PASSED_ON


async def test_a_reader_is_muted_and_heard_again(chats: Chats, app: App) -> None:
    """A muted reader still searches, but cannot write to the editors until that is ended."""
    await chats.ask(EDITH, "/start")
    head = await _letter(chats, ANNA, "Spam")
    muted = await chats.tap(EDITH, head, "Mute")
    assert labels(muted) == ["Answer", "Unmute"]
    before = chats.said(EDITH)
    found = await chats.ask(ANNA, "Spam")
    assert labels(found) == ["Latest stories"]
    assert (await chats.toast_of(ANNA, found, "tell:1:0")).startswith("The editors do not take messages")
    assert chats.said(EDITH) == before
    assert (await get_subscriber(app.database, ANNA)).feedback_count == 1
    await chats.tap(EDITH, muted, "Unmute")
    assert says(await chats.write(ANNA, "Sorry"))[0] == PASSED_ON


async def test_no_editor_has_a_chat_with_us(chats: Chats, app: App) -> None:
    """A letter is refused, and not counted, if no editor has a chat with the bot."""
    hello = await chats.ask(ANNA, "Hello?")
    assert (await chats.toast(ANNA, hello, SEND)).startswith("No editor can read your message right now.")
    assert (await get_subscriber(app.database, ANNA)).feedback_count == 0


async def test_a_reader_who_is_gone_cannot_be_answered(chats: Chats) -> None:
    """The editor learns that nothing was sent to a reader who has blocked the bot."""
    await chats.ask(EDITH, "/start")
    head = await _letter(chats, ANNA, "Is the bridge open?")
    chats.world.block(ANNA)
    chats.world.say(EDITH, EDITH, "Yes.", reply_to=head["message_id"])
    await chats.handled()
    assert chats.said(EDITH)[-1]["text"] == "This reader can no longer be reached. Nothing was sent."


async def _many(chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch, words: dict[int, str]) -> Message:
    """Return what an editor gets if readers write these letters before the editor hears of the first."""
    with monkeypatch.context() as busy:
        busy.setattr(app.services.feedback, "unannounced", _nothing)
        for person, said in words.items():
            await chats.write(person, said, dict(READERS).get(person, "en"))
    before = len(chats.said(EDITH))
    await chats.told()
    [gathered] = chats.said(EDITH)[before:]
    return gathered


async def _nothing(_editors: object) -> list[object]:
    return []


async def test_many_letters_are_gathered(chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many letters are announced in one message, which shows them one by one with their Answer buttons."""
    await chats.ask(EDITH, "/start")
    gathered = await _many(chats, app, monkeypatch, {ANNA: "Thank you", TOM: "Well done", OLENA: "Дякую"})
    assert says(gathered) == ["Messages from readers:", "3 general messages"]
    [label] = labels(gathered)
    for place, (person, words) in enumerate([(ANNA, "Thank you"), (TOM, "Well done"), (OLENA, "Дякую")]):
        head, copy = await chats.press(EDITH, gathered, label)
        assert copy["text"] == words
        assert labels(head) == ["Answer", "Mute", *(["Next message"] if place < 2 else [])]
        chats.world.say(EDITH, EDITH, f"Thanks for: {words}", reply_to=copy["message_id"])
        await chats.handled()
        assert chats.said(person)[-1]["text"] == f"Thanks for: {words}"
        answered = chats.now(head)
        assert says(answered)[-1] == "✓ Answered by an editor."
        assert labels(answered) == labels(head)
        gathered, label = answered, "Next message"
    await chats.told()


async def _pushed(app: App, broadcast_id: int) -> None:
    """Wait until Anna, Tom and Edith have the push."""
    await look_out(app)
    async with asyncio.timeout(60):
        while (await app.services.broadcasts.status(broadcast_id)).progress.sent < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_letters_are_gathered_by_their_stories(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter belongs to the push that it replies to, else to the latest push of the day."""
    await chats.ask(EDITH, "/start")
    for person in (ANNA, TOM):
        await chats.ask(person, "/start")
    for headline in ("The bridge holds", "The school opens"):
        async with app.database.transaction() as session:
            story_id = await add_story(session, headline=headline, state=StoryState.PUBLISHED)
        await _pushed(app, await running_broadcast(app.database, story_id=story_id))
    bridge = next(one for one in chats.said(ANNA) if one["text"] == "en short")
    with monkeypatch.context() as busy:
        busy.setattr(app.services.feedback, "unannounced", _nothing)
        await chats.tap(ANNA, await chats.reply(ANNA, bridge, "Thank you"), SEND)
        await chats.write(TOM, "Well done")
        await chats.write(OLENA, "Дякую", "uk")
    await chats.told()
    gathered = chats.said(EDITH)[-1]
    assert says(gathered)[1:] == [
        "1 message about story 1: The bridge holds",
        "1 message about story 2: The school opens",
        "1 general message",
    ]
    _, copy = await chats.press(EDITH, gathered, "Read messages about story 1")
    assert copy["text"] == "Thank you"


async def test_a_deleted_letter_is_reported(chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The editor sees that a reader has deleted a letter, and gets the button to the next one."""
    await chats.ask(EDITH, "/start")
    gathered = await _many(chats, app, monkeypatch, {ANNA: "Thank you", TOM: "Well done"})
    words = next(one for one in chats.world.messages(ANNA) if one.get("text") == "Thank you")
    chats.world.history(ANNA).remove(words["message_id"])
    [gone] = await chats.press(EDITH, gathered, labels(gathered)[0])
    assert (says(gone), labels(gone)) == (["The reader has deleted this message."], ["Next message"])
    _, copy = await chats.press(EDITH, gone, "Next message")
    assert copy["text"] == "Well done"


async def test_a_forgotten_readers_letters_are_removed(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Letters of a forgotten reader are neither announced nor shown from a group any more."""
    await chats.ask(EDITH, "/start")
    with monkeypatch.context() as busy:
        busy.setattr(app.services.feedback, "unannounced", _nothing)
        await chats.write(ANNA, "Thank you")
        await chats.tap(ANNA, await chats.ask(ANNA, "/forgetme"), "Yes, forget this chat")
    before = chats.said(EDITH)
    await chats.told()
    assert chats.said(EDITH) == before
    toast = await chats.toast_of(EDITH, await chats.ask(EDITH, "/help"), "letters:0:9:")
    assert toast == "There are no more messages."


async def test_an_editor_who_blocked_the_bot_stops_nobody_else(chats: Chats, app: App) -> None:
    """Editors get letters although another editor has blocked the bot."""
    for editor in (EDITH, MARTA):
        await chats.ask(editor, "/start")
    async with app.database.transaction() as session:  # Telegram has not told us that she did
        await subscribers.change(session, MARTA, state=SubscriberState.STOPPED)
    chats.world.block(MARTA)
    await chats.handled()
    async with app.database.transaction() as session:
        await subscribers.change(session, MARTA, state=SubscriberState.STOPPED)
    await _letter(chats, ANNA, "Is the bridge open?")
    assert await app.services.feedback.unannounced([EDITH, MARTA]) == []


async def test_only_editors_answer_and_mute(chats: Chats) -> None:
    """Only editors can use the buttons of a letter; made-up and old buttons do nothing."""
    await chats.ask(EDITH, "/start")
    help_ = await chats.ask(ANNA, "/help")
    assert "Only editors can do this." in await chats.toast_of(ANNA, help_, "feedback:mute")
    own = await chats.ask(EDITH, "/help")
    for data in ("feedback:mute", "feedback:answer", "feedback:shout"):
        assert "too old" in await chats.toast_of(EDITH, own, data)
    assert "Only editors can do this." in await chats.toast_of(ANNA, help_, "letters:0:1:")
    for data in ("letters:", "letters:0:1:x", "letters:-1:1:", "letters:0:1:1:1"):
        assert "This button is out of date." in await chats.toast_of(EDITH, own, data)


async def test_no_word_is_kept(chats: Chats, app: App) -> None:
    """No table holds the words of a letter or of an answer."""
    await chats.ask(EDITH, "/start")
    head = await _letter(chats, ANNA, "zebrafish")
    chats.world.say(EDITH, EDITH, "zebrafish", reply_to=head["message_id"])
    await chats.handled()
    assert told(chats.said(ANNA)[-1]) == "zebrafish"
    async with app.database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = (await session.execute(table.select())).all()
            assert "zebrafish" not in str(rows), table.name

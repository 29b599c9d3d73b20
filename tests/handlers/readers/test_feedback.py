"""What readers write to the editors, and what those answer."""

import asyncio
from typing import get_args

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.sandbox.world.samples import SampleKind, sample
from bot.subscribers.feedback import LETTERS_A_DAY
from storage.models import Base
from storage.subscribers import subscribers
from storage.words import StoryState, SubscriberState
from tests.chats import ANNA, EDITH, MARTA, OLENA, READERS, TOM, Chats, labels, says, told
from tests.factories import MovableClock, add_story, get_subscriber, running_broadcast

PASSED_ON = "Passed on to the editors. Their answer comes here."


async def _letter(chats: Chats, person: int, words: str, editor: int = EDITH) -> Message:
    """What an editor gets to see of what a reader writes: the head; the words stand below it."""
    await chats.ask(person, words)
    await chats.told()
    head, copy = chats.said(editor)[-2:]
    assert copy["text"] == words
    return head


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_readers_words_reach_every_editor(chats: Chats, person: int, language: str) -> None:
    """Each in their own language, without the reader's name; the reader is told that they were passed on."""
    await chats.ask(EDITH, "/start")
    await chats.ask(MARTA, "/start")
    answer = await chats.ask(person, "Is the bridge open?")
    assert says(answer)[0] == in_language(language).say(PASSED_ON)
    await chats.told()
    for editor, spoken in ((EDITH, "en"), (MARTA, "uk")):
        head, copy = chats.said(editor)[-2:]
        assert head["text"] == in_language(spoken).say("A reader writes to the editors:")
        assert copy["text"] == "Is the bridge open?"
        assert "forward_origin" not in copy


async def test_an_editors_reply_comes_back(chats: Chats) -> None:
    """By a reply to the words or to the head, or by the button: below the reader's own message."""
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
    """The message above it says so in each editor's chat, and a further answer may still be sent."""
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
    """Whatever a reader sends is copied as it is."""
    await chats.ask(EDITH, "/start")
    [answer] = await chats.send(ANNA, kind)
    assert says(answer)[0] == PASSED_ON
    await chats.told()
    assert kind in chats.said(EDITH)[-1]


async def test_an_album_is_one_message(chats: Chats, app: App) -> None:
    """All its pictures reach the editors; the reader is answered and counted once. Refused, none does."""
    await chats.ask(EDITH, "/start")
    before, editors = len(chats.said(ANNA)), len(chats.said(EDITH))
    for _ in range(3):
        picture = sample("photo", chats.world.files)
        chats.world.send_as(ANNA, ANNA, {**picture, "media_group_id": "1"})
    await chats.told()
    assert len(chats.said(ANNA)) == before + 1
    assert len([one for one in chats.said(EDITH)[editors:] if "photo" in one]) == 3
    assert (await get_subscriber(app.database, ANNA)).feedback_count == 1
    await app.services.feedback.mute(ANNA, muted=True)
    for _ in range(3):
        picture = sample("photo", chats.world.files)
        chats.world.send_as(ANNA, ANNA, {**picture, "media_group_id": "2"})
    await chats.told()
    assert len(chats.said(ANNA)) == before + 2
    assert len([one for one in chats.said(EDITH)[editors:] if "photo" in one]) == 3


async def test_a_place_is_shown_to_nobody(chats: Chats) -> None:
    """Where a reader is, is nobody's affair."""
    await chats.ask(EDITH, "/start")
    before = len(chats.said(EDITH))
    await chats.send(ANNA, "location")
    assert len(chats.said(EDITH)) == before


async def test_so_many_a_day(chats: Chats, clock: MovableClock) -> None:
    """Past the limit the reader is told so, and editors get nothing; the next day it goes on."""
    await chats.ask(EDITH, "/start")
    for number in range(LETTERS_A_DAY):
        assert says(await chats.ask(ANNA, f"Message {number}"))[0] == PASSED_ON
    await chats.told()
    before = chats.said(EDITH)
    assert (await chats.ask(ANNA, "One more"))["text"].startswith(
        f"You sent the editors {LETTERS_A_DAY} messages"
    )
    assert chats.said(EDITH) == before
    assert says(await chats.ask(TOM, "Mine"))[0] == PASSED_ON
    clock.advance(days=1)
    assert says(await chats.ask(ANNA, "One more"))[0] == PASSED_ON


async def test_a_reader_is_muted_and_heard_again(chats: Chats, app: App) -> None:
    """A muted one is told in a sentence, still gets answers, and nothing of theirs reaches anybody."""
    await chats.ask(EDITH, "/start")
    head = await _letter(chats, ANNA, "Spam")
    muted = await chats.tap(EDITH, head, "Mute")
    assert labels(muted) == ["Answer", "Hear them again"]
    before = chats.said(EDITH)
    assert (await chats.ask(ANNA, "Spam"))["text"].startswith("The editors take no messages from this chat.")
    assert chats.said(EDITH) == before
    assert (await get_subscriber(app.database, ANNA)).feedback_count == 1
    await chats.tap(EDITH, muted, "Hear them again")
    assert says(await chats.ask(ANNA, "Sorry"))[0] == PASSED_ON


async def test_no_editor_has_a_chat_with_us(chats: Chats, app: App) -> None:
    """Nobody speaks into the void: it says so, and does not count."""
    assert (await chats.ask(ANNA, "Hello?"))["text"].startswith("No editor can read this now")
    assert (await get_subscriber(app.database, ANNA)).feedback_count == 0


async def test_a_reader_who_is_gone_cannot_be_answered(chats: Chats) -> None:
    """The editor is told that nothing was sent."""
    await chats.ask(EDITH, "/start")
    head = await _letter(chats, ANNA, "Is the bridge open?")
    chats.world.block(ANNA)
    chats.world.say(EDITH, EDITH, "Yes.", reply_to=head["message_id"])
    await chats.handled()
    assert chats.said(EDITH)[-1]["text"] == "This reader cannot be reached any more: nothing was sent."


async def _many(chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch, words: dict[int, str]) -> Message:
    """What an editor gets while readers write these words to them faster than they are told."""
    with monkeypatch.context() as busy:
        busy.setattr(app.services.feedback, "unannounced", _nothing)
        for person, said in words.items():
            await chats.ask(person, said)
    before = len(chats.said(EDITH))
    await chats.told()
    [gathered] = chats.said(EDITH)[before:]
    return gathered


async def _nothing(_editors: object) -> list[object]:
    return []


async def test_many_letters_are_gathered(chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message says how many there are, and shows them one by one, each with its Answer button."""
    await chats.ask(EDITH, "/start")
    gathered = await _many(chats, app, monkeypatch, {ANNA: "Thank you", TOM: "Well done", OLENA: "Дякую"})
    assert says(gathered) == ["Readers write to the editors:", "3 messages about no story"]
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
    """Wait until Anna, Tom and Edith have it."""
    async with asyncio.timeout(60):
        while (await app.services.broadcasts.status(broadcast_id)).progress.sent < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_letters_are_gathered_by_their_stories(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reply to a push is about its story, anything else in the day after it about the latest one."""
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
        await chats.reply(ANNA, bridge, "Thank you")
        await chats.ask(TOM, "Well done")
        await chats.ask(OLENA, "Дякую")
    await chats.told()
    gathered = chats.said(EDITH)[-1]
    assert says(gathered)[1:] == [
        "1 message about story 1: The bridge holds",
        "1 message about story 2: The school opens",
        "1 message about no story",
    ]
    _, copy = await chats.press(EDITH, gathered, "Read those about story 1")
    assert copy["text"] == "Thank you"


async def test_what_a_reader_deleted_is_said(chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The editor sees that it is gone, and the way to the next one."""
    await chats.ask(EDITH, "/start")
    gathered = await _many(chats, app, monkeypatch, {ANNA: "Thank you", TOM: "Well done"})
    words = next(one for one in chats.world.messages(ANNA) if one.get("text") == "Thank you")
    chats.world.history(ANNA).remove(words["message_id"])
    [gone] = await chats.press(EDITH, gathered, labels(gathered)[0])
    assert (says(gone), labels(gone)) == (["The reader has deleted this message."], ["Next message"])
    _, copy = await chats.press(EDITH, gone, "Next message")
    assert copy["text"] == "Well done"


async def test_who_asks_to_be_forgotten_takes_their_letters_back(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no editor was told of is not told; what stood in a pile is gone from it."""
    await chats.ask(EDITH, "/start")
    with monkeypatch.context() as busy:
        busy.setattr(app.services.feedback, "unannounced", _nothing)
        await chats.ask(ANNA, "Thank you")
        await chats.tap(ANNA, await chats.ask(ANNA, "/forgetme"), "Yes, forget this chat")
    before = chats.said(EDITH)
    await chats.told()
    assert chats.said(EDITH) == before
    toast = await chats.toast_of(EDITH, await chats.ask(EDITH, "/help"), "letters:0:9:")
    assert toast == "There are no more of these messages."


async def test_an_editor_who_shut_us_out_is_not_waited_for(chats: Chats, app: App) -> None:
    """The others get it; nobody tries for ever."""
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
    """Made-up buttons, and buttons whose message is forgotten, do nothing."""
    await chats.ask(EDITH, "/start")
    help_ = await chats.ask(ANNA, "/help")
    assert "for editors" in await chats.toast_of(ANNA, help_, "feedback:mute")
    own = await chats.ask(EDITH, "/help")
    for data in ("feedback:mute", "feedback:answer", "feedback:shout"):
        assert "too old" in await chats.toast_of(EDITH, own, data)
    assert "for editors" in await chats.toast_of(ANNA, help_, "letters:0:1:")
    for data in ("letters:", "letters:0:1:x", "letters:-1:1:", "letters:0:1:1:1"):
        assert "older version" in await chats.toast_of(EDITH, own, data)


async def test_no_word_is_kept(chats: Chats, app: App) -> None:
    """Neither the reader's words nor the answer stand in any table."""
    await chats.ask(EDITH, "/start")
    head = await _letter(chats, ANNA, "zebrafish")
    chats.world.say(EDITH, EDITH, "zebrafish", reply_to=head["message_id"])
    await chats.handled()
    assert told(chats.said(ANNA)[-1]) == "zebrafish"
    async with app.database.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = (await session.execute(table.select())).all()
            assert "zebrafish" not in str(rows), table.name

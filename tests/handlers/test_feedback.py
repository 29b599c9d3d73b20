"""What readers write to the editors, and what those answer."""

from typing import get_args

import pytest

from bot.app import App
from bot.feedback import A_DAY
from bot.sandbox.history import Message
from bot.sandbox.samples import SampleKind, sample
from bot.texts import in_language
from storage.models import Base
from tests.chats import ANNA, EDITH, MARTA, OLENA, READERS, TOM, Chats, labels, says, told
from tests.factories import MovableClock, get_subscriber

PASSED_ON = "Passed on to the editors. Their answer comes here."


async def _letter(chats: Chats, person: int, words: str, editor: int = EDITH) -> Message:
    """What an editor gets to see of what a reader writes: the head; the words stand below it."""
    await chats.ask(person, words)
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
    assert kind in chats.said(EDITH)[-1]


async def test_an_album_is_one_message(chats: Chats, app: App) -> None:
    """All its pictures reach the editors; the reader is answered and counted once. Refused, none does."""
    await chats.ask(EDITH, "/start")
    before, editors = len(chats.said(ANNA)), len(chats.said(EDITH))
    for _ in range(3):
        picture = sample("photo", chats.world.files)
        chats.world.utter(ANNA, ANNA, {**picture, "media_group_id": "1"})
    await chats.handled()
    assert len(chats.said(ANNA)) == before + 1
    assert len([one for one in chats.said(EDITH)[editors:] if "photo" in one]) == 3
    assert (await get_subscriber(app.database, ANNA)).feedback_count == 1
    await app.services.feedback.mute(ANNA, muted=True)
    for _ in range(3):
        picture = sample("photo", chats.world.files)
        chats.world.utter(ANNA, ANNA, {**picture, "media_group_id": "2"})
    await chats.handled()
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
    for number in range(A_DAY):
        assert says(await chats.ask(ANNA, f"Message {number}"))[0] == PASSED_ON
    before = chats.said(EDITH)
    assert (await chats.ask(ANNA, "One more"))["text"].startswith(f"You sent the editors {A_DAY} messages")
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


async def test_only_editors_answer_and_mute(chats: Chats) -> None:
    """Made-up buttons, and buttons whose message is forgotten, do nothing."""
    await chats.ask(EDITH, "/start")
    help_ = await chats.ask(ANNA, "/help")
    assert "for editors" in await chats.toast_of(ANNA, help_, "feedback:mute")
    own = await chats.ask(EDITH, "/help")
    for data in ("feedback:mute", "feedback:answer", "feedback:shout"):
        assert "too old" in await chats.toast_of(EDITH, own, data)


async def test_no_word_is_kept(chats: Chats, app: App) -> None:
    """Neither the reader's words nor the answer stand in any table."""
    await chats.ask(EDITH, "/start")
    head = await _letter(chats, ANNA, "zebrafish")
    chats.world.say(EDITH, EDITH, "zebrafish", reply_to=head["message_id"])
    await chats.handled()
    assert told(chats.said(ANNA)[-1]) == "zebrafish"
    async with app.database.snapshots() as session:
        for table in Base.metadata.sorted_tables:
            rows = (await session.execute(table.select())).all()
            assert "zebrafish" not in str(rows), table.name

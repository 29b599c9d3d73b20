"""A Story that is corrected or withdrawn changes in Digests, welcomes and catch-ups too."""

from datetime import timedelta

import orjson
import pytest

from bot.broadcasts.corrections import SentMessages
from bot.delivery import range_sender
from bot.rendering.buttons import DigestPage
from bot.subscribers.days_off import DaysOff
from storage.words import (
    BroadcastState,
    DeliveryState,
    Rhythm,
)
from tests.digests.worlds import (
    EDITOR,
    MORNING,
    NOTE,
    CorrectionWorld,
)
from tests.factories import (
    add_subscribers,
    get_subscriber,
)
from tests.fakes import WINDOW


async def test_a_withdrawn_story_leaves_a_digest(correction_world: CorrectionWorld) -> None:
    """The same message is edited: the other Stories stay, its line and its button are gone."""
    chats = await add_subscribers(correction_world.database, 7)
    wrong = await correction_world.push("The bridge fell")
    await correction_world.push("The school opens")
    correction_world.clock.now = MORNING
    assert await correction_world.gather() == 7
    sent = dict(correction_world.telegram.shown)
    assert await correction_world.corrections.reach(wrong) == SentMessages(
        messages=7, deletable=0, gathered=7
    )
    await correction_world.withdraw(wrong)
    assert correction_world.telegram.shown.keys() == sent.keys()
    for chat in chats:
        assert correction_world.headlines(chat) == ["1 · The school opens"]
        assert _labels(correction_world, chat) == ["1"]
    progress = await correction_world.progress()
    assert (progress.sent, progress.failed, progress.skipped) == (7, 0, 0)


async def test_a_corrected_story_is_corrected_in_a_digest(correction_world: CorrectionWorld) -> None:
    """The same message has its new words, in the button too, and the buttons lead where they led."""
    [chat] = await add_subscribers(correction_world.database, 1)
    story = await correction_world.push("The bridge hods")
    await correction_world.push("The school opens")
    correction_world.clock.now = MORNING
    await correction_world.gather()
    data = [data for _, data in correction_world.telegram.buttons[chat]]
    await correction_world.rename(story, "The bridge holds")
    await correction_world.correct(story)
    assert correction_world.headlines(chat) == ["1 · The school opens", "2 · The bridge holds"]
    labels = ["1 · The school opens", "2 · The bridge holds"]
    assert correction_world.telegram.buttons[chat] == list(zip(labels, data, strict=True))
    assert len(correction_world.telegram.texts(chat)) == 1


async def test_a_digest_of_the_withdrawn_story_alone_is_deleted_or_becomes_a_note(
    correction_world: CorrectionWorld,
) -> None:
    """Within 48 hours it is deleted, later it becomes a note."""
    [chat] = await add_subscribers(correction_world.database, 1, rhythm=Rhythm.DAILY, hour=8, zone="UTC")
    first, second = await correction_world.push("One"), 0
    correction_world.clock.now = MORNING
    assert await correction_world.gather() == 1
    await correction_world.withdraw(first)
    assert correction_world.telegram.texts(chat) == [None]
    second = await correction_world.push("Two")
    correction_world.clock.now = MORNING + timedelta(days=1)
    assert await correction_world.gather() == 1
    correction_world.clock.advance(hours=48)
    await correction_world.withdraw(second)
    assert correction_world.telegram.texts(chat) == [None, NOTE]


async def test_a_welcome_after_a_day_off_is_corrected_too(correction_world: CorrectionWorld) -> None:
    """A withdrawn Story leaves "Welcome back!", headline and Summary."""
    [chat] = await add_subscribers(correction_world.database, 1)
    days_off = DaysOff(correction_world.database, correction_world.clock, "UTC")
    await days_off.start(chat, MORNING + timedelta(hours=2))
    wrong = await correction_world.push("The bridge fell")
    await correction_world.push("The school opens")
    correction_world.clock.now = MORNING + timedelta(hours=2)
    assert await correction_world.gather() == 1
    assert str(correction_world.telegram.texts(chat)[0]).startswith("Welcome back!")
    await correction_world.withdraw(wrong)
    assert correction_world.headlines(chat) == ["1 · The school opens"]
    assert "fell" not in str(correction_world.telegram.texts(chat))


async def test_a_catch_up_is_corrected_too(correction_world: CorrectionWorld) -> None:
    """Its message is noted after it was sent, so that a withdrawal finds it."""
    [chat] = await add_subscribers(correction_world.database, 1)
    wrong = await correction_world.push("The bridge fell")
    await correction_world.push("The school opens")
    caught_up = await correction_world.digests.catch_up(chat)
    body = orjson.dumps(caught_up.message.payload())
    sent = await correction_world.telegram.send(chat, body)
    reader = await get_subscriber(correction_world.database, chat)
    assert await correction_world.digests.note(reader, caught_up, getattr(sent, "message_id", 0)) is None
    await correction_world.withdraw(wrong)
    assert correction_world.headlines(chat) == ["1 · The school opens"]


async def test_a_story_that_is_withdrawn_while_a_catch_up_is_sent(correction_world: CorrectionWorld) -> None:
    """`note` returns the message without it; with no Story left, it returns a note."""
    [chat] = await add_subscribers(correction_world.database, 1)
    first, second = (
        await correction_world.push("The bridge fell"),
        await correction_world.push("The school opens"),
    )
    reader = await get_subscriber(correction_world.database, chat)
    caught_up = await correction_world.digests.catch_up(chat)
    await correction_world.withdraw(first)
    newer = await correction_world.digests.note(reader, caught_up, 5)
    assert newer is not None
    assert ("The school opens" in newer.text, "fell" in newer.text) == (True, False)
    await correction_world.corrections.withdraw(second, actor=EDITOR)
    nothing = await correction_world.digests.note(reader, caught_up, 5)
    assert nothing is not None
    assert nothing.text == "Our editors have withdrawn the story that was here."


@pytest.mark.parametrize("number", [1, 3, 7, 12])
async def test_a_digest_under_way_shows_stories_as_they_are(
    correction_world: CorrectionWorld, number: int
) -> None:
    """A Story that is withdrawn in the middle of a send is gone from every message in the end."""
    chats = await add_subscribers(correction_world.database, 12)
    wrong = await correction_world.push("The bridge fell")
    await correction_world.push("The school opens")
    correction_world.clock.now = MORNING
    started = await correction_world.digests.start_due()
    assert started is not None
    made: list[int] = []

    async def withdraw() -> None:
        made.extend(await correction_world.corrections.withdraw(wrong, actor=EDITOR))
        await correction_world.broadcasts.start_due()

    correction_world.at_send(number, withdraw)
    correction_world.broadcast_id = started
    await correction_world.finish(correction_world.worker())
    correction_world.telegram.hooks.clear()
    await correction_world.send_all(made)
    for chat in chats:  # who was drawn after it has the other one as it is
        [text] = correction_world.telegram.texts(chat)
        assert ("The school opens" in str(text), "fell" in str(text)) == (True, False)


async def test_a_digest_that_was_drawn_and_waits_is_drawn_anew(
    correction_world: CorrectionWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a slice that a flood delays, only messages on the wire still show the withdrawn Story."""
    monkeypatch.setattr(range_sender, "_FRESH_S", 0)  # as if each waited for long
    await add_subscribers(correction_world.database, 30)
    wrong = await correction_world.push("The bridge fell")
    await correction_world.push("The school opens")
    correction_world.clock.now = MORNING
    started = await correction_world.digests.start_due()
    assert started is not None

    async def withdraw() -> None:
        await correction_world.corrections.withdraw(wrong, actor=EDITOR)

    correction_world.at_send(5, withdraw)
    correction_world.broadcast_id = started
    await correction_world.finish(correction_world.worker(slice_=30))
    with_it = [text for _, text in correction_world.telegram.got if "fell" in text]
    assert 5 <= len(with_it) <= 5 + 2 * WINDOW  # those on the wire, or just before it
    assert len(correction_world.telegram.got) == 30


async def test_a_withdrawn_story_takes_no_other_with_it(correction_world: CorrectionWorld) -> None:
    """Of two held Stories one is withdrawn at night: the other comes as a push does, and stays."""
    [chat] = await add_subscribers(correction_world.database, 1)
    wrong = await correction_world.push("The bridge fell")
    await correction_world.withdraw(wrong)
    await correction_world.push("The school opens")
    correction_world.clock.now = MORNING
    assert await correction_world.gather() == 1
    assert correction_world.telegram.texts(chat) == ["en: The school opens"]
    skipped, sent = DeliveryState.SKIPPED, DeliveryState.SENT
    assert await correction_world.states(chat) == [skipped, sent, sent]
    assert await correction_world.corrections.reach(wrong) == SentMessages(0, 0)


async def test_a_story_that_came_alone_with_a_digest_is_deleted(correction_world: CorrectionWorld) -> None:
    """The receipt of its push names the message."""
    [chat] = await add_subscribers(correction_world.database, 1)
    wrong = await correction_world.push("The bridge fell")
    correction_world.clock.now = MORNING
    assert await correction_world.gather() == 1
    await correction_world.withdraw(wrong)
    assert correction_world.telegram.texts(chat) == [None]


async def test_a_withdrawn_story_behind_the_button_is_not_counted(correction_world: CorrectionWorld) -> None:
    """Of nine Stories the last one is withdrawn: seven are shown, one is more, and the Appeal stays."""
    [chat] = await add_subscribers(correction_world.database, 1)
    wrong = await correction_world.push("Story 0")
    for number in range(1, 9):
        await correction_world.push(f"Story {number}", appeal=number == 8)
    correction_world.clock.now = MORNING
    await correction_world.gather()
    labels = _labels(correction_world, chat)
    assert labels == ["1", "2", "3", "4", "5", "6", "7", "How to help", "2\u00a0of\u00a02 ›"]
    await correction_world.withdraw(wrong)
    assert _labels(correction_world, chat) == labels
    reader = await get_subscriber(correction_world.database, chat)
    second = await correction_world.digests.page(reader, DigestPage(MORNING, 1))
    assert "Story 0" not in second.text


async def test_a_cancelled_push_stays_where_it_was_sent(correction_world: CorrectionWorld) -> None:
    """A correction of another Story leaves it in the Digest that it came with."""
    [chat] = await add_subscribers(correction_world.database, 1)
    other = await correction_world.push("The bridge hods")
    await correction_world.push("The school opens")
    cancelled = correction_world.broadcast_id
    correction_world.clock.now = MORNING
    await correction_world.gather()
    correction_world.broadcast_id = cancelled
    await correction_world.set_state(BroadcastState.CANCELLED)
    await correction_world.rename(other, "The bridge holds")
    await correction_world.correct(other)
    assert correction_world.headlines(chat) == ["1 · The school opens", "2 · The bridge holds"]


async def test_an_interrupted_correction_of_digests_goes_on(correction_world: CorrectionWorld) -> None:
    """The next worker edits only the messages that are left."""
    chats = await add_subscribers(correction_world.database, 20)
    story = await correction_world.push("The bridge hods")
    await correction_world.push("The school opens")
    correction_world.clock.now = MORNING
    await correction_world.gather()
    await correction_world.rename(story, "The bridge holds")
    [correction_world.broadcast_id] = await correction_world.corrections.correct(story, actor=EDITOR)
    await correction_world.broadcasts.start_due()
    first = correction_world.worker("first")

    async def stop() -> None:
        first.stop()

    correction_world.at_send(25, stop)  # the fifth edit
    async with correction_world.at_work(first):
        await first.left.wait()
    await correction_world.finish(correction_world.worker("second"))
    assert sorted(chat for chat, _ in correction_world.telegram.edited) == sorted(chats)
    assert all("The bridge holds" in str(correction_world.telegram.texts(chat)) for chat in chats)


def _labels(world: CorrectionWorld, chat: int) -> list[str]:
    """What stands on the buttons, of a Story's only its number."""
    return [label.partition(" · ")[0] for label, _ in world.telegram.buttons[chat]]

"""Corrections of gathered messages: a Story is mended or withdrawn in Digests, welcomes, catch-ups too."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest

from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.cards import Cards
from bot.broadcasts.control import Control
from bot.broadcasts.corrections import Corrections, SentMessages
from bot.delivery import worker as working
from bot.delivery.outcome import Outcome
from bot.rendering.buttons import DigestPage
from bot.subscribers.days_off import DaysOff
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.stories import stories
from storage.words import BroadcastState, DeliveryState, Length, Rhythm, StoryState
from tests.delivery.test_worker import WINDOW
from tests.digests.test_digests import MORNING, Night, ReadingTelegram
from tests.factories import MovableClock, add_subscribers, get_subscriber

EDITOR = "editor 1"
NOTE = "withdrawn"


class Chat(ReadingTelegram):
    """Knows what each message shows by now; None: it was deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[tuple[int, int], str | None] = {}

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        outcome: Outcome = await super().send(chat_id, body)
        message_id = getattr(outcome, "message_id", 0)
        self.shown[chat_id, message_id] = orjson.loads(body)["text"]
        return outcome

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome:
        before = dict(self.shown)
        outcome = await super().edit(chat_id, message_id, body)
        self.shown = before | {(chat_id, message_id): orjson.loads(body)["text"]}
        return outcome

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        self.shown[chat_id, message_id] = None
        return await super().delete(chat_id, message_id)

    def texts(self, chat: int) -> list[str | None]:
        """What the messages of a chat show, oldest first."""
        return [text for (chat_id, _), text in self.shown.items() if chat_id == chat]


class Newsroom(Night):
    """A Night whose Stories can be corrected."""

    telegram: Chat

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        self.telegram = Chat()
        self.corrections = Corrections(database, clock, self.bodies)
        self.broadcasts = Broadcasts(database, clock, self.bodies)
        self.control = Control(database, clock, self.bodies)
        self.cards = Cards(database)

    def bodies(self, pushed: StoryVersions) -> dict[Variant, dict[str, Any]]:
        if pushed.story.state is not StoryState.WITHDRAWN:
            return super().bodies(pushed)
        return {Variant(language, length): {"text": NOTE} for language in ("en", "uk") for length in Length}

    async def rename(self, story_id: int, headline: str) -> None:
        async with self.database.transaction() as session:
            await stories.change(session, story_id, headline=headline)

    async def mend(self, story_id: int) -> None:
        await self.work_off(await self.corrections.correct(story_id, actor=EDITOR))

    async def withdraw(self, story_id: int) -> None:
        await self.work_off(await self.corrections.withdraw(story_id, actor=EDITOR))

    async def work_off(self, ids: Sequence[int]) -> None:
        """Let workers do these Broadcasts, also what comes a minute later."""
        await self.broadcasts.start_due()
        self.clock.advance(minutes=2)
        await self.broadcasts.start_due()
        for one in ids:
            self.broadcast_id = one
            await self.finish(self.worker())

    def headlines(self, chat: int) -> list[str]:
        """The numbered lines of the newest message of a chat."""
        text = self.telegram.texts(chat)[-1] or ""
        return [line for line in text.splitlines() if " · " in line]


@pytest.fixture
def newsroom(database: Database, clock: MovableClock) -> Newsroom:
    return Newsroom(database, clock)


async def test_a_withdrawn_story_leaves_a_digest(newsroom: Newsroom) -> None:
    """The very message is edited: the others stay, its line and its button are gone."""
    chats = await add_subscribers(newsroom.database, 7)
    wrong = await newsroom.tell("The bridge fell")
    await newsroom.tell("The school opens")
    newsroom.clock.now = MORNING
    assert await newsroom.gather() == 7
    sent = dict(newsroom.telegram.shown)
    assert await newsroom.corrections.reach(wrong) == SentMessages(messages=7, deletable=0, gathered=7)
    await newsroom.withdraw(wrong)
    assert newsroom.telegram.shown.keys() == sent.keys()
    for chat in chats:
        assert newsroom.headlines(chat) == ["1 · The school opens"]
        assert [label for label, _ in newsroom.telegram.buttons[chat]] == ["1"]
    progress = await newsroom.progress()
    assert (progress.sent, progress.failed, progress.skipped) == (7, 0, 0)


async def test_a_corrected_story_is_corrected_in_a_digest(newsroom: Newsroom) -> None:
    """It stands there in its new words, and its buttons lead where they led."""
    [chat] = await add_subscribers(newsroom.database, 1)
    story = await newsroom.tell("The bridge hods")
    await newsroom.tell("The school opens")
    newsroom.clock.now = MORNING
    await newsroom.gather()
    buttons = list(newsroom.telegram.buttons[chat])
    await newsroom.rename(story, "The bridge holds")
    await newsroom.mend(story)
    assert newsroom.headlines(chat) == ["1 · The school opens", "2 · The bridge holds"]
    assert newsroom.telegram.buttons[chat] == buttons
    assert len(newsroom.telegram.texts(chat)) == 1


async def test_a_digest_of_that_story_alone_is_deleted_or_becomes_a_note(newsroom: Newsroom) -> None:
    """As with a push: deleted for 48 hours, a note afterwards."""
    [chat] = await add_subscribers(newsroom.database, 1, rhythm=Rhythm.DAILY, hour=8, zone="UTC")
    first, second = await newsroom.tell("One"), 0
    newsroom.clock.now = MORNING
    assert await newsroom.gather() == 1
    await newsroom.withdraw(first)
    assert newsroom.telegram.texts(chat) == [None]
    second = await newsroom.tell("Two")
    newsroom.clock.now = MORNING + timedelta(days=1)
    assert await newsroom.gather() == 1
    newsroom.clock.advance(hours=48)
    await newsroom.withdraw(second)
    assert newsroom.telegram.texts(chat) == [None, NOTE]


async def test_a_welcome_after_a_day_off_is_mended_too(newsroom: Newsroom) -> None:
    """What was seen: headline and summary stayed in "Welcome back!"."""
    [chat] = await add_subscribers(newsroom.database, 1)
    days_off = DaysOff(newsroom.database, newsroom.clock, "UTC")
    await days_off.start(chat, MORNING + timedelta(hours=2))
    wrong = await newsroom.tell("The bridge fell")
    await newsroom.tell("The school opens")
    newsroom.clock.now = MORNING + timedelta(hours=2)
    assert await newsroom.gather() == 1
    assert str(newsroom.telegram.texts(chat)[0]).startswith("Welcome back!")
    await newsroom.withdraw(wrong)
    assert newsroom.headlines(chat) == ["1 · The school opens"]
    assert "fell" not in str(newsroom.telegram.texts(chat))


async def test_a_catch_up_is_mended_too(newsroom: Newsroom) -> None:
    """It is an answer: its message is noted after it was sent."""
    [chat] = await add_subscribers(newsroom.database, 1)
    wrong = await newsroom.tell("The bridge fell")
    await newsroom.tell("The school opens")
    caught_up = await newsroom.digests.catch_up(chat)
    body = orjson.dumps(caught_up.message.payload())
    sent = await newsroom.telegram.send(chat, body)
    reader = await get_subscriber(newsroom.database, chat)
    assert await newsroom.digests.note(reader, caught_up, getattr(sent, "message_id", 0)) is None
    await newsroom.withdraw(wrong)
    assert newsroom.headlines(chat) == ["1 · The school opens"]


async def test_a_story_that_is_withdrawn_while_a_catch_up_is_sent(newsroom: Newsroom) -> None:
    """Too early for the withdrawal to know the message: who sent it looks again; nothing left is a note."""
    [chat] = await add_subscribers(newsroom.database, 1)
    first, second = await newsroom.tell("The bridge fell"), await newsroom.tell("The school opens")
    reader = await get_subscriber(newsroom.database, chat)
    caught_up = await newsroom.digests.catch_up(chat)
    await newsroom.withdraw(first)
    newer = await newsroom.digests.note(reader, caught_up, 5)
    assert newer is not None
    assert ("The school opens" in newer.text, "fell" in newer.text) == (True, False)
    await newsroom.corrections.withdraw(second, actor=EDITOR)
    nothing = await newsroom.digests.note(reader, caught_up, 5)
    assert nothing is not None
    assert nothing.text == "A story that stood here was withdrawn by our editors."


@pytest.mark.parametrize("place", [1, 3, 7, 12])
async def test_a_digest_under_way_draws_what_is_so_now(newsroom: Newsroom, place: int) -> None:
    """Withdrawn in the middle of a send: whoever has the old words, or gets them just then, loses them."""
    chats = await add_subscribers(newsroom.database, 12)
    wrong = await newsroom.tell("The bridge fell")
    await newsroom.tell("The school opens")
    newsroom.clock.now = MORNING
    started = await newsroom.digests.start_due()
    assert started is not None
    made: list[int] = []

    async def withdraw() -> None:
        made.extend(await newsroom.corrections.withdraw(wrong, actor=EDITOR))
        await newsroom.broadcasts.start_due()

    newsroom.at_send(place, withdraw)
    newsroom.broadcast_id = started
    await newsroom.finish(newsroom.worker())
    newsroom.telegram.hooks.clear()
    await newsroom.work_off(made)
    for chat in chats:  # who was drawn after it has the other one as it is
        [text] = newsroom.telegram.texts(chat)
        assert ("The school opens" in str(text), "fell" in str(text)) == (True, False)


async def test_what_was_drawn_and_waits_is_drawn_anew(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole slice is drawn, and a flood holds it up: after the withdrawal none of it is sent as it was."""
    monkeypatch.setattr(working, "_FRESH_S", 0)  # as if each waited for long
    await add_subscribers(newsroom.database, 30)
    wrong = await newsroom.tell("The bridge fell")
    await newsroom.tell("The school opens")
    newsroom.clock.now = MORNING
    started = await newsroom.digests.start_due()
    assert started is not None

    async def withdraw() -> None:
        await newsroom.corrections.withdraw(wrong, actor=EDITOR)

    newsroom.at_send(5, withdraw)
    newsroom.broadcast_id = started
    await newsroom.finish(newsroom.worker(slice_=30))
    with_it = [text for _, text in newsroom.telegram.got if "fell" in text]
    assert 5 <= len(with_it) <= 5 + 2 * WINDOW  # those on the wire, or just before it
    assert len(newsroom.telegram.got) == 30


async def test_a_withdrawn_story_takes_no_other_with_it(newsroom: Newsroom) -> None:
    """Two were held, one was withdrawn at night: the other comes as it is, and stays."""
    [chat] = await add_subscribers(newsroom.database, 1)
    wrong = await newsroom.tell("The bridge fell")
    await newsroom.withdraw(wrong)
    await newsroom.tell("The school opens")
    newsroom.clock.now = MORNING
    assert await newsroom.gather() == 1
    assert newsroom.telegram.texts(chat) == ["en: The school opens"]
    skipped, sent = DeliveryState.SKIPPED, DeliveryState.SENT
    assert await newsroom.states(chat) == [skipped, sent, sent]
    assert await newsroom.corrections.reach(wrong) == SentMessages(0, 0)


async def test_a_story_that_came_whole_with_a_digest_is_deleted(newsroom: Newsroom) -> None:
    """Its push's receipt names the message."""
    [chat] = await add_subscribers(newsroom.database, 1)
    wrong = await newsroom.tell("The bridge fell")
    newsroom.clock.now = MORNING
    assert await newsroom.gather() == 1
    await newsroom.withdraw(wrong)
    assert newsroom.telegram.texts(chat) == [None]


async def test_a_story_behind_the_button_is_counted_no_more(newsroom: Newsroom) -> None:
    """Nine were gathered, the last one is withdrawn: seven are shown, one is more; the appeal stays."""
    [chat] = await add_subscribers(newsroom.database, 1)
    wrong = await newsroom.tell("Story 0")
    for number in range(1, 9):
        await newsroom.tell(f"Story {number}", appeal=number == 8)
    newsroom.clock.now = MORNING
    await newsroom.gather()
    labels = [label for label, _ in newsroom.telegram.buttons[chat]]
    assert labels == ["1", "2", "3", "4", "5", "6", "7", "How to help", "2 more ›"]
    await newsroom.withdraw(wrong)
    assert [label for label, _ in newsroom.telegram.buttons[chat]] == [*labels[:-1], "1 more ›"]
    reader = await get_subscriber(newsroom.database, chat)
    second = await newsroom.digests.page(reader, DigestPage(MORNING, 1))
    assert "Story 0" not in second.text


async def test_a_cancelled_push_stays_where_it_was_sent(newsroom: Newsroom) -> None:
    """Cancelled after it came with a digest: a correction of the other one leaves it there."""
    [chat] = await add_subscribers(newsroom.database, 1)
    other = await newsroom.tell("The bridge hods")
    await newsroom.tell("The school opens")
    cancelled = newsroom.broadcast_id
    newsroom.clock.now = MORNING
    await newsroom.gather()
    newsroom.broadcast_id = cancelled
    await newsroom.set_state(BroadcastState.CANCELLED)
    await newsroom.rename(other, "The bridge holds")
    await newsroom.mend(other)
    assert newsroom.headlines(chat) == ["1 · The school opens", "2 · The bridge holds"]


async def test_a_correction_of_digests_that_was_interrupted_goes_on(newsroom: Newsroom) -> None:
    """The next worker edits only what is left."""
    chats = await add_subscribers(newsroom.database, 20)
    story = await newsroom.tell("The bridge hods")
    await newsroom.tell("The school opens")
    newsroom.clock.now = MORNING
    await newsroom.gather()
    await newsroom.rename(story, "The bridge holds")
    [newsroom.broadcast_id] = await newsroom.corrections.correct(story, actor=EDITOR)
    await newsroom.broadcasts.start_due()
    first = newsroom.worker("first")

    async def stop() -> None:
        first.stop()

    newsroom.at_send(25, stop)  # the fifth edit
    async with newsroom.at_work(first):
        await first.left.wait()
    await newsroom.finish(newsroom.worker("second"))
    assert sorted(chat for chat, _ in newsroom.telegram.edited) == sorted(chats)
    assert all("The bridge holds" in str(newsroom.telegram.texts(chat)) for chat in chats)

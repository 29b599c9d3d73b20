"""Corrections on real databases: those who have the message see it corrected, and nobody else gets one."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from bot.broadcasts.agreement import Agreement
from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.control import Control
from bot.broadcasts.corrections import Corrections, SentMessages
from bot.editors.rights import Rights
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from storage import audit
from storage.broadcasts import broadcasts
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.stories import stories
from storage.subscribers import subscribers
from storage.words import BroadcastKind, BroadcastState, Length, StoryState, SubscriberState
from tests.factories import MovableClock, get_story, get_subscriber
from tests.fakes import DeliveryWorld

EDITOR = "editor 1"


def bodies(pushed: StoryVersions, lengths: Iterable[Length] = Length) -> dict[Variant, dict[str, Any]]:
    withdrawn = pushed.story.state is StoryState.WITHDRAWN
    text = "withdrawn" if withdrawn else pushed.story.headline
    return {Variant("en", length): {"text": text} for length in lengths}


class Newsroom(DeliveryWorld):
    """A DeliveryWorld whose Story was pushed and can be corrected."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        self.corrections = Corrections(database, clock, Rights({1, 2}), bodies)
        self.broadcasts = Broadcasts(database, clock, Agreement(Rights({1, 2})), bodies)
        self.control = Control(database, clock, Rights({1, 2}), bodies)
        self.story_id = 0
        self.push_id = 0

    async def push(self, people: int, *, size: int = 500) -> None:
        """Push the Story to so many, and forget what Telegram got."""
        await self.prepare(people, size=size)
        await self.finish(self.worker())
        self.telegram.got.clear()

    async def prepare(self, people: int, *, size: int = 500) -> None:
        await self.open(people, size=size)
        self.push_id = self.broadcast_id
        self.story_id = (await self.broadcasts.status(self.push_id)).broadcast.story_id or 0

    async def rename(self, headline: str) -> None:
        async with self.database.transaction() as session:
            story = await stories.get(session, self.story_id)
            assert story is not None
            story.headline = headline

    async def work_off(self, ids: Sequence[int]) -> None:
        """Let a worker do these Broadcasts."""
        await self.broadcasts.start_due()
        for one in ids:
            self.broadcast_id = one
            await self.finish(self.worker())


@pytest.fixture
def newsroom(database: Database, clock: MovableClock) -> Newsroom:
    return Newsroom(database, clock)


async def test_all_messages_of_a_push_are_corrected(newsroom: Newsroom) -> None:
    """Each message of the push is edited once, in its chat, to the Story as it is now."""
    await newsroom.push(12, size=5)
    sent = await newsroom.receipts()
    await newsroom.rename("The bridge is closed")
    made = await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR)
    await newsroom.work_off(made)
    assert sorted(newsroom.telegram.edited) == sorted(
        (chat, receipt.message_id) for chat, receipt in sent.items()
    )
    assert {text for _, text in newsroom.telegram.got} == {"The bridge is closed"}
    status = await newsroom.broadcasts.status(made[0])
    assert (status.broadcast.expected, status.progress.sent) == (12, 12)


async def test_newcomers_and_those_who_cannot_be_reached_are_left_alone(newsroom: Newsroom) -> None:
    """A correction goes to those who have the push, also after /stop, not to those who left."""
    await newsroom.push(3)
    first, second, third = newsroom.chats
    for chat, state in ((first, SubscriberState.BLOCKED), (second, SubscriberState.STOPPED)):
        async with newsroom.database.transaction() as session:
            await subscribers.change(session, chat, state=state)
    await newsroom.work_off(await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR))
    assert sorted(chat for chat, _ in newsroom.telegram.edited) == sorted([second, third])


async def test_a_running_push_goes_on_corrected(newsroom: Newsroom) -> None:
    """A correction in the middle of a push leaves every message with the new text, and none is sent twice."""
    await newsroom.prepare(40, size=10)
    made: list[int] = []

    async def correct() -> None:
        await newsroom.rename("The bridge is closed")
        made.extend(await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR))

    newsroom.at_send(7, correct)
    await newsroom.finish(newsroom.worker())
    newsroom.clock.advance(minutes=2)
    await newsroom.work_off(made)
    last = dict(newsroom.telegram.got)
    assert set(last) == set(newsroom.chats)
    assert set(last.values()) == {"The bridge is closed"}
    new = len(newsroom.telegram.got) - len(newsroom.telegram.edited)
    assert new == 40


async def test_a_withdrawn_story_leaves_the_chats(newsroom: Newsroom) -> None:
    """Fresh messages of a withdrawn Story are deleted, and readers do not find it any more."""
    await newsroom.push(4)
    assert await newsroom.corrections.reach(newsroom.story_id) == SentMessages(messages=4, deletable=4)
    await newsroom.work_off(await newsroom.corrections.withdraw(newsroom.story_id, actor=EDITOR))
    assert sorted(chat for chat, _ in newsroom.telegram.deleted) == newsroom.chats
    assert newsroom.telegram.edited == []
    assert (await get_story(newsroom.database, newsroom.story_id)).state is StoryState.WITHDRAWN


async def test_what_telegram_keeps_becomes_a_note(newsroom: Newsroom) -> None:
    """A message older than 48 hours is edited into a note that the Story was withdrawn."""
    await newsroom.push(4)
    newsroom.clock.advance(hours=48)
    assert await newsroom.corrections.reach(newsroom.story_id) == SentMessages(messages=4, deletable=0)
    await newsroom.work_off(await newsroom.corrections.withdraw(newsroom.story_id, actor=EDITOR))
    assert newsroom.telegram.deleted == []
    assert {text for _, text in newsroom.telegram.got} == {"withdrawn"}


async def test_a_withdrawal_that_says_why_deletes_nothing(newsroom: Newsroom) -> None:
    """Each message becomes a note, and the Story keeps the reason in place of an older note."""
    await newsroom.push(4)
    await newsroom.work_off(
        await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR, note="It never fell.")
    )
    assert (await get_story(newsroom.database, newsroom.story_id)).notice == "It never fell."
    made = await newsroom.corrections.withdraw(newsroom.story_id, actor=EDITOR, reason=" Not \n ours. ")
    newsroom.telegram.got.clear()
    await newsroom.work_off(made)
    assert newsroom.telegram.deleted == []
    assert {text for _, text in newsroom.telegram.got} == {"withdrawn"}
    assert (await get_story(newsroom.database, newsroom.story_id)).notice == "Not ours."


async def test_a_withdrawal_without_a_reason_keeps_no_older_note(newsroom: Newsroom) -> None:
    """What was wrong once is no reason for a withdrawal; a correction without a note keeps the older one."""
    await newsroom.push(1)
    await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR, note="It never fell.")
    await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR)
    assert (await get_story(newsroom.database, newsroom.story_id)).notice == "It never fell."
    await newsroom.corrections.withdraw(newsroom.story_id, actor=EDITOR)
    assert (await get_story(newsroom.database, newsroom.story_id)).notice is None


@pytest.mark.parametrize("words", ["", " \n ", "x" * 201])
async def test_a_notice_is_one_short_sentence(newsroom: Newsroom, words: str) -> None:
    """Otherwise nothing is corrected or withdrawn."""
    await newsroom.push(1)
    with pytest.raises(InvalidInputError):
        await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR, note=words)
    with pytest.raises(InvalidInputError):
        await newsroom.corrections.withdraw(newsroom.story_id, actor=EDITOR, reason=words)
    story = await get_story(newsroom.database, newsroom.story_id)
    assert (story.state, story.notice) == (StoryState.PUBLISHED, None)


async def test_a_withdrawal_ends_a_running_push(newsroom: Newsroom) -> None:
    """After a withdrawal nobody new gets the Story, and a message that was on its way is deleted too."""
    await newsroom.prepare(40, size=10)
    made: list[int] = []

    async def withdraw() -> None:
        made.extend(await newsroom.corrections.withdraw(newsroom.story_id, actor=EDITOR))

    ended = newsroom.at_send(7, withdraw)
    worker = newsroom.worker()
    async with newsroom.at_work(worker):
        await worker.until_left_after(ended)
    assert await newsroom.state() is BroadcastState.CANCELLED
    got = set(newsroom.telegram.chats)
    assert len(got) < 40
    newsroom.clock.advance(minutes=2)
    await newsroom.work_off(made)
    assert {chat for chat, _ in newsroom.telegram.deleted} == got


async def test_a_newer_correction_takes_an_older_ones_place(newsroom: Newsroom) -> None:
    """Of two corrections that wait, only the newer one is sent."""
    await newsroom.push(2)
    (older,) = await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR)
    (newer,) = await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR)
    assert (await newsroom.broadcasts.status(older)).broadcast.state is BroadcastState.CANCELLED
    assert (await newsroom.broadcasts.status(newer)).broadcast.state is BroadcastState.SCHEDULED


async def test_nothing_is_scheduled_where_nobody_has_it(newsroom: Newsroom) -> None:
    """A Story that was published quietly has no messages to correct."""
    await newsroom.prepare(0)
    await newsroom.set_state(BroadcastState.FINISHED)
    assert await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR) == []


async def test_only_what_readers_see_can_be_corrected(newsroom: Newsroom) -> None:
    """A draft and an unknown Story cannot be withdrawn, nor one that was withdrawn."""
    await newsroom.push(1)
    await newsroom.corrections.withdraw(newsroom.story_id, actor=EDITOR)
    with pytest.raises(RefusedError):
        await newsroom.corrections.withdraw(newsroom.story_id, actor="editor 2")
    with pytest.raises(RefusedError):
        await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR)
    with pytest.raises(NotFoundError):
        await newsroom.corrections.correct(999, actor=EDITOR)


async def test_corrections_are_in_the_audit_log(newsroom: Newsroom) -> None:
    """The audit log has who withdrew a Story, and which Broadcast did it."""
    await newsroom.push(1)
    (made,) = await newsroom.corrections.withdraw(newsroom.story_id, actor=EDITOR)
    async with newsroom.database.read() as session:
        story = await audit.history(session, "story", newsroom.story_id)
        broadcast = await audit.history(session, "broadcast", made)
        kept = await broadcasts.get(session, made)
    assert [(entry.actor, entry.action) for entry in story] == [(EDITOR, "withdraw")]
    assert [(entry.actor, entry.action) for entry in broadcast] == [(EDITOR, "withdrawal")]
    assert kept is not None
    assert (kept.kind, kept.corrects_id) == (BroadcastKind.WITHDRAWAL, newsroom.push_id)


async def test_a_correction_that_was_interrupted_goes_on(newsroom: Newsroom) -> None:
    """After a worker gave its Range back in the middle, the next one edits only the rest."""
    await newsroom.push(20)
    made = await newsroom.corrections.correct(newsroom.story_id, actor=EDITOR)
    await newsroom.broadcasts.start_due()
    newsroom.broadcast_id = made[0]
    first = newsroom.worker("first")

    async def stop() -> None:
        first.stop()

    newsroom.at_send(5, stop)
    async with newsroom.at_work(first):
        await first.left.wait()
    await newsroom.finish(newsroom.worker("second"))
    assert sorted(chat for chat, _ in newsroom.telegram.edited) == sorted(newsroom.chats)
    assert (await get_subscriber(newsroom.database, newsroom.chats[0])).state is SubscriberState.ACTIVE

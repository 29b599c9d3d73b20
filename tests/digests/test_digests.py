"""What was held comes in one message when readers are due: ranked, once, and nothing is lost."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NotFoundError
from bot.rendering.buttons import DigestPage, LatestPage
from bot.subscribers.days_off import DaysOff
from storage.appeals import appeals
from storage.broadcasts import broadcasts
from storage.deliveries import held
from storage.deliveries.held import Held
from storage.models import Delivery
from storage.stories import stories, threads
from storage.subscribers import subscribers
from storage.words import (
    AppealState,
    BroadcastKind,
    BroadcastState,
    ChatKind,
    DeliveryState,
    Length,
    Rhythm,
    StoryState,
)
from tests.digests.worlds import (
    MORNING,
    NIGHT,
    DigestWorld,
)
from tests.factories import (
    add_subscribers,
    get_subscriber,
)


async def test_the_night_is_gathered_in_the_morning(digest_world: DigestWorld) -> None:
    """Nothing comes before 8:00, then one message with both Stories, and then nothing is held."""
    chats = await add_subscribers(digest_world.database, 12)
    await digest_world.push("The bridge holds")
    await digest_world.push("The school opens")
    digest_world.clock.now = MORNING - timedelta(seconds=1)
    assert await digest_world.gather() == 0
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 12
    assert await digest_world.gather() == 0
    assert sorted(digest_world.telegram.chats) == sorted(chats)
    (text,) = {text for _, text in digest_world.telegram.got}
    assert text.splitlines() == [
        "Your new stories:",
        "",
        "1 · The school opens",
        "The school opens in short.",
        "",
        "2 · The bridge holds",
        "The bridge holds in short.",
    ]
    held_, sent = DeliveryState.MERGED, DeliveryState.SENT
    assert await digest_world.states(chats[0]) == [held_, held_, sent]
    assert (await get_subscriber(digest_world.database, chats[0])).due_at is None


async def test_a_digest_counts_its_messages(digest_world: DigestWorld) -> None:
    """The Broadcast of a Digest has no Story, and as many messages sent as were expected."""
    await add_subscribers(digest_world.database, 12)
    await digest_world.push("The bridge holds")
    digest_world.clock.now = MORNING
    await digest_world.gather()
    async with digest_world.database.read() as session:
        progress = await broadcasts.progress(session, digest_world.broadcast_id)
        found = await broadcasts.get(session, digest_world.broadcast_id)
    assert (progress.sent, progress.held) == (12, 0)
    assert found is not None
    assert (found.kind, found.expected, found.story_id) == (BroadcastKind.DIGEST, 12, None)


async def test_what_is_held_for_a_crowd_is_handled_in_parts(
    digest_world: DigestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a part of it is in memory at once; each gets all that is held for them, and it is counted."""
    chats = await add_subscribers(digest_world.database, 250)
    pushes = []
    for headline in ("The bridge holds", "The school opens"):
        await digest_world.push(headline)
        pushes.append(digest_world.broadcast_id)
    asked, read_held = [], held.of

    async def noting(session: AsyncSession, ids: Collection[int]) -> Mapping[int, Sequence[Held]]:
        asked.append(len(ids))
        return await read_held(session, ids)

    monkeypatch.setattr(held, "of", noting)
    monkeypatch.setattr(held, "_ENDED_AT_ONCE", 7)
    digest_world.clock.now = MORNING
    started = await digest_world.digests.start_due()
    assert started is not None
    digest_world.broadcast_id = started
    await digest_world.finish(digest_world.worker(slice_=1_000))
    assert (sum(asked), max(asked)) == (250, 100)
    assert sorted(digest_world.telegram.chats) == sorted(chats)
    assert all(text.count("in short.") == 2 for _, text in digest_world.telegram.got)
    for chat in (chats[0], chats[-1]):
        assert await digest_world.states(chat) == [DeliveryState.MERGED] * 2 + [DeliveryState.SENT]
    async with digest_world.database.read() as session:
        progress = [await broadcasts.progress(session, push) for push in pushes]
    assert [(one.sent, one.held) for one in progress] == [(250, 0)] * 2


async def test_a_single_story_comes_as_a_push_does(digest_world: DigestWorld) -> None:
    """It has its Appeal where that is allowed, and its receipt names the message for corrections."""
    chats = await add_subscribers(digest_world.database, 2)
    async with digest_world.database.transaction() as session:
        await subscribers.change(session, chats[1], appealed_at=NIGHT)
    await digest_world.push("The bridge holds", appeal=True)
    push = digest_world.broadcast_id
    digest_world.clock.now = MORNING
    await digest_world.gather()
    assert dict(digest_world.telegram.got) == {
        chats[0]: "en: The bridge holds appeal",
        chats[1]: "en: The bridge holds",
    }
    assert await digest_world.states(chats[0]) == [DeliveryState.SENT, DeliveryState.SENT]
    assert (await get_subscriber(digest_world.database, chats[0])).appealed_at == MORNING
    async with digest_world.database.read() as session:
        first = (await get_subscriber(digest_world.database, chats[0])).id
        receipt = await session.get(Delivery, (push, first))
    assert receipt is not None
    assert (receipt.message_id is not None, receipt.appeal) == (True, True)


async def test_stories_are_ranked_by_appeal_then_followed_thread_then_age(digest_world: DigestWorld) -> None:
    """Stories of a Thread stand together under its title, and the help button opens the first Appeal."""
    (chat,) = await add_subscribers(digest_world.database, 1)
    follower = await get_subscriber(digest_world.database, chat)
    async with digest_world.database.transaction() as session:
        bridge = await threads.make(session, title="The bridge", now=NIGHT)
        school = await threads.make(session, title="The school", now=NIGHT)
        await threads.follow(session, subscriber_id=follower.id, thread_id=school)
    await digest_world.push("Bridge closed", thread_id=bridge)
    await digest_world.push("School opens", thread_id=school)
    supper = await digest_world.push("Supper for all", appeal=True)
    digest_world.clock.advance(minutes=1)
    await digest_world.push("Weather")
    await digest_world.push("Bridge repaired", thread_id=bridge)
    digest_world.clock.now = MORNING
    await digest_world.gather()
    (text,) = [text for _, text in digest_world.telegram.got]
    lines = [line for line in text.splitlines() if line and "in short" not in line]
    assert lines[1:] == [
        "1 · Supper for all",
        "2 · School opens",
        "The bridge",
        "3 · Bridge repaired",
        "4 · Bridge closed",
        "5 · Weather",
        "❤ Lindenau Supper Circle asks for help.",
    ]
    labels = dict(digest_world.telegram.buttons[chat])
    assert [label.partition(" · ")[0] for label in labels] == ["1", "2", "3", "4", "5", "How to help"]
    assert all(len(label) <= 30 for label in labels)
    assert labels["How to help"].startswith(f"story:{supper}:short:0:1:")
    assert (await get_subscriber(digest_world.database, chat)).appealed_at == MORNING


async def test_a_button_leads_to_the_stories_after_the_seventh(digest_world: DigestWorld) -> None:
    """The pages are found days later, and nothing on them is sent again by itself."""
    (chat,) = await add_subscribers(digest_world.database, 1)
    for number in range(16):
        await digest_world.push(f"Story {number:02}")
    digest_world.clock.now = MORNING
    await digest_world.gather()
    ((_, text),) = digest_world.telegram.got
    ((label, data),) = [one for one in digest_world.telegram.buttons[chat] if one[1].startswith("digest:")]
    assert ("Story 15" in text, "Story 08" in text, label) == (True, False, "2\u00a0of\u00a03 ›")
    digest_world.clock.advance(days=3)
    subscriber = await get_subscriber(digest_world.database, chat)
    page = DigestPage.parse(data)
    assert page is not None
    second = await digest_world.digests.page(subscriber, page)
    assert ("8 · Story 08" in second.text, "Story 01" in second.text) == (True, False)
    third = await digest_world.digests.page(subscriber, DigestPage(MORNING, 2))
    assert ("16 · Story 00" in third.text, "more" in str(third.rows)) == (True, False)
    with pytest.raises(NotFoundError):
        await digest_world.digests.page(subscriber, DigestPage(MORNING, 3))
    assert await digest_world.gather() == 0


async def test_a_group_reads_how_many_more_there_are(digest_world: DigestWorld) -> None:
    """No tap turns a page for all there: a line counts the rest, and a button opens the newest stories."""
    [chat] = await add_subscribers(digest_world.database, 1, kind=ChatKind.GROUP)
    async with digest_world.database.transaction() as session:
        await subscribers.change(session, chat, chat_id=-chat)
    for number in range(9):
        await digest_world.push(f"Story {number}")
    digest_world.clock.now = MORNING
    await digest_world.gather()
    [(_, text)] = digest_world.telegram.got
    assert text.splitlines()[-1] == "… and 2 more"
    assert digest_world.telegram.buttons[-chat][-1] == ("Latest stories", LatestPage().data())
    assert not any(data.startswith("digest:") for _, data in digest_world.telegram.buttons[-chat])
    again = await digest_world.digests.page(
        await get_subscriber(digest_world.database, -chat), DigestPage(MORNING)
    )
    assert again.text == text


async def test_withdrawn_and_cancelled_stories_are_dropped(digest_world: DigestWorld) -> None:
    """Where no Story is left, the reader gets no message."""
    (chat,) = await add_subscribers(digest_world.database, 1)
    withdrawn = await digest_world.push("Withdrawn")
    await digest_world.push("Cancelled")
    async with digest_world.database.transaction() as session:
        await stories.change(session, withdrawn, state=StoryState.WITHDRAWN)
        await broadcasts.change(session, digest_world.broadcast_id, state=BroadcastState.CANCELLED)
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 0
    assert await digest_world.states(chat) == [DeliveryState.SKIPPED] * 3
    assert (await get_subscriber(digest_world.database, chat)).due_at is None


async def test_a_day_off_ends_with_a_welcome(digest_world: DigestWorld) -> None:
    """After a day off a welcome comes at the first allowed time, even for one Story; later pushes come at
    once.
    """
    (chat,) = await add_subscribers(digest_world.database, 1)
    days_off = DaysOff(digest_world.database, digest_world.clock, "UTC")
    await days_off.start(chat, MORNING + timedelta(days=1, hours=-8))
    await digest_world.push("The bridge holds")
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 0
    digest_world.clock.now = MORNING + timedelta(days=1)
    assert await digest_world.gather() == 1
    assert digest_world.telegram.got[0][1].startswith(
        "Welcome back! Here is what you missed:\n\n1 · The bridge holds"
    )
    after = await get_subscriber(digest_world.database, chat)
    assert (after.away_until, after.due_at) == (None, None)
    await digest_world.push("The school opens")
    assert len(digest_world.telegram.got) == 2


async def test_a_day_off_with_nothing_held_ends_in_silence(digest_world: DigestWorld) -> None:
    """The day off ends, and the reader gets no message: one that tells nothing would be one too many."""
    (chat,) = await add_subscribers(digest_world.database, 1)
    days_off = DaysOff(digest_world.database, digest_world.clock, "UTC")
    await days_off.start(chat, MORNING)
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 0
    after = await get_subscriber(digest_world.database, chat)
    assert (after.away_until, after.due_at) == (None, None)


async def test_a_daily_digest_comes_at_its_hour(digest_world: DigestWorld) -> None:
    """A reader of daily Digests gets the Stories of each day at 18:00, in their language and Length."""
    (chat,) = await add_subscribers(
        digest_world.database, 1, rhythm=Rhythm.DAILY, hour=18, language="uk", zone="UTC", length=Length.BRIEF
    )
    for day in range(2):
        digest_world.clock.now = MORNING + timedelta(days=day)
        await digest_world.push(f"Story {day}")
        assert await digest_world.gather() == 0
        digest_world.clock.now = MORNING.replace(hour=18) + timedelta(days=day)
        assert await digest_world.gather() == 1
        assert f"1 · Story {day}\n" in digest_world.telegram.got[-1][1]
        assert f"Story {day} in brief." in digest_world.telegram.got[-1][1]
    assert digest_world.telegram.chats == [chat, chat]


async def test_a_digest_waits_for_changed_quiet_hours(digest_world: DigestWorld) -> None:
    """A Digest waits until new quiet hours, or a day off that began meanwhile, end."""
    early, away = await add_subscribers(digest_world.database, 2)
    await digest_world.push("The bridge holds")
    async with digest_world.database.transaction() as session:  # as if it came at the same moment
        await subscribers.change(session, early, quiet_until=10)
        await subscribers.change(session, away, away_until=MORNING + timedelta(days=1))
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 0
    due_at = [(await get_subscriber(digest_world.database, chat)).due_at for chat in (early, away)]
    assert due_at == [MORNING + timedelta(hours=2), MORNING + timedelta(days=1)]
    digest_world.clock.now = MORNING + timedelta(hours=2)
    assert await digest_world.gather() == 1
    digest_world.clock.now = MORNING + timedelta(days=1)
    assert await digest_world.gather() == 1
    assert digest_world.telegram.chats == [early, away]


async def test_who_helped_is_not_asked_in_gathered_messages(digest_world: DigestWorld) -> None:
    """Neither in a Digest of several stories, nor with one that comes alone, nor after /catchup."""
    until = MORNING + timedelta(days=30)
    several, asking = await add_subscribers(digest_world.database, 2, helped_until=until)
    await digest_world.push("The bridge holds", appeal=True)
    await digest_world.push("The school opens")
    message = (await digest_world.digests.catch_up(asking)).message
    assert "The bridge holds" in message.text
    assert "asks for help" not in message.text
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 1
    digest_world.clock.now = MORNING.replace(hour=23)
    await digest_world.push("The river is low", appeal=True)
    digest_world.clock.now = MORNING + timedelta(days=1)
    assert await digest_world.gather() == 2
    assert not [text for _, text in digest_world.telegram.got if "asks for help" in text or "appeal" in text]
    assert (await get_subscriber(digest_world.database, several)).appealed_at is None


async def test_catching_up_takes_all_that_is_held(digest_world: DigestWorld) -> None:
    """At night too it answers with all that is held; nothing of it comes in the morning, and the Appeal
    counts.
    """
    (chat,) = await add_subscribers(digest_world.database, 1)
    await digest_world.push("The bridge holds", appeal=True)
    await digest_world.push("The school opens")
    assert await digest_world.digests.waiting(await get_subscriber(digest_world.database, chat)) == 2
    message = (await digest_world.digests.catch_up(chat)).message
    assert message.text.startswith("Here is what you missed:\n\n1 · The bridge holds")
    assert "asks for help" in message.text
    after = await get_subscriber(digest_world.database, chat)
    assert (after.due_at, after.appealed_at) == (None, NIGHT)
    assert "not missed any stories" in (await digest_world.digests.catch_up(chat)).message.text
    digest_world.clock.now = MORNING
    assert await digest_world.gather() == 0


async def test_a_suspended_appeal_is_in_no_digest_from_then_on(digest_world: DigestWorld) -> None:
    """At the same instant one reader sees the Appeal, and after its suspension the next one does not."""
    first, second = await add_subscribers(digest_world.database, 2)
    await digest_world.push("The bridge holds", appeal=True)
    await digest_world.push("The school opens")
    assert "asks for help" in (await digest_world.digests.catch_up(first)).message.text
    async with digest_world.database.transaction() as session:
        [appeal] = await appeals.every(session)
        await appeals.change(session, appeal, state=AppealState.SUSPENDED)
    assert "asks for help" not in (await digest_world.digests.catch_up(second)).message.text

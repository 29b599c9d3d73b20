"""Drafts on real databases: who would get it, what may be chosen, and of two editors one is first."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.broadcasts import pushes
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.preparation import SAMPLE, Preparation
from bot.broadcasts.pushes import SentBeforeError
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.models import Broadcast
from storage.stories import stories, topics
from storage.words import BroadcastState, ChatKind, Rhythm, StoryState
from tests.broadcasts.test_corrections import bodies
from tests.factories import MovableClock, add_story, add_subscribers

EDITH, MARTA = "editor 1009", "editor 1101"


@pytest.fixture
def desk(database: Database, clock: MovableClock) -> Preparation:
    return Preparation(database, clock, bodies, zone="UTC", rate=2)


@pytest.fixture
async def story_id(database: Database) -> int:
    async with database.transaction() as session:
        return await add_story(session, state=StoryState.PUBLISHED)


async def get(database: Database, broadcast_id: int) -> Broadcast | None:
    async with database.read() as session:
        return await broadcasts.get(session, broadcast_id)


async def test_the_preview_says_who_gets_it(desk: Preparation, database: Database, story_id: int) -> None:
    """Exactly, where there are few: by language and chat, and how many get it later."""
    await add_subscribers(database, 6, quiet_from=None, quiet_until=None)
    await add_subscribers(database, 3, language="uk", kind=ChatKind.GROUP, rhythm=Rhythm.DAILY)
    await add_subscribers(database, 2, all_topics=False)
    preview = await desk.preview(await desk.prepare(story_id, editor=1))
    sample = preview.sample
    assert preview.number == sample.size == 9
    assert (sample.languages, sample.kinds) == ({"en": 6, "uk": 3}, {ChatKind.PRIVATE: 6, ChatKind.GROUP: 3})
    assert (sample.all_topics, sample.later, sample.whole) == (9, 3, True)
    assert preview.lasts == timedelta(seconds=3)
    assert list(preview.earlier) == []


async def test_of_many_a_sample_is_looked_at(desk: Preparation, database: Database, story_id: int) -> None:
    """The number is exact all the same, and the sample is no larger than it need be."""
    await add_subscribers(database, 3 * SAMPLE)
    preview = await desk.preview(await desk.prepare(story_id, editor=1))
    assert (preview.number, preview.sample.size, preview.sample.whole) == (3 * SAMPLE, 2 * SAMPLE, False)


async def test_nobody_at_all(desk: Preparation, story_id: int) -> None:
    """Without subscribers there is a preview too."""
    preview = await desk.preview(await desk.prepare(story_id, editor=1))
    assert (preview.number, preview.sample.size, preview.lasts) == (0, 0, timedelta(0))


async def test_an_audience_is_narrowed(desk: Preparation, database: Database, story_id: int) -> None:
    """By languages and topics, chosen and left out again; what two editors choose at once is kept."""
    await add_subscribers(database, 4)
    await add_subscribers(database, 2, language="uk")
    async with database.transaction() as session:
        [food] = await topics.ensure(session, {"food": "Food"})
    draft = await desk.prepare(story_id, editor=1)
    await asyncio.gather(
        desk.choose_language(draft, "uk", chosen=True), desk.choose_topic(draft, food.id, chosen=True)
    )
    preview = await desk.preview(draft)
    assert preview.number == 2
    assert [topic.name for topic in preview.topics] == ["Food"]
    await desk.choose_language(draft, "uk", chosen=False)
    assert (await desk.preview(draft)).number == 6
    with pytest.raises(NotFoundError):
        await desk.choose_language(draft, "xx", chosen=True)


async def test_an_editor_has_one_draft_of_a_story(desk: Preparation, story_id: int) -> None:
    """Asked again it is the same one; another editor has their own."""
    first = await desk.prepare(story_id, editor=1)
    assert await desk.prepare(story_id, editor=1) == first
    assert await desk.prepare(story_id, editor=2) != first


async def test_hours_that_are_past_are_refused(
    desk: Preparation, database: Database, story_id: int, clock: MovableClock
) -> None:
    """So is one in two years; one that passed while it was typed is meant to be now."""
    draft = await desk.prepare(story_id, editor=1)
    for wrong in (timedelta(minutes=-3), timedelta(days=700)):
        with pytest.raises(InvalidInputError):
            await desk.choose_hour(draft, clock() + wrong)
    for right in (timedelta(minutes=-1), timedelta(hours=1)):
        await desk.choose_hour(draft, clock() + right)
    await desk.confirm(draft, actor=EDITH, version=0, seen=0)
    kept = await get(database, draft)
    assert kept is not None
    assert (kept.state, kept.start_at) == (BroadcastState.SCHEDULED, clock() + timedelta(hours=1))


async def test_of_two_editors_at_once_one_sends(desk: Preparation, database: Database, story_id: int) -> None:
    """Each has a draft; the second is told that the story went out meanwhile, and may send it again."""
    drafts = [await desk.prepare(story_id, editor=editor) for editor in (1, 2)]
    results = await asyncio.gather(
        *(desk.confirm(draft, actor=EDITH, version=0, seen=0) for draft in drafts), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "SentBeforeError"]
    states = [one.state for draft in drafts if (one := await get(database, draft))]
    assert sorted(states) == [BroadcastState.PREPARING, BroadcastState.SCHEDULED]
    second = drafts[states.index(BroadcastState.PREPARING)]
    assert len((await desk.preview(second)).earlier) == 1
    await desk.confirm(second, actor=MARTA, version=0, seen=1)


async def test_every_way_to_push_asks_before_the_second_time(
    desk: Preparation, database: Database, story_id: int, clock: MovableClock
) -> None:
    """The chat, the command line and publishing share one rule; what was seen is sent again."""
    scheduled = Broadcasts(database, clock, bodies)
    first = await scheduled.schedule(story_id, actor="command line")
    draft = await desk.prepare(story_id, editor=1)
    again: list[Any] = [
        scheduled.schedule(story_id, actor="command line"),
        desk.confirm(draft, actor=EDITH, version=0, seen=0),
        publish_again(database, story_id, clock),
    ]
    for way in again:
        with pytest.raises(SentBeforeError, match=f"Story {story_id} was sent meanwhile"):
            await way
    assert [push.broadcast.id for push in await scheduled.pushes_of(story_id)] == [first]
    await desk.confirm(draft, actor=EDITH, version=0, seen=1)
    await scheduled.schedule(story_id, seen=2, actor="command line")
    assert len(await scheduled.pushes_of(story_id)) == 3


async def publish_again(database: Database, story_id: int, clock: MovableClock) -> None:
    """The end of a publication, as if the Story had been a draft until now."""
    async with database.transaction() as session:
        await pushes.schedule_first(session, story_id, None, now=clock())


async def test_two_commands_at_once_push_once(database: Database, story_id: int, clock: MovableClock) -> None:
    """Neither has seen the other's push: one of them is refused, on either database."""
    desk = Broadcasts(database, clock, bodies)
    results = await asyncio.gather(
        *(desk.schedule(story_id, actor="command line") for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, SentBeforeError) for one in results) == 4
    assert len(await desk.pushes_of(story_id)) == 1


async def test_a_push_that_reached_nobody_is_no_first_one(
    database: Database, story_id: int, clock: MovableClock
) -> None:
    """It was cancelled before it started: the next one is asked about by nobody."""
    desk = Broadcasts(database, clock, bodies)
    await desk.cancel(await desk.schedule(story_id, actor="command line"), actor="command line")
    await desk.schedule(story_id, actor="command line")
    states = [push.broadcast.state for push in await desk.pushes_of(story_id)]
    assert states == [BroadcastState.SCHEDULED, BroadcastState.CANCELLED]


async def test_a_story_that_was_changed_is_looked_at_first(
    desk: Preparation, database: Database, story_id: int
) -> None:
    """What an editor has not seen is not sent in their name; nor one that was withdrawn."""
    draft = await desk.prepare(story_id, editor=1)
    async with database.transaction() as session:
        await stories.change(session, story_id, headline="Another one")
    with pytest.raises(RefusedError, match="changed meanwhile"):
        await desk.confirm(draft, actor=EDITH, version=0, seen=0)
    async with database.transaction() as session:
        await stories.move(
            session, story_id, come_from=[StoryState.PUBLISHED], to=StoryState.WITHDRAWN, released_at=None
        )
    for verb in (desk.preview(draft), desk.confirm(draft, actor=EDITH, version=1, seen=0)):
        with pytest.raises(RefusedError, match="nothing is sent"):
            await verb


async def test_two_editors_make_it_urgent(desk: Preparation, database: Database, story_id: int) -> None:
    """Who proposes it cannot agree; without a proposal there is nothing to agree to."""
    draft = await desk.prepare(story_id, editor=1)
    with pytest.raises(RefusedError, match="Nobody proposes"):
        await desk.agree_urgent(draft, actor=MARTA)
    await desk.propose_urgent(draft, actor=EDITH, alone=False)
    with pytest.raises(RefusedError, match="Another editor"):
        await desk.agree_urgent(draft, actor=EDITH)
    kept = await get(database, draft)
    assert kept is not None
    assert (kept.urgent, kept.urgent_by) == (False, EDITH)
    await desk.agree_urgent(draft, actor=MARTA)
    kept = await get(database, draft)
    assert kept is not None
    assert kept.urgent
    await desk.not_urgent(draft)
    kept = await get(database, draft)
    assert kept is not None
    assert (kept.urgent, kept.urgent_by) == (False, None)


async def test_what_is_sent_is_a_draft_no_more(desk: Preparation, database: Database, story_id: int) -> None:
    """Nothing of it can be chosen any more, and nobody sends it twice."""
    draft = await desk.prepare(story_id, editor=1)
    await desk.confirm(draft, actor=EDITH, version=0, seen=0)
    late: list[Any] = [
        desk.preview(draft),
        desk.choose_hour(draft, None),
        desk.choose_language(draft, "uk", chosen=True),
        desk.propose_urgent(draft, actor=EDITH, alone=True),
        desk.drop(draft),
        desk.confirm(draft, actor=EDITH, version=0, seen=1),
    ]
    for act in late:
        with pytest.raises(NotFoundError, match="gone"):
            await act
    kept = await get(database, draft)
    assert kept is not None
    assert not kept.urgent


async def test_old_drafts_are_forgotten(
    desk: Preparation, database: Database, story_id: int, clock: MovableClock
) -> None:
    """After a week; what was sent stays."""
    sent = await desk.prepare(story_id, editor=1)
    await desk.confirm(sent, actor=EDITH, version=0, seen=0)
    old = await desk.prepare(story_id, editor=1)
    clock.advance(days=8)
    young = await desk.prepare(story_id, editor=2)
    await desk.forget_old()
    assert [await get(database, one) is not None for one in (sent, old, young)] == [True, False, True]

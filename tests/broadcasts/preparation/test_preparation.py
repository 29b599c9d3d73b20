"""Preparation on real databases: the preview, what may be chosen, and of two editors one is first."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.broadcasts import pushes
from bot.broadcasts.agreement import Agreement, SecondNeededError
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.control import Control
from bot.broadcasts.preparation.preparation import Preparation
from bot.broadcasts.preparation.samples import SAMPLE
from bot.broadcasts.pushes import SentBeforeError
from bot.editors.editors import Editors
from bot.editors.rights import Rights
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.models import Broadcast
from storage.stories import stories, topics
from storage.words import BroadcastState, ChatKind, EditorRole, Rhythm, StoryState
from tests.broadcasts.test_corrections import bodies
from tests.factories import MovableClock, add_story, add_subscribers

EDITH, MARTA = "editor 1009", "editor 1101"


@pytest.fixture
def preparation(database: Database, clock: MovableClock) -> Preparation:
    return Preparation(database, clock, Agreement(Rights({1009, 1101})), bodies, zone="UTC", rate=2)


@pytest.fixture
async def story_id(database: Database) -> int:
    async with database.transaction() as session:
        return await add_story(session, state=StoryState.PUBLISHED)


async def get(database: Database, broadcast_id: int) -> Broadcast | None:
    async with database.read() as session:
        return await broadcasts.get(session, broadcast_id)


async def test_the_preview_says_who_gets_it(
    preparation: Preparation, database: Database, story_id: int
) -> None:
    """The preview of a small Audience counts exactly: by language, by chat, and how many get it later."""
    await add_subscribers(database, 6, quiet_from=None, quiet_until=None)
    await add_subscribers(database, 3, language="uk", kind=ChatKind.GROUP, rhythm=Rhythm.DAILY)
    await add_subscribers(database, 2, all_topics=False)
    preview = await preparation.preview(await preparation.prepare(story_id, editor=1))
    sample = preview.sample
    assert preview.number == sample.size == 9
    assert (sample.languages, sample.kinds) == ({"en": 6, "uk": 3}, {ChatKind.PRIVATE: 6, ChatKind.GROUP: 3})
    assert (sample.all_topics, sample.later, sample.whole) == (9, 3, True)
    assert preview.lasts == timedelta(seconds=3)
    assert list(preview.earlier) == []


async def test_of_many_a_sample_is_looked_at(
    preparation: Preparation, database: Database, story_id: int
) -> None:
    """Of a large Audience the number is exact, and a sample of limited size is read."""
    await add_subscribers(database, 3 * SAMPLE)
    preview = await preparation.preview(await preparation.prepare(story_id, editor=1))
    assert (preview.number, preview.sample.size, preview.sample.whole) == (3 * SAMPLE, 2 * SAMPLE, False)


async def test_nobody_at_all(preparation: Preparation, story_id: int) -> None:
    """Without subscribers the preview shows 0."""
    preview = await preparation.preview(await preparation.prepare(story_id, editor=1))
    assert (preview.number, preview.sample.size, preview.lasts) == (0, 0, timedelta(0))


async def test_an_audience_is_narrowed(preparation: Preparation, database: Database, story_id: int) -> None:
    """Languages and Topics narrow the Audience, also if two are chosen at once; an unknown one is refused."""
    await add_subscribers(database, 4)
    await add_subscribers(database, 2, language="uk")
    async with database.transaction() as session:
        [food] = await topics.ensure(session, {"food": "Food"})
    push_id = await preparation.prepare(story_id, editor=1)
    await asyncio.gather(
        preparation.choose_language(push_id, "uk", chosen=True),
        preparation.choose_topic(push_id, food.id, chosen=True),
    )
    preview = await preparation.preview(push_id)
    assert preview.number == 2
    assert [topic.name for topic in preview.topics] == ["Food"]
    await preparation.choose_language(push_id, "uk", chosen=False)
    assert (await preparation.preview(push_id)).number == 6
    with pytest.raises(NotFoundError):
        await preparation.choose_language(push_id, "xx", chosen=True)


async def test_an_editor_prepares_one_push_of_a_story(preparation: Preparation, story_id: int) -> None:
    """An editor who begins again gets the same push; another editor gets their own."""
    first = await preparation.prepare(story_id, editor=1)
    assert await preparation.prepare(story_id, editor=1) == first
    assert await preparation.prepare(story_id, editor=2) != first


async def test_hours_that_are_past_are_refused(
    preparation: Preparation, database: Database, story_id: int, clock: MovableClock
) -> None:
    """Past hours and those in two years are refused; one that passed while it was typed means now."""
    push_id = await preparation.prepare(story_id, editor=1)
    for wrong in (timedelta(minutes=-3), timedelta(days=700)):
        with pytest.raises(InvalidInputError):
            await preparation.choose_hour(push_id, clock() + wrong)
    for right in (timedelta(minutes=-1), timedelta(hours=1)):
        await preparation.choose_hour(push_id, clock() + right)
    await preparation.confirm(push_id, actor=EDITH, version=0, seen=0)
    kept = await get(database, push_id)
    assert kept is not None
    assert (kept.state, kept.start_at) == (BroadcastState.SCHEDULED, clock() + timedelta(hours=1))


async def test_of_two_editors_at_once_one_sends(
    preparation: Preparation, database: Database, story_id: int
) -> None:
    """Of two editors who confirm at once the second is refused, and may send it again knowingly."""
    push_ids = [await preparation.prepare(story_id, editor=editor) for editor in (1, 2)]
    results = await asyncio.gather(
        *(preparation.confirm(push_id, actor=EDITH, version=0, seen=0) for push_id in push_ids),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "SentBeforeError"]
    states = [one.state for push_id in push_ids if (one := await get(database, push_id))]
    assert sorted(states) == [BroadcastState.PREPARING, BroadcastState.SCHEDULED]
    second = push_ids[states.index(BroadcastState.PREPARING)]
    assert len((await preparation.preview(second)).earlier) == 1
    await preparation.confirm(second, actor=MARTA, version=0, seen=1)


async def test_every_way_to_push_asks_before_the_second_time(
    preparation: Preparation, database: Database, story_id: int, clock: MovableClock
) -> None:
    """Chat, command line and publishing refuse a second push that the person has not seen."""
    scheduled = Broadcasts(database, clock, Agreement(Rights()), bodies)
    first = await scheduled.schedule(story_id, actor="command line")
    push_id = await preparation.prepare(story_id, editor=1)
    again: list[Any] = [
        scheduled.schedule(story_id, actor="command line"),
        preparation.confirm(push_id, actor=EDITH, version=0, seen=0),
        publish_again(database, story_id, clock),
    ]
    for way in again:
        with pytest.raises(SentBeforeError, match=f"Story {story_id} was sent in the meantime"):
            await way
    assert [push.broadcast.id for push in await scheduled.pushes_of(story_id)] == [first]
    await preparation.confirm(push_id, actor=EDITH, version=0, seen=1)
    await scheduled.schedule(story_id, seen=2, actor="command line")
    assert len(await scheduled.pushes_of(story_id)) == 3


async def publish_again(database: Database, story_id: int, clock: MovableClock) -> None:
    """Schedule the first push of a Story, as its publication does."""
    async with database.transaction() as session:
        await pushes.schedule_first(
            session, story_id, None, agreement=Agreement(Rights()), actor="command line", now=clock()
        )


async def test_two_commands_at_once_push_once(database: Database, story_id: int, clock: MovableClock) -> None:
    """Of five commands at once one schedules a push, on either database."""
    scheduling = Broadcasts(database, clock, Agreement(Rights()), bodies)
    results = await asyncio.gather(
        *(scheduling.schedule(story_id, actor="command line") for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, SentBeforeError) for one in results) == 4
    assert len(await scheduling.pushes_of(story_id)) == 1


async def test_a_push_that_reached_nobody_is_no_first_one(
    database: Database, story_id: int, clock: MovableClock
) -> None:
    """A push that was cancelled before it started does not stand in the way of the next one."""
    scheduling, control = (
        Broadcasts(database, clock, Agreement(Rights()), bodies),
        Control(database, clock, Rights(), bodies),
    )
    await control.cancel(await scheduling.schedule(story_id, actor="command line"), actor="command line")
    await scheduling.schedule(story_id, actor="command line")
    states = [push.broadcast.state for push in await scheduling.pushes_of(story_id)]
    assert states == [BroadcastState.SCHEDULED, BroadcastState.CANCELLED]


async def test_a_story_that_was_changed_is_looked_at_first(
    preparation: Preparation, database: Database, story_id: int
) -> None:
    """A Story that was changed or withdrawn after the preview is not sent as it was seen."""
    push_id = await preparation.prepare(story_id, editor=1)
    async with database.transaction() as session:
        await stories.change(session, story_id, headline="Another one")
    with pytest.raises(RefusedError, match="has changed since you opened it"):
        await preparation.confirm(push_id, actor=EDITH, version=0, seen=0)
    async with database.transaction() as session:
        await stories.move(
            session, story_id, come_from=[StoryState.PUBLISHED], to=StoryState.WITHDRAWN, released_at=None
        )
    with pytest.raises(RefusedError, match="has changed since you opened it"):
        await preparation.confirm(push_id, actor=EDITH, version=2, seen=0)


async def test_a_rejected_story_is_not_prepared(
    preparation: Preparation, database: Database, story_id: int
) -> None:
    """A push of a Story that readers shall not see has no preview, and is not confirmed."""
    push_id = await preparation.prepare(story_id, editor=1)
    async with database.transaction() as session:
        await stories.change(session, story_id, state=StoryState.REJECTED)
    for verb in (preparation.preview(push_id), preparation.confirm(push_id, actor=EDITH, version=1, seen=0)):
        with pytest.raises(RefusedError, match="nothing is sent"):
            await verb


def of_two(database: Database, clock: MovableClock, *, every_push: bool = False) -> Preparation:
    """The use cases where two people may send: Edith and Marta."""
    agreement = Agreement(Rights({1009, 1101}), every_push)
    return Preparation(database, clock, agreement, bodies, zone="UTC", rate=2, paid_rate=100)


async def state_of(database: Database, push_id: int) -> tuple[BroadcastState, str | None]:
    kept = await get(database, push_id)
    assert kept is not None
    return kept.state, kept.asked_by


@pytest.mark.parametrize("kind", ["urgent", "paid", "every push"])
async def test_two_people_send_it(database: Database, story_id: int, clock: MovableClock, kind: str) -> None:
    """An urgent push, a paid one, and with the setting every push, starts once two people want it."""
    preparation = of_two(database, clock, every_push=kind == "every push")
    push_id = await preparation.prepare(story_id, editor=1)
    if kind == "urgent":
        await preparation.choose_urgent(push_id, urgent=True, actor=EDITH)
    if kind == "paid":
        await preparation.choose_paid(push_id, paid=True, actor=EDITH)
    for _ in range(2):  # who asks twice is still one
        with pytest.raises(SecondNeededError) as needed:
            await preparation.confirm(push_id, actor=EDITH, version=0, seen=0)
        assert needed.value.others == {1101}
        await preparation.ask(push_id, actor=EDITH)
    assert await state_of(database, push_id) == (BroadcastState.PREPARING, EDITH)
    await preparation.confirm(push_id, actor=MARTA, version=0, seen=0)
    assert (await state_of(database, push_id))[0] is BroadcastState.SCHEDULED


async def test_an_ordinary_push_takes_one(database: Database, story_id: int, clock: MovableClock) -> None:
    """Neither urgent nor paid, it is sent by one person, although there are two."""
    preparation = of_two(database, clock)
    push_id = await preparation.prepare(story_id, editor=1)
    await preparation.confirm(push_id, actor=EDITH, version=0, seen=0)
    assert (await state_of(database, push_id))[0] is BroadcastState.SCHEDULED


async def test_the_only_one_sends_alone(database: Database, story_id: int, clock: MovableClock) -> None:
    """Where one person may send, that one sends an urgent push alone, from the command line too."""
    agreement = Agreement(Rights({1009}))
    for actor in (EDITH, "command line"):
        preparation = Preparation(database, clock, agreement, bodies, zone="UTC", rate=2)
        push_id = await preparation.prepare(story_id, editor=1)
        await preparation.choose_urgent(push_id, urgent=True, actor=actor)
        seen = (await preparation.preview(push_id)).seen
        await preparation.confirm(push_id, actor=actor, version=0, seen=seen)
        assert (await state_of(database, push_id))[0] is BroadcastState.SCHEDULED


async def test_a_change_needs_agreement_again(database: Database, story_id: int, clock: MovableClock) -> None:
    """What somebody asked for is the push as it was: after any change, it has to be asked for again."""
    preparation = of_two(database, clock, every_push=True)
    changes: list[Callable[[int], Awaitable[None]]] = [
        lambda push_id: preparation.choose_language(push_id, "uk", chosen=True),
        lambda push_id: preparation.choose_hour(push_id, clock() + timedelta(hours=1)),
        lambda push_id: preparation.choose_urgent(push_id, urgent=True, actor=MARTA),
        lambda push_id: preparation.choose_paid(push_id, paid=True, actor=MARTA),
    ]
    for change in changes:
        push_id = await preparation.prepare(story_id, editor=1)
        await preparation.ask(push_id, actor=EDITH)
        await change(push_id)
        with pytest.raises(SecondNeededError):
            await preparation.confirm(push_id, actor=MARTA, version=0, seen=0)
        assert await state_of(database, push_id) == (BroadcastState.PREPARING, None)


async def test_the_second_may_decline(database: Database, story_id: int, clock: MovableClock) -> None:
    """It stays in preparation, and nobody has asked for it any more."""
    preparation = of_two(database, clock, every_push=True)
    push_id = await preparation.prepare(story_id, editor=1)
    with pytest.raises(RefusedError, match="Nobody asks"):
        await preparation.decline(push_id, actor=MARTA)
    await preparation.ask(push_id, actor=EDITH)
    await preparation.decline(push_id, actor=MARTA)
    assert await state_of(database, push_id) == (BroadcastState.PREPARING, None)


async def test_who_may_not_send_can_ask(database: Database, story_id: int, clock: MovableClock) -> None:
    """An editor's push waits for a publisher; what an editor asked for counts while they are one.

    A reader can neither send nor agree.
    """
    writer, stranger = "editor 3", "editor 4"
    editors = Editors(database, clock, {1009, 1101})
    await editors.put(3, EditorRole.EDITOR, actor="command line")
    preparation = of_two(database, clock, every_push=True)
    push_id = await preparation.prepare(story_id, editor=3)
    with pytest.raises(SecondNeededError):
        await preparation.confirm(push_id, actor=writer, version=0, seen=0)
    await preparation.ask(push_id, actor=writer)
    with pytest.raises(SecondNeededError):
        await preparation.confirm(push_id, actor=stranger, version=0, seen=0)
    with pytest.raises(RefusedError, match="Only a publisher"):
        await preparation.decline(push_id, actor=stranger)
    await editors.remove(3, actor="command line")
    with pytest.raises(SecondNeededError):
        await preparation.confirm(push_id, actor=MARTA, version=0, seen=0)
    await editors.put(3, EditorRole.EDITOR, actor="command line")
    await preparation.confirm(push_id, actor=MARTA, version=0, seen=0)
    assert (await state_of(database, push_id))[0] is BroadcastState.SCHEDULED


async def test_the_command_line_asks(database: Database, story_id: int, clock: MovableClock) -> None:
    """A push that needs two people waits, and editors are notified; a Source's own push does not wait."""
    scheduling = Broadcasts(database, clock, Agreement(Rights({1009, 1101}), every_push=True), bodies)
    asked = await scheduling.schedule(story_id, actor="command line")
    assert await state_of(database, asked) == (BroadcastState.PREPARING, "command line")
    control = Control(database, clock, Rights({1009, 1101}), bodies)
    assert [one.id for one in await control.unannounced()] == [asked]
    by_itself = await scheduling.schedule(story_id, actor="source 1")
    assert (await state_of(database, by_itself))[0] is BroadcastState.SCHEDULED


async def test_a_confirmed_push_is_in_preparation_no_more(
    preparation: Preparation, database: Database, story_id: int
) -> None:
    """After the confirmation nothing can be chosen, and it cannot be confirmed again."""
    push_id = await preparation.prepare(story_id, editor=1)
    await preparation.confirm(push_id, actor=EDITH, version=0, seen=0)
    late: list[Any] = [
        preparation.preview(push_id),
        preparation.choose_hour(push_id, None),
        preparation.choose_language(push_id, "uk", chosen=True),
        preparation.choose_urgent(push_id, urgent=True, actor=EDITH),
        preparation.drop(push_id),
        preparation.confirm(push_id, actor=EDITH, version=0, seen=1),
    ]
    for act in late:
        with pytest.raises(NotFoundError, match="gone"):
            await act
    kept = await get(database, push_id)
    assert kept is not None
    assert not kept.urgent


async def test_old_preparations_are_deleted(
    preparation: Preparation, database: Database, story_id: int, clock: MovableClock
) -> None:
    """What was begun more than a week ago is deleted; what was sent stays."""
    sent = await preparation.prepare(story_id, editor=1)
    await preparation.confirm(sent, actor=EDITH, version=0, seen=0)
    old = await preparation.prepare(story_id, editor=1)
    clock.advance(days=8)
    young = await preparation.prepare(story_id, editor=2)
    await preparation.drop_old()
    assert [await get(database, one) is not None for one in (sent, old, young)] == [True, False, True]

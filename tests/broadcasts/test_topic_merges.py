"""Merging two Topics: all that one has goes over, nobody misses a story, and the one is gone."""

import pytest

from bot.broadcasts.topic_merges import TopicMerges
from bot.editors.actors import actor_of
from bot.editors.rights import Rights
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from storage import audit
from storage.broadcasts import broadcasts
from storage.broadcasts.audience import Audience
from storage.database import Database
from storage.editors import editors
from storage.stories import stories, topic_merges, topics
from storage.stories.topic_merges import Belongings
from storage.subscribers import subscribers
from storage.words import BroadcastState, EditorRole
from tests.factories import NOON, MovableClock, add_story, add_subscribers, get_story, get_subscriber

ELLA = 13
SEEN = ("Bridges", "Roads")


@pytest.fixture
def merges(database: Database, monkeypatch: pytest.MonkeyPatch) -> TopicMerges:
    """The use cases, with slices of two subscribers."""
    monkeypatch.setattr("bot.broadcasts.topic_merges._A_SLICE", 2)
    return TopicMerges(database, MovableClock(), Rights())


async def two_topics(database: Database) -> tuple[int, int]:
    async with database.transaction() as session:
        one, other = await topics.ensure(session, {"bridges": "Bridges", "roads": "Roads"})
    return one.id, other.id


async def readers(database: Database, number: int) -> list[int]:
    """The ids of new subscribers who choose their topics."""
    chats = await add_subscribers(database, number, all_topics=False)
    return [(await get_subscriber(database, chat)).id for chat in chats]


async def chosen(database: Database, subscriber_id: int) -> set[str]:
    async with database.read() as session:
        ids = await subscribers.topics_of(session, subscriber_id)
        return {topic.slug for topic in await topics.every(session) if topic.id in ids}


async def push(database: Database, state: BroadcastState, *topic_ids: int) -> int:
    """A push to the readers of these Topics, in this state."""
    async with database.transaction() as session:
        story = await add_story(session)
        made = await broadcasts.add(session, story_id=story, now=NOON, audience=Audience(topics=topic_ids))
        await broadcasts.change(session, made.id, state=state)
    return made.id


async def test_all_goes_over(database: Database, merges: TopicMerges) -> None:
    """Stories, subscribers by slices, pushes that wait; who had both has one, and the log says how many."""
    one, other = await two_topics(database)
    people = await readers(database, 6)
    async with database.transaction() as session:
        for person in people[:5]:
            await subscribers.set_topics(session, person, [one])
        await subscribers.set_topics(session, people[4], [one, other])
        told, both = await add_story(session), await add_story(session)
        await stories.set_topics(session, told, [one])
        await stories.set_topics(session, both, [one, other])
    waiting = await push(database, BroadcastState.SCHEDULED, one, other)
    ended = await push(database, BroadcastState.FINISHED, one)
    expected = (Belongings(stories=2, subscribers=5, sources=0), 1)
    shown = await merges.preview(one, other)
    assert (shown.belongings, shown.pushes) == expected
    done = await merges.merge(one, other, seen=SEEN, actor="command line")
    assert (done.belongings, done.pushes) == expected
    assert [await chosen(database, person) for person in people] == [{"roads"}] * 5 + [set()]
    for story in (told, both):
        assert [topic.slug for topic in (await get_story(database, story)).topics] == ["roads"]
    async with database.read() as session:
        assert [topic.slug for topic in await topics.every(session)] == ["roads"]
        moved, kept = [await broadcasts.get(session, number) for number in (waiting, ended)]
        [entry] = await audit.history(session, "topic", one)
    assert moved is not None
    assert kept is not None
    assert Audience.of(moved).topics == (other,)
    assert Audience.of(kept).topics == (one,)
    assert (entry.action, entry.after["into"], entry.after["subscribers"]) == ("merge", other, 5)


async def test_who_chooses_it_meanwhile_is_not_forgotten(
    database: Database, merges: TopicMerges, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the first slice and the last one a reader subscribes: they have the other topic in the end."""
    one, other = await two_topics(database)
    early, late = await readers(database, 2)
    async with database.transaction() as session:
        await subscribers.set_topics(session, early, [one])
    move = topic_merges.move_stories

    async def move_and_subscribe(session: object, topic_id: int, *, into: int) -> None:
        await move(session, topic_id, into=into)  # type: ignore[arg-type]  # the session of the merge
        await subscribers.set_topics(session, late, [one])  # type: ignore[arg-type]

    monkeypatch.setattr(topic_merges, "move_stories", move_and_subscribe)
    await merges.merge(one, other, seen=SEEN, actor="command line")
    assert [await chosen(database, person) for person in (early, late)] == [{"roads"}] * 2


async def test_what_a_kill_interrupts_another_merge_completes(
    database: Database, merges: TopicMerges, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then nobody has lost anything: each reader has the topic of each story."""
    one, other = await two_topics(database)
    people = await readers(database, 5)
    async with database.transaction() as session:
        for person in people:
            await subscribers.set_topics(session, person, [one])
        story = await add_story(session)
        await stories.set_topics(session, story, [one])

    async def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(topic_merges, "drop_subscribers", killed)
        with pytest.raises(KeyboardInterrupt):
            await merges.merge(one, other, seen=SEEN, actor="command line")
    assert [await chosen(database, person) for person in people] == [{"bridges", "roads"}] * 5
    assert [topic.slug for topic in (await get_story(database, story)).topics] == ["roads"]
    await merges.merge(one, other, seen=SEEN, actor="command line")
    assert [await chosen(database, person) for person in people] == [{"roads"}] * 5


@pytest.mark.parametrize("state", [BroadcastState.RUNNING, BroadcastState.PAUSED])
async def test_a_push_that_is_being_sent_keeps_its_readers(
    database: Database, merges: TopicMerges, state: BroadcastState
) -> None:
    """Its audience is frozen: the merge has to wait, and changes nothing."""
    one, other = await two_topics(database)
    [reader] = await readers(database, 1)
    async with database.transaction() as session:
        await subscribers.set_topics(session, reader, [one])
    await push(database, state, one)
    with pytest.raises(RefusedError, match="is being sent"):
        await merges.merge(one, other, seen=SEEN, actor="command line")
    assert await chosen(database, reader) == {"bridges"}


async def test_what_cannot_be_merged_is_not(database: Database, merges: TopicMerges) -> None:
    """A topic with itself or with none; one that got another name; by somebody who may not publish."""
    one, other = await two_topics(database)
    async with database.transaction() as session:
        await editors.put(session, ELLA, role=EditorRole.EDITOR, added_by="test", now=NOON)
    with pytest.raises(InvalidInputError):
        await merges.merge(one, one, seen=("Bridges", "Bridges"), actor="command line")
    with pytest.raises(NotFoundError):
        await merges.merge(one, 99, seen=SEEN, actor="command line")
    with pytest.raises(RefusedError, match="“Roads”"):
        await merges.merge(one, other, seen=("Bridges", "Streets"), actor="command line")
    with pytest.raises(RefusedError, match="publisher"):
        await merges.merge(one, other, seen=SEEN, actor=actor_of(ELLA))
    async with database.read() as session:
        assert len(await topics.every(session)) == 2

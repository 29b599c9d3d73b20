"""Queries on Topics: created once, found by slug, listed by name."""

import pytest

from bot.editors.actors import actor_of
from bot.editors.rights import Rights
from bot.errors import RefusedError
from bot.stories.topics import Topics
from storage.database import Database
from storage.editors import editors
from storage.stories import stories, topics
from storage.words import EditorRole
from tests.factories import NOON, MovableClock, add_story, at_once

ELLA = 13


async def test_missing_topics_are_made_and_known_ones_kept(database: Database) -> None:
    """A known slug keeps its name; the result is ordered by name."""
    async with database.transaction() as session:
        (bridges,) = await topics.ensure(session, {"bridges": "Bridges"})
        both = await topics.ensure(session, {"roads": "A road", "bridges": "Other name"})
    assert [(topic.slug, topic.name) for topic in both] == [("roads", "A road"), ("bridges", "Bridges")]
    assert both[1].id == bridges.id


async def test_no_slugs_give_no_topics(database: Database) -> None:
    """A story without Topics is no error."""
    async with database.transaction() as session:
        assert await topics.ensure(session, {}) == []
        assert await topics.by_slugs(session, []) == []
        assert await topics.every(session) == []


async def test_the_same_topic_at_once_is_made_once(database: Database) -> None:
    """Six transactions at once share one Topic."""
    made = await at_once(database, lambda session: topics.ensure(session, {"bridges": "Bridges"}))
    assert len({topic.id for (topic,) in made}) == 1
    async with database.read() as session:
        assert len(await topics.every(session)) == 1


async def test_unknown_slugs_are_left_out(database: Database) -> None:
    """The result lacks the Topics of unknown slugs."""
    async with database.transaction() as session:
        await topics.ensure(session, {"міст-через-річку": "Міст через річку"})
        found = await topics.by_slugs(session, ["nothing", "міст-через-річку"])
    assert [topic.name for topic in found] == ["Міст через річку"]


async def test_topics_are_listed_by_pages_with_their_stories(database: Database) -> None:
    """By name; a Topic without Stories has none, and is no error."""
    async with database.transaction() as session:
        made = await topics.ensure(session, {"bridges": "Bridges", "roads": "Roads", "rivers": "Rivers"})
        for place in range(2):
            await stories.set_topics(session, await add_story(session), [topic.id for topic in made[place:2]])
    service = Topics(database, MovableClock(), Rights())
    found, total = await service.page(limit=2)
    assert ([(topic.name, number) for topic, number in found], total) == ([("Bridges", 1), ("Rivers", 2)], 3)
    rest, _ = await service.page(limit=2, offset=2)
    assert [(topic.name, number) for topic, number in rest] == [("Roads", 0)]


async def test_who_may_not_publish_renames_no_topic(database: Database) -> None:
    """Readers see the name."""
    async with database.transaction() as session:
        [topic] = await topics.ensure(session, {"bridges": "Bridges"})
        await editors.put(session, ELLA, role=EditorRole.EDITOR, added_by="test", now=NOON)
    service = Topics(database, MovableClock(), Rights())
    with pytest.raises(RefusedError, match="Only a publisher"):
        await service.rename(topic.id, "Roads", seen="Bridges", actor=actor_of(ELLA))
    await service.rename(topic.id, "Ro\0ads", seen="Bridges", actor="test")  # no database stores a zero
    async with database.read() as session:
        assert [(one.slug, one.name) for one in await topics.every(session)] == [("bridges", "Roads")]

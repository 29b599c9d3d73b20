"""Queries on Topics: created once, found by slug, listed by name."""

from storage.database import Database
from storage.stories import topics
from tests.factories import at_once


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

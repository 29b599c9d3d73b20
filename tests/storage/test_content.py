"""The version of the content: what raises it, and that nothing that readers see is left out."""

import re
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, select, update

from bot.clock import utc_now
from bot.editors.rights import Rights
from bot.stories.content_cache import ContentCache
from bot.stories.published import PublishedStories
from bot.stories.search.search import Search
from bot.stories.stories import Stories
from storage import content
from storage.content import CONTENT_TABLES
from storage.database import Database
from storage.models import Base, Story, Thread, Topic
from storage.words import AppealState, Length, StoryState
from tests.factories import NOON, add_story

STORY, TOPIC = 101, 102  # ids
ROWS: dict[str, dict[str, object]] = {
    "appeals": {
        "organisation": "A",
        "purpose": "",
        "url": "https://a.example",
        "state": AppealState.PROPOSED,
        "proposed_at": NOON,
    },
    "search_entries": {"story_id": STORY, "language": "en"},
    "stories": {
        "state": StoryState.DRAFT,
        "headline": "A bridge",
        "language": "en",
        "body": "It held.",
        "fingerprint": "0",
        "added_at": NOON,
    },
    "story_topics": {"story_id": STORY, "topic_id": TOPIC},
    "summaries": {"story_id": STORY, "length": Length.BRIEF, "text": "One."},
    "threads": {"title": "A bridge", "created_at": NOON},
    "topics": {"slug": "two", "name": "Two"},
}
"""A new row of each content table."""


async def _version(database: Database) -> int:
    async with database.read() as session:
        found: int = (await session.execute(select(content.version()))).scalar_one()
    return found


def test_there_is_a_row_to_try_for_every_table_of_the_content() -> None:
    """The next test leaves none out."""
    assert ROWS.keys() == set(CONTENT_TABLES)


@pytest.mark.parametrize("name", CONTENT_TABLES)
async def test_every_change_of_a_content_table_raises_the_version(database: Database, name: str) -> None:
    """An inserted, a changed and a deleted row each raise it; a transaction that is rolled back does not."""
    table = Base.metadata.tables[name]
    column = next(iter(table.primary_key))
    async with database.transaction() as session:
        await add_story(session, id=STORY)
        session.add(Topic(id=TOPIC, slug="one", name="One"))
    versions = [await _version(database)]
    for change in (insert(table).values(ROWS[name]), update(table).values({column: column}), delete(table)):
        async with database.transaction() as session:
            await session.execute(change)
        versions.append(await _version(database))
    assert versions == sorted(set(versions))
    async with database.engine.connect() as connection:
        await connection.execute(delete(table))
        await connection.rollback()
    assert await _version(database) == versions[-1]


async def test_readers_are_shown_no_table_whose_changes_raise_no_version(database: Database) -> None:
    """Every table that a cached read asks for is a content table, or an index that changes with one."""
    async with database.transaction() as session:
        story_id = await add_story(session, state=StoryState.PUBLISHED, released_at=NOON)
        session.add(thread := Thread(title="A bridge", created_at=NOON))
        await session.flush()
        await session.execute(update(Story).values(thread_id=thread.id))
    asked = set[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.update(re.findall(r"(?:FROM|JOIN) ([a-z_]+)", statement))

    published, _ = _published(database)
    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    await published.latest(limit=5, language="uk")
    story = await published.read(story_id, "uk")
    await published._neighbours(thread.id, story)
    await published.find("bridge bredge", "uk", limit=5)
    indexes = {"story_index", "search_words", "matching", "subquery"}
    assert {"stories", "summaries", "story_topics", "search_entries"} <= asked
    assert asked & _tables(database) <= {*CONTENT_TABLES, *indexes}


def _tables(database: Database) -> set[str]:
    return {*Story.metadata.tables, "story_index"} if database.is_sqlite else set(Story.metadata.tables)


def _published(database: Database) -> tuple[PublishedStories, ContentCache]:
    cache = ContentCache()
    return PublishedStories(database, Stories(database, utc_now, Rights()), Search(database), cache), cache

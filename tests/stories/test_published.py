"""What readers see of stories: a question that was asked before costs one statement, the reader's own row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.sql.compiler import SQLCompiler

from bot.clock import utc_now
from bot.editors.rights import Rights
from bot.stories.content_cache import ContentCache
from bot.stories.published import PublishedStories
from bot.stories.search.search import Search
from bot.stories.stories import Stories
from bot.subscribers.subscribers import Subscribers
from storage.database import Database
from storage.words import ChatKind, StoryState
from tests.factories import NOON, add_story, add_subscribers


class Reader:
    """A reader who asks; `statements` and `compilations` are counted."""

    def __init__(self, database: Database, chat: int) -> None:
        cache = ContentCache()
        self.database = database
        self.chat = chat
        self.subscribers = Subscribers(database, utc_now, "en", note_version=cache.at)
        self.published = PublishedStories(
            database, Stories(database, utc_now, Rights()), Search(database), cache
        )
        self.statements = self.compilations = 0

    async def ask_all(self, story_id: int) -> None:
        """/latest, a story, a search: each time the reader is met first."""
        met = await self.subscribers.meet(self.chat, ChatKind.PRIVATE, None)
        await self.published.latest(limit=5, language=met.language)
        await self.subscribers.meet(self.chat, ChatKind.PRIVATE, None)
        story = await self.published.read(story_id, met.language)
        await self.published.around(story, met)
        await self.subscribers.meet(self.chat, ChatKind.PRIVATE, None)
        await self.published.find("bridge", met.language, limit=5)

    def count_statement(self, *_: Any) -> None:
        self.statements += 1


@asynccontextmanager
async def _counted(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    compile_it = SQLCompiler.__init__

    def counted(self: SQLCompiler, *given: Any, **named: Any) -> None:
        reader.compilations += 1
        compile_it(self, *given, **named)

    monkeypatch.setattr(SQLCompiler, "__init__", counted)
    event.listen(reader.database.engine.sync_engine, "before_cursor_execute", reader.count_statement)
    yield
    event.remove(reader.database.engine.sync_engine, "before_cursor_execute", reader.count_statement)


@pytest.fixture
async def reader(database: Database) -> Reader:
    [chat] = await add_subscribers(database, 1)
    return Reader(database, chat)


async def _publish(database: Database) -> int:
    async with database.transaction() as session:
        return await add_story(session, state=StoryState.PUBLISHED, released_at=NOON)


async def test_a_question_that_was_asked_before_costs_one_statement(
    database: Database, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is compiled, and of three questions only the reader's row is read, three times."""
    story_id = await _publish(database)
    await reader.ask_all(story_id)
    async with _counted(reader, monkeypatch):
        await reader.ask_all(story_id)
    assert (reader.statements, reader.compilations) == (3, 0)


async def test_after_a_change_stories_are_read_again_and_nothing_is_compiled(
    database: Database, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every statement of readers is one that SQLAlchemy has compiled before."""
    story_id = await _publish(database)
    for _ in range(2):
        await reader.ask_all(story_id)
        await _publish(database)
    async with _counted(reader, monkeypatch):
        await reader.ask_all(story_id)
    assert reader.statements > 3
    assert reader.compilations == 0

"""Several changes of a Story in one transaction."""

import pytest

from bot.editors.rights import Rights
from bot.errors import InvalidInputError, RefusedError
from bot.stories.conflicts import ConflictError
from bot.stories.editing import Editing
from storage import audit
from storage.database import Database
from storage.words import Length, StoryState
from tests.factories import MovableClock, add_story, columns, get_story

EDITH = "editor 2001"


@pytest.fixture
def editing(database: Database, clock: MovableClock) -> Editing:
    """The use cases that change a Story."""
    return Editing(database, clock, Rights())


async def _story(database: Database, **values: object) -> int:
    async with database.transaction() as session:
        return await add_story(session, **values)


async def _change(editing: Editing, story: int) -> None:
    """Change the headline, and then what cannot be changed so."""
    async with editing.together(story, version=0, actor=EDITH) as joined:
        await joined.set_headline(story, "Another", version=None, actor=EDITH)
        await joined.set_language(story, "klingon", version=None, actor=EDITH)


async def test_all_changes_are_made(database: Database, editing: Editing) -> None:
    """Each has its entry in the audit log, and each sees what the one before it did."""
    story = await _story(database)
    async with editing.together(story, version=0, actor=EDITH) as joined:
        await joined.set_headline(story, "Another", version=None, actor=EDITH)
        await joined.add_topic(story, "Bridges", version=None, actor=EDITH)
        await joined.add_topic(story, "Boats", version=None, actor=EDITH)
        await joined.set_summary(story, Length.BRIEF, "It holds.", version=None, actor=EDITH)
        await joined.begin_thread(story, version=None, actor=EDITH)
    stored = await get_story(database, story)
    assert (stored.headline, [topic.name for topic in stored.topics]) == ("Another", ["Boats", "Bridges"])
    assert [one.text for one in stored.summaries] == ["It holds."]
    async with database.read() as session:
        actions = [one.action for one in await audit.history(session, "story", story)]
    assert actions == ["headline", "topics", "topics", "summary", "thread"]


async def test_one_that_is_refused_undoes_the_others(database: Database, editing: Editing) -> None:
    """So nobody has to find out which part of a form was stored."""
    story = await _story(database)
    before = columns(await get_story(database, story))
    with pytest.raises(InvalidInputError):
        await _change(editing, story)
    assert columns(await get_story(database, story)) == before
    async with database.read() as session:
        assert await audit.history(session, "story", story) == []


async def test_who_saw_another_version_changes_nothing(database: Database, editing: Editing) -> None:
    """The error names the editor whose change came first."""
    story = await _story(database)
    await editing.set_headline(story, "First", version=0, actor="editor 2002")
    with pytest.raises(ConflictError, match="editor 2002"):
        async with editing.together(story, version=0, actor=EDITH) as joined:
            await joined.set_headline(story, "Second", version=None, actor=EDITH)
    assert (await get_story(database, story)).headline == "First"


async def test_only_those_who_publish_change_what_is_published(database: Database, editing: Editing) -> None:
    """As with a single change."""
    story = await _story(database, state=StoryState.PUBLISHED)
    with pytest.raises(RefusedError):
        async with editing.together(story, version=0, actor=EDITH) as joined:
            await joined.set_headline(story, "Mine", version=None, actor=EDITH)
    assert (await get_story(database, story)).version == 0

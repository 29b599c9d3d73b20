"""The lists of Stories that editors page through."""

from datetime import timedelta

import pytest

from bot.stories.search import search_terms
from bot.stories.search.story_lists import StoryLists
from storage.database import Database
from storage.stories import search
from storage.words import StoryState
from tests.factories import NOON, add_story


@pytest.fixture
def lists(database: Database) -> StoryLists:
    """The use cases around lists of Stories."""
    return StoryLists(database)


async def _stories(database: Database, number: int, **values: object) -> list[int]:
    async with database.transaction() as session:
        return [await add_story(session, **values) for _ in range(number)]


async def _ids(lists: StoryLists, state: StoryState, typed: str = "", **part: int) -> tuple[list[int], int]:
    page = await lists.page(state, typed, **({"limit": 10} | part))
    return [story.id for story in page.stories], page.total


async def test_drafts_stand_newest_first(database: Database, lists: StoryLists) -> None:
    """Page by page, with how many there are in all; other states are not among them."""
    drafts = await _stories(database, 5)
    await _stories(database, 2, state=StoryState.REJECTED)
    assert await _ids(lists, StoryState.DRAFT, limit=3) == (drafts[:1:-1], 5)
    assert await _ids(lists, StoryState.DRAFT, limit=3, offset=3) == (drafts[1::-1], 5)
    assert await _ids(lists, StoryState.DRAFT, limit=3, offset=9) == ([], 5)


async def test_published_stories_stand_as_readers_got_them(database: Database, lists: StoryLists) -> None:
    """The one that was released last comes first, whenever it was added."""
    async with database.transaction() as session:
        ids = [
            await add_story(session, state=StoryState.PUBLISHED, released_at=NOON - timedelta(days=days))
            for days in (2, 1, 3)
        ]
    assert (await _ids(lists, StoryState.PUBLISHED))[0] == [ids[1], ids[0], ids[2]]


async def test_headlines_stand_in_the_same_order(database: Database, lists: StoryLists) -> None:
    """With their numbers, and no more than are wanted."""
    drafts = await _stories(database, 3, headline="The bridge")
    await _stories(database, 1, state=StoryState.REJECTED)
    shown = await lists.headlines(StoryState.DRAFT, limit=2)
    assert shown == [(drafts[2], "The bridge"), (drafts[1], "The bridge")]


async def test_words_find_stories_of_the_state(database: Database, lists: StoryLists) -> None:
    """In other forms too; a Story must have all of them."""
    drafts = await _stories(database, 2, headline="Volunteers repair the bridges")
    rejected = await _stories(database, 1, headline="The bridge", state=StoryState.REJECTED)
    async with database.transaction() as session:
        for story in (drafts[0], *rejected):
            entry = search_terms.index_entry("Volunteers repair the bridges", "", "en")
            await search.index(session, story, entry)
    assert await _ids(lists, StoryState.DRAFT, "bridge repaired") == ([drafts[0]], 1)
    assert await _ids(lists, StoryState.REJECTED, "bridge") == (rejected, 1)
    assert await _ids(lists, StoryState.WITHDRAWN, "bridge") == ([], 0)
    assert await _ids(lists, StoryState.DRAFT, "bridge ferry") == ([], 0)
    assert await _ids(lists, StoryState.DRAFT, "?!") == ([], 0)


@pytest.mark.parametrize("form", ["{}", "#{}", "# {}"])
async def test_a_number_finds_its_story_in_any_state(
    database: Database, lists: StoryLists, form: str
) -> None:
    """A number that is none of a Story is a word like others."""
    [story] = await _stories(database, 1, state=StoryState.WITHDRAWN)
    assert await _ids(lists, StoryState.DRAFT, form.format(story)) == ([story], 1)
    assert await _ids(lists, StoryState.DRAFT, form.format(999_999_999)) == ([], 0)
    assert await _ids(lists, StoryState.DRAFT, "9" * 30) == ([], 0)

"""Of a Story and its Translations every reader gets one, and counts include one."""

from datetime import timedelta
from itertools import product

import pytest

from storage.database import Database
from storage.stories import stories
from storage.words import StoryState
from tests.factories import NOON, add_story


async def add_published(database: Database, minute: int = 0, **values: object) -> int:
    """Store a published Story, unless `values` say otherwise."""
    given = {"state": StoryState.PUBLISHED, "released_at": NOON + timedelta(minutes=minute)} | values
    async with database.transaction() as session:
        return await add_story(session, **given)


async def latest(database: Database, language: str | None) -> list[int]:
    async with database.read() as session:
        return [one.id for one in await stories.latest(session, limit=999, language=language)]


async def shown(database: Database, asked: list[int], language: str) -> list[int]:
    async with database.read() as session:
        found = [story for one in asked if (story := await stories.get(session, one))]
        return [one.id for one in await stories.in_language(session, found, language)]


async def test_everybody_gets_their_language_or_the_original(database: Database) -> None:
    """A list has one Story of each group, and the count does not depend on the reader."""
    original = await add_published(database, 0)
    alone = await add_published(database, 1, language="fr")
    ukrainian = await add_published(database, 2, language="uk", translation_of=original)
    german = await add_published(database, 3, language="de", translation_of=original)
    expected = {"en": [alone, original], "uk": [ukrainian, alone], "de": [german, alone]}
    expected |= {"fr": [alone, original]}
    for language, ids in expected.items():
        assert await latest(database, language) == ids
    assert await latest(database, None) == [alone, original]
    async with database.read() as session:
        assert await stories.count_shown(session) == 2


@pytest.mark.parametrize("state", [StoryState.DRAFT, StoryState.REJECTED, StoryState.WITHDRAWN])
async def test_an_unpublished_story_represents_no_group(database: Database, state: StoryState) -> None:
    """A hidden Translation hides no original; a hidden original is replaced by its first Translation."""
    original = await add_published(database, 0)
    await add_published(database, 1, language="uk", translation_of=original, state=state)
    hidden = await add_published(database, 2, state=state)
    german = await add_published(database, 3, language="de", translation_of=hidden)
    french = await add_published(database, 4, language="fr", translation_of=hidden)
    assert await latest(database, "uk") == [german, original]
    assert await latest(database, "fr") == [french, original]
    async with database.read() as session:
        assert await stories.count_shown(session) == 2


async def test_two_translations_into_one_language_show_the_first(database: Database) -> None:
    """A list never shows two Stories of one group."""
    original = await add_published(database, 0)
    first = await add_published(database, 2, language="uk", translation_of=original)
    await add_published(database, 1, language="uk", translation_of=original)
    assert await latest(database, "uk") == [first]
    assert await shown(database, [original], "uk") == [first]


async def test_found_stories_come_in_the_readers_language_once(database: Database) -> None:
    """Each found Story is replaced by the reader's one, in the order of the results."""
    original = await add_published(database, 0)
    ukrainian = await add_published(database, 1, language="uk", translation_of=original)
    alone = await add_published(database, 2)
    assert await shown(database, [alone, original, ukrainian], "uk") == [alone, ukrainian]
    assert await shown(database, [ukrainian, alone, original], "en") == [original, alone]
    assert await shown(database, [ukrainian, original], "de") == [original]


async def test_the_loaded_and_the_queried_choice_agree(database: Database) -> None:
    """Python and SQL choose the same Story in every group of up to three."""
    async with database.transaction() as session:
        for own, first, second, state in product(
            ("en", "uk"),
            ("en", "uk", "de"),
            ("en", "uk", "de"),
            (StoryState.PUBLISHED, StoryState.DRAFT),
        ):
            original = await add_story(session, language=own, state=state, released_at=NOON)
            for language in (first, second):
                values = {"language": language, "translation_of": original, "released_at": NOON}
                await add_story(session, state=StoryState.PUBLISHED, **values)
        found = await stories.in_states(session, [StoryState.PUBLISHED])
    for language in ("en", "uk", "de", "fr"):
        listed = await latest(database, language)
        assert len(listed) == 36
        async with database.read() as session:
            chosen = await stories.in_language(session, found, language)
        assert sorted(story.id for story in chosen) == sorted(listed)

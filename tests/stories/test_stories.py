"""Queries on Stories: stored once, decided about once, listed in order."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from storage.appeals import appeals
from storage.database import Database
from storage.stories import stories, topics
from storage.words import Length, StoryState
from tests.factories import NOON, add_story, at_once, get_story


async def add_published(database: Database, headline: str, body: str = "", *, minutes: int = 0) -> int:
    async with database.transaction() as session:
        return await add_story(
            session,
            headline=headline,
            body=body,
            state=StoryState.PUBLISHED,
            released_at=NOON + timedelta(minutes=minutes),
        )


async def try_to_add(session: AsyncSession, fingerprint: str, address: str | None) -> int | None:
    return await stories.add(
        session,
        headline="x",
        language="en",
        body="x",
        fingerprint=fingerprint,
        address=address,
        added_at=NOON,
    )


async def test_the_same_text_or_address_is_stored_once(database: Database) -> None:
    """A Story with a stored text or address is not stored; `find_same` returns the stored one."""
    async with database.transaction() as session:
        first = await try_to_add(session, "a" * 64, "https://example.org/1")
        assert await try_to_add(session, "a" * 64, "https://example.org/2") is None
        assert await try_to_add(session, "b" * 64, "https://example.org/1") is None
        assert await try_to_add(session, "b" * 64, "https://example.org/2") is not None
        for fingerprint, address, is_text in (
            ("a" * 64, None, True),
            ("a" * 64, "https://example.org/2", True),
            ("c" * 64, "https://example.org/1", False),
        ):
            same = await stories.find_same(session, fingerprint=fingerprint, address=address)
            assert same == (first, is_text)
        assert await stories.find_same(session, fingerprint="c" * 64, address=None) is None


async def test_any_number_of_stories_may_have_no_address(database: Database) -> None:
    """Pasted and uploaded stories have no address."""
    async with database.transaction() as session:
        assert await try_to_add(session, "a" * 64, None)
        assert await try_to_add(session, "b" * 64, None)


async def test_the_same_story_at_once_is_stored_once(database: Database) -> None:
    """Of six transactions at once one stores the Story, and the others find it."""

    async def add_or_find(session: AsyncSession) -> tuple[int | None, int]:
        added = await try_to_add(session, "a" * 64, "https://example.org/1")
        same = await stories.find_same(session, fingerprint="a" * 64, address=None)
        assert same is not None
        return added, same[0]

    results = await at_once(database, add_or_find)
    added = [one for one, _ in results if one is not None]
    assert len(added) == 1
    assert {found for _, found in results} == set(added)


async def test_of_two_editors_at_once_one_wins(database: Database) -> None:
    """Of six decisions at once one is made."""
    async with database.transaction() as session:
        story_id = await add_story(session)
    decisions = iter([StoryState.PUBLISHED, StoryState.REJECTED] * 3)
    made: list[tuple[StoryState, bool]] = []

    async def decide(session: AsyncSession) -> None:
        to = next(decisions)
        moved = await stories.move(session, story_id, come_from=[StoryState.DRAFT], to=to, released_at=NOON)
        made.append((to, moved))

    await at_once(database, decide)
    (winner,) = [to for to, moved in made if moved]
    assert (await get_story(database, story_id)).state is winner


async def test_a_story_is_loaded_with_all_that_a_message_needs(database: Database) -> None:
    """A Story is loaded with Summaries, Topics by name and Appeal; a new Summary replaces an old one."""
    async with database.transaction() as session:
        story_id = await add_story(session, published=NOON)
        await stories.set_summaries(session, story_id, {Length.BRIEF: "Old.", Length.LONG: "One.\nTwo."})
        await stories.set_summaries(session, story_id, {Length.BRIEF: "New."})
        known = await topics.ensure(session, {"roads": "Roads", "bridges": "Bridges"})
        await stories.add_topics(session, story_id, [topic.id for topic in known])
        await stories.add_topics(session, story_id, [known[0].id])
        appeal = await appeals.add(
            session,
            organisation="Fund",
            url="https://example.org",
            proposed_at=NOON,
        )
        assert await stories.set_appeal(session, story_id, appeal.id)
        assert not await stories.set_appeal(session, story_id + 1, appeal.id)
    story = await get_story(database, story_id)
    assert {one.length: one.text for one in story.summaries} == {
        Length.BRIEF: "New.",
        Length.LONG: "One.\nTwo.",
    }
    assert [topic.name for topic in story.topics] == ["Bridges", "Roads"]
    assert story.appeal is not None
    assert story.appeal.organisation == "Fund"
    assert story.published == NOON


async def test_the_latest_are_the_published_ones_newest_first(database: Database) -> None:
    """Published Stories are paged by the time of their release, each once."""
    ids = [await add_published(database, f"Story {place}", minutes=place % 3) for place in range(6)]
    async with database.transaction() as session:
        await add_story(session)
        expected = [ids[5], ids[2], ids[4], ids[1], ids[3], ids[0]]
        pages = [await stories.latest(session, limit=4, offset=offset) for offset in (0, 4, 8)]
        assert [story.id for page in pages for story in page] == expected
        assert await stories.count(session, StoryState.PUBLISHED) == 6
        assert await stories.count(session, StoryState.REJECTED) == 0


async def test_stories_in_a_state_come_oldest_first(database: Database) -> None:
    """Stories in the given states, or in all, are listed oldest first."""
    async with database.transaction() as session:
        ids = [await add_story(session) for _ in range(3)]
        await stories.move(
            session, ids[1], come_from=[StoryState.DRAFT], to=StoryState.REJECTED, released_at=None
        )
        drafts = await stories.in_states(session, [StoryState.DRAFT])
        everything = await stories.in_states(session)
    assert [story.id for story in drafts] == [ids[0], ids[2]]
    assert [story.id for story in everything] == ids


@pytest.mark.parametrize("story_id", [0, -1, 999_999_999])
async def test_an_unknown_id_gives_none(database: Database, story_id: int) -> None:
    """An unknown id gives None, also the largest one that a button can carry."""
    async with database.read() as session:
        assert await stories.get(session, story_id) is None

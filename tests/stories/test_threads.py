"""Queries on Threads: their Stories, their neighbours, and who follows them."""

from datetime import timedelta

import pytest

from bot.editors.actors import actor_of
from bot.editors.rights import Rights
from bot.errors import RefusedError
from bot.stories.threads import Threads
from storage.database import Database
from storage.editors import editors
from storage.models import Story
from storage.stories import stories, threads
from storage.words import EditorRole, StoryState
from tests.factories import (
    NOON,
    MovableClock,
    add_story,
    add_subscribers,
    at_once,
    get_story,
    get_subscriber,
)

ELLA = 13


async def make_thread(database: Database, title: str = "The bridge") -> int:
    async with database.transaction() as session:
        return await threads.make(session, title=title, now=NOON)


async def add_published(database: Database, thread_id: int | None, minute: int, **values: object) -> int:
    """Store a published Story of the Thread, released so many minutes after noon."""
    async with database.transaction() as session:
        given = {"state": StoryState.PUBLISHED, "released_at": NOON + timedelta(minutes=minute)} | values
        return await add_story(session, thread_id=thread_id, **given)


async def stories_in(database: Database, thread_id: int, **asked: object) -> list[int]:
    async with database.read() as session:
        found = await threads.stories_of(session, thread_id, **asked)  # type: ignore[arg-type]  # by name
    return [story.id for story in found]


async def neighbours_of(database: Database, thread_id: int, story_id: int) -> tuple[bool, bool]:
    story: Story = await get_story(database, story_id)
    async with database.read() as session:
        return await threads.has_neighbours(session, thread_id, story)


async def test_a_thread_has_its_published_stories_newest_first(database: Database) -> None:
    """Drafts and Stories of other Threads are left out; pages work."""
    thread, other = await make_thread(database), await make_thread(database)
    first, third, second = [await add_published(database, thread, minute) for minute in (0, 2, 1)]
    await add_published(database, other, 3)
    await add_published(database, None, 4)
    async with database.transaction() as session:
        await add_story(session, thread_id=thread)
    assert await stories_in(database, thread) == [third, second, first]
    assert await stories_in(database, thread, limit=1, offset=1) == [second]
    async with database.read() as session:
        assert await threads.count(session, thread) == 3


async def test_a_translation_belongs_to_its_originals_thread(database: Database) -> None:
    """A reader gets the Story or its Translation, in the original's place; both count once."""
    thread = await make_thread(database)
    original = await add_published(database, thread, 0)
    newer = await add_published(database, thread, 1)
    translation = await add_published(database, None, 2, translation_of=original, language="uk")
    assert await stories_in(database, thread, language="uk") == [newer, translation]
    assert await stories_in(database, thread, language="en") == [newer, original]
    assert await stories_in(database, thread) == [newer, original]
    assert await neighbours_of(database, thread, translation) == (False, True)
    async with database.read() as session:
        assert await threads.count(session, thread) == 2


async def test_of_stories_published_at_once_the_first_taken_in_is_the_earlier(database: Database) -> None:
    """Each stands where the list has it: the first has a later one, the second an earlier one."""
    thread = await make_thread(database)
    first, second = [await add_published(database, thread, 0) for _ in range(2)]
    assert await neighbours_of(database, thread, first) == (False, True)
    assert await neighbours_of(database, thread, second) == (True, False)


async def test_what_happened_before_and_next(database: Database) -> None:
    """A Story's own Translation is no neighbour; a draft has only earlier ones."""
    thread = await make_thread(database)
    first = await add_published(database, thread, 0)
    await add_published(database, None, 3, translation_of=first, language="uk")
    assert await neighbours_of(database, thread, first) == (False, False)
    async with database.transaction() as session:
        draft = await add_story(session, thread_id=thread)
    assert await neighbours_of(database, thread, draft) == (True, False)
    second, third = [await add_published(database, thread, minute) for minute in (1, 2)]
    assert await neighbours_of(database, thread, first) == (False, True)
    assert await neighbours_of(database, thread, second) == (True, True)
    assert await neighbours_of(database, thread, third) == (True, False)


async def test_following_twice_is_once_and_stopping_twice_is_no_fault(database: Database) -> None:
    """Repeated taps have no effect, and other Threads are untouched."""
    thread, other = await make_thread(database), await make_thread(database, "The school")
    (chat,) = await add_subscribers(database, 1)
    person = (await get_subscriber(database, chat)).id
    await at_once(database, lambda session: threads.follow(session, subscriber_id=person, thread_id=thread))
    async with database.transaction() as session:
        await threads.follow(session, subscriber_id=person, thread_id=other)
    async with database.read() as session:
        titles = [one.title for one in await threads.followed_by(session, person, limit=9)]
    assert titles == ["The school", "The bridge"]
    for _ in range(2):
        async with database.transaction() as session:
            await threads.unfollow(session, subscriber_id=person, thread_id=thread)
    async with database.read() as session:
        assert not await threads.is_following(session, subscriber_id=person, thread_id=thread)
        assert await threads.is_following(session, subscriber_id=person, thread_id=other)


async def test_the_newest_threads_come_first(database: Database) -> None:
    """As many Threads as asked for are returned; an unknown id gives None."""
    made = [await make_thread(database, str(number)) for number in range(3)]
    async with database.read() as session:
        assert [one.id for one in await threads.newest(session, 2)] == made[:0:-1]
        assert await threads.get(session, made[-1] + 1) is None
        stored = await threads.get(session, made[0])
    assert stored is not None
    assert (stored.title, stored.created_at) == ("0", NOON)


async def test_a_deleted_thread_has_no_followers(database: Database) -> None:
    """A deleted Thread takes its followings along and leaves its Stories."""
    thread = await make_thread(database)
    story = await add_published(database, thread, 0)
    (chat,) = await add_subscribers(database, 1)
    subscriber = await get_subscriber(database, chat)
    async with database.transaction() as session:
        await threads.follow(session, subscriber_id=subscriber.id, thread_id=thread)
    async with database.transaction() as session:
        stored = await threads.get(session, thread)
        await session.delete(stored)
    async with database.read() as session:
        assert await threads.followed_by(session, subscriber.id, limit=9) == []
        left = await stories.get(session, story)
    assert left is not None
    assert left.thread_id is None


async def test_editors_see_every_thread_and_every_story(database: Database) -> None:
    """Newest first, by pages, by words of the title in any letter case; drafts count, Translations do not."""
    service = Threads(database, MovableClock(), Rights())
    bridge, road = await make_thread(database, "Міст"), await make_thread(database, "The 100% road")
    first = await add_published(database, bridge, 0)
    await add_published(database, bridge, 1, translation_of=first, language="uk")
    async with database.transaction() as session:
        draft = await add_story(session, thread_id=bridge)
    [follower] = await add_subscribers(database, 1)
    subscriber = await get_subscriber(database, follower)
    async with database.transaction() as session:
        await threads.follow(session, subscriber_id=subscriber.id, thread_id=bridge)
    found, total = await service.listed(limit=9)
    assert ([(one.id, number) for one, number in found], total) == ([(road, 0), (bridge, 2)], 2)
    for words, expected in (("міст", [bridge]), ("100%", [road]), ("1%", []), ("ROAD", [road])):
        listed, number = await service.listed(words, limit=9)
        assert ([one.id for one, _ in listed], number) == (expected, len(expected))
    page = await service.look(bridge, limit=1)
    assert ([story.id for story in page.stories], page.total, page.followers) == ([draft], 2, 1)
    assert [story.id for story in (await service.look(bridge, limit=1, offset=1)).stories] == [first]


async def test_who_may_not_publish_renames_no_thread(database: Database) -> None:
    """Readers see the title."""
    thread = await make_thread(database)
    async with database.transaction() as session:
        await editors.put(session, ELLA, role=EditorRole.EDITOR, added_by="test", now=NOON)
    service = Threads(database, MovableClock(), Rights())
    with pytest.raises(RefusedError, match="Only a publisher"):
        await service.rename(thread, "The road", seen="The bridge", actor=actor_of(ELLA))
    assert (await service.look(thread, limit=1)).thread.title == "The bridge"

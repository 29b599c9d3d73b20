"""What everybody may read, on both databases: by language and Topic, newest first, a page at a time."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.stories import public, stories, topics
from storage.words import StoryState
from tests.factories import NOON, add_story


async def _told(session: AsyncSession, minute: int, *, topic: str | None = None, **values: object) -> int:
    state = values.pop("state", StoryState.PUBLISHED)
    story_id = await add_story(session, state=state, released_at=NOON + timedelta(minutes=minute), **values)
    if topic is not None:
        [found] = await topics.ensure(session, {topic: topic.title()})
        await stories.set_topics(session, story_id, [found.id])
    return story_id


async def _ids(session: AsyncSession, **wanted: object) -> list[int]:
    given = {"reader": None, "only": None, "topic": None, "limit": 10, "offset": 0} | wanted
    return [one.id for one in await public.page(session, **given)]  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize("common", [0, 1_000])
async def test_who_gets_which_story(database: Database, common: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many Stories a Topic has, so whichever way they are found, they are the same ones.

    Of a group each reader gets one; a feed of a language has all of it; nothing unpublished is there.
    """
    monkeypatch.setattr(public, "_COMMON", common)
    async with database.transaction() as session:
        original = await _told(session, 1, topic="bridges")
        translation = await _told(session, 2, language="uk", translation_of=original)
        own = await _told(session, 3, language="pl", translation_of=original, topic="trains")
        other = await _told(session, 4, topic="trains")
        for state in set(StoryState) - {StoryState.PUBLISHED}:
            await _told(session, 5, topic="bridges", state=state)
            await _told(session, 5, topic="planes", state=state, translation_of=original, language="de")
    async with database.read() as session:
        assert await _ids(session) == [other, original]
        assert await _ids(session, reader="uk") == [other, translation]
        assert await _ids(session, reader="de") == [other, original]
        assert await _ids(session, only="uk") == [translation]
        assert await _ids(session, only="en") == [other, original]
        assert await _ids(session, topic="bridges") == [original]
        assert await _ids(session, topic="bridges", reader="uk") == [translation]  # its original's
        assert await _ids(session, topic="trains", only="pl") == [own]  # it has Topics of its own
        assert await _ids(session, topic="bridges", only="pl") == []
        assert await _ids(session, topic="planes") == await _ids(session, topic="nothing") == []
        assert await _ids(session, limit=1, offset=1) == [original]
        assert [one.slug for one in await public.topics(session)] == ["bridges", "trains"]

"""The migration that renames the state of Broadcasts in preparation, on both databases."""

import pytest
from sqlalchemy import text

from storage import schema
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.words import BroadcastState
from tests.factories import NOON, add_story


@pytest.fixture
def postgres_url(own_postgres_url: str) -> str:
    """These tests change the tables, so each has a database to itself."""
    return own_postgres_url


async def _states(database: Database) -> list[str]:
    """Return the stored words, which an older program could read."""
    async with database.engine.connect() as connection:
        return list(await connection.scalars(text("SELECT state FROM broadcasts ORDER BY id")))


async def test_the_state_is_renamed_up_and_down(database: Database) -> None:
    """Only Broadcasts in preparation change their word: "draft" before revision 0009, "preparing" since."""
    async with database.transaction() as session:
        story_id = await add_story(session)
        await broadcasts.add(session, story_id=story_id, now=NOON)
        scheduled = await broadcasts.add(session, story_id=story_id, now=NOON)
        await broadcasts.change(session, scheduled.id, state=BroadcastState.SCHEDULED)
    assert await _states(database) == ["preparing", "scheduled"]
    await schema.migrate(database, "0008")
    assert await _states(database) == ["draft", "scheduled"]
    await schema.migrate(database)
    assert await _states(database) == ["preparing", "scheduled"]

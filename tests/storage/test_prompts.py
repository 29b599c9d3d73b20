"""Prompts are found by their message, and forgotten when they are old."""

from datetime import timedelta

from storage import prompts
from storage.database import Database
from tests.factories import NOON


async def test_a_prompt_is_found_by_its_message(database: Database) -> None:
    """In its own chat only; ids may have 64 bits."""
    chat, message, about = 7_000_000_001, 2**40, {"what": "headline", "story": 3, "слово": "так"}
    async with database.transaction() as session:
        await prompts.add(session, chat_id=chat, message_id=message, about=about, now=NOON)
    async with database.read() as session:
        assert await prompts.about(session, chat_id=chat, message_id=message) == about
        assert await prompts.about(session, chat_id=chat, message_id=message + 1) is None
        assert await prompts.about(session, chat_id=chat + 1, message_id=message) is None


async def test_old_prompts_are_forgotten(database: Database) -> None:
    """Those from before a moment; one of that very moment stays."""
    async with database.transaction() as session:
        for message, hours in ((1, -1), (2, 0), (3, 1)):
            asked_at = NOON + timedelta(hours=hours)
            await prompts.add(session, chat_id=1, message_id=message, about={}, now=asked_at)
        await prompts.forget(session, before=NOON)
    async with database.read() as session:
        found = [await prompts.about(session, chat_id=1, message_id=message) for message in (1, 2, 3)]
    assert found == [None, {}, {}]

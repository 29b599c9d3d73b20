"""Prompts: what the reply to a message of ours is for."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Prompt

READER = "reader"  # the key in `about` for the chat whose message an editor may answer; its id is text


async def add(
    session: AsyncSession, *, chat_id: int, message_id: int, about: dict[str, Any], now: datetime
) -> None:
    session.add(Prompt(chat_id=chat_id, message_id=message_id, about=about, asked_at=now))
    await session.flush()


async def about(session: AsyncSession, *, chat_id: int, message_id: int) -> dict[str, Any] | None:
    """What a reply to this message is for; None where it asked for nothing (or is forgotten)."""
    prompt = await session.get(Prompt, (chat_id, message_id))
    return None if prompt is None else prompt.about


async def forget(session: AsyncSession, *, before: datetime) -> None:
    """Remove those that were asked before then: a reply to one is taken as any other message."""
    await session.execute(delete(Prompt).where(Prompt.asked_at < before))

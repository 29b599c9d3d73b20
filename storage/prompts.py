"""Prompts: store what a message of ours asks for, so that a reply to it can be handled."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Prompt

READER = "reader"  # the key in `about` of the chat whose message an editor may answer; the id is text


async def add(
    session: AsyncSession,
    *,
    chat_id: int,
    message_id: int,
    about: dict[str, Any],
    now: datetime,
    tries: int = 0,
) -> None:
    """Store what a reply to this message is for, and how many answers before it were not understood."""
    session.add(Prompt(chat_id=chat_id, message_id=message_id, about=about, asked_at=now, tries=tries))
    await session.flush()


async def find(session: AsyncSession, *, chat_id: int, message_id: int) -> Prompt | None:
    """Return the Prompt of this message; None if it asked for nothing, or was forgotten."""
    return await session.get(Prompt, (chat_id, message_id))


async def about(session: AsyncSession, *, chat_id: int, message_id: int) -> dict[str, Any] | None:
    """Return what a reply to this message is for; None if it asked for nothing, or was forgotten."""
    prompt = await find(session, chat_id=chat_id, message_id=message_id)
    return None if prompt is None else prompt.about


async def forget(session: AsyncSession, *, before: datetime, what: str | None = None) -> None:
    """Delete prompts older than `before`: a reply to one is then a message like any other.

    `what`: only those that have this value under "what".
    """
    old = delete(Prompt).where(Prompt.asked_at < before)
    await session.execute(old if what is None else old.where(Prompt.about["what"].as_string() == what))

"""Count how many letters a reader sends in a day, and find the messages that show a letter to editors."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Prompt, Subscriber
from storage.prompts import READER

HEAD = "head"  # of the messages that show a letter to an editor, the one with the buttons


async def count(session: AsyncSession, chat_id: int, *, day: date, limit: int) -> bool:
    """Count one more letter on this day. Return False and count nothing past the limit, or if muted."""
    today = Subscriber.feedback_day == day
    has_room = or_(Subscriber.feedback_day.is_(None), ~today, Subscriber.feedback_count < limit)
    counted = await session.scalar(
        update(Subscriber)
        .where(Subscriber.chat_id == chat_id, ~Subscriber.muted, has_room)
        .values(feedback_day=day, feedback_count=case((today, Subscriber.feedback_count + 1), else_=1))
        .returning(Subscriber.id)
    )
    return counted is not None


async def heads(
    session: AsyncSession, *, reader: int, message_id: int
) -> Sequence[tuple[int, int, dict[str, Any]]]:
    """Return the messages with buttons above copies of this letter: chat, message, the Prompt's contents."""
    about_it = and_(
        Prompt.about[READER].as_string() == str(reader),
        Prompt.about["message"].as_string() == str(message_id),
        Prompt.about["part"].as_string() == HEAD,
    )
    rows = await session.execute(
        select(Prompt.chat_id, Prompt.message_id, Prompt.about).where(about_it).order_by(Prompt.chat_id)
    )
    return [(chat_id, message, about) for chat_id, message, about in rows]

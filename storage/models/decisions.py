"""Decisions about Stories that wait for some seconds, so that the editor can undo them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, partial_index
from storage.words import DecisionAction


class PendingDecision(Base):
    """A decision about a Story, from the tap until its card shows what came of it.

    - `version`: that of the Story that the editor saw.
    - `acts_at`: when it acts, unless it is undone. `acted_at`: when it did, or was refused; None: it waits.
    - `broadcast_id`: the push in preparation that is confirmed with it. `seen`: how many pushes of the Story
      the editor saw. `reason`: why the Story is withdrawn, for readers.
    - `refusal`: why it could not act (bot/stories/review/refusals.py); None: it acted, or it waits.
    - `message_id`: the message in the editor's private chat that shows it.
    """

    __tablename__ = "pending_decisions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    action: Mapped[DecisionAction]
    version: Mapped[int | None]
    actor: Mapped[str] = mapped_column(String(64))
    decided_at: Mapped[datetime]
    acts_at: Mapped[datetime]
    acted_at: Mapped[datetime | None] = mapped_column()
    broadcast_id: Mapped[int | None]
    seen: Mapped[int] = mapped_column(default=0, server_default="0")
    reason: Mapped[str | None] = mapped_column(Text)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    message_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (partial_index("ix_pending_decisions_waiting", "acts_at", where=acted_at.is_(None)),)

"""Notices to owners about the bot itself."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId
from storage.words import OwnerNews


class OwnerNotice(Base):
    """News of the bot itself that owners do not know yet; deleted once they know it.

    `details`: of `restored`, the moment of the backup (`made_at`); of `backup_failed`, the `reason`; of
    `canary`, the `alarms`: a list of dicts with `name`, `push` (the Broadcast's id, or None) and `fault`; of
    `webhook`, the `alarms`: a list of dicts with `number` and `host` of the Webhook, and `gone`.
    """

    __tablename__ = "owner_notices"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    news: Mapped[OwnerNews]
    at: Mapped[datetime]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

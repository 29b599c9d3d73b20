"""Canaries: test chats of the operator's, of which it is known what they should get."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId
from storage.words import CanaryFault


class Canary(Base):
    """A Subscriber that is watched: what should have reached it and did not raises an alarm.

    `since`: pushes that started earlier are not looked at. `is_shut`: owners know that it can get nothing.
    """

    __tablename__ = "canaries"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(64))
    since: Mapped[datetime]
    is_shut: Mapped[bool] = mapped_column(default=False, server_default=false())


class CanaryAlarm(Base):
    """A push that did not reach a Canary in its time: each raises one alarm."""

    __tablename__ = "canary_alarms"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("canaries.subscriber_id", ondelete="CASCADE"), primary_key=True
    )
    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    fault: Mapped[CanaryFault]
    at: Mapped[datetime]

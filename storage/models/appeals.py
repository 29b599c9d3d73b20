"""Appeals, how often readers followed their help links, and which hosts people ask about."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.words import AppealState


class Appeal(Base):
    """An organisation's request for help. Readers see it while it is verified and still valid."""

    __tablename__ = "appeals"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text)
    valid_until: Mapped[datetime | None]
    state: Mapped[AppealState] = mapped_column(default=AppealState.PROPOSED)
    proposed_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]


class Click(Base):
    """How often people followed the help link of an Appeal on one day. It names nobody."""

    __tablename__ = "clicks"

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class AskedHost(Base):
    """How often people asked on one day whether a host is right. It names nobody."""

    __tablename__ = "asked_hosts"

    host: Mapped[str] = mapped_column(String(253), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    count: Mapped[int] = mapped_column(default=0)

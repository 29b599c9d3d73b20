"""Appeals, how often readers followed their help links, and which hosts people ask about."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.words import AppealState, SuspensionReason


class Appeal(Base):
    """An organisation's request for help. Readers see it while it is verified and still valid.

    - `language`: that of the page behind the link; "" if nobody said.
    - `registration`: the number under which a register lists the organisation, as readers see it.
    - `version`: grows with each change of what readers see, so that nobody verifies what they did not see.
    - `written_by`, `verified_by`: who wrote this version, and who verified it, as actors of the audit log.
    - `looked_at`: when a person last looked at the page behind the link.
    - `suspended_for`: why it is suspended, and None in any other state.
    """

    __tablename__ = "appeals"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text)
    valid_until: Mapped[datetime | None]
    state: Mapped[AppealState] = mapped_column(default=AppealState.PROPOSED)
    proposed_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(8), default="", server_default="")
    registration: Mapped[str] = mapped_column(String(60), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    written_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
    verified_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
    looked_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspended_for: Mapped[SuspensionReason | None]


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

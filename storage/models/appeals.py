"""Appeals with their checks, Reports and clicks, and the hosts that people ask about."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base, BigId
from storage.words import AppealNews, AppealState, ReportState, SuspensionReason


class Appeal(Base):
    """An organisation's request for help. Readers see it while it is verified and still valid.

    - `language`: that of the page behind the link; "" if nobody said.
    - `registration`: the number under which a register lists the organisation, as readers see it.
    - `version`: grows with each change of what readers see, so that nobody verifies what they did not see.
    - `written_by`, `verified_by`: who wrote this version, and who verified it, as actors of the audit log.
    - `looked_at`: when a person last looked at the page behind the link.
    - `suspended_for`: why it is suspended, and None in any other state.
    - `reminded_at`: when editors were reminded that it has no Report yet; None: never.
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
    reminded_at: Mapped[datetime | None]

    @property
    def was_verified(self) -> bool:
        """Whether somebody has verified the present version, whatever its state is now."""
        is_proposed = self.state is AppealState.PROPOSED
        return not is_proposed and self.verified_at is not None and self.verified_at >= self.proposed_at


class Recheck(Base):
    """The checks of the page behind a verified Appeal's link. It is no content: readers see none of it.

    - `next_at`: when the page is read again.
    - `checked_at`: when it was last read; `failures`: how often in a row it could not be read since.
    - `verified`: the Fingerprint that an editor found right; None until the page was read. `latest`: the one
      of the last reading, if it differs.
    - `warned_of`: the signs of which editors know already.
    - `reminded_after`: of how many days without a look editors were reminded.
    """

    __tablename__ = "appeal_checks"

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id", ondelete="CASCADE"), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(index=True)
    checked_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    verified: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    latest: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    warned_of: Mapped[str] = mapped_column(String(128), default="")
    reminded_after: Mapped[int] = mapped_column(default=0)


class AppealNotice(Base):
    """News of an Appeal that editors do not know yet; deleted once they know it.

    - `differences`: what differs, each as sign, before and after.
    - `days`: since the last look, or without an answer of the page.
    """

    __tablename__ = "appeal_notices"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id", ondelete="CASCADE"), index=True)
    news: Mapped[AppealNews]
    at: Mapped[datetime]
    days: Mapped[int] = mapped_column(default=0)
    differences: Mapped[list[dict[str, str]]] = mapped_column(default=list)

    appeal: Mapped[Appeal] = relationship(lazy="raise")


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


class Report(Base):
    """What became of an Appeal: an editor's words for those who helped or follow.

    A draft never changes: another text is another draft, so that nobody sends what they did not see.

    - `organisation`: its name in the Appeal when the Report was written.
    - `language`: that of the text; "" if it is unknown.
    - `link`: where to read more. The person who sends the Report has opened it, and is not the one who wrote
      it, if there are two who may.
    - `picture`: the id that Telegram gave the picture.
    - `written_by`, `sent_by`: who wrote and who sent it, as actors of the audit log.
    """

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id", ondelete="CASCADE"), index=True)
    organisation: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8), default="", server_default="")
    link: Mapped[str | None] = mapped_column(Text)
    picture: Mapped[str | None] = mapped_column(Text)
    state: Mapped[ReportState] = mapped_column(default=ReportState.DRAFT)
    written_by: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime]
    sent_by: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime | None]

    appeal: Mapped[Appeal] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = ({"sqlite_autoincrement": True},)  # a button names a draft: no other one may get its id

"""What Comeback records about itself: the audit trail, when duties ran, and its secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId


class AuditEntry(Base):
    """Who changed what, and when. `before` and `after` hold the fields that changed."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (Index(None, "subject", "subject_id"), Index(None, "actor", "id"))


class DutyRun(Base):
    """When a recurring duty last ran in any process."""

    __tablename__ = "duties"

    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    ran_at: Mapped[datetime]


class Secret(Base):
    """A random value that belongs to this database, such as the salt of `forgotten`."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary(32))

"""Editors with their roles, the invitations by which people become editors, and sessions of the desk."""

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId
from storage.words import EditorRole


class Editor(Base):
    """A person with a role. The owners that OWNER_IDS names have no row."""

    __tablename__ = "editors"

    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    role: Mapped[EditorRole]
    added_by: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]


class Invitation(Base):
    """A link by which one person becomes an editor, once. Only a checksum of its secret is stored."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    checksum: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[EditorRole]
    invited_by: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    used_by: Mapped[int | None] = mapped_column(BigInteger)
    used_at: Mapped[datetime | None]


class EntryLink(Base):
    """A link by which one editor opens the desk, once, within minutes. Its secret is stored as a checksum."""

    __tablename__ = "entry_links"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    checksum: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class DeskLaunch(Base):
    """A launch of the desk as a Mini App that was used, until it would be too old anyway."""

    __tablename__ = "desk_launches"

    checksum: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]


class DeskSession(Base):
    """A browser in which an editor uses the desk. The secret in its cookie is stored as a checksum.

    - `seen_at`: when it was last used, to the minute. `browser`: what it calls itself, for lists.
    """

    __tablename__ = "desk_sessions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    checksum: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(BigInteger, index=True)
    browser: Mapped[str] = mapped_column(String(64))
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]

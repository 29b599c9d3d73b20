"""The version of what all readers see."""

from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId


class ContentVersion(Base):
    """How often what readers see was changed; the sum of all rows is the version.

    Triggers raise it (see `storage/content.py`). On PostgreSQL each connection raises a row of its own, so
    that no two transactions wait for each other: `writer` is its server process. SQLite has one row.
    """

    __tablename__ = "content_versions"

    writer: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(BigId)

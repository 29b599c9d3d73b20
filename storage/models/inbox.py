"""The inbox: updates that Telegram handed over, and the processes that handle them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, partial_index


class Receiver(Base):
    """A process that handles updates. It raises `beat` while it lives; if `beat` stands still it is dead."""

    __tablename__ = "receivers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    beat: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = ({"sqlite_autoincrement": True},)  # an id is never given twice


class InboxUpdate(Base):
    """An update from Telegram. After it is done the row stays, with its number alone, to recognise a repeat.

    - `id`: the order of arrival.
    - `content`: the update as JSON or, where `job` names a kind of job, the content of that job; None: done.
    - `receiver_id`: the process that handles it; None: no process does.
    - `tries`: how often it was begun after a process had died with it.
    """

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    seen_at: Mapped[datetime]
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    content: Mapped[str | None] = mapped_column(Text)
    job: Mapped[str | None] = mapped_column("errand", String(16))  # the column has the word's first name
    receiver_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("receivers.id", ondelete="SET NULL"))
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)

    __table_args__ = (
        partial_index("ix_inbox_waiting", "chat_id", "id", where=content.is_not(None)),
        partial_index("ix_inbox_receiver_id", "receiver_id", where=receiver_id.is_not(None)),
    )

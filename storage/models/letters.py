"""Messages between readers and editors: readers' letters, and what a reply to one of our messages is for."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, String, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId


class Letter(Base):
    """A reader's message to the editors: where it is, not what it says. The text stays in the reader's chat.

    - `story_id`: the Story that it is about, as far as we know.
    - `album`: pictures that were sent together share it.
    - `reader_number`: a number for the reader among those who wrote on the same day (UTC), so that editors
      see which letters are from one reader. It says nothing about another day.
    """

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(BigId, ForeignKey("subscribers.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(BigInteger)
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id", ondelete="SET NULL"), index=True)
    album: Mapped[str | None] = mapped_column(String(64))
    written_at: Mapped[datetime] = mapped_column(index=True)
    answered: Mapped[bool] = mapped_column(default=False, server_default=false())
    reader_number: Mapped[int | None]

    __table_args__ = (
        Index(None, "subscriber_id", "message_id", unique=True),
        {"sqlite_autoincrement": True},  # LetterMark compares ids: one must not be given twice
    )


class LetterMark(Base):
    """The last Letter that an editor was notified of."""

    __tablename__ = "letter_marks"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    letter_id: Mapped[int] = mapped_column(BigInteger)


class Prompt(Base):
    """A message of ours that asks for text or shows a reader's: what a reply to it is for. Kept a month.

    `tries`: how many answers before this message were not understood, where it asks again.
    """

    __tablename__ = "prompts"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    about: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")

"""Answers in groups: where the newest one of each kind is, so that the next one takes its place."""

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId


class GroupAnswer(Base):
    """The newest answer of one kind, such as "latest", in a group; `topic` is that of a forum, else 0."""

    __tablename__ = "group_answers"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    topic: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger)

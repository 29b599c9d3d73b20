"""Sources: the feeds that Comeback polls, and the entries that they held."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.base import Base
from storage.models.stories import Topic
from storage.words import EntryState, SourceState


class Source(Base):
    """A feed that we poll.

    - `reason`: what went wrong at the last poll, in words; None: nothing. `fault`: the same for any language
      (bot/feeds/faults.py); None too where an earlier version noted it.
    - `first_polled_at`: None until the first poll succeeded. What the feed holds before that is its past and
      is pushed to nobody.
    - `etag` and `modified`: what the server said for the next conditional request (RFC 9110).
    """

    __tablename__ = "sources"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(Text, unique=True)
    title: Mapped[str] = mapped_column(Text)
    site: Mapped[str | None] = mapped_column(Text)
    trusted: Mapped[bool] = mapped_column(default=False, server_default=false())
    language: Mapped[str | None] = mapped_column(String(8))
    state: Mapped[SourceState] = mapped_column(default=SourceState.ACTIVE)
    etag: Mapped[str | None] = mapped_column(Text)
    modified: Mapped[str | None] = mapped_column(Text)
    next_poll_at: Mapped[datetime] = mapped_column(index=True)
    polled_at: Mapped[datetime | None]
    first_polled_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(Text)
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    added_at: Mapped[datetime]

    topics: Mapped[list[Topic]] = relationship(secondary="source_topics", lazy="raise", order_by=Topic.name)


class SourceTopic(Base):
    """Source × Topic: the Topics that every Story from this Source gets."""

    __tablename__ = "source_topics"

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SourceEntry(Base):
    """An entry of a feed. `key` is the checksum of its id or address; `state` and `due_at` are the queue.

    `reason`, `fault`: why there is no Story, as in Source.
    """

    __tablename__ = "source_entries"

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    address: Mapped[str | None] = mapped_column(Text)
    headline: Mapped[str | None] = mapped_column(Text)
    content: Mapped[str | None] = mapped_column(Text)
    published: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    state: Mapped[EntryState]
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id", ondelete="SET NULL"), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    fault: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    __table_args__ = (Index(None, "state", "due_at"),)

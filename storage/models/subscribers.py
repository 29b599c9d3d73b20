"""Subscribers with their Preferences, what they chose and follow, and the chats that were forgotten."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, SmallInteger, String, Text, and_, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, BigId, partial_index
from storage.words import AppealRhythm, ChatKind, Length, Rhythm, SubscriberState, WarnedStories


class Subscriber(Base):
    """A chat that gets pushes, with its Preferences.

    - `joined_at`: its first /start; None: it only asked for something so far.
    - `zone`: a name such as Europe/Kyiv; None: the likely zone of its language.
    - `city`: the number at GeoNames of the city named for the zone; in another zone it does not count.
    - `story_languages`: language codes with spaces between; empty: any language. A chat that meets the bot
      begins with `language`. See Audience on readers whose languages have no Stories.
    - `hour` and `weekday` (Monday is 0): when its Digest comes, in the local zone.
    - `quiet_from`, `quiet_until`: the quiet hours, from the first until before the second, in the local zone;
      both None: none. `rest_days`: a bit for each weekday, bit 0 is Monday.
    - `muted_words`: words and names, one a line; a Story that has one of them does not come.
      `warned_stories`: how a Story with a content warning comes.
    - `away_until`: the end of a day off.
    - `due_at`: when what is held is gathered next; None: nothing is held.
    - `appealed_at`: when the last Appeal came with a message that it had not asked for.
    - `helped_until`: the reader said that they helped, and gets no Appeal unasked until then.
    - `forum_topic`: in a forum, the topic that messages go to.
    - `muted`: editors no longer get what it writes. `feedback_count`: its messages on `feedback_day`.
    - `open_prompt`: the message of ours whose question waits for an answer.
    - `blocked_at`: when its state last became blocked or gone.
    - `seen_on`: the last day, in UTC, with a sign of life: a tap, a command, a message; None: not known.
    - `asked_at`: when it was asked whether fewer messages would suit it better; None: never.
    """

    __tablename__ = "subscribers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chat_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    kind: Mapped[ChatKind] = mapped_column(default=ChatKind.PRIVATE)
    state: Mapped[SubscriberState] = mapped_column(default=SubscriberState.ACTIVE)
    language: Mapped[str] = mapped_column(String(8))
    story_languages: Mapped[str] = mapped_column(String(64), default="", server_default="")
    length: Mapped[Length] = mapped_column(default=Length.SHORT)
    all_topics: Mapped[bool] = mapped_column(default=True)
    joined_at: Mapped[datetime | None]
    zone: Mapped[str | None] = mapped_column(String(64))
    city: Mapped[int | None]
    rhythm: Mapped[Rhythm] = mapped_column(default=Rhythm.AT_ONCE, server_default="at_once")
    hour: Mapped[int] = mapped_column(SmallInteger, default=8, server_default="8")
    weekday: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger, default=22, server_default="22")
    quiet_until: Mapped[int | None] = mapped_column(SmallInteger, default=8, server_default="8")
    rest_days: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    appeal_rhythm: Mapped[AppealRhythm] = mapped_column(default=AppealRhythm.WEEKLY, server_default="weekly")
    appealed_at: Mapped[datetime | None]
    helped_until: Mapped[datetime | None]
    silent: Mapped[bool] = mapped_column(default=False, server_default=false())
    allows_urgent: Mapped[bool] = mapped_column(default=False, server_default=false())
    muted_words: Mapped[str] = mapped_column(Text, default="", server_default="")
    warned_stories: Mapped[WarnedStories] = mapped_column(default=WarnedStories.WARN, server_default="warn")
    away_until: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column()
    forum_topic: Mapped[int | None]
    muted: Mapped[bool] = mapped_column(default=False, server_default=false())
    feedback_day: Mapped[date | None]
    feedback_count: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    open_prompt: Mapped[int | None] = mapped_column(BigInteger)
    blocked_at: Mapped[datetime | None]
    seen_on: Mapped[date | None] = mapped_column()
    asked_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        # Only active ones: a Subscriber that left while something was held must not be read at each tick.
        partial_index(
            "ix_subscribers_due_at",
            "due_at",
            where=and_(due_at.is_not(None), state == SubscriberState.ACTIVE),
        ),
        partial_index("ix_subscribers_muted", "id", where=muted),  # the few whose letters are not passed on
        # Only people who may still be asked, so that the duty that asks them never reads all Subscribers.
        partial_index(
            "ix_subscribers_seen_on",
            "seen_on",
            where=and_(asked_at.is_(None), state == SubscriberState.ACTIVE, kind == ChatKind.PRIVATE),
        ),
    )


class Subscription(Base):
    """Subscriber × Topic. It counts only while `Subscriber.all_topics` is false."""

    __tablename__ = "subscriptions"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Following(Base):
    """Subscriber × Thread: the Subscriber gets the Thread's next Story whatever its Topics are."""

    __tablename__ = "followings"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    thread_id: Mapped[int] = mapped_column(
        ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Helped(Base):
    """Subscriber × Appeal: the reader said that they helped, and gets its Reports. Editors never see it."""

    __tablename__ = "helped"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    appeal_id: Mapped[int] = mapped_column(
        ForeignKey("appeals.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Forgotten(Base):
    """A chat that asked to be forgotten: a salted checksum, so that an import does not add it again."""

    __tablename__ = "forgotten"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)

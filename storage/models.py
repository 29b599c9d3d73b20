"""The tables. Words as in the design: one class a noun, no lazy loads, aware UTC times."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Double,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    and_,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from storage.words import (
    AppealRhythm,
    AppealState,
    BroadcastKind,
    BroadcastState,
    ChatKind,
    DeliveryState,
    EntryState,
    Length,
    Rhythm,
    SourceState,
    StoryState,
    SubscriberState,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time: refuses naive ones, and gives UTC back where the database forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone must not reach the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in INTEGER keys

ByCharacter = String(48).with_variant(String(48, collation="C"), "postgresql")  # not by a language's order


def words(kind: type[StrEnum]) -> Enum:
    """A column for `kind`, kept as its word, so that a new word needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=16,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        date: Date,
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[dict[str, str]]: JSON,
        AppealRhythm: words(AppealRhythm),
        AppealState: words(AppealState),
        BroadcastKind: words(BroadcastKind),
        BroadcastState: words(BroadcastState),
        ChatKind: words(ChatKind),
        DeliveryState: words(DeliveryState),
        EntryState: words(EntryState),
        Length: words(Length),
        Rhythm: words(Rhythm),
        SourceState: words(SourceState),
        StoryState: words(StoryState),
        SubscriberState: words(SubscriberState),
    }


class Topic(Base):
    """What a Story is about. `slug` is what people type; `name` is what they read."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(48), unique=True)
    name: Mapped[str] = mapped_column(String(64))


class StoryTopic(Base):
    __tablename__ = "story_topics"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Appeal(Base):
    """An organisation's request for help. Only a verified, still valid one is shown to readers."""

    __tablename__ = "appeals"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(Text, default="")
    url: Mapped[str] = mapped_column(Text)
    valid_until: Mapped[datetime | None]
    state: Mapped[AppealState] = mapped_column(default=AppealState.PROPOSED)
    proposed_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]


class Thread(Base):
    """A running story: the Stories that follow one another."""

    __tablename__ = "threads"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Source(Base):
    """A feed that we poll. `reason` says what went wrong the last time, in words; None: nothing.

    Until `first_polled_at` is set, what the feed holds is its past, and is pushed to nobody.
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
    added_at: Mapped[datetime]

    topics: Mapped[list[Topic]] = relationship(secondary="source_topics", lazy="raise", order_by=Topic.name)


class SourceTopic(Base):
    __tablename__ = "source_topics"

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class SourceEntry(Base):
    """What a feed said once. `key` is the hash of its id or address; `state` is the queue."""

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

    __table_args__ = (Index(None, "state", "due_at"),)


class Story(Base):
    """A stored article.

    `published` is the date that it carries; `released_at` is when readers could first see it here. The three
    `help_…` and `links` are what was found in the text: readers see none of it, an editor may make an Appeal
    of it. `translation_of` is the Story that says the same in the language it was first told in. `version`
    grows with each change by an editor; `announced_at` is when editors were told that it waits for them.
    """

    __tablename__ = "stories"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[StoryState] = mapped_column(default=StoryState.DRAFT)
    headline: Mapped[str] = mapped_column(Text)
    byline: Mapped[str | None] = mapped_column(Text)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("sources.id", ondelete="SET NULL"), index=True)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("threads.id", ondelete="SET NULL"), index=True)
    translation_of: Mapped[int | None] = mapped_column(
        ForeignKey("stories.id", ondelete="SET NULL"), index=True
    )
    address: Mapped[str | None] = mapped_column(Text, unique=True)
    picture: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)
    links: Mapped[list[dict[str, str]]] = mapped_column(default=list, server_default="[]")
    published: Mapped[datetime | None]
    plea: Mapped[str | None] = mapped_column(Text)
    plea_speaker: Mapped[str | None] = mapped_column(Text)
    help_sentence: Mapped[str | None] = mapped_column(Text)
    help_organisation: Mapped[str | None] = mapped_column(Text)
    help_url: Mapped[str | None] = mapped_column(Text)
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id", ondelete="SET NULL"), index=True)
    added_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")

    appeal: Mapped[Appeal | None] = relationship(lazy="raise")
    summaries: Mapped[list["Summary"]] = relationship(lazy="raise", cascade="all, delete-orphan")
    topics: Mapped[list[Topic]] = relationship(secondary="story_topics", lazy="raise", order_by=Topic.name)
    thread: Mapped[Thread | None] = relationship(lazy="raise")
    original: Mapped["Story | None"] = relationship(lazy="raise", remote_side="Story.id")

    __table_args__ = (Index(None, "state", "released_at", "id"),)


class StoryBand(Base):
    """One band of a Story's signature: Stories that share one may be the same (bot/stories/duplicates.py)."""

    __tablename__ = "story_bands"

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    story_id: Mapped[int] = mapped_column(
        ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Summary(Base):
    """A Story's text at one Length, made once at intake: one sentence a line."""

    __tablename__ = "summaries"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)
    length: Mapped[Length] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class SearchEntry(Base):
    """A Story that is in the full-text index (storage/engine/fulltext.py), stemmed in this language."""

    __tablename__ = "search_entries"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), index=True)


class SearchWord(Base):
    """A word of any Story, to correct typing errors by; `backwards` finds it by its ending."""

    __tablename__ = "search_words"

    word: Mapped[str] = mapped_column(ByCharacter, primary_key=True)
    backwards: Mapped[str] = mapped_column(ByCharacter, index=True)


class Subscriber(Base):
    """A chat that gets pushes, with its Preferences. `joined_at` is its first /start; None: it only asked.

    `zone` None: the likely one of its language. `story_languages`: codes parted by spaces; empty: any.
    `hour` and `weekday` (Monday is 0) are for Digests, in the local zone; so are the quiet hours, from
    `quiet_from` until before `quiet_until` (both None: none), and `rest_days` (bit 0 is Monday).
    `away_until` is the end of a day off. `due_at` is when what is held for it is next to be gathered; None:
    nothing is held. `appealed_at` is when an Appeal last rode along unasked. `forum_topic` is where in a
    forum it wants to be written to. `muted`: editors no longer get what it writes; `feedback_count` is how
    much that was on `feedback_day`. `blocked_at` is when it last became blocked or gone.
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
    rhythm: Mapped[Rhythm] = mapped_column(default=Rhythm.AT_ONCE, server_default="at_once")
    hour: Mapped[int] = mapped_column(SmallInteger, default=8, server_default="8")
    weekday: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    quiet_from: Mapped[int | None] = mapped_column(SmallInteger, default=22, server_default="22")
    quiet_until: Mapped[int | None] = mapped_column(SmallInteger, default=8, server_default="8")
    rest_days: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    appeal_rhythm: Mapped[AppealRhythm] = mapped_column(default=AppealRhythm.WEEKLY, server_default="weekly")
    appealed_at: Mapped[datetime | None]
    silent: Mapped[bool] = mapped_column(default=False, server_default=false())
    allows_urgent: Mapped[bool] = mapped_column(default=False, server_default=false())
    away_until: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column()
    forum_topic: Mapped[int | None]
    muted: Mapped[bool] = mapped_column(default=False, server_default=false())
    feedback_day: Mapped[date | None]
    feedback_count: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    blocked_at: Mapped[datetime | None]

    __table_args__ = (
        Index(  # of the active ones alone: who left with something held must not be looked at at each tick
            "ix_subscribers_due_at",
            "due_at",
            sqlite_where=and_(due_at.is_not(None), state == SubscriberState.ACTIVE),
            postgresql_where=and_(due_at.is_not(None), state == SubscriberState.ACTIVE),
        ),
    )


class Subscription(Base):
    """Subscriber × Topic; it counts only where the Subscriber has not chosen all topics."""

    __tablename__ = "subscriptions"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Following(Base):
    """Subscriber × Thread: who wants its next Story whatever their Topics are."""

    __tablename__ = "followings"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    thread_id: Mapped[int] = mapped_column(
        ForeignKey("threads.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Broadcast(Base):
    """One message to an Audience. `audience` is frozen at the start; so are its Bodies.

    A correction or withdrawal goes to whoever has a message of the push `corrects_id`. `body_version` grows
    when the Bodies of a running one are made anew. A digest has no Story: it gathers for whoever is due by
    `due_before`.
    `paid`: it may cost Stars. `urgent` passes quiet hours where readers allow that; one editor proposes that
    (`urgent_by`), another agrees.
    `expected` is how many were in the Audience at the start; some of them may leave before their turn.
    `started_by` is the chat of the editor who started it: progress is sent there. `untold`: editors were not
    told yet that it waits for them, and for what `reason`.
    """

    __tablename__ = "broadcasts"

    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), index=True)
    kind: Mapped[BroadcastKind] = mapped_column(default=BroadcastKind.PUSH, server_default="push")
    corrects_id: Mapped[int | None] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[BroadcastState] = mapped_column(default=BroadcastState.PREPARING, index=True)
    body_version: Mapped[int] = mapped_column(default=0, server_default="0")
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    start_at: Mapped[datetime | None]
    expected: Mapped[int | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    due_before: Mapped[datetime | None]
    paid: Mapped[bool] = mapped_column(default=False, server_default=false())
    urgent: Mapped[bool] = mapped_column(default=False, server_default=false())
    urgent_by: Mapped[str | None] = mapped_column(String(64))
    started_by: Mapped[int | None] = mapped_column(BigInteger)
    untold: Mapped[bool] = mapped_column(default=False, server_default=false())

    story: Mapped[Story | None] = relationship(lazy="raise")

    @property
    def title(self) -> str:
        """What it is about, for editors."""
        return self.story.headline if self.story else self.kind.value


class Body(Base):
    """A Broadcast's message as it was frozen for one kind of reader: Telegram's own parameters.

    `told_in` is the language of the Story in it, `language` that of everything around; `appeal`: the Story's
    Appeal rides along, if it has one.
    """

    __tablename__ = "bodies"

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True
    )
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    length: Mapped[Length] = mapped_column(primary_key=True)
    told_in: Mapped[str] = mapped_column(String(8), primary_key=True, default="")
    appeal: Mapped[bool] = mapped_column(primary_key=True, default=True)
    payload: Mapped[dict[str, Any]]


class Range(Base):
    """A run of Subscriber ids in a Broadcast, leased by one worker at a time.

    `attempt` grows with each lease and is the fence: who holds an older number may write nothing.
    `renewals` grows each time that its holder says that it still lives.
    The counts say what was settled in it, so that progress is a sum over few rows. `look_again`: a reader
    returned while it was worked on, so that its worker may have passed them: it is to be begun again.
    """

    __tablename__ = "ranges"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"))
    first_id: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)
    worker: Mapped[str | None] = mapped_column(String(64))
    attempt: Mapped[int] = mapped_column(default=0)
    renewals: Mapped[int] = mapped_column(default=0, server_default="0")
    done: Mapped[bool] = mapped_column(default=False, server_default=false())
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0, server_default="0")
    look_again: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        Index("ix_ranges_open", "id", sqlite_where=~done, postgresql_where=~done),
        Index(
            "ix_ranges_leased",
            "id",
            sqlite_where=worker.is_not(None),
            postgresql_where=worker.is_not(None),
        ),
        Index(None, "broadcast_id", "first_id", unique=True),
    )


class AfterCount(Base):
    """How the counts of a Broadcast changed after its Ranges were settled: what was held came, or did not.

    Each is written by whoever holds the Range `range_id` of a Digest, so that no two wait for one another;
    0: readers' own doing (a return, /catchup, /stop, /forgetme). `later` came with a Digest; `expected` are
    those who were not in the Audience at the start.
    """

    __tablename__ = "after_counts"

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True
    )
    range_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    held: Mapped[int] = mapped_column(default=0)
    later: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    blocked: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int] = mapped_column(default=0)


class Card(Base):
    """A message that shows an editor how far a Broadcast is; it is edited whenever that changes.

    `is_open`: what it shows may change; else it shows the end of the Broadcast.
    """

    __tablename__ = "cards"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id", ondelete="CASCADE"), index=True)
    is_open: Mapped[bool] = mapped_column(default=True)

    __table_args__ = (Index("ix_cards_open", "broadcast_id", sqlite_where=is_open, postgresql_where=is_open),)


class Delivery(Base):
    """The receipt of one Broadcast to one Subscriber. `appeal`: an Appeal rode along with what was sent.

    One that was merged has the message and the instant of the gathering that it came with.
    """

    __tablename__ = "deliveries"

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True
    )
    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[DeliveryState] = mapped_column()
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    reason: Mapped[str | None] = mapped_column(String(200))
    settled_at: Mapped[datetime]
    appeal: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        Index(
            "ix_deliveries_held",
            "subscriber_id",
            "broadcast_id",
            sqlite_where=state == DeliveryState.HELD,
            postgresql_where=state == DeliveryState.HELD,
        ),
        Index(
            "ix_deliveries_merged",
            "subscriber_id",
            "settled_at",
            sqlite_where=state == DeliveryState.MERGED,
            postgresql_where=state == DeliveryState.MERGED,
        ),
        {"sqlite_with_rowid": False},
    )


class Rate(Base):
    """What all processes together may send, as one row that they share (bot/delivery/shared_budget.py).

    `taken_until` is the moment up to which slots are taken, or until which a 429 forbids them; `slowed_to` is
    the messages a second that were left after a flood, and `slowed_at` when its pause ended. Both moments are
    microseconds since 1970 by the database's clock.
    """

    __tablename__ = "rates"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    taken_until: Mapped[int] = mapped_column(BigInteger, default=0)
    slowed_to: Mapped[float | None] = mapped_column(Double)
    slowed_at: Mapped[int | None] = mapped_column(BigInteger)


class Click(Base):
    """How often the help link of an Appeal was followed by people on a day: nobody's identity."""

    __tablename__ = "clicks"

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class Forgotten(Base):
    """A chat that asked to be forgotten: only a salted hash, so that an import does not bring it back."""

    __tablename__ = "forgotten"

    hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class Secret(Base):
    """A random value that this database keeps for itself, such as the salt of `forgotten`."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary(32))


class Receiver(Base):
    """A process that takes updates. `beat` grows as long as it lives; one that stands still is gone."""

    __tablename__ = "receivers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    beat: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = ({"sqlite_autoincrement": True},)  # no number is given twice


class InboxUpdate(Base):
    """An update that Telegram handed over. Once it is done only its number is kept, so that a repeat is not.

    `id` is the order of arrival. `content` is the update as JSON, or what is still to be done of it where
    `errand` names that; None: it is done. `receiver_id` is the process that has it in hand; None: nobody.
    `tries` counts how often it was begun after a process had died with it.
    """

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    update_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    seen_at: Mapped[datetime]
    chat_id: Mapped[int | None] = mapped_column(BigInteger)
    content: Mapped[str | None] = mapped_column(Text)
    errand: Mapped[str | None] = mapped_column(String(16))
    receiver_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("receivers.id", ondelete="SET NULL"))
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)

    __table_args__ = (
        Index(
            "ix_inbox_waiting",
            "chat_id",
            "id",
            sqlite_where=content.is_not(None),
            postgresql_where=content.is_not(None),
        ),
        Index(
            "ix_inbox_receiver_id",
            "receiver_id",
            sqlite_where=receiver_id.is_not(None),
            postgresql_where=receiver_id.is_not(None),
        ),
    )


class Letter(Base):
    """A message of a reader's to the editors, by its place: it is in the reader's chat, and nowhere else.

    `story_id` is what it is about, as far as we know; pictures that were sent together share an `album`.
    """

    __tablename__ = "letters"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(BigId, ForeignKey("subscribers.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(BigInteger)
    story_id: Mapped[int | None] = mapped_column(ForeignKey("stories.id", ondelete="SET NULL"), index=True)
    album: Mapped[str | None] = mapped_column(String(64))
    written_at: Mapped[datetime] = mapped_column(index=True)
    answered: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        Index(None, "subscriber_id", "message_id", unique=True),
        {"sqlite_autoincrement": True},  # a number that was told must not come again
    )


class LetterMark(Base):
    """Up to which Letter an editor was told of them."""

    __tablename__ = "letter_marks"

    subscriber_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("subscribers.id", ondelete="CASCADE"), primary_key=True
    )
    letter_id: Mapped[int] = mapped_column(BigInteger)


class Prompt(Base):
    """A message of ours that asks for text, or shows a reader's: what a reply to it is for. Kept a month."""

    __tablename__ = "prompts"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    about: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime] = mapped_column(index=True)


class Outage(Base):
    """A worker that gets no answer from Telegram `since` then, and noted so at `noted_at`.

    While that lasts it notes it again and again: a row that is old is of a worker that died.
    """

    __tablename__ = "outages"

    worker: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime]
    noted_at: Mapped[datetime]


class DutyRun(Base):
    """When a recurring duty last ran, whoever ran it."""

    __tablename__ = "duties"

    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    ran_at: Mapped[datetime]


class AuditEntry(Base):
    """Who changed what, when: `before` and `after` hold the changed fields."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (Index(None, "subject", "subject_id"),)

"""Stories and what belongs to them: Topics, Threads, Summaries, and the words that a search uses."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.models.appeals import Appeal
from storage.models.base import Base, ByCharacter
from storage.words import Length, StoryState


class Topic(Base):
    """What a Story is about. People type the `slug` and read the `name`."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(48), unique=True)
    name: Mapped[str] = mapped_column(String(64))


class StoryTopic(Base):
    """Story × Topic."""

    __tablename__ = "story_topics"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)
    topic_id: Mapped[int] = mapped_column(
        ForeignKey("topics.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Thread(Base):
    """A running story: the Stories that follow one another."""

    __tablename__ = "threads"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Story(Base):
    """A stored article.

    - `published`: the date that the article carries. `released_at`: when readers could first see it here;
      for one that was withdrawn and is published again, when that was.
    - `translation_of`: the Story of which this one is a Translation.
    - `fingerprint` and `signature`: what finds the same story again (bot/stories/intake/duplicates.py).
    - `plea` and `plea_speaker`: the quoted cry for help.
    - `proposed_plea` and `proposed_plea_speaker`: what may be one; readers see it once an editor agrees.
    - `help_sentence`, `help_organisation`, `help_url` and `links`: what else was found in the text. Readers
      see none of these four; an editor may make an Appeal of them.
    - `warnings`: its content warnings (storage.words.ContentWarning) with spaces between; readers see them.
      `proposed_warnings`: those that its words suggest; they count once an editor agrees.
    - `announced_at`: when the editors got the review card.
    - `corrected_at`: when editors last corrected it for those who had it already.
    - `notice`: the editors' words on a change, for readers: what was wrong in a corrected Story, or why a
      withdrawn one was withdrawn.
    - `version`: grows with each change by an editor.
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
    proposed_plea: Mapped[str | None] = mapped_column(Text)
    proposed_plea_speaker: Mapped[str | None] = mapped_column(Text)
    help_sentence: Mapped[str | None] = mapped_column(Text)
    help_organisation: Mapped[str | None] = mapped_column(Text)
    help_url: Mapped[str | None] = mapped_column(Text)
    appeal_id: Mapped[int | None] = mapped_column(ForeignKey("appeals.id", ondelete="SET NULL"), index=True)
    warnings: Mapped[str] = mapped_column(String(64), default="", server_default="")
    proposed_warnings: Mapped[str] = mapped_column(String(64), default="", server_default="")
    added_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    notice: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=0, server_default="0")

    appeal: Mapped[Appeal | None] = relationship(lazy="raise")
    summaries: Mapped[list["Summary"]] = relationship(lazy="raise", cascade="all, delete-orphan")
    topics: Mapped[list[Topic]] = relationship(secondary="story_topics", lazy="raise", order_by=Topic.name)
    thread: Mapped[Thread | None] = relationship(lazy="raise")
    original: Mapped["Story | None"] = relationship(lazy="raise", remote_side="Story.id")

    __table_args__ = (
        Index(None, "state", "released_at", "id"),
        Index(None, "thread_id", "translation_of"),  # counts the Stories of Threads
        Index(None, "state", "id"),  # whether a Story that was found is in the state that is looked through
    )

    @property
    def is_withdrawn(self) -> bool:
        """Whether readers had it and it was taken back, also while it waits for its hour to come again."""
        is_waiting = self.state is StoryState.SCHEDULED and self.released_at is not None
        return self.state is StoryState.WITHDRAWN or is_waiting


class StoryBand(Base):
    """One band of a Story's signature: Stories that share one may be the same.

    See bot/stories/intake/duplicates.py.
    """

    __tablename__ = "story_bands"

    band: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    story_id: Mapped[int] = mapped_column(
        ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Summary(Base):
    """A Story's text at one Length, made at intake. Each line is a sentence."""

    __tablename__ = "summaries"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)
    length: Mapped[Length] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class SearchEntry(Base):
    """A Story that is in the full-text index, with the language that its words were stemmed in.

    The index itself is in storage/engine/fulltext.py.
    """

    __tablename__ = "search_entries"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), index=True)


class SearchWord(Base):
    """A word of any Story, to correct typing errors. `backwards`, the word reversed, finds endings."""

    __tablename__ = "search_words"

    word: Mapped[str] = mapped_column(ByCharacter, primary_key=True)
    backwards: Mapped[str] = mapped_column(ByCharacter, index=True)

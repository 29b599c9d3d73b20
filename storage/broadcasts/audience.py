"""The Audience of a Broadcast: the filter that selects its Subscribers, as JSON and as an SQL condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, exists, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from storage.models import Broadcast, Delivery, Following, Helped, Subscriber, Subscription
from storage.words import DeliveryState, SubscriberState


@dataclass(frozen=True, slots=True)
class Audience:
    """The filter that selects the Subscribers of a Broadcast. An empty field selects all.

    - `topics`: the ids of Topics; their subscribers are selected.
    - `languages`: those that the Subscriber reads, or speaks where they chose none for Stories.
    - `kinds`: kinds of chat (ChatKind).
    - `highest_id`: the last Subscriber at the start; later ones are left out.
    - `thread`: its followers are selected too, whatever their Topics are.
    - `except_broadcasts`: the ids of Broadcasts; their recipients are left out, also those with a held one.
    - `since`, for corrections only: messages that were sent earlier are left out.
    - `story_languages`: the languages in which the Story can be read, the original's first. Subscribers who
      chose only other ones are left out.
    - `newsroom_languages`: the languages of all that was published lately, those of the Story among them.
      Subscribers whose languages are none of these get every Story, since they would get nothing else.
    - `appeal`, for Reports only: who said that they helped this Appeal, and followers of `threads`, are
      selected, and nobody else.
    """

    topics: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    highest_id: int = 0
    thread: int | None = None
    except_broadcasts: tuple[int, ...] = ()
    since: datetime | None = None
    story_languages: tuple[str, ...] = ()
    newsroom_languages: tuple[str, ...] = ()
    appeal: int | None = None
    threads: tuple[int, ...] = ()

    @classmethod
    def of(cls, broadcast: Broadcast) -> Self:
        """Return the Audience of a Broadcast."""
        return cls.load(broadcast.audience)

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """Return the Audience that `dump` stored. Keys that an older version did not know may be missing."""
        since = stored.get("since")
        return cls(
            topics=tuple(stored["topics"]),
            languages=tuple(stored["languages"]),
            kinds=tuple(stored["kinds"]),
            highest_id=stored["highest_id"],
            thread=stored.get("thread"),
            except_broadcasts=tuple(stored.get("except_broadcasts", ())),
            since=datetime.fromisoformat(since) if since else None,
            story_languages=tuple(stored.get("told_in", ())),
            newsroom_languages=tuple(stored.get("newsroom_languages", ())),
            appeal=stored.get("appeal"),
            threads=tuple(stored.get("threads", ())),
        )

    def dump(self) -> dict[str, Any]:
        """Return the JSON for the column `broadcasts.audience`."""
        return {
            "topics": list(self.topics),
            "languages": list(self.languages),
            "kinds": list(self.kinds),
            "highest_id": self.highest_id,
            "thread": self.thread,
            "except_broadcasts": list(self.except_broadcasts),
            "since": self.since.isoformat() if self.since else None,
            "told_in": list(self.story_languages),  # the key that stored rows have
            "newsroom_languages": list(self.newsroom_languages),
            "appeal": self.appeal,
            "threads": list(self.threads),
        }

    def includes(self, ids: tuple[int, int] | None = None) -> ColumnElement[bool]:
        """Return the condition on `subscribers` that selects the active ones of this Audience.

        Subscribers with all Topics get every Story; those with some get the Stories about one of them;
        followers of the Thread get what continues it. `ids` are the first and the last id to look at. They
        bound every table of the condition: else PostgreSQL reads all followers of a Thread for a slice of 30.
        """
        conditions = [
            Subscriber.id <= self.highest_id,
            Subscriber.state == SubscriberState.ACTIVE,
            self._is_interested(ids) if self.appeal is None else self._is_concerned(self.appeal, ids),
        ]
        if ids is not None:
            conditions.append(Subscriber.id.between(*ids))
        if self.except_broadcasts:
            has_it = exists().where(
                _of_subscriber(Delivery.subscriber_id, ids),
                Delivery.broadcast_id.in_(self.except_broadcasts),
                Delivery.state.in_([DeliveryState.SENT, DeliveryState.HELD, DeliveryState.MERGED]),
            )
            conditions.append(~has_it)
        if self.languages:
            speaks = and_(Subscriber.story_languages == "", Subscriber.language.in_(self.languages))
            conditions.append(or_(speaks, _reads_any(self.languages)))
        if self.story_languages:
            conditions.append(self._is_readable())
        if self.kinds:
            conditions.append(Subscriber.kind.in_(self.kinds))
        return and_(*conditions)

    def _is_readable(self) -> ColumnElement[bool]:
        """Return the condition that the Subscriber accepts a language of the Story, or has no choice."""
        accepts = [Subscriber.story_languages == "", _reads_any(self.story_languages)]
        if self.newsroom_languages:
            accepts.append(~_reads_any(self.newsroom_languages))
        return or_(*accepts)

    def _is_interested(self, ids: tuple[int, int] | None) -> ColumnElement[bool]:
        """Return the condition that the Topics or the Thread concern the Subscriber."""
        interests: list[ColumnElement[bool]] = [Subscriber.all_topics.is_(True)]
        if self.topics:
            subscribed = exists().where(
                _of_subscriber(Subscription.subscriber_id, ids), Subscription.topic_id.in_(self.topics)
            )
            interests.append(subscribed)
        if self.thread is not None:
            follows = exists().where(
                _of_subscriber(Following.subscriber_id, ids), Following.thread_id == self.thread
            )
            interests.append(follows)
        return or_(*interests)

    def _is_concerned(self, appeal_id: int, ids: tuple[int, int] | None) -> ColumnElement[bool]:
        """Return the condition that the Subscriber helped the Appeal, or follows one of the Threads."""
        if ids is None:  # few of all are concerned: begin with these
            found = select(Helped.subscriber_id).where(Helped.appeal_id == appeal_id)
            following = select(Following.subscriber_id).where(Following.thread_id.in_(self.threads))
            return Subscriber.id.in_(union(found, following) if self.threads else found)
        helped = exists().where(_of_subscriber(Helped.subscriber_id, ids), Helped.appeal_id == appeal_id)
        if not self.threads:
            return helped
        follows = exists().where(
            _of_subscriber(Following.subscriber_id, ids), Following.thread_id.in_(self.threads)
        )
        return or_(helped, follows)


EVERYBODY = Audience()


def _reads_any(languages: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that the Subscriber chose to read one of these languages."""
    chosen = " " + Subscriber.story_languages + " "
    return or_(*(chosen.contains(f" {language} ", autoescape=True) for language in languages))


def _of_subscriber(column: InstrumentedAttribute[int], ids: tuple[int, int] | None) -> ColumnElement[bool]:
    """Return the condition that a row is of the Subscriber that is looked at, and in the bounds `ids`."""
    same = column == Subscriber.id
    return same if ids is None else and_(same, column.between(*ids))

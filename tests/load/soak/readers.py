"""The readers of the week, with all kinds of preferences, as the oracle and the database need them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy import insert, select

from storage.database import Database
from storage.models import Base, Subscriber, Subscription, Topic
from storage.words import AppealRhythm, ChatKind, Length, Rhythm, SubscriberState
from tests.load.soak.stories import LANGUAGES, TOPICS

FIRST_CHAT = 5_000_000_001
_ZONES = ("Europe/Kyiv", "Europe/Kyiv", "Europe/Berlin", "Europe/London", "America/New_York")
_NIGHTS = ((22, 8), (22, 8), (22, 8), (23, 7), (21, 9), None)
_AT_ONCE = 2_000  # rows of a statement
_TABLE = Base.metadata.tables[Subscriber.__tablename__]


@dataclass(frozen=True, slots=True)
class Reader:
    """A chat and what it chose. Hours are local; `rest_days` are weekdays, Monday is 0.

    - `rhythm`: at_once, daily or weekly; `hour` and `weekday` say when the digest comes.
    - `night`: the quiet hours, from the first until before the second; None: none.
    - `topics` and `languages`: empty means all.
    - `appeals`: every_story, weekly, monthly or on_request.
    """

    chat: int
    language: str
    zone: str
    rhythm: str
    hour: int
    weekday: int
    night: tuple[int, int] | None
    rest_days: frozenset[int]
    topics: frozenset[str]
    languages: frozenset[str]
    appeals: str


def crowd(number: int, seed: int) -> list[Reader]:
    """Return so many readers; the same ones for the same seed."""
    random = Random(seed)  # no secret
    return [_reader(FIRST_CHAT + place, random) for place in range(number)]


def _reader(chat: int, random: Random) -> Reader:
    language = random.choice(LANGUAGES)
    rhythm = random.choices(["at_once", "daily", "weekly"], [50, 35, 15])[0]
    rests = rhythm == "at_once" and random.random() < 0.2
    any_language = random.random() < 0.03
    return Reader(
        chat=chat,
        language=language,
        zone=random.choice(_ZONES),
        rhythm=rhythm,
        hour=random.choice([9, 18]),
        weekday=random.randrange(7),
        night=random.choice(_NIGHTS),
        rest_days=frozenset({6}) if rests else frozenset(),
        topics=frozenset(random.sample(TOPICS, random.choice([0, 0, 1, 2]))),
        languages=frozenset() if any_language else frozenset({language}),
        appeals=random.choice(["every_story", "weekly", "weekly", "monthly", "on_request"]),
    )


async def store(database: Database, readers: Sequence[Reader], *, joined: datetime) -> None:
    """Write the readers into the database, where the topics are already."""
    async with database.read() as session:
        topics = {one.name: one.id for one in await session.scalars(select(Topic))}
    for start in range(0, len(readers), _AT_ONCE):
        part = readers[start : start + _AT_ONCE]
        async with database.transaction() as session:
            # Into the table itself: the mapped class takes None for "not given", and stores a night.
            await session.execute(insert(_TABLE), [_row(one, joined) for one in part])
            chats = [one.chat for one in part]
            found = select(Subscriber.chat_id, Subscriber.id).where(Subscriber.chat_id.in_(chats))
            ids = {row.chat_id: row.id for row in await session.execute(found)}
            chosen = [
                {"subscriber_id": ids[one.chat], "topic_id": topics[topic]}
                for one in part
                for topic in one.topics
            ]
            if chosen:
                await session.execute(insert(Subscription), chosen)


def _row(one: Reader, joined: datetime) -> dict[str, object]:
    return {
        "chat_id": one.chat,
        "kind": ChatKind.PRIVATE,
        "state": SubscriberState.ACTIVE,
        "language": one.language,
        "story_languages": " ".join(sorted(one.languages)),
        "length": Length.SHORT,
        "all_topics": not one.topics,
        "joined_at": joined,
        "zone": one.zone,
        "rhythm": Rhythm(one.rhythm),
        "hour": one.hour,
        "weekday": one.weekday,
        "quiet_from": one.night[0] if one.night else None,
        "quiet_until": one.night[1] if one.night else None,
        "rest_days": sum(1 << day for day in one.rest_days),
        "appeal_rhythm": AppealRhythm(one.appeals),
    }

"""Makes the things that tests talk about, with only what matters spelled out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import null, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.articles.article import Article
from bot.pleas.findings import Plea
from bot.services import Services
from bot.stories.intake.analysis import Analysis
from storage.broadcasts import bodies, broadcasts
from storage.broadcasts.audience import Audience
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.models import Base, Story, Subscriber
from storage.stories import stories
from storage.subscribers import subscribers
from storage.words import BroadcastState, ChatKind, Length, StoryState, SubscriberState

T = TypeVar("T")

_numbers = count(1)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class MovableClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        """Move on by so much: `advance(seconds=5)`."""
        self.now += timedelta(**parts)


class Elapsed:
    """A clock of elapsed seconds that stands still until it is moved."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def analysis(
    headline: str = "Volunteers reopen the bridge",
    body: str | None = None,
    *,
    language: str = "en",
    plea: Plea | None = None,
    **article: object,
) -> Analysis:
    """An Analysis with a body of its own, so that two are never the same story."""
    if body is None:
        body = f"The bridge was reopened for the {next(_numbers)}th time. It held. People crossed it at once."
    return Analysis(
        article=Article(headline=headline, body=body, language=language, **article),  # type: ignore[arg-type]
        language=language,
        summaries={
            Length.BRIEF: "One sentence.",
            Length.SHORT: "One sentence.\nTwo sentences.\nThree sentences.",
            Length.LONG: "One sentence.\nTwo sentences.\nThree sentences.\nFour sentences.\nFive sentences.",
        },
        plea=plea,
        help=None,
    )


async def published(
    services: Services,
    headline: str = "Volunteers reopen the bridge",
    topics: Sequence[str] = (),
    *,
    language: str = "en",
) -> int:
    """A story that readers can find; nobody was pushed it."""
    added = await services.stories.add(analysis(headline, language=language), topics, actor="test")
    await services.review.publish(added.story.id, actor="test", push=False)
    return added.story.id


async def add_story(session: AsyncSession, **values: object) -> int:
    """A stored Story, below the use cases."""
    number = next(_numbers)
    given = {
        "state": StoryState.DRAFT,
        "headline": f"Story {number}",
        "language": "en",
        "body": f"Body {number}.",
        "fingerprint": f"{number:064}",
        "added_at": NOON,
    }
    story_id = await stories.add(session, **(given | values))  # type: ignore[arg-type]  # by column
    assert story_id is not None
    return story_id


async def get_story(database: Database, story_id: int) -> Story:
    async with database.read() as session:
        story = await stories.get(session, story_id)
    assert story is not None
    return story


async def add_subscribers(database: Database, number: int, **values: object) -> list[int]:
    """So many active Subscribers; their chat ids, from 5,000,000,001 on (64 bits)."""
    first = 5_000_000_000 + next(_numbers) * 1_000_000
    values = {name: null() if value is None else value for name, value in values.items()}  # else: default
    async with database.transaction() as session:
        session.add_all(
            Subscriber(
                **{
                    "chat_id": first + place,
                    "kind": ChatKind.PRIVATE,
                    "state": SubscriberState.ACTIVE,
                    "language": "en",
                    "joined_at": NOON,
                }
                | values
            )
            for place in range(1, number + 1)
        )
    return [first + place for place in range(1, number + 1)]


def columns(row: Base) -> dict[str, object]:
    """All that the database has of a row, to see that nothing of it has changed."""
    return {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}


async def choices(database: Database, chat_id: int) -> dict[str, object]:
    """All that the database has of a reader but the day of their last sign of life, which comes later."""
    found = columns(await get_subscriber(database, chat_id))
    return {name: value for name, value in found.items() if name != "seen_on"}


async def get_subscriber(database: Database, chat_id: int) -> Subscriber:
    async with database.read() as session:
        subscriber = await subscribers.by_chat(session, chat_id)
    assert subscriber is not None
    return subscriber


async def at_once(
    database: Database, verb: Callable[[AsyncSession], Awaitable[T]], times: int = 6
) -> list[T]:
    """What `verb` came to in so many transactions that run at the same time."""

    async def one() -> T:
        async with database.transaction() as session:
            return await verb(session)

    return await asyncio.gather(*(one() for _ in range(times)))


async def is_waiting_for_a_lock(database: Database) -> bool:
    """Return whether a transaction waits for another one; SQLite has one writer, and asks nobody."""
    if database.is_sqlite:
        return True
    async with database.read() as session:
        return bool(await session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


async def running_broadcast(
    database: Database,
    *,
    size: int = 500,
    topics: Sequence[int] = (),
    appeal: bool = False,
    urgent: bool = False,
    story_id: int | None = None,
    **audience: Any,
) -> int:
    """A Broadcast under way to everybody there is, in Ranges of `size` ids; its Bodies name their kind.

    With an `appeal`, those with it end in "appeal".
    """
    async with database.transaction() as session:
        story_id = story_id or await add_story(session, state=StoryState.PUBLISHED)
        first, last = (
            await broadcasts.lowest_subscriber(session),
            await broadcasts.highest_subscriber(session),
        )
        asked = Audience(topics=tuple(topics), highest_id=last, **audience)
        broadcast = await broadcasts.add(session, story_id=story_id, now=NOON, audience=asked)
        payloads = {
            Variant(language, length, appeal=rides): {
                "text": f"{language} {length}{' appeal' if rides and appeal else ''}"
            }
            for language in ("en", "uk")
            for length in Length
            for rides in ((True, False) if appeal else (True,))
        }
        await bodies.freeze(session, broadcast.id, payloads)
        bounds = [(start, min(start + size - 1, last)) for start in range(first, last + 1, size)]
        await broadcasts.add_ranges(session, broadcast.id, bounds)
        await broadcasts.change(
            session, broadcast.id, state=BroadcastState.RUNNING, started_at=NOON, urgent=urgent
        )
        return broadcast.id

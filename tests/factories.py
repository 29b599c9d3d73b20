"""Makes the things that tests talk about, with only what matters spelled out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services import Services
from bot.stories.article import Article
from bot.stories.pleas import Plea
from bot.stories.reading import Reading
from storage import stories, subscribers
from storage.database import Database
from storage.models import Story, Subscriber
from storage.words import ChatKind, Length, StoryState, SubscriberState

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


def reading(
    headline: str = "Volunteers reopen the bridge",
    body: str | None = None,
    *,
    language: str = "en",
    plea: Plea | None = None,
    **article: object,
) -> Reading:
    """A Reading with a body of its own, so that two are never the same story."""
    if body is None:
        body = f"The bridge was reopened for the {next(_numbers)}th time. It held. People crossed it at once."
    return Reading(
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
    services: Services, headline: str = "Volunteers reopen the bridge", topics: Sequence[str] = ()
) -> int:
    """A story that readers can find; nobody was pushed it."""
    added = await services.stories.add(reading(headline), topics, actor="test")
    await services.stories.publish(added.story.id, actor="test", push=False)
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
    story_id = await stories.add(session, **(given | values))
    assert story_id is not None
    return story_id


async def get_story(database: Database, story_id: int) -> Story:
    async with database.snapshots() as session:
        story = await stories.get(session, story_id)
    assert story is not None
    return story


async def add_subscribers(database: Database, number: int, **values: object) -> list[int]:
    """So many active Subscribers; their chat ids, from 5,000,000,001 on (64 bits)."""
    first = 5_000_000_000 + next(_numbers) * 1_000_000
    async with database.sessions.begin() as session:
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


async def get_subscriber(database: Database, chat_id: int) -> Subscriber:
    async with database.snapshots() as session:
        subscriber = await subscribers.by_chat(session, chat_id)
    assert subscriber is not None
    return subscriber

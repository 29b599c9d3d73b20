"""Subscriptions: the Topics that a Subscriber gets Stories about."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.models import Subscriber, Topic
from storage.stories import topics
from storage.subscribers import subscribers


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """A Topic, and whether the Subscriber gets Stories about it."""

    topic: Topic
    chosen: bool


class Subscriptions:
    """The use cases around the Topics of a Subscriber; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def choices(self, subscriber: Subscriber) -> Sequence[TopicChoice]:
        """Return every Topic, and whether the Subscriber gets Stories about it."""
        async with self._database.read() as session:
            return await _choices(session, subscriber)

    async def choose(self, chat_id: int, topic_id: int, *, chosen: bool) -> None:
        """Add or remove a Topic. A Subscriber who then has every Topic gets future Topics too."""
        async with self._database.transaction() as session:
            subscriber = await subscribers.by_chat(session, chat_id)
            if subscriber is None:
                return
            before = await _choices(session, subscriber)
            after = {choice.topic.id for choice in before if choice.chosen} - {topic_id}
            after |= {topic_id} if chosen else set()
            has_all = after >= {choice.topic.id for choice in before}
            await subscribers.change(session, chat_id, all_topics=has_all)
            await subscribers.set_topics(session, subscriber.id, [] if has_all else sorted(after))

    async def choose_all(self, chat_id: int) -> None:
        """Send every Story from now on, whatever it is about."""
        async with self._database.transaction() as session:
            subscriber = await subscribers.change(session, chat_id, all_topics=True)
            if subscriber is not None:
                await subscribers.set_topics(session, subscriber.id, [])


async def _choices(session: AsyncSession, subscriber: Subscriber) -> Sequence[TopicChoice]:
    every = await topics.every(session)
    own = await subscribers.topics_of(session, subscriber.id)
    return [TopicChoice(topic, subscriber.all_topics or topic.id in own) for topic in every]

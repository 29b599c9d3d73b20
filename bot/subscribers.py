"""Subscribers: who gets pushes, and what they prefer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot import texts
from bot.clock import Clock
from bot.texts import Texts
from storage import forgotten, subscribers, topics
from storage.database import Database
from storage.models import Subscriber, Topic
from storage.words import ChatKind, Length, SubscriberState


@dataclass(frozen=True, slots=True)
class Choice:
    """A Topic, and whether the Subscriber gets Stories about it."""

    topic: Topic
    chosen: bool


class Subscribers:
    """The use cases around a Subscriber; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, default_language: str) -> None:
        self._database = database
        self._clock = clock
        self._default_language = default_language

    async def meet(self, chat_id: int, kind: ChatKind, language_code: str | None) -> Subscriber:
        """The Subscriber of this chat. A new one is stopped until they /start: asking is not subscribing.

        Their language first follows Telegram's `language_code`.
        """
        async with self._database.snapshots() as session:
            found = await subscribers.by_chat(session, chat_id)
        if found is not None:
            return found
        async with self._database.sessions.begin() as session:
            return await subscribers.meet(
                session,
                chat_id=chat_id,
                kind=kind,
                language=texts.choose(language_code, self._default_language),
                state=SubscriberState.STOPPED,
            )

    async def start(self, chat_id: int) -> bool:
        """New Stories come from now on. True for who was here before, and comes back."""
        async with self._database.sessions.begin() as session:
            found = await subscribers.by_chat(session, chat_id)
            joined_at = found.joined_at if found else None
            await forgotten.lift(session, chat_id)
            await subscribers.change(
                session, chat_id, state=SubscriberState.ACTIVE, joined_at=joined_at or self._clock()
            )
            return joined_at is not None

    async def set_state(self, chat_id: int, state: SubscriberState) -> None:
        """What the reader said: /stop, /subscribe, pushes on or off."""
        async with self._database.sessions.begin() as session:
            await subscribers.change(session, chat_id, state=state)
            if state is SubscriberState.ACTIVE:
                await forgotten.lift(session, chat_id)

    async def unblocked(self, chat_id: int) -> None:
        """They let the bot in again: pushes go on as before, unless they had stopped them themselves."""
        shut_out = [SubscriberState.BLOCKED, SubscriberState.GONE]
        async with self._database.sessions.begin() as session:
            await subscribers.move(session, chat_id, come_from=shut_out, to=SubscriberState.ACTIVE)

    async def blocked(self, chat_id: int) -> None:
        """They shut the bot out; their Preferences are kept for a return, and a /stop stays a /stop."""
        active = [SubscriberState.ACTIVE]
        async with self._database.sessions.begin() as session:
            await subscribers.move(session, chat_id, come_from=active, to=SubscriberState.BLOCKED)

    async def moved(self, old: int, new: int) -> None:
        """A group became a supergroup: it has a new chat id."""
        async with self._database.sessions.begin() as session:
            await subscribers.move_chat(session, old=old, new=new)

    async def texts_of(self, chat_id: int, language_code: str | None = None) -> Texts:
        """The sentences in the language of a chat; of one that is not known, by Telegram's code."""
        async with self._database.snapshots() as session:
            found = await subscribers.by_chat(session, chat_id)
        unknown = texts.choose(language_code, self._default_language)
        return texts.in_language(found.language if found else unknown)

    async def set_language(self, chat_id: int, language: str) -> None:
        if language in texts.languages():
            await self._change(chat_id, language=language)

    async def set_length(self, chat_id: int, length: Length) -> None:
        await self._change(chat_id, length=length)

    async def choices(self, subscriber: Subscriber) -> Sequence[Choice]:
        """Every Topic, and whether the Subscriber gets Stories about it."""
        async with self._database.snapshots() as session:
            return await _choices(session, subscriber)

    async def choose_topic(self, chat_id: int, topic_id: int, *, chosen: bool) -> None:
        """Take a Topic in or leave it out. Who has every one again, gets coming Topics too."""
        async with self._database.sessions.begin() as session:
            subscriber = await subscribers.by_chat(session, chat_id)
            if subscriber is None:
                return
            before = await _choices(session, subscriber)
            after = {choice.topic.id for choice in before if choice.chosen} - {topic_id}
            after |= {topic_id} if chosen else set()
            has_all = after >= {choice.topic.id for choice in before}
            await subscribers.change(session, chat_id, all_topics=has_all)
            await subscribers.set_topics(session, subscriber.id, [] if has_all else sorted(after))

    async def choose_all_topics(self, chat_id: int) -> None:
        """Every Story from now on, whatever it is about."""
        async with self._database.sessions.begin() as session:
            subscriber = await subscribers.change(session, chat_id, all_topics=True)
            if subscriber is not None:
                await subscribers.set_topics(session, subscriber.id, [])

    async def counts(self) -> dict[SubscriberState, int]:
        """How many there are, by state."""
        async with self._database.snapshots() as session:
            return await subscribers.count_by_state(session)

    async def _change(self, chat_id: int, **values: object) -> None:
        async with self._database.sessions.begin() as session:
            await subscribers.change(session, chat_id, **values)


async def _choices(session: AsyncSession, subscriber: Subscriber) -> Sequence[Choice]:
    known = await topics.every(session)
    own = await subscribers.topics_of(session, subscriber.id)
    return [Choice(topic, subscriber.all_topics or topic.id in own) for topic in known]

"""Subscribers: which chats get pushes, and what Telegram reports about them (blocked, unblocked, moved)."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot import i18n
from bot.clock import Clock
from bot.i18n import Texts
from bot.subscribers.pacing import PacingPreferences, next_allowed_time, timezone_of
from storage.broadcasts import aftermaths, missed
from storage.broadcasts.aftermaths import Deed
from storage.database import Database
from storage.deliveries import held
from storage.models import Subscriber
from storage.subscribers import forgotten, subscribers
from storage.words import ChatKind, SubscriberState

_SHUT_OUT = {SubscriberState.BLOCKED, SubscriberState.GONE}
_LONGEST_ABSENCE = timedelta(days=92)  # a reader who returns gets nothing older than that: it is no news
_MOST_MISSED = 50  # Stories that a reader who returns gets

STOPPED = "they stopped"
"""The reason in the receipt of a Story that was held for a reader who then said /stop."""


class Subscribers:
    """The use cases around a Subscriber's state; each is one transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        default_language: str,
        default_zone: str = "UTC",
        note_version: Callable[[int], None] | None = None,
    ) -> None:
        """`note_version` gets the version of the content that each Subscriber was read with."""
        self._database = database
        self._clock = clock
        self._default_language = default_language
        self._default_zone = default_zone
        self._note_version = note_version

    async def meet(self, chat_id: int, kind: ChatKind, language_code: str | None) -> Subscriber:
        """Return the Subscriber of this chat; make one where there is none.

        A new Subscriber is stopped until /start: asking for something is not subscribing. Its language
        follows Telegram's `language_code`.
        """
        found = await self._find(chat_id)
        if found is not None:
            return found
        async with self._database.transaction() as session:
            return await subscribers.meet(
                session,
                chat_id=chat_id,
                kind=kind,
                language=i18n.choose(language_code, self._default_language),
                state=SubscriberState.STOPPED,
            )

    async def start(self, chat_id: int, forum_topic: int | None = None) -> None:
        """Send new Stories from now on, in a forum to this topic."""
        async with self._database.transaction() as session:
            await forgotten.lift(session, chat_id)
            await subscribers.start(session, chat_id, now=self._clock(), forum_topic=forum_topic)

    async def start_with(self, chat_id: int, topic_id: int, forum_topic: int | None = None) -> None:
        """Start with this Topic: a new reader gets it alone, others get it besides their other Topics."""
        async with self._database.transaction() as session:
            found = await subscribers.by_chat(session, chat_id)
            if found is None:
                return
            if found.joined_at is None:
                await subscribers.change(session, chat_id, all_topics=False)
                await subscribers.set_topics(session, found.id, [topic_id])
            elif not found.all_topics:
                chosen = await subscribers.topics_of(session, found.id)
                await subscribers.set_topics(session, found.id, sorted(chosen | {topic_id}))
        await self.start(chat_id, forum_topic)

    async def join(self, chat_id: int, kind: ChatKind, language_code: str | None) -> None:
        """Subscribe a channel that lets us post; one that was here before goes on as it was."""
        subscriber = await self.meet(chat_id, kind, language_code)
        if subscriber.joined_at is None:
            await self.start(chat_id)
        else:
            await self.unblocked(chat_id)

    async def set_state(self, chat_id: int, state: SubscriberState) -> None:
        """Turn pushes on or off, as the reader asked. After /stop nothing comes that was held."""
        now = self._clock()
        async with self._database.transaction() as session:
            found = await subscribers.lock(session, chat_id)
            was_active = found is not None and found.state is SubscriberState.ACTIVE
            await subscribers.change(session, chat_id, state=state)
            if found is not None and state is SubscriberState.STOPPED:
                await held.drop(session, found.id, now=now, reason=STOPPED)
            if state is SubscriberState.ACTIVE:
                await forgotten.lift(session, chat_id)
            elif found is not None and was_active:
                await aftermaths.count_by_readers(session, [found.id], Deed.STOPPED, now=now)

    async def unblocked(self, chat_id: int) -> None:
        """Note that the chat let the bot in again: pushes go on, unless the reader had stopped them before.

        What the chat missed while the bot was shut out is held, and comes in one gathered message.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            found = await subscribers.lock(session, chat_id)
            if found is None or found.state not in _SHUT_OUT:
                return
            since = max(found.blocked_at or now, now - _LONGEST_ABSENCE)
            await subscribers.change(session, chat_id, state=SubscriberState.ACTIVE)
            if await missed.hold(session, found.id, since=since, now=now, most=_MOST_MISSED):
                due_at = next_allowed_time(PacingPreferences.of(found, self._default_zone), now)
                await subscribers.change(session, chat_id, due_at=due_at)

    async def blocked(self, chat_id: int) -> None:
        """Note that the chat shut the bot out. Its Preferences stay for a return; a /stop stays a /stop."""
        now = self._clock()
        async with self._database.transaction() as session:
            blocked = await subscribers.mark_blocked(session, chat_id, now=now)
            await aftermaths.count_by_readers(session, blocked, Deed.BLOCKED, now=now)

    async def moved(self, old: int, new: int) -> None:
        """Follow a group that became a supergroup from its old chat id to the new one."""
        async with self._database.transaction() as session:
            await subscribers.move_chat(session, old=old, new=new, now=self._clock())

    async def is_active(self, chat_id: int) -> bool:
        """Return whether new Stories come to this chat."""
        async with self._database.read() as session:
            found = await subscribers.by_chat(session, chat_id)
        return found is not None and found.state is SubscriberState.ACTIVE

    async def timezone_of(self, chat_id: int) -> ZoneInfo:
        """Return the time zone of a chat; of an unknown chat, the likely one of the default language."""
        async with self._database.read() as session:
            found = await subscribers.by_chat(session, chat_id)
        if found is not None:
            return timezone_of(found.zone, found.language, self._default_zone)
        return timezone_of(None, self._default_language, self._default_zone)

    async def texts_of(self, chat_id: int, language_code: str | None = None) -> Texts:
        """Return the texts in the language of a chat; of an unknown chat, by Telegram's `language_code`."""
        found = await self._find(chat_id)
        unknown = i18n.choose(language_code, self._default_language)
        return i18n.in_language(found.language if found else unknown)

    async def counts(self) -> dict[SubscriberState, int]:
        """Return how many Subscribers there are in each state."""
        async with self._database.read() as session:
            return await subscribers.count_by_state(session)

    async def _find(self, chat_id: int) -> Subscriber | None:
        """Return the Subscriber of a chat, and note the version of the content at that moment."""
        async with self._database.read() as session:
            found, version = await subscribers.with_content_version(session, chat_id)
        if self._note_version is not None:
            self._note_version(version)
        return found

"""The worlds of Digests: readers who sleep, Stories that are held for them, and corrections of these."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import select

from bot.broadcasts.agreement import Agreement
from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.cards import Cards
from bot.broadcasts.control import Control
from bot.broadcasts.corrections import Corrections
from bot.delivery.outcome import Outcome
from bot.digests.digests import Digests
from bot.editors.rights import Rights
from storage.appeals import appeals
from storage.broadcasts import lists
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.models import Delivery
from storage.stories import stories
from storage.words import AppealState, BroadcastState, DeliveryState, Length, StoryState
from tests.factories import MovableClock, add_story, get_subscriber, running_broadcast
from tests.fakes import DeliveryWorld, FakeTelegram

NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # a Sunday
MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EDITOR = "editor 1"
NOTE = "withdrawn"


class ButtonTelegram(FakeTelegram):
    """A Telegram that records the buttons of the newest message of each chat."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[int, list[tuple[str, str]]] = {}

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        rows = orjson.loads(body).get("reply_markup", {}).get("inline_keyboard", [])
        self.buttons[chat_id] = [(one["text"], one["callback_data"]) for row in rows for one in row]
        return await super().send(chat_id, body)


class DigestWorld(DeliveryWorld):
    """A DeliveryWorld at night: every push is held."""

    telegram: ButtonTelegram

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        clock.now = NIGHT
        self.telegram = ButtonTelegram()
        self.digests = Digests(database, clock, self.gatherer, "UTC")

    async def push(self, headline: str, *, appeal: bool = False, **values: object) -> int:
        """Push a new Story, which is held for all. Return its id."""
        async with self.database.transaction() as session:
            released = {"state": StoryState.PUBLISHED, "released_at": self.clock()}
            story_id = await add_story(session, headline=headline, **(released | values))
            texts = {length: f"{headline} in {length}." for length in Length}
            await stories.set_summaries(session, story_id, texts)
        if appeal:
            await _add_appeal(self.database, story_id)
        self.broadcast_id = await running_broadcast(self.database, appeal=appeal, story_id=story_id)
        await self.finish(self.worker())
        return story_id

    async def gather(self) -> int:
        """Send a Digest to all who are due. Return how many messages that were."""
        before = len(self.telegram.got)
        started = await self.digests.start_due()
        if started is not None:
            self.broadcast_id = started
            await self.finish(self.worker())
        return len(self.telegram.got) - before

    async def states(self, chat: int) -> list[DeliveryState]:
        """Return the states of a chat's receipts, oldest first."""
        subscriber = await get_subscriber(self.database, chat)
        async with self.database.read() as session:
            statement = select(Delivery.state).where(Delivery.subscriber_id == subscriber.id)
            rows = await session.scalars(statement.order_by(Delivery.broadcast_id))
        return list(rows)


async def _add_appeal(database: Database, story_id: int) -> None:
    async with database.transaction() as session:
        appeal = await appeals.add(
            session,
            organisation="Lindenau Supper Circle",
            purpose="",
            url="https://example.org/help",
            valid_until=None,
            state=AppealState.VERIFIED,
            proposed_at=NIGHT,
        )
        await stories.set_appeal(session, story_id, appeal.id)


async def all_finished(database: Database) -> bool:
    """Return whether every Broadcast is finished."""
    async with database.read() as session:
        return all(one.state is BroadcastState.FINISHED for one in await lists.newest(session))


class MessageTelegram(ButtonTelegram):
    """A Telegram that records what each message shows now; None: it was deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[tuple[int, int], str | None] = {}

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        outcome = await super().send(chat_id, body)
        message_id = getattr(outcome, "message_id", 0)
        self.shown[chat_id, message_id] = orjson.loads(body)["text"]
        return outcome

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome:
        before = dict(self.shown)
        outcome = await super().edit(chat_id, message_id, body)
        self.shown = before | {(chat_id, message_id): orjson.loads(body)["text"]}
        return outcome

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        self.shown[chat_id, message_id] = None
        return await super().delete(chat_id, message_id)

    def texts(self, chat: int) -> list[str | None]:
        """Return what the messages of a chat show, oldest first."""
        return [text for (chat_id, _), text in self.shown.items() if chat_id == chat]


class CorrectionWorld(DigestWorld):
    """A DigestWorld whose Stories can be corrected and withdrawn."""

    telegram: MessageTelegram

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        self.telegram = MessageTelegram()
        self.corrections = Corrections(database, clock, Rights({1}), self.bodies)
        self.broadcasts = Broadcasts(database, clock, Agreement(Rights({1})), self.bodies)
        self.control = Control(database, clock, Rights({1}), self.bodies)
        self.cards = Cards(database)

    def bodies(self, pushed: StoryVersions) -> dict[Variant, dict[str, Any]]:
        if pushed.story.state is not StoryState.WITHDRAWN:
            return super().bodies(pushed)
        return {Variant(language, length): {"text": NOTE} for language in ("en", "uk") for length in Length}

    async def rename(self, story_id: int, headline: str) -> None:
        async with self.database.transaction() as session:
            await stories.change(session, story_id, headline=headline)

    async def correct(self, story_id: int) -> None:
        await self.send_all(await self.corrections.correct(story_id, actor=EDITOR))

    async def withdraw(self, story_id: int) -> None:
        await self.send_all(await self.corrections.withdraw(story_id, actor=EDITOR))

    async def send_all(self, broadcast_ids: Sequence[int]) -> None:
        """Run workers until these Broadcasts are finished, also those that start a minute later."""
        await self.broadcasts.start_due()
        self.clock.advance(minutes=2)
        await self.broadcasts.start_due()
        for one in broadcast_ids:
            self.broadcast_id = one
            await self.finish(self.worker())

    def headlines(self, chat: int) -> list[str]:
        """Return the numbered lines of the newest message of a chat."""
        text = self.telegram.texts(chat)[-1] or ""
        return [line for line in text.splitlines() if " · " in line]

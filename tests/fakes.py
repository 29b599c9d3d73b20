"""Fakes that several rooms use: a Telegram in memory, an open Pacer, and a world with a Broadcast to send."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC
from typing import Any

import orjson
from sqlalchemy import select
from telegram.error import TelegramError

from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.reasons import RefusalsInARow
from bot.delivery.leased_range import LeasedRange
from bot.delivery.outcome import Outcome, Sent
from bot.delivery.rate.budget import Budget
from bot.delivery.rate.pacer import Lane, Pacer
from bot.delivery.selection import PushSelector, Selector
from bot.delivery.sender import Sender
from bot.delivery.worker import Worker, WorkerLimits
from bot.digests.corrections import DigestCorrectionSelector
from bot.digests.gatherer import Gatherer
from bot.digests.selection import DigestSelector
from storage.broadcasts import broadcasts
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.deliveries import receipts
from storage.models import Broadcast, Delivery, Range
from storage.subscribers import subscribers
from storage.words import BroadcastKind, BroadcastState, Length
from tests.factories import MovableClock, add_subscribers, get_subscriber, running_broadcast
from tests.waiting import PATIENCE

WINDOW, SLICE = 4, 6  # of a worker in a DeliveryWorld


class FakeTelegram:
    """A Messenger in memory. It takes every message, unless `outcomes` has another Outcome for the chat.

    `hooks` run in the middle of a send, by its number, from 1 on.
    """

    def __init__(self) -> None:
        self.got: list[tuple[int, str]] = []
        self.edited: list[tuple[int, int]] = []
        self.deleted: list[tuple[int, int]] = []
        self.knocks: list[int] = []
        self.outcomes: dict[int, Outcome | Exception] = {}
        self.hooks: dict[int, Callable[[], Awaitable[object]]] = {}

    async def send(self, chat_id: int, body: bytes) -> Outcome:
        self.got.append((chat_id, orjson.loads(body)["text"]))
        number = len(self.got)
        if number in self.hooks:
            await self.hooks[number]()
        outcome = self.outcomes.get(chat_id, Sent(number))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def edit(self, chat_id: int, message_id: int, body: bytes) -> Outcome:
        self.edited.append((chat_id, message_id))
        await self.send(chat_id, body)
        return self.outcomes.get(chat_id, Sent(message_id))  # type: ignore[return-value]  # no test edits with an error

    async def delete(self, chat_id: int, message_id: int) -> Outcome:
        self.deleted.append((chat_id, message_id))
        return Sent(message_id)

    async def knock(self, chat_id: int) -> Outcome | None:
        self.knocks.append(chat_id)
        return None

    @property
    def chats(self) -> list[int]:
        """The chats that were sent to, in order."""
        return [chat_id for chat_id, _ in self.got]


class OpenPacer(Pacer):
    """A Pacer that gives so many slots at once, and then none."""

    def __init__(self, slots: int = 1_000_000) -> None:
        super().__init__(Budget(30))
        self._left = slots
        self.full = asyncio.Event()

    async def acquire(self, _chat_id: int | str | None = None, _lane: Lane = Lane.REPLY) -> None:
        self._left -= 1
        if self._left < 0:
            self.full.set()
            await asyncio.get_running_loop().create_future()  # only a cancellation ends this


class WatchedWorker(Worker):
    """A worker that sets events: `rested` when it finds no work, `left` when it has given back a Range."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.rested = asyncio.Event()
        self.left = asyncio.Event()
        self.ended = False

    async def run(self) -> None:
        """Run as a worker does; set `rested` at the end, so that no test waits in vain."""
        self.ended = False
        try:
            await super().run()
        finally:
            self.ended = True
            self.rested.set()

    async def _rest(self, seconds: float) -> None:
        self.rested.set()
        await super()._rest(seconds)

    async def _work_on(self, leased: LeasedRange, turn: AsyncExitStack) -> None:
        await super()._work_on(leased, turn)
        self.left.set()

    async def until_left_after(self, happened: asyncio.Event) -> None:
        """Wait until it happened and the only Range was given back: no receipt is pending then."""
        await happened.wait()
        await self.left.wait()

    async def look(self) -> None:
        """Wait until it has searched for work without success: it knows all present leases then."""
        self.rested.clear()
        await self.rested.wait()
        assert not self.ended

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        """Wait until it is so, and check whenever the worker rests."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self.rested.clear()
                if await is_so():
                    return
                assert not self.ended
                await self.rested.wait()


class DeliveryWorld:
    """A database with a Broadcast to some Subscribers, a Telegram in memory, and workers to send it."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database = database
        self.clock = clock
        self.telegram = FakeTelegram()
        self.pacer = OpenPacer()
        self.pauses: list[RefusalsInARow] = []
        self.paused = asyncio.Event()
        self.chats: list[int] = []
        self.broadcast_id = 0
        self.sent_by_then = 0
        self.gatherer = Gatherer(self.bodies, UTC)

    def bodies(self, pushed: StoryVersions) -> dict[Variant, dict[str, Any]]:
        """Return the Bodies of a push: their texts say the language, the headline and "appeal"."""
        return {
            Variant(language, length, story_language, with_appeal): {
                "text": f"{language}: {story.headline}{' appeal' if with_appeal and story.appeal else ''}"
            }
            for story_language, story in pushed.by_language.items()
            for language in ("en", "uk")
            for length in Length
            for with_appeal in ((True, False) if story.appeal else (True,))
        }

    async def open(self, people: int, *, size: int = 500, **subscriber: object) -> None:
        """Add so many Subscribers and start a Broadcast to all, in Ranges of `size`."""
        self.chats = await add_subscribers(self.database, people, **subscriber)
        await self.broadcast(size=size)

    async def broadcast(self, *, size: int = 500, appeal: bool = False, urgent: bool = False) -> None:
        """Start a Broadcast to all Subscribers there are."""
        self.broadcast_id = await running_broadcast(self.database, size=size, appeal=appeal, urgent=urgent)

    def sender(self) -> Sender:
        return Sender(self.telegram, self.pacer, self.moved)

    def worker(
        self, name: str = "one", sender: Sender | None = None, *, window: int = WINDOW, slice_: int = SLICE
    ) -> WatchedWorker:
        return WatchedWorker(
            self.database,
            sender or self.sender(),
            self.clock,
            name=name,
            selectors=self.selectors(),
            pause=self._pause,
            limits=WorkerLimits(window=window, slice=slice_, idle_s=0.01),
        )

    def selectors(self) -> dict[BroadcastKind, Selector]:
        """Return the selectors that bot.runtime.sending gives a worker."""
        corrections = DigestCorrectionSelector(self.database, self.clock, self.gatherer)
        pushes = PushSelector(self.database, self.clock, "UTC")
        return {
            BroadcastKind.PUSH: pushes,
            BroadcastKind.REPORT: pushes,
            BroadcastKind.CORRECTION: corrections,
            BroadcastKind.WITHDRAWAL: corrections,
            BroadcastKind.DIGEST: DigestSelector(self.database, self.clock, self.gatherer, "UTC"),
        }

    @asynccontextmanager
    async def at_work(self, *workers: WatchedWorker) -> AsyncIterator[None]:
        """Run workers inside the context, then stop them."""
        running = [asyncio.create_task(worker.run()) for worker in workers]
        try:
            yield
        finally:
            for worker in workers:
                worker.stop()
            await asyncio.gather(*running)

    def at_send(self, number: int, hook: Callable[[], Awaitable[object]]) -> asyncio.Event:
        """Run the hook in the middle of the send with this number, from 1 on. Return an event for its end.

        Other sends go on meanwhile: `sent_by_then` is how many there had been by its end.
        """
        ended = asyncio.Event()

        async def run() -> None:
            await hook()
            self.sent_by_then = len(self.telegram.got)
            ended.set()

        self.telegram.hooks[number] = run
        return ended

    async def finish(self, *workers: WatchedWorker) -> None:
        """Run workers until the Broadcast is finished."""
        async with self.at_work(*workers):
            await workers[0].until(self.is_finished)

    async def set_state(self, state: BroadcastState) -> None:
        """Change the Broadcast's state. One that is resumed finishes if its last Range is closed."""
        async with self.database.transaction() as session:
            await broadcasts.change(session, self.broadcast_id, state=state)
            if state is BroadcastState.RUNNING:
                await broadcasts.finish(session, self.broadcast_id, now=self.clock())

    async def state(self) -> BroadcastState:
        async with self.database.read() as session:
            found = await session.get(Broadcast, self.broadcast_id)
        assert found is not None
        return found.state

    async def is_finished(self) -> bool:
        return await self.state() is BroadcastState.FINISHED

    async def has_one_open_range(self) -> bool:
        """Return whether all Ranges but one are done, and that one is not leased."""
        async with self.database.read() as session:
            rows = [(done, name) for done, name in await session.execute(select(Range.done, Range.worker))]
        return rows.count((False, None)) == 1 and rows.count((True, None)) == len(rows) - 1

    async def attempts(self) -> list[int]:
        """Return how often each Range was leased."""
        async with self.database.read() as session:
            found = await session.scalars(select(Range.attempt).order_by(Range.id))
        return list(found)

    async def receipts(self) -> dict[int, Delivery]:
        """Return the receipts of the Broadcast by chat."""
        async with self.database.read() as session:
            found = await receipts.of(session, self.broadcast_id)
        ids = {(await get_subscriber(self.database, chat)).id: chat for chat in self.chats}
        return {ids[one.subscriber_id]: one for one in found}

    async def progress(self) -> broadcasts.Progress:
        async with self.database.read() as session:
            return await broadcasts.progress(session, self.broadcast_id)

    def assert_once(self) -> None:
        """Fail unless each Subscriber was sent the message exactly once."""
        assert Counter(self.telegram.chats) == Counter(self.chats)

    async def _pause(self, _broadcast_id: int, reason: RefusalsInARow) -> None:
        self.pauses.append(reason)
        await self.set_state(BroadcastState.PAUSED)
        self.paused.set()

    async def moved(self, old: int, new: int) -> None:
        async with self.database.transaction() as session:
            await subscribers.move_chat(session, old=old, new=new, now=self.clock())


class FakeBot:
    """A fake bot that takes messages, unless an error is set for a chat."""

    def __init__(self) -> None:
        self.notified: list[int] = []
        self.errors: dict[int, TelegramError] = {}

    async def send_message(self, chat_id: int, **_message: Any) -> None:
        if chat_id in self.errors:
            raise self.errors[chat_id]
        self.notified.append(chat_id)

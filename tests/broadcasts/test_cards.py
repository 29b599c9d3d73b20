"""Cards: whatever happens to a Broadcast, what its Cards show in the end is what the ledger says."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.broadcasts.control import OVERDUE
from bot.delivery.outcome import Blocked, Rejected
from bot.errors import RefusedError
from bot.i18n import in_language
from bot.subscribers.privacy import Privacy
from bot.subscribers.subscribers import Subscribers
from handlers.editors.progress import ProgressCards, drawn
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.models import Card, Delivery
from storage.words import BroadcastState, DeliveryState, Rhythm, StoryState, SubscriberState
from tests.digests.worlds import EDITOR, MORNING, NIGHT, CorrectionWorld
from tests.factories import MovableClock, add_story, add_subscribers, get_story, get_subscriber


class Bot:
    """Telegram as the ProgressCards sees it: messages by chat and id."""

    def __init__(self) -> None:
        self.shown: dict[tuple[int, int], str] = {}
        self.error: TelegramError | None = None

    async def send_message(self, chat_id: int, **message: Any) -> Any:
        if self.error is not None:
            raise self.error
        self.shown[chat_id, len(self.shown) + 1] = message["text"]
        return SimpleNamespace(message_id=len(self.shown))

    async def edit_message_text(self, *, chat_id: int, message_id: int, **message: Any) -> None:
        if self.error is not None:
            raise self.error
        if (chat_id, message_id) not in self.shown:
            raise BadRequest("Message to edit not found")
        if self.shown[chat_id, message_id] == message["text"]:
            raise BadRequest("Message is not modified")
        self.shown[chat_id, message_id] = message["text"]


class Desk(CorrectionWorld):
    """A CorrectionWorld with two editors, who look at Cards."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        self.people = Subscribers(database, clock, "en", "UTC")
        self.bot = Bot()
        self.editors: list[int] = []
        self.teller = self.new_teller()

    def new_teller(self) -> ProgressCards:
        """As after a restart: nothing is remembered."""
        services: Any = SimpleNamespace(
            broadcasts=self.broadcasts, subscribers=self.people, owner_ids=frozenset(self.editors)
        )
        bot: Any = self.bot
        return ProgressCards(bot, services, self.clock)

    async def open_desk(self) -> None:
        self.editors = await add_subscribers(self.database, 2, state=SubscriberState.STOPPED)
        self.teller = self.new_teller()

    async def schedule(self, *, hours: float = 0, starter: int | None = None) -> int:
        """A push of a Story of its own."""
        async with self.database.transaction() as session:
            released = {"state": StoryState.PUBLISHED, "released_at": self.clock()}
            story_id = await add_story(session, headline="The bridge holds", **released)
        at = self.clock() + timedelta(hours=hours)
        made = await self.broadcasts.schedule(story_id, at=at, actor=EDITOR)
        async with self.database.transaction() as session:
            await broadcasts.change(session, made, started_by=starter)
        return made

    async def look(self, broadcast_id: int, editor: int) -> tuple[int, int]:
        """An editor opens the Card of a Broadcast: where it is."""
        text = await self.true_text(broadcast_id)
        sent = await self.bot.send_message(editor, text=text)
        assert await self.broadcasts.show_in(broadcast_id, editor, sent.message_id)
        return editor, sent.message_id

    async def true_text(self, broadcast_id: int) -> str:
        """What a Card shows at this moment."""
        status = await self.broadcasts.status(broadcast_id)
        return drawn(status, in_language("en"), self.gatherer.zone).text

    async def tell(self, *given: Any, **named: Any) -> int:
        """With a headline: push it at night. Without: a turn of the ProgressCards's duty, a minute later."""
        if given:
            return await super().push(*given, **named)
        self.clock.advance(minutes=1)
        await self.teller.tell()
        return 0

    async def settle(self, rounds: int = 3) -> None:
        """Let all that can be done be done: workers, what is due (so many rounds), the ProgressCards."""
        for _ in range(rounds):
            await self.broadcasts.start_due()
            await self.digests.start_due()
            worker = self.worker()
            async with self.at_work(worker):
                await worker.until(self._nothing_runs)
            self.clock.advance(minutes=2)
        for _ in range(2):
            self.clock.advance(days=1)  # the longer ago it ended, the more seldom it is looked at
            await self.teller.tell()

    async def _nothing_runs(self) -> bool:
        async with self.database.read() as session:
            return all(one.state is not BroadcastState.RUNNING for one in await broadcasts.every(session))

    async def ledger(self, broadcast_id: int) -> Counter[str]:
        """The receipts of a Broadcast, by what they say."""
        async with self.database.read() as session:
            of_it = Delivery.broadcast_id == broadcast_id
            rows = await session.execute(
                select(Delivery.state, Delivery.reason, func.count())
                .where(of_it)
                .group_by(Delivery.state, Delivery.reason)
            )
        found: Counter[str] = Counter()
        for state, reason, number in rows:
            is_unreachable = state is DeliveryState.FAILED and reason in {"blocked", "gone"}
            name = "blocked" if is_unreachable else state.value
            found["sent" if state is DeliveryState.MERGED else name] += number
        return found


@pytest.fixture
async def desk(database: Database, clock: MovableClock) -> Desk:
    made = Desk(database, clock)
    await made.open_desk()
    return made


def counted(status: BroadcastStatus) -> Counter[str]:
    progress = status.progress
    return Counter(
        sent=progress.sent,
        held=progress.held,
        skipped=progress.skipped,
        failed=progress.failed,
        blocked=progress.blocked,
    )


async def test_a_push_at_night_ends_as_sent(desk: Desk) -> None:
    """What was held came in the morning: of the three none is "later" any more, and the Card says so."""
    [chat, *_] = await add_subscribers(desk.database, 3)
    push = await desk.schedule()
    other = await desk.schedule()
    card = await desk.look(push, desk.editors[0])
    await desk.settle()
    assert "0 sent, 3 later" in desk.bot.shown[card]
    desk.clock.now = MORNING + timedelta(days=4)
    await desk.settle()
    assert "3 sent (3 of them later, in digests)" in desk.bot.shown[card]
    assert "waiting" not in desk.bot.shown[card]
    for one in (push, other):
        assert counted(await desk.broadcasts.status(one)) == Counter(sent=3)
    async with desk.database.read() as session:
        assert not await session.scalar(select(Card.message_id).where(Card.is_open))
    assert (await get_subscriber(desk.database, chat)).due_at is None


async def test_send_now_changes_the_card_of_a_scheduled_push(desk: Desk) -> None:
    """What was seen: "Starts 5:49 PM" for ever. Both editors see it run, and end."""
    desk.clock.now = MORNING
    await add_subscribers(desk.database, 2)
    push = await desk.schedule(hours=5, starter=desk.editors[0])
    looks = [await desk.look(push, editor) for editor in desk.editors]
    await desk.tell()
    assert all("Starts: " in desk.bot.shown[look] for look in looks)
    await desk.broadcasts.send_now(push, actor=EDITOR)
    await desk.settle()
    assert [desk.bot.shown[look].splitlines()[2:] for look in looks] == [
        ["finished", "▓" * 20 + " 100%", "2 sent"],
        ["finished", "▓" * 20 + " 100%", "2 sent"],
    ]
    assert len(desk.bot.shown) == 2  # no further message


async def test_a_card_shows_what_happened_while_the_bot_was_down(desk: Desk) -> None:
    """Cancelled at the command line, withdrawn after its end, tried again and through: all without a turn."""
    desk.clock.now = MORNING
    chats = await add_subscribers(desk.database, 3)
    cancelled, withdrawn, failed = [await desk.schedule(hours=hours) for hours in (9, 0, 0)]
    looks = {one: await desk.look(one, desk.editors[0]) for one in (cancelled, withdrawn, failed)}
    desk.telegram.outcomes = {chats[0]: Rejected("no")}
    await desk.settle()
    assert "2 sent, 1 failed" in desk.bot.shown[looks[failed]]
    desk.teller = desk.new_teller()
    desk.telegram.outcomes = {}
    await desk.broadcasts.cancel(cancelled, actor="command line")
    await desk.broadcasts.retry(failed, actor="command line")
    desk.broadcast_id = failed
    await desk.finish(desk.worker())
    story_id = (await desk.broadcasts.status(withdrawn)).broadcast.story_id
    await desk.corrections.withdraw(story_id or 0, actor="command line")
    await desk.tell()
    assert desk.bot.shown[looks[cancelled]].splitlines()[2:] == ["cancelled", "░" * 20 + " 0%", "0 sent"]
    assert desk.bot.shown[looks[failed]].splitlines()[-1] == "3 sent"
    assert desk.bot.shown[looks[withdrawn]].splitlines()[-1] == "the story was withdrawn"


async def test_an_overdue_push_asks_on_its_card_and_moves_on(desk: Desk) -> None:
    """The question is a Card of every editor: once one has decided, the others see that."""
    desk.clock.now = MORNING
    push = await desk.schedule(hours=1)
    desk.clock.advance(hours=3)
    await desk.broadcasts.note_overdue()
    await desk.teller.tell_waiting()
    await desk.tell()
    assert all("did not start in time" in text for text in desk.bot.shown.values())
    assert sorted(chat for chat, _ in desk.bot.shown) == sorted(desk.editors)
    assert (await desk.broadcasts.status(push)).broadcast.reason == OVERDUE
    await desk.broadcasts.cancel(push, actor=EDITOR)
    await desk.tell()
    assert all(text.splitlines()[2] == "cancelled" for text in desk.bot.shown.values())


async def test_what_shows_something_else_is_left_alone(desk: Desk) -> None:
    """An editor went to the list in that message: it is not overwritten, and no other one is sent."""
    desk.clock.now = MORNING
    await add_subscribers(desk.database, 1)
    push = await desk.schedule(starter=desk.editors[0])
    await desk.broadcasts.start_due()
    await desk.tell()
    [(place, text)] = desk.bot.shown.items()
    assert "running" in text
    await desk.broadcasts.hide(*place)
    desk.bot.shown[place] = "a list"
    await desk.settle()
    assert desk.bot.shown == {place: "a list"}
    assert (await desk.broadcasts.status(push)).broadcast.state is BroadcastState.FINISHED


async def test_what_cannot_be_told_now_is_told_later(desk: Desk) -> None:
    """No network: at the next turn. A message that was deleted, an editor who left: never again."""
    desk.clock.now = MORNING
    push = await desk.schedule()
    looks = [await desk.look(push, editor) for editor in desk.editors]
    desk.bot.error = NetworkError("down")
    await desk.settle()
    assert all("finished" not in desk.bot.shown[look] for look in looks)
    desk.bot.error = None
    del desk.bot.shown[looks[0]]
    await desk.tell()
    assert list(desk.bot.shown) == [looks[1]]
    assert "finished" in desk.bot.shown[looks[1]]
    other = await desk.schedule(starter=desk.editors[0])
    desk.bot.error = Forbidden("bot was blocked by the user")
    await desk.broadcasts.start_due()
    await desk.tell()
    assert (await desk.broadcasts.status(other)).broadcast.started_by is None


async def test_whoever_leaves_is_later_no_more(desk: Desk) -> None:
    """/stop ends what is held, /forgetme too: they are left out, and nothing of it comes after a return."""
    stops, forgotten, stays = await add_subscribers(desk.database, 3)
    push = await desk.schedule()
    await desk.settle()
    await desk.people.set_state(stops, SubscriberState.STOPPED)
    await Privacy(desk.database, desk.clock).forget(forgotten)
    await desk.people.start(stops)
    assert counted(await desk.broadcasts.status(push)) == Counter(held=1, skipped=2)
    desk.clock.now = MORNING + timedelta(days=4)
    await desk.settle()
    assert counted(await desk.broadcasts.status(push)) == Counter(sent=1, skipped=2)
    assert set(desk.telegram.chats) == {stays}


class Walk:
    """Random acts of readers and editors."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk = desk
        self.random = random.Random(seed)  # noqa: S311  # the same walk each time
        self.readers: list[int] = []
        self.pushes: list[int] = []
        self.looks: dict[tuple[int, int], int] = {}

    async def begin(self) -> None:
        for values in ({}, {"rhythm": Rhythm.DAILY, "hour": 18}, {"quiet_from": None, "quiet_until": None}):
            self.readers += await add_subscribers(self.desk.database, 4, zone="UTC", **values)
        self.desk.clock.now = NIGHT

    async def step(self) -> None:
        acts = (
            self.push,
            self.push,
            self.pass_time,
            self.pass_time,
            self.reader,
            self.reader,
            self.editor,
            self.trouble,
        )
        await self.random.choice(acts)()

    async def push(self) -> None:
        hours = self.random.choice([0, 0, 0, 2, 9])
        starter = self.random.choice([None, *self.desk.editors])
        self.pushes.append(await self.desk.schedule(hours=hours, starter=starter))
        for editor in self.random.sample(self.desk.editors, self.random.randint(0, 2)):
            self.looks[await self.desk.look(self.pushes[-1], editor)] = self.pushes[-1]

    async def pass_time(self) -> None:
        self.desk.clock.advance(hours=self.random.choice([0.1, 1, 7]))
        await self.desk.settle(rounds=1)

    async def reader(self) -> None:
        desk, chat = self.desk, self.random.choice(self.readers)
        match self.random.randrange(6):
            case 0:
                await desk.people.blocked(chat)
            case 1:
                await desk.people.unblocked(chat)
            case 2:
                await desk.people.set_state(chat, SubscriberState.STOPPED)
            case 3:
                await desk.people.start(chat)
            case 4:
                await desk.people.start_day_off(chat, desk.clock() + timedelta(days=1))
            case _:
                reader, caught_up = (
                    await get_subscriber(desk.database, chat),
                    await desk.digests.catch_up(chat),
                )
                await desk.digests.note(reader, caught_up, self.random.randrange(1000, 9999))

    async def editor(self) -> None:
        """Whatever is refused changes nothing."""
        desk, push = self.desk, self.random.choice(self.pushes or [0])
        acts = (
            desk.broadcasts.pause,
            desk.broadcasts.resume,
            desk.broadcasts.cancel,
            desk.broadcasts.send_now,
            desk.broadcasts.retry,
            desk.broadcasts.send_to_missing,
            self._withdraw,
            self._mend,
        )
        with suppress(RefusedError):
            await self.random.choice(acts)(push, actor=EDITOR)

    async def trouble(self) -> None:
        """Some are refused by Telegram from now on, or no more; the bot is started again."""
        refused = self.random.sample(self.readers, 3)
        self.desk.telegram.outcomes = {
            refused[0]: Rejected("no"),
            refused[1]: Blocked(),
        }
        if self.random.random() < 0.5:
            self.desk.telegram.outcomes = {}
        self.desk.teller = self.desk.new_teller()

    async def _withdraw(self, push: int, *, actor: str) -> None:
        await self.desk.corrections.withdraw(await self._story(push), actor=actor)

    async def _mend(self, push: int, *, actor: str) -> None:
        story_id = await self._story(push)
        if (await get_story(self.desk.database, story_id)).state is StoryState.PUBLISHED:
            await self.desk.rename(story_id, f"Changed {self.random.random()}")
        await self.desk.corrections.mend(story_id, actor=actor)

    async def _story(self, push: int) -> int:
        return (await self.desk.broadcasts.status(push)).broadcast.story_id or 0


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_the_cards_say_what_the_ledger_says(desk: Desk, seed: int) -> None:
    """After a random walk has come to rest: the sums are those of the receipts, the Cards show them."""
    walk = Walk(desk, seed)
    await walk.begin()
    await walk.push()
    for _ in range(20):
        await walk.step()
    desk.telegram.outcomes = {}
    await desk.settle()
    for push in walk.pushes:
        status = await desk.broadcasts.status(push)
        assert counted(status) == +await desk.ledger(push), (push, status)
        assert status.waiting == 0 or status.broadcast.state is not BroadcastState.FINISHED
    for place, push in walk.looks.items():
        assert desk.bot.shown[place] == await desk.true_text(push)

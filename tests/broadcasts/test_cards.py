"""Cards end up showing what the receipts say, whatever happens to their Broadcast."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.broadcasts.broadcasts import OVERDUE, BroadcastStatus
from bot.delivery.outcome import Blocked, Rejected
from bot.editors.editors import Editors
from bot.errors import RefusedError
from bot.i18n import in_language
from bot.subscribers.days_off import DaysOff
from bot.subscribers.privacy import Privacy
from bot.subscribers.subscribers import Subscribers
from handlers.editors.broadcasts.progress import drawn
from handlers.editors.broadcasts.progress_cards import ProgressCards
from storage.broadcasts import broadcasts, lists
from storage.database import Database
from storage.models import Card, Delivery
from storage.words import BroadcastState, DeliveryState, Rhythm, StoryState, SubscriberState
from tests.digests.worlds import EDITOR, MORNING, NIGHT, CorrectionWorld
from tests.factories import MovableClock, add_story, add_subscribers, get_story, get_subscriber


class Bot:
    """A fake Telegram for ProgressCards: the shown messages by chat and id."""

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


class CardNewsroom(CorrectionWorld):
    """A CorrectionWorld with two editors who look at Cards."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        self.people = Subscribers(database, clock, "en", "UTC")
        self.days_off = DaysOff(database, clock, "UTC")
        self.bot = Bot()
        self.editors: list[int] = []
        self.progress_cards = self.restarted_cards()

    def restarted_cards(self) -> ProgressCards:
        """Return ProgressCards as after a restart: it remembers nothing."""
        services: Any = SimpleNamespace(
            broadcasts=self.broadcasts,
            control=self.control,
            cards=self.cards,
            subscribers=self.people,
            editors=Editors(self.database, self.clock, self.editors),
        )
        bot: Any = self.bot
        return ProgressCards(bot, services, self.clock)

    async def add_editors(self) -> None:
        self.editors = await add_subscribers(self.database, 2, state=SubscriberState.STOPPED)
        self.progress_cards = self.restarted_cards()

    async def schedule(self, *, hours: float = 0, starter: int | None = None) -> int:
        """Schedule a push of a new Story. Return its id."""
        async with self.database.transaction() as session:
            released = {"state": StoryState.PUBLISHED, "released_at": self.clock()}
            story_id = await add_story(session, headline="The bridge holds", **released)
        at = self.clock() + timedelta(hours=hours)
        made = await self.broadcasts.schedule(story_id, at=at, actor=EDITOR)
        async with self.database.transaction() as session:
            await broadcasts.change(session, made, started_by=starter)
        return made

    async def look(self, broadcast_id: int, editor: int) -> tuple[int, int]:
        """Let an editor open the Card of a Broadcast. Return its location."""
        text = await self.true_text(broadcast_id)
        sent = await self.bot.send_message(editor, text=text)
        assert await self.cards.put(broadcast_id, editor, sent.message_id)
        return editor, sent.message_id

    async def true_text(self, broadcast_id: int) -> str:
        """Return what a Card shows at this moment."""
        status = await self.broadcasts.status(broadcast_id)
        return drawn(status, in_language("en"), self.gatherer.zone).text

    async def tell(self, *given: Any, **named: Any) -> int:
        """With a headline: push it at night. Without: run the duty of ProgressCards, a minute later."""
        if given:
            return await super().push(*given, **named)
        self.clock.advance(minutes=1)
        await self.progress_cards.update()
        return 0

    async def settle(self, rounds: int = 3) -> None:
        """Run workers, due Digests (so many rounds) and ProgressCards until nothing is left to do."""
        for _ in range(rounds):
            await self.broadcasts.start_due()
            await self.digests.start_due()
            worker = self.worker()
            async with self.at_work(worker):
                await worker.until(self._nothing_runs)
            self.clock.advance(minutes=2)
        for _ in range(2):
            self.clock.advance(days=1)  # the longer ago it ended, the more seldom it is looked at
            await self.progress_cards.update()

    async def _nothing_runs(self) -> bool:
        async with self.database.read() as session:
            return all(one.state is not BroadcastState.RUNNING for one in await lists.newest(session))

    async def ledger(self, broadcast_id: int) -> Counter[str]:
        """Return how many receipts of a Broadcast have each state."""
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
async def newsroom(database: Database, clock: MovableClock) -> CardNewsroom:
    made = CardNewsroom(database, clock)
    await made.add_editors()
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


async def test_a_push_at_night_ends_as_sent(newsroom: CardNewsroom) -> None:
    """After the morning Digest, the Card shows nobody as "later" any more."""
    [chat, *_] = await add_subscribers(newsroom.database, 3)
    push = await newsroom.schedule()
    other = await newsroom.schedule()
    card = await newsroom.look(push, newsroom.editors[0])
    await newsroom.settle()
    assert "0 sent, 3 later" in newsroom.bot.shown[card]
    newsroom.clock.now = MORNING + timedelta(days=4)
    await newsroom.settle()
    assert "3 sent (3 of them later, in digests)" in newsroom.bot.shown[card]
    assert "waiting" not in newsroom.bot.shown[card]
    for one in (push, other):
        assert counted(await newsroom.broadcasts.status(one)) == Counter(sent=3)
    async with newsroom.database.read() as session:
        assert not await session.scalar(select(Card.message_id).where(Card.is_open))
    assert (await get_subscriber(newsroom.database, chat)).due_at is None


async def test_send_now_changes_the_card_of_a_scheduled_push(newsroom: CardNewsroom) -> None:
    """Both editors' Cards leave "Starts 5:49 PM", show it running, and then its end."""
    newsroom.clock.now = MORNING
    await add_subscribers(newsroom.database, 2)
    push = await newsroom.schedule(hours=5, starter=newsroom.editors[0])
    looks = [await newsroom.look(push, editor) for editor in newsroom.editors]
    await newsroom.tell()
    assert all("Starts: " in newsroom.bot.shown[look] for look in looks)
    await newsroom.control.send_now(push, actor=EDITOR)
    await newsroom.settle()
    assert [newsroom.bot.shown[look].splitlines()[2:] for look in looks] == [
        ["Finished", "100% done " + "▓" * 10, "2 sent"],
        ["Finished", "100% done " + "▓" * 10, "2 sent"],
    ]
    assert len(newsroom.bot.shown) == 2  # no further message


async def test_a_card_shows_what_happened_while_the_bot_was_down(newsroom: CardNewsroom) -> None:
    """Cards show a cancel, a withdrawal and a retry that came and ended between two turns."""
    newsroom.clock.now = MORNING
    chats = await add_subscribers(newsroom.database, 3)
    cancelled, withdrawn, failed = [await newsroom.schedule(hours=hours) for hours in (9, 0, 0)]
    looks = {one: await newsroom.look(one, newsroom.editors[0]) for one in (cancelled, withdrawn, failed)}
    newsroom.telegram.outcomes = {chats[0]: Rejected("no")}
    await newsroom.settle()
    assert "2 sent, 1 failed" in newsroom.bot.shown[looks[failed]]
    newsroom.progress_cards = newsroom.restarted_cards()
    newsroom.telegram.outcomes = {}
    await newsroom.control.cancel(cancelled, actor="command line")
    await newsroom.control.retry(failed, actor="command line")
    newsroom.broadcast_id = failed
    await newsroom.finish(newsroom.worker())
    story_id = (await newsroom.broadcasts.status(withdrawn)).broadcast.story_id
    await newsroom.corrections.withdraw(story_id or 0, actor="command line")
    await newsroom.tell()
    assert newsroom.bot.shown[looks[cancelled]].splitlines()[2:] == [
        "Cancelled",
        "0% done " + "░" * 10,
        "0 sent",
    ]
    assert newsroom.bot.shown[looks[failed]].splitlines()[-1] == "3 sent"
    assert newsroom.bot.shown[looks[withdrawn]].splitlines()[-1] == "the story was withdrawn"


async def test_an_overdue_push_asks_on_its_card_and_moves_on(newsroom: CardNewsroom) -> None:
    """The question about an overdue push is a Card: after one editor decided, the others see that."""
    newsroom.clock.now = MORNING
    push = await newsroom.schedule(hours=1)
    newsroom.clock.advance(hours=3)
    await newsroom.broadcasts.note_overdue()
    await newsroom.progress_cards.notify_waiting()
    await newsroom.tell()
    assert all("did not start in time" in text for text in newsroom.bot.shown.values())
    assert sorted(chat for chat, _ in newsroom.bot.shown) == sorted(newsroom.editors)
    assert (await newsroom.broadcasts.status(push)).broadcast.reason == OVERDUE
    await newsroom.control.cancel(push, actor=EDITOR)
    await newsroom.tell()
    assert all(text.splitlines()[2] == "Cancelled" for text in newsroom.bot.shown.values())


async def test_what_shows_something_else_is_left_alone(newsroom: CardNewsroom) -> None:
    """A message in which the editor went on to the list is not overwritten, and no other one is sent."""
    newsroom.clock.now = MORNING
    await add_subscribers(newsroom.database, 1)
    push = await newsroom.schedule(starter=newsroom.editors[0])
    await newsroom.broadcasts.start_due()
    await newsroom.tell()
    [(place, text)] = newsroom.bot.shown.items()
    assert "Running" in text
    await newsroom.cards.remove(*place)
    newsroom.bot.shown[place] = "a list"
    await newsroom.settle()
    assert newsroom.bot.shown == {place: "a list"}
    assert (await newsroom.broadcasts.status(push)).broadcast.state is BroadcastState.FINISHED


async def test_a_card_is_updated_after_an_outage(newsroom: CardNewsroom) -> None:
    """A network error is tried again at the next turn; a deleted message or an editor who left never."""
    newsroom.clock.now = MORNING
    push = await newsroom.schedule()
    looks = [await newsroom.look(push, editor) for editor in newsroom.editors]
    newsroom.bot.error = NetworkError("down")
    await newsroom.settle()
    assert all("Finished" not in newsroom.bot.shown[look] for look in looks)
    newsroom.bot.error = None
    del newsroom.bot.shown[looks[0]]
    await newsroom.tell()
    assert list(newsroom.bot.shown) == [looks[1]]
    assert "Finished" in newsroom.bot.shown[looks[1]]
    other = await newsroom.schedule(starter=newsroom.editors[0])
    newsroom.bot.error = Forbidden("bot was blocked by the user")
    await newsroom.broadcasts.start_due()
    await newsroom.tell()
    assert (await newsroom.broadcasts.status(other)).broadcast.started_by is None


async def test_whoever_leaves_is_later_no_more(newsroom: CardNewsroom) -> None:
    """/stop and /forgetme end what is held: the readers are left out, and nothing comes after a return."""
    stops, forgotten, stays = await add_subscribers(newsroom.database, 3)
    push = await newsroom.schedule()
    await newsroom.settle()
    await newsroom.people.set_state(stops, SubscriberState.STOPPED)
    await Privacy(newsroom.database, newsroom.clock).forget(forgotten)
    await newsroom.people.start(stops)
    assert counted(await newsroom.broadcasts.status(push)) == Counter(held=1, skipped=2)
    newsroom.clock.now = MORNING + timedelta(days=4)
    await newsroom.settle()
    assert counted(await newsroom.broadcasts.status(push)) == Counter(sent=1, skipped=2)
    assert set(newsroom.telegram.chats) == {stays}


class Walk:
    """Random acts of readers and editors."""

    def __init__(self, newsroom: CardNewsroom, seed: int) -> None:
        self.newsroom = newsroom
        self.random = random.Random(seed)  # the same walk each time
        self.readers: list[int] = []
        self.pushes: list[int] = []
        self.looks: dict[tuple[int, int], int] = {}

    async def begin(self) -> None:
        for values in ({}, {"rhythm": Rhythm.DAILY, "hour": 18}, {"quiet_from": None, "quiet_until": None}):
            self.readers += await add_subscribers(self.newsroom.database, 4, zone="UTC", **values)
        self.newsroom.clock.now = NIGHT

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
        starter = self.random.choice([None, *self.newsroom.editors])
        self.pushes.append(await self.newsroom.schedule(hours=hours, starter=starter))
        for editor in self.random.sample(self.newsroom.editors, self.random.randint(0, 2)):
            self.looks[await self.newsroom.look(self.pushes[-1], editor)] = self.pushes[-1]

    async def pass_time(self) -> None:
        self.newsroom.clock.advance(hours=self.random.choice([0.1, 1, 7]))
        await self.newsroom.settle(rounds=1)

    async def reader(self) -> None:
        newsroom, chat = self.newsroom, self.random.choice(self.readers)
        match self.random.randrange(6):
            case 0:
                await newsroom.people.blocked(chat)
            case 1:
                await newsroom.people.unblocked(chat)
            case 2:
                await newsroom.people.set_state(chat, SubscriberState.STOPPED)
            case 3:
                await newsroom.people.start(chat)
            case 4:
                await newsroom.days_off.start(chat, newsroom.clock() + timedelta(days=1))
            case _:
                reader, caught_up = (
                    await get_subscriber(newsroom.database, chat),
                    await newsroom.digests.catch_up(chat),
                )
                await newsroom.digests.note(reader, caught_up, self.random.randrange(1000, 9999))

    async def editor(self) -> None:
        """Try a use case; a refused one changes nothing."""
        newsroom, push = self.newsroom, self.random.choice(self.pushes or [0])
        acts = (
            newsroom.control.pause,
            newsroom.control.resume,
            newsroom.control.cancel,
            newsroom.control.send_now,
            newsroom.control.retry,
            newsroom.control.send_to_missing,
            self._withdraw,
            self._mend,
        )
        with suppress(RefusedError):
            await self.random.choice(acts)(push, actor=EDITOR)

    async def trouble(self) -> None:
        """Let Telegram refuse some readers from now on, or none; restart the bot."""
        refused = self.random.sample(self.readers, 3)
        self.newsroom.telegram.outcomes = {
            refused[0]: Rejected("no"),
            refused[1]: Blocked(),
        }
        if self.random.random() < 0.5:
            self.newsroom.telegram.outcomes = {}
        self.newsroom.progress_cards = self.newsroom.restarted_cards()

    async def _withdraw(self, push: int, *, actor: str) -> None:
        await self.newsroom.corrections.withdraw(await self._story(push), actor=actor)

    async def _mend(self, push: int, *, actor: str) -> None:
        story_id = await self._story(push)
        if (await get_story(self.newsroom.database, story_id)).state is StoryState.PUBLISHED:
            await self.newsroom.rename(story_id, f"Changed {self.random.random()}")
        await self.newsroom.corrections.correct(story_id, actor=actor)

    async def _story(self, push: int) -> int:
        return (await self.newsroom.broadcasts.status(push)).broadcast.story_id or 0


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_the_cards_say_what_the_ledger_says(newsroom: CardNewsroom, seed: int) -> None:
    """After random acts, the sums are those of the receipts, and the Cards show them."""
    walk = Walk(newsroom, seed)
    await walk.begin()
    await walk.push()
    for _ in range(20):
        await walk.step()
    newsroom.telegram.outcomes = {}
    await newsroom.settle()
    for push in walk.pushes:
        status = await newsroom.broadcasts.status(push)
        assert counted(status) == +await newsroom.ledger(push), (push, status)
        assert status.waiting == 0 or status.broadcast.state is not BroadcastState.FINISHED
    for place, push in walk.looks.items():
        assert newsroom.bot.shown[place] == await newsroom.true_text(push)

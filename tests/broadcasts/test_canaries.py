"""Canaries on both databases: what does not reach a test chat in its time is one alarm for owners."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.broadcasts.canaries import GRACE, Canaries, fault_of
from bot.broadcasts.control import Control
from bot.editors.rights import Rights
from bot.errors import RefusedError
from bot.subscribers.subscribers import Subscribers
from storage import audit
from storage.broadcasts import broadcasts
from storage.broadcasts.canaries import WatchedPush
from storage.database import Database
from storage.deliveries import outages
from storage.editors import owner_notices
from storage.models import Delivery
from storage.subscribers import subscribers
from storage.words import BroadcastState, CanaryFault, DeliveryState, SubscriberState
from tests.broadcasts.test_corrections import EDITOR
from tests.factories import NOON, MovableClock, add_subscribers, running_broadcast

LATE = GRACE + timedelta(seconds=1)


class Watch:
    """Two readers, the first of them a Canary, and pushes whose receipts the test writes."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database = database
        self.clock = clock
        self.service = Canaries(database, clock, rate=30)
        self.chat = 0

    async def open(self, **subscriber: Any) -> None:
        self.chat, _ = await add_subscribers(self.database, 2, **subscriber)
        self.clock.advance(seconds=-1)
        await self.put("Polish")
        self.clock.advance(seconds=1)

    async def put(self, name: str) -> str:
        return await self.service.put(self.chat, name, otherwise="a chat", actor=EDITOR)

    async def remove(self) -> None:
        await self.service.remove(self.chat, actor=EDITOR)

    async def push(self, receipt: DeliveryState | None, *, finished: bool = True, **audience: Any) -> int:
        """A push to both, with this receipt of the Canary; None: none at all."""
        push_id = await running_broadcast(self.database, **audience)
        async with self.database.transaction() as session:
            await broadcasts.change(session, push_id, started_at=self.clock(), expected=2)
            if finished:
                at = self.clock()
                await broadcasts.change(session, push_id, state=BroadcastState.FINISHED, finished_at=at)
            canary = await subscribers.by_chat(session, self.chat)
            assert canary is not None
            if receipt is not None:
                session.add(
                    Delivery(
                        broadcast_id=push_id,
                        subscriber_id=canary.id,
                        state=receipt,
                        settled_at=self.clock(),
                    )
                )
        return push_id

    async def alarms(self) -> list[tuple[int | None, CanaryFault]]:
        """Look, and return what owners are to be told, as if they were told it now."""
        await self.service.watch()
        async with self.database.transaction() as session:
            untold = await owner_notices.untold(session)
            found = [alarm for one in untold for alarm in one.details["alarms"]]
            await owner_notices.drop(session, [one.id for one in untold])
        assert {one["name"] for one in found} <= {"Polish"}
        return [(one["push"], CanaryFault(one["fault"])) for one in found]


@pytest.fixture
def watch(database: Database, clock: MovableClock) -> Watch:
    return Watch(database, clock)


async def test_a_push_that_never_came_raises_one_alarm(watch: Watch) -> None:
    """Fifteen minutes after its end; what came, was skipped or came gathered raises none."""
    await watch.open()
    for receipt in (DeliveryState.SENT, DeliveryState.MERGED, DeliveryState.SKIPPED):
        await watch.push(receipt)
    lost = await watch.push(None)
    watch.clock.now += GRACE
    assert await watch.alarms() == []
    watch.clock.advance(seconds=1)
    assert await watch.alarms() == [(lost, CanaryFault.MISSING)]
    assert await watch.alarms() == []


async def test_a_push_for_others_raises_none(watch: Watch) -> None:
    """It is in another language, or was sent before the chat was watched."""
    await watch.open(language="en", story_languages="en")
    await watch.push(None, languages=("pl",))
    await watch.remove()
    await watch.push(None)
    await watch.put("Polish")
    watch.clock.now += LATE
    assert await watch.alarms() == []


async def test_what_telegram_refused_is_told_at_once(watch: Watch) -> None:
    """However long the push goes on."""
    await watch.open()
    refused = await watch.push(DeliveryState.FAILED, finished=False)
    assert await watch.alarms() == [(refused, CanaryFault.REFUSED)]


async def test_a_gathered_message_that_is_late_raises_an_alarm(watch: Watch) -> None:
    """Not while it is not due yet; also if nothing says when it would be."""
    await watch.open()
    held = await watch.push(DeliveryState.HELD)
    async with watch.database.transaction() as session:
        await subscribers.change(session, watch.chat, due_at=watch.clock() + timedelta(hours=8))
    watch.clock.advance(hours=8, minutes=15)
    assert await watch.alarms() == []
    watch.clock.advance(seconds=1)
    assert await watch.alarms() == [(held, CanaryFault.LATE)]
    async with watch.database.transaction() as session:
        await subscribers.change(session, watch.chat, due_at=None)
    forgotten = await watch.push(DeliveryState.HELD)
    watch.clock.now += LATE
    assert await watch.alarms() == [(forgotten, CanaryFault.LATE)]


async def test_a_chat_that_can_get_nothing_is_told_once(watch: Watch) -> None:
    """Again only after it could; its pushes raise none meanwhile."""
    await watch.open()
    people = Subscribers(watch.database, watch.clock, "en")
    for _ in range(2):
        await people.set_state(watch.chat, SubscriberState.STOPPED)
        assert await watch.alarms() == [(None, CanaryFault.SHUT)]
        assert await watch.alarms() == []
        await people.set_state(watch.chat, SubscriberState.ACTIVE)
        assert await watch.alarms() == []


async def test_nothing_is_late_while_telegram_does_not_answer(watch: Watch) -> None:
    """The alarm comes when the outage is over and the push still did not come."""
    await watch.open()
    lost = await watch.push(None)
    watch.clock.now += LATE
    async with watch.database.transaction() as session:
        await outages.note(session, "one", since=NOON, now=watch.clock())
    assert await watch.alarms() == []
    async with watch.database.transaction() as session:
        await outages.end(session, "one", now=watch.clock())
    assert await watch.alarms() == [(lost, CanaryFault.MISSING)]


async def test_a_push_that_was_resumed_gets_its_time_again(watch: Watch) -> None:
    """A pause is nobody's fault."""
    await watch.open()
    push = await watch.push(None, finished=False)
    control = Control(watch.database, watch.clock, Rights({1}), lambda _: {})
    await control.pause(push, actor=EDITOR)
    watch.clock.advance(hours=3)
    assert await watch.alarms() == []
    await control.resume(push, actor=EDITOR)
    watch.clock.now += GRACE
    assert await watch.alarms() == []
    watch.clock.advance(seconds=2)
    assert await watch.alarms() == [(push, CanaryFault.MISSING)]


async def test_alarms_that_were_not_told_yet_come_in_one_notice(watch: Watch) -> None:
    """None of them replaces another one."""
    await watch.open()
    first = await watch.push(DeliveryState.FAILED)
    await watch.service.watch()
    second = await watch.push(DeliveryState.FAILED)
    assert await watch.alarms() == [(first, CanaryFault.REFUSED), (second, CanaryFault.REFUSED)]


async def test_a_chat_is_listed_renamed_and_watched_no_longer(watch: Watch) -> None:
    """Without a name it keeps the one that it has; a new one gets the other one. The audit log has each."""
    await watch.open()
    assert await watch.put("Ukrainian ") == "Ukrainian"
    assert await watch.put("") == "Ukrainian"
    assert [(one.name, one.chat_id) for one in await watch.service.listed()] == [("Ukrainian", watch.chat)]
    await watch.remove()
    with pytest.raises(RefusedError, match="is not a test chat"):
        await watch.remove()
    assert await watch.service.listed() == []
    assert await watch.put("  ") == "a chat"
    async with watch.database.read() as session:
        found = await subscribers.by_chat(session, watch.chat)
        assert found is not None
        entries = await audit.history(session, "canary", found.id)
    assert [(one.action, one.actor) for one in entries] == [
        (action, EDITOR) for action in ("add", "rename", "remove", "add")
    ]
    assert (entries[1].before, entries[1].after) == ({"name": "Polish"}, {"name": "Ukrainian"})


async def test_a_chat_that_gets_nothing_is_not_watched(watch: Watch) -> None:
    """One that nobody knows, and one that has stopped: it would raise an alarm at once."""
    await watch.open()
    await watch.remove()
    people = Subscribers(watch.database, watch.clock, "en")
    await people.set_state(watch.chat, SubscriberState.STOPPED)
    for chat in (watch.chat, 4):
        with pytest.raises(RefusedError, match="send /start"):
            await watch.service.put(chat, "x", otherwise="", actor=EDITOR)
    assert await watch.service.listed() == []


def _running(going_since: datetime, **fields: Any) -> WatchedPush:
    given = {"finished_at": None, "expected": 0, "pilot_minutes": 0, "receipt": None, "settled_at": None}
    return WatchedPush(1, BroadcastState.RUNNING, going_since, **(given | fields))


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"expected": 0}, GRACE),
        ({"expected": 108_000}, timedelta(hours=2) + GRACE),
        ({"expected": 108_000, "pilot_minutes": 30}, timedelta(hours=2, minutes=30) + GRACE),
    ],
    ids=["small", "large", "with a pilot wave"],
)
def test_a_push_that_goes_on_may_take_its_time(fields: dict[str, Any], allowed: timedelta) -> None:
    """Twice as long as at the full rate, counted from its start or from when it was resumed."""
    push = _running(NOON, **fields)
    at_the_end = fault_of(push, due_at=None, rate=30, now=NOON + allowed)
    later = fault_of(push, due_at=None, rate=30, now=NOON + allowed + timedelta(seconds=1))
    assert (at_the_end, later) == (None, CanaryFault.MISSING)

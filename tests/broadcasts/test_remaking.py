"""What is being sent is drawn again in the transaction in which readers cease to see an Appeal."""

import asyncio
from functools import partial
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.appeals.appeals import Appeals
from bot.appeals.visibility import showable
from bot.broadcasts.agreement import Agreement
from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.remaking import Remaking
from bot.editors.rights import Rights
from storage.appeals import appeals
from storage.broadcasts import bodies as stored_bodies
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.stories import stories
from storage.stories.translations import appeal_of
from storage.words import AppealRhythm, AppealState, Length, StoryState, SuspensionReason
from tests.factories import NOON, MovableClock, add_story, is_waiting_for_a_lock
from tests.fakes import SLICE, WINDOW, DeliveryWorld
from tests.waiting import comes_true

WITH, WITHOUT = "help here", "no help"


def bodies(pushed: StoryVersions) -> dict[Variant, dict[str, Any]]:
    """Bodies that say whether readers may see the Appeal of their Story."""
    found: dict[Variant, dict[str, Any]] = {}
    for language, story in pushed.by_language.items():
        is_shown = showable(appeal_of(story), NOON) is not None
        for length in Length:
            found[Variant("en", length, language)] = {"text": WITH if is_shown else WITHOUT}
            if is_shown:
                found[Variant("en", length, language, appeal=False)] = {"text": WITHOUT}
    return found


class HelpWorld(DeliveryWorld):
    """A DeliveryWorld whose Story names a verified Appeal; its readers want one with every Story."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        self.broadcasts = Broadcasts(database, clock, Agreement(Rights()), bodies)
        self.appeals = Appeals(database, clock, Rights({1}), remake=Remaking(bodies))
        self.appeal_id = 0
        self.story_id = 0

    async def prepare(self, people: int, *, translated: bool = False) -> None:
        """Schedule a push of the Story to so many; if `translated`, of its Translation."""
        await self.open(people, appeal_rhythm=AppealRhythm.EVERY_STORY)
        await self.set_state_finished()
        async with self.database.transaction() as session:
            appeal = await appeals.add(
                session,
                organisation="Fund",
                url="https://example.org/help",
                proposed_at=NOON,
                state=AppealState.VERIFIED,
            )
            self.appeal_id = appeal.id
            published = {"state": StoryState.PUBLISHED, "released_at": NOON}
            self.story_id = await add_story(session, appeal_id=appeal.id, **published)
            if translated:
                self.story_id = await add_story(session, translation_of=self.story_id, **published)
        self.broadcast_id = await self.broadcasts.schedule(self.story_id, actor="test")

    async def set_state_finished(self) -> None:
        """End the Broadcast that came with the world."""
        await self.finish(self.worker())
        self.telegram.got.clear()

    async def start(self) -> None:
        assert await self.broadcasts.start_due() == [self.broadcast_id]

    async def suspend(self) -> None:
        await self.appeals.suspend(self.appeal_id, reason=SuspensionReason.EDITOR, actor="test")

    async def frozen(self) -> set[str]:
        """The texts of the Bodies, in the database."""
        async with self.database.read() as session:
            found = await stored_bodies.of(session, self.broadcast_id)
        return {body["text"] for body in found.values()}


@pytest.fixture
def world(database: Database, clock: MovableClock) -> HelpWorld:
    return HelpWorld(database, clock)


@pytest.mark.parametrize("translated", [False, True])
async def test_a_running_push_goes_on_without_a_suspended_appeal(world: HelpWorld, translated: bool) -> None:
    """Nobody gets the Appeal but those whose message was on its way, and everybody gets the Story."""
    await world.prepare(60, translated=translated)
    await world.start()
    world.at_send(10, world.suspend)
    await world.finish(world.worker())
    texts = [words for _, words in world.telegram.got]
    assert sorted(world.telegram.chats) == sorted(world.chats)
    assert texts[:10] == [WITH] * 10
    assert set(texts[world.sent_by_then + SLICE + WINDOW :]) == {WITHOUT}


@pytest.mark.parametrize("act", ["retire", "suspend"])
async def test_of_two_workers_neither_sends_it_on(world: HelpWorld, act: str) -> None:
    """A worker of another process notices too: what is frozen has no Appeal once the act has returned."""
    await world.prepare(60)
    await world.start()

    async def end() -> None:
        await (world.suspend() if act == "suspend" else world.appeals.retire(world.appeal_id, actor="test"))
        assert await world.frozen() == {WITHOUT}

    world.at_send(10, end)
    await world.finish(world.worker("one"), world.worker("two"))
    texts = [words for _, words in world.telegram.got]
    assert sorted(world.telegram.chats) == sorted(world.chats)
    assert set(texts[world.sent_by_then + 2 * (SLICE + WINDOW) :]) == {WITHOUT}


async def test_an_appeal_that_is_verified_again_comes_back(world: HelpWorld) -> None:
    """The rest of a push that still runs has it again."""
    await world.prepare(2)
    await world.start()
    await world.suspend()
    assert await world.frozen() == {WITHOUT}
    await world.appeals.verify(world.appeal_id, actor="test")
    assert await world.frozen() == {WITH, WITHOUT}


async def test_a_push_of_another_story_stays_as_it_is(world: HelpWorld) -> None:
    """Bodies of Stories that do not name the Appeal are not drawn again."""
    await world.prepare(2)
    await world.start()
    async with world.database.transaction() as session:
        await stories.change(session, world.story_id, appeal_id=None)
    await world.suspend()
    assert await world.frozen() == {WITH, WITHOUT}


@pytest.mark.parametrize(("first", "step"), [("start", "keep"), ("suspend", "change")])
async def test_a_push_that_starts_at_the_same_time_has_no_suspended_appeal(
    world: HelpWorld, first: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever comes first, no Body of a push that runs has the Appeal in the end."""
    await world.prepare(2)
    verbs = {"start": world.start, "suspend": world.suspend}
    verb, other = verbs.pop(first), next(iter(verbs.values()))
    original = getattr(appeals, step)
    begun: list[asyncio.Task[None]] = []

    async def and_the_other(session: AsyncSession, *given: Any, **named: Any) -> None:
        await original(session, *given, **named)
        if not begun:
            begun.append(asyncio.create_task(other()))
            await comes_true(partial(is_waiting_for_a_lock, world.database))

    monkeypatch.setattr(appeals, step, and_the_other)
    await verb()
    await begun[0]
    assert await world.frozen() == {WITHOUT}

"""Broadcasts do not get stuck: at a resume, or behind one that cannot start."""

from typing import Any

import pytest

from bot.broadcasts.agreement import Agreement
from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.control import Control
from bot.editors.rights import Rights
from storage.broadcasts import broadcasts
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.deliveries import leases
from storage.words import BroadcastState, Length, StoryState
from tests.factories import NOON, MovableClock, add_story, add_subscribers, running_broadcast


def bodies(pushed: StoryVersions) -> dict[Variant, dict[str, Any]]:
    """Return Bodies; raise an error for one of the Stories."""
    if pushed.story.headline == "broken":
        raise ValueError(pushed.story.headline)
    return {Variant("en", Length.SHORT): {"text": "x"}}


@pytest.fixture
def service(database: Database, clock: MovableClock) -> Broadcasts:
    return Broadcasts(database, clock, Agreement(Rights()), bodies)


async def state(service: Broadcasts, broadcast_id: int) -> BroadcastState:
    return (await service.status(broadcast_id)).broadcast.state


@pytest.fixture
def control(database: Database, clock: MovableClock) -> Control:
    return Control(database, clock, Rights(), bodies)


async def test_resume_finishes_what_was_done_meanwhile(
    service: Broadcasts, control: Control, database: Database
) -> None:
    """A Broadcast whose last Range was closed after the pause finishes when it is resumed."""
    await add_subscribers(database, 3)
    broadcast_id = await running_broadcast(database)
    async with database.transaction() as session:
        lease = await leases.claim(session, worker="one")
    await control.pause(broadcast_id, actor="test")
    async with database.transaction() as session:
        assert lease is not None
        assert await leases.close(session, lease)
        assert not await broadcasts.finish(session, broadcast_id, now=NOON)
    await control.resume(broadcast_id, actor="test")
    assert await state(service, broadcast_id) is BroadcastState.FINISHED


async def test_one_that_cannot_start_holds_up_no_other(
    service: Broadcasts, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """A Broadcast that cannot start stays scheduled and is logged, and those after it start."""
    ids = []
    for headline in ("broken", "whole"):
        async with database.transaction() as session:
            story_id = await add_story(session, state=StoryState.PUBLISHED, headline=headline)
        ids.append(await service.schedule(story_id, actor="test"))
    await add_subscribers(database, 1)
    assert await service.start_due() == ids[1:]
    assert [await state(service, one) for one in ids] == [BroadcastState.SCHEDULED, BroadcastState.RUNNING]
    assert "a broadcast could not be started" in caplog.text

"""The use cases around a Broadcast: what must not get stuck."""

from typing import Any

import pytest

from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.broadcasts import Broadcasts
from storage.broadcasts import broadcasts
from storage.broadcasts.broadcasts import Variant
from storage.database import Database
from storage.deliveries import leases
from storage.words import BroadcastState, Length, StoryState
from tests.factories import NOON, MovableClock, add_story, add_subscribers, running_broadcast


def bodies(pushed: StoryVersions) -> dict[Variant, dict[str, Any]]:
    """A message, and a fault for one of the stories."""
    if pushed.story.headline == "broken":
        raise ValueError(pushed.story.headline)
    return {Variant("en", Length.SHORT): {"text": "x"}}


@pytest.fixture
def desk(database: Database, clock: MovableClock) -> Broadcasts:
    return Broadcasts(database, clock, bodies)


async def state(desk: Broadcasts, broadcast_id: int) -> BroadcastState:
    return (await desk.status(broadcast_id)).broadcast.state


async def test_resume_finishes_what_was_done_meanwhile(desk: Broadcasts, database: Database) -> None:
    """The last Range is closed just after a pause: no worker will come by again to notice."""
    await add_subscribers(database, 3)
    broadcast_id = await running_broadcast(database)
    async with database.transaction() as session:
        lease = await leases.claim(session, worker="one")
    await desk.pause(broadcast_id, actor="test")
    async with database.transaction() as session:
        assert lease is not None
        assert await leases.close(session, lease)
        assert not await broadcasts.finish(session, broadcast_id, now=NOON)
    await desk.resume(broadcast_id, actor="test")
    assert await state(desk, broadcast_id) is BroadcastState.FINISHED


async def test_one_that_cannot_start_holds_up_no_other(
    desk: Broadcasts, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """It stays scheduled, the log says why, and those after it start."""
    ids = []
    for headline in ("broken", "whole"):
        async with database.transaction() as session:
            story_id = await add_story(session, state=StoryState.PUBLISHED, headline=headline)
        ids.append(await desk.schedule(story_id, actor="test"))
    await add_subscribers(database, 1)
    assert await desk.start_due() == ids[1:]
    assert [await state(desk, one) for one in ids] == [BroadcastState.SCHEDULED, BroadcastState.RUNNING]
    assert "a broadcast could not be started" in caplog.text

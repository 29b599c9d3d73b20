"""The sandbox's clock is moved under a running bot."""

from datetime import timedelta

from bot.clock import utc_now
from bot.config import Settings
from bot.sandbox.server import Sandbox
from storage.words import BroadcastState
from tests.factories import add_subscribers, analysis
from tests.running import follow_clock, running

READERS = 60


async def test_a_push_under_way_does_not_notice(polling: Settings, telegram: Sandbox) -> None:
    """Weeks forward and back again in the middle of it: everybody gets it, and nobody twice."""
    world = telegram.world
    settings = polling.model_copy(update={"send_rate": 60})
    async with running(settings) as app:
        people = await add_subscribers(app.database, READERS)
        world.add_readers(READERS, first=people[0])
        added = await app.services.stories.add(analysis("Mind the clock"), actor="test")
        await app.services.review.publish(added.story.id, actor="test", push=True)

        def reached() -> int:
            return sum(len(world.messages(person)) for person in people)

        for part, days in ((10, 21), (25, -42), (40, 21)):
            await world.until(lambda part=part: reached() >= part)  # type: ignore[misc]
            world.clock.move_by(days * 86400)
            follow_clock(app, world)  # in the very middle
        await world.until(lambda: reached() >= READERS)
    async with running(settings) as app:
        [broadcast] = await app.services.broadcasts.listed()
        assert broadcast.state is BroadcastState.FINISHED
        assert (await app.services.broadcasts.status(broadcast.id)).progress.sent == READERS
    assert [len(world.messages(person)) for person in people] == [1] * READERS
    assert abs(utc_now() - world.clock()) < timedelta(days=1)

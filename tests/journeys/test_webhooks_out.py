"""Webhooks of the whole bot: what happens reaches a receiver, also after a stop in between."""

from collections.abc import AsyncIterator

import orjson
import pytest

from bot.config import Settings
from bot.runtime.build import open_services
from storage.words import BroadcastState
from tests.factories import published
from tests.receiver import Receiver, receiving
from tests.running import running
from tests.waiting import comes_true


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


def _kinds(receiver: Receiver) -> list[str]:
    return [orjson.loads(body)["type"] for _, body in receiver.got]


async def test_from_the_event_to_the_receiver(polling: Settings, receiver: Receiver) -> None:
    """A story, its push and its withdrawal arrive in order; what was written while the bot was off, later."""

    async def told(*kinds: str) -> None:
        async def is_told() -> bool:
            return len(receiver.got) >= len(kinds)

        await comes_true(is_told)
        assert _kinds(receiver) == [*kinds]

    async with running(polling) as app:
        await app.services.webhooks.add(receiver.url, actor="test")
        story = await published(app.services)
        push = await app.services.broadcasts.schedule(story, actor="command line")
        await told("story.published", "push.finished")
        assert (await app.services.broadcasts.status(push)).broadcast.state is BroadcastState.FINISHED
    async with open_services(polling) as services:  # as the command line does: nothing delivers here
        await services.corrections.withdraw(story, actor="command line")
    assert len(receiver.got) == 2
    async with running(polling):
        await told("story.published", "push.finished", "story.withdrawn")
    assert len(set(receiver.uids)) == 3

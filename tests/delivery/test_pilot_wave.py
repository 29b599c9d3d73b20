"""A pilot wave with a reader who cannot be reached though others are."""

import pytest

from bot.delivery.outcome import Transient
from storage.database import Database
from tests.broadcasts.pilots.test_pilots import PilotWorld
from tests.factories import MovableClock


@pytest.mark.usefixtures("quick_retries")
async def test_a_reader_who_cannot_be_reached_does_not_hold_it_up(
    database: Database, clock: MovableClock
) -> None:
    """The pilot wave ends without them, and they are tried again with the others."""
    world = PilotWorld(database, clock)
    await world.open_pilot()
    deaf = min(world.first)
    world.telegram.outcomes[deaf] = Transient("for this chat only", maybe_sent=True)
    await world.send_pilot()
    assert set(await world.receipts()) == world.first - {deaf}
    world.telegram.outcomes.clear()
    await world.judge()
    await world.finish(world.worker())
    assert set(await world.receipts()) == set(world.chats)

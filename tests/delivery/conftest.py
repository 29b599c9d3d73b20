"""Fixtures of the tests of delivery."""

import pytest

from bot.delivery import outage, outage_note
from bot.delivery import sender as sending
from storage.database import Database
from tests.factories import MovableClock
from tests.fakes import DeliveryWorld


@pytest.fixture
def world(database: Database, clock: MovableClock) -> DeliveryWorld:
    return DeliveryWorld(database, clock)


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses between tries and knocks, where they are not what a test is about."""
    monkeypatch.setattr(outage, "QUIET_S", 0.0)
    monkeypatch.setattr(outage, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(outage, "LONGEST_PAUSE_S", 0.02)
    monkeypatch.setattr(sending, "_FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(outage_note, "_AGAIN_S", 0.05)

"""Fixtures of the tests of digests."""

import pytest

from storage.database import Database
from tests.digests.worlds import CorrectionWorld, DigestWorld
from tests.factories import MovableClock


@pytest.fixture
def digest_world(database: Database, clock: MovableClock) -> DigestWorld:
    return DigestWorld(database, clock)


@pytest.fixture
def correction_world(database: Database, clock: MovableClock) -> CorrectionWorld:
    return CorrectionWorld(database, clock)

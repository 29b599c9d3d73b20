"""An inbox with a handler that notes what it gets."""

from collections.abc import Callable

import pytest

from bot.inbox import inbox as module
from bot.inbox.inbox import Inbox
from storage.database import Database
from tests.factories import MovableClock
from tests.inbox.fakes import Handler


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def inbox(database: Database, clock: MovableClock, handler: Handler) -> Inbox:
    return Inbox(database, clock, handler)


@pytest.fixture
def shared(
    database: Database, clock: MovableClock, handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Inbox]:
    """Make one of several processes that share the database and notice quickly that another is dead."""
    monkeypatch.setattr(module, "BEAT_S", 0.02)
    return lambda: Inbox(database, clock, handler, alone=False)

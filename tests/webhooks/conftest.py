"""The use cases of webhooks on both databases, and a receiver that they tell."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from bot.webhooks.caller import Caller
from bot.webhooks.delivery import HookDelivery, HookResult
from bot.webhooks.webhooks import Webhooks
from storage.database import Database
from storage.models import Event, Parcel
from storage.webhooks import events
from storage.words import EventKind
from tests.factories import MovableClock
from tests.receiver import Receiver, receiving


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to a server of their own on 127.0.0.1."""


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as made:
        yield made


class Hooks:
    """The use cases, and what the tries came to."""

    def __init__(self, database: Database, clock: MovableClock, caller: Caller | None = None) -> None:
        self.database = database
        self.clock = clock
        self.results: list[HookResult] = []
        caller = caller or Caller()
        self.webhooks = Webhooks(database, clock, caller)
        self.delivery = HookDelivery(database, clock, caller, note=self.results.append)

    async def add(self, url: str) -> tuple[int, str]:
        return await self.webhooks.add(url, actor="test")

    async def happen(self, *numbers: int) -> None:
        """So many pushes finish, one after another."""
        for number in numbers:
            async with self.database.transaction() as session:
                await events.add(session, EventKind.FINISHED, {"push": number}, now=self.clock())

    async def rows(self, table: type[Event] | type[Parcel]) -> list[Any]:
        async with self.database.read() as session:
            return [*await session.scalars(select(table).order_by(*table.__table__.primary_key))]


@pytest.fixture
def hooks(database: Database, clock: MovableClock) -> Hooks:
    return Hooks(database, clock)

"""A receiver of webhooks on 127.0.0.1, and the use cases on both databases that tell it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.webhooks.caller import Caller
from bot.webhooks.delivery import HookDelivery, HookResult
from bot.webhooks.webhooks import Webhooks
from storage.database import Database
from storage.models import Event, Parcel
from storage.webhooks import events
from storage.words import EventKind
from tests.factories import MovableClock


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to a server of their own on 127.0.0.1."""


@dataclass
class Receiver:
    """What came, and what is answered: `answers` one after another, then 204."""

    url: str = ""
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    location: str = ""
    hold: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.text()))
        self.arrived.set()
        if self.hold is not None:
            await self.hold.wait()
        status = self.answers.pop(0) if self.answers else 204
        return web.Response(status=status, headers={"Location": self.location} if self.location else {})

    @property
    def told(self) -> list[dict[str, Any]]:
        """The data of what came."""
        return [orjson.loads(body)["data"] for _, body in self.got]

    @property
    def uids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    made.url = str(server.make_url("/hook"))
    yield made
    if made.hold is not None:
        made.hold.set()
    await server.close()


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
        from sqlalchemy import select  # noqa: PLC0415

        async with self.database.read() as session:
            return [*await session.scalars(select(table).order_by(*table.__table__.primary_key))]


@pytest.fixture
def hooks(database: Database, clock: MovableClock) -> Hooks:
    return Hooks(database, clock)

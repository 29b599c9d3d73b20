"""Queries: callback and inline queries that wait for the bot's answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.world.people import WorldError

# Seconds for which Telegram accepts an answer (not published; measured by others).
CALLBACK_LIFE, INLINE_LIFE = 150.0, 30.0
# Seconds after which the chat page says that no answer came.
PATIENCE = 15.0


class BotTimeoutError(WorldError):
    """The bot did not answer in time."""


@dataclass(slots=True)
class Query:
    """A query that is open until the bot answers it, or until it is too old."""

    id: str
    person: int
    until: float
    answer: asyncio.Future[dict[str, Any]] = field(repr=False)


class Queries:
    """The open queries of one kind by id."""

    def __init__(self, clock: Callable[[], datetime], *, life: float) -> None:
        self._clock = clock
        self._life = life
        self._open: dict[str, Query] = {}
        # Ids start at the time, so that none is used again after a restart.
        self._next_id = int(clock().timestamp() * 1000)

    def ask(self, person: int) -> Query:
        """Open a query of this person."""
        now = self._clock().timestamp()
        self._open = {key: query for key, query in self._open.items() if query.until >= now}
        self._next_id += 1
        query = Query(
            str(self._next_id), person, now + self._life, asyncio.get_running_loop().create_future()
        )
        self._open[query.id] = query
        return query

    def answer(self, query_id: str, answer: dict[str, Any]) -> bool:
        """Answer a query; return False if it is unknown, already answered or too old."""
        query = self._open.pop(query_id, None)
        if query is None or query.until < self._clock().timestamp():
            return False
        if not query.answer.done():
            query.answer.set_result(answer)
        return True

    async def wait(self, query: Query, patience: float) -> dict[str, Any]:
        """Return the bot's answer. Raises BotTimeoutError after `patience` seconds."""
        done, _ = await asyncio.wait([query.answer], timeout=patience)
        if not done:
            raise BotTimeoutError(f"The bot did not answer within {patience:g} seconds.")
        return query.answer.result()

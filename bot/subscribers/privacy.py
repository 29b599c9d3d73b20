"""Privacy: what is kept about a chat, handed over or deleted."""

from datetime import datetime
from typing import Any

import orjson

from bot.clock import Clock
from storage import privacy
from storage.database import Database
from storage.subscribers import forgotten


class Privacy:
    """The use cases around what is kept about one chat; each is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def copy(self, chat_id: int) -> bytes:
        """All that is kept about this chat, as a JSON file that people can read."""
        async with self._database.read() as session:
            kept = await privacy.kept_about(session, chat_id)
        return _as_file(kept or {}, self._clock())

    async def forget(self, chat_id: int) -> None:
        """Delete all that is kept about this chat, but for a hash: a later import does not bring it back."""
        async with self._database.transaction() as session:
            await privacy.erase(session, chat_id, now=self._clock())
            await forgotten.add(session, chat_id)


def _as_file(kept: dict[str, Any], now: datetime) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps({"made_at": now} | kept, option=options)

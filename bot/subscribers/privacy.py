"""Privacy: hand over what is stored about a chat (/mydata), or delete it (/forgetme)."""

from datetime import datetime
from typing import Any

import orjson

from bot.clock import Clock
from storage import privacy
from storage.database import Database
from storage.subscribers import forgotten


class Privacy:
    """The use cases around what is stored about one chat; each is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def copy(self, chat_id: int) -> bytes:
        """Return all that is stored about this chat, as an indented JSON file."""
        async with self._database.read() as session:
            stored = await privacy.kept_about(session, chat_id)
        return _as_file(stored or {}, self._clock())

    async def forget(self, chat_id: int) -> None:
        """Delete all that is stored about this chat, except a hash by which imports leave it out."""
        async with self._database.transaction() as session:
            await privacy.erase(session, chat_id, now=self._clock())
            await forgotten.add(session, chat_id)


def _as_file(stored: dict[str, Any], now: datetime) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps({"made_at": now} | stored, option=options)

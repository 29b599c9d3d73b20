"""Privacy: hand over what is stored about a chat, or delete it, as asked or long after it has left."""

import logging
from datetime import datetime, timedelta
from typing import Any

import orjson

from bot.clock import Clock
from storage import privacy
from storage.audit import AuditLog
from storage.database import Database
from storage.subscribers import forgotten, subscribers

log = logging.getLogger(__name__)

_FORGOTTEN_A_TURN = 500


class Privacy:
    """The use cases around what is stored about one chat; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, *, left_kept: timedelta | None = None) -> None:
        """`left_kept`: for how long readers who left are remembered; None: for ever."""
        self._database = database
        self._clock = clock
        self._left_kept = left_kept
        self._audit = AuditLog("subscriber", clock)

    async def is_known(self, chat_id: int) -> bool:
        """Return whether anything is stored about this chat."""
        async with self._database.read() as session:
            return await privacy.kept_about(session, chat_id) is not None

    async def copy(self, chat_id: int) -> bytes:
        """Return all that is stored about this chat, as an indented JSON file."""
        async with self._database.read() as session:
            stored = await privacy.kept_about(session, chat_id)
        return _as_file(stored or {}, self._clock())

    async def forget(self, chat_id: int, *, actor: str | None = None) -> None:
        """Delete all that is stored about this chat, except a hash by which imports leave it out.

        `actor` did it for the reader: the audit log has that, with the number of the deleted row, which says
        nothing of the chat. None: the readers did it themselves.
        """
        async with self._database.transaction() as session:
            found = await subscribers.lock(session, chat_id)
            if found is not None and actor is not None:
                await self._audit.record(session, actor, "forget", found.id)
            await privacy.erase(session, chat_id, now=self._clock())
            await forgotten.add(session, chat_id)

    async def forget_left(self) -> None:
        """Forget some of the readers who stopped, blocked the bot or are gone for longer than is set."""
        if self._left_kept is None:
            return
        async with self._database.read() as session:
            before = self._clock() - self._left_kept
            chats = await privacy.left_before(session, before, limit=_FORGOTTEN_A_TURN)
        for chat_id in chats:  # one that returns meanwhile is written in another transaction
            async with self._database.transaction() as session:
                if await privacy.has_left(session, chat_id, before):
                    await privacy.erase(session, chat_id, now=self._clock())
                    await forgotten.add(session, chat_id)
        if chats:
            log.info("readers who left long ago were forgotten", extra={"readers": len(chats)})


def _as_file(stored: dict[str, Any], now: datetime) -> bytes:
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps({"made_at": now} | stored, option=options)

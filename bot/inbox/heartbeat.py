"""Presence: which of the processes that take updates live. No clock of the wall has a say in it."""

import logging

from bot.clock import elapsed_clock
from storage.database import Database
from storage.inbox import receivers

log = logging.getLogger(__name__)

BEAT_S = 2.0
GONE_AFTER = 5  # looks in a row, BEAT_S apart, at a beat that stands still
SAFE_S = BEAT_S * GONE_AFTER * 0.8  # without a beat for so long we begin nothing: others may take us for gone


class Heartbeat:
    """Shows the other processes that we live, and finds out which of them do not."""

    def __init__(self, database: Database, *, alone: bool) -> None:
        """`alone`: no other process takes updates, so those that are registered at our start are gone."""
        self._database = database
        self.alone = alone
        self._seen: dict[int, tuple[int, int]] = {}
        self._shown_at = 0.0
        self.id = 0

    async def join(self) -> None:
        """Register, under a new number."""
        began = elapsed_clock()
        async with self._database.transaction() as session:
            if self.alone and not self.id:
                await receivers.clear(session)
            self.id = await receivers.add(session)
        self._shown_at = began

    async def leave(self) -> None:
        """What we leave is anybody's."""
        async with self._database.transaction() as session:
            await receivers.leave(session, self.id)

    def is_safe(self) -> bool:
        """Whether nobody can have taken us for gone."""
        return self.alone or elapsed_clock() - self._shown_at < SAFE_S

    async def beat(self) -> bool:
        """Show that we live, and remove those that do not. False where one of them removed us."""
        began = elapsed_clock()
        async with self._database.transaction() as session:
            if not await receivers.beat(session, self.id):
                return False
            beats = dict(await receivers.beats(session))
            beats.pop(self.id, None)
            for gone in self._gone(beats):
                log.warning("a process that took updates is gone: what it left is taken over")
                await receivers.remove(session, gone, beat=beats[gone])
        self._shown_at = began
        return True

    async def leads(self) -> bool:
        """Whether we are the oldest of all that live: that one does what only one should do."""
        async with self._database.read() as session:
            return min(await receivers.beats(session), default=0) == self.id

    def _gone(self, beats: dict[int, int]) -> list[int]:
        """Count in how many looks each stood still; those that did in too many."""
        stood = {
            receiver: (beat, self._seen[receiver][1] + 1 if self._stands(receiver, beat) else 0)
            for receiver, beat in beats.items()
        }
        self._seen = stood
        return [receiver for receiver, (_, looks) in stood.items() if looks >= GONE_AFTER]

    def _stands(self, receiver: int, beat: int) -> bool:
        return receiver in self._seen and self._seen[receiver][0] == beat

"""The heartbeat: shows which processes that handle updates are alive, without comparing clocks.

Each process raises a number in its row. A process whose number stands still for several looks of another is
dead: the other removes its row and takes over its updates.
"""

import logging

from bot.clock import elapsed_clock
from storage.database import Database
from storage.inbox import receivers

log = logging.getLogger(__name__)

BEAT_S = 2.0
DEAD_AFTER = 5  # looks in a row, BEAT_S apart, at a number that stands still
SAFE_S = BEAT_S * DEAD_AFTER * 0.8  # after so long without a beat we begin nothing: we may count as dead


class Heartbeat:
    """Registers this process among those that handle updates, and removes the dead ones."""

    def __init__(self, database: Database, *, alone: bool) -> None:
        """`alone`: no other process handles updates, so all that are registered at our start are dead."""
        self._database = database
        self.alone = alone
        self._seen: dict[int, tuple[int, int]] = {}
        self._shown_at = 0.0
        self._oldest = 0  # the first of the processes that are registered
        self.id = 0

    async def join(self) -> None:
        """Register under a new id."""
        began = elapsed_clock()
        async with self._database.transaction() as session:
            if self.alone and not self.id:
                await receivers.clear(session)
            self.id = await receivers.add(session)
        self._shown_at = began

    async def leave(self) -> None:
        """Unregister; other processes may take over what we leave."""
        async with self._database.transaction() as session:
            await receivers.leave(session, self.id)

    def is_safe(self) -> bool:
        """Return whether no other process can have taken us for dead."""
        return self.alone or elapsed_clock() - self._shown_at < SAFE_S

    async def beat(self) -> bool:
        """Show that we live, and remove dead processes. Return False if another process has removed us."""
        began = elapsed_clock()
        async with self._database.transaction() as session:
            if not await receivers.beat(session, self.id):
                return False
            beats = dict(await receivers.beats(session))
            self._oldest = min(beats)
            beats.pop(self.id, None)
            for dead in self._dead(beats):
                log.warning("a process that handled updates is dead: its updates are taken over")
                await receivers.remove(session, dead, beat=beats[dead])
        self._shown_at = began
        return True

    def leads(self) -> bool:
        """Return whether we are the oldest registered process: it does what one process should do for all.

        By our last beat: for some seconds after a change nobody may lead, or two may.
        """
        return self.id != 0 and (self.alone or self._oldest == self.id)

    def _dead(self, beats: dict[int, int]) -> list[int]:
        """Count for each process the looks at which its beat stood still; return those that count as dead."""
        still = {
            receiver: (beat, self._seen[receiver][1] + 1 if self._stands_still(receiver, beat) else 0)
            for receiver, beat in beats.items()
        }
        self._seen = still
        return [receiver for receiver, (_, looks) in still.items() if looks >= DEAD_AFTER]

    def _stands_still(self, receiver: int, beat: int) -> bool:
        return receiver in self._seen and self._seen[receiver][0] == beat

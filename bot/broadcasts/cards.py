"""Use cases of Cards (the messages that show editors a Broadcast's progress): add, remove and close them."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.broadcasts.broadcasts import BroadcastStatus, require
from storage.broadcasts import broadcasts, cards
from storage.broadcasts.cards import CardLocation
from storage.database import Database
from storage.models import Broadcast


@dataclass(frozen=True, slots=True)
class BroadcastCards:
    """A Broadcast and its open Cards. `is_unshown`: the editor who started it has none yet."""

    broadcast: Broadcast
    locations: Sequence[CardLocation]
    is_unshown: bool


class Cards:
    """The use cases around Cards; each is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def to_update(self) -> Sequence[BroadcastCards]:
        """Return the Broadcasts whose Cards may have to change, or whose starter has no Card yet."""
        async with self._database.read() as session:
            found = await cards.to_update(session)
        locations: dict[int, list[CardLocation]] = {broadcast.id: [] for broadcast, _ in found}
        unshown = {broadcast.id for broadcast, location in found if location is None}
        for broadcast, location in found:
            locations[broadcast.id] += [location] if location else []
        by_id = {broadcast.id: broadcast for broadcast, _ in found}
        return [BroadcastCards(by_id[one], locations[one], one in unshown) for one in sorted(by_id)]

    async def put(self, broadcast_id: int, chat_id: int, message_id: int) -> bool:
        """Make a message a Card of the Broadcast. Return False for a chat that is not known."""
        async with self._database.transaction() as session:
            return await cards.put(session, broadcast_id, CardLocation(chat_id, message_id))

    async def remove(self, chat_id: int, message_id: int) -> None:
        """Make a message no Card any more. Its editor gets no further progress of that Broadcast."""
        async with self._database.transaction() as session:
            removed = await cards.remove(session, CardLocation(chat_id, message_id))
            if removed is not None:
                await broadcasts.forget_starter(session, removed, chat_id)

    async def stop_progress(self, broadcast_id: int, chat_id: int) -> None:
        """Send no progress of the Broadcast to this editor: they cannot be reached."""
        async with self._database.transaction() as session:
            await broadcasts.forget_starter(session, broadcast_id, chat_id)

    async def close(self, shown: BroadcastStatus) -> None:
        """Close the Cards of a Broadcast, which show its end, unless it has changed since `shown`."""
        broadcast_id = shown.broadcast.id
        async with self._database.transaction() as session:
            await cards.lock(session, broadcast_id)
            broadcast = await require(session, broadcast_id)
            now = BroadcastStatus(broadcast, await broadcasts.progress(session, broadcast_id))
            if now.shown == shown.shown:
                await cards.set_open(session, broadcast_id, is_open=False)

"""Long polling for getUpdates, by one poller at a time."""

from bot.sandbox.bot_api.refusals import Refusal
from bot.sandbox.bot_api.updates import Update, Updates

BY_POLLER = "getUpdates request; make sure that only one bot instance is running"
BY_WEBHOOK = "setWebhook request"
ACTIVE_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


class Poll:
    """Gives updates to the newest poller; an older one that still waits gets a 409, as from Telegram."""

    def __init__(self, updates: Updates) -> None:
        self._updates = updates
        self._turn = 0
        self._reason = BY_POLLER
        self._closed = False

    async def next(self, offset: int | None, limit: int, patience: float) -> list[Update]:
        """Confirm updates before `offset`; return the next ones, waiting up to `patience` seconds for one."""
        if self._updates.webhook:
            raise Refusal(409, ACTIVE_WEBHOOK)
        self.interrupt(BY_POLLER)
        turn = self._turn
        ready = self._updates.take(offset, limit)
        if ready or not patience:
            return ready
        await self._updates.arrived.until(lambda: self._over(turn) or len(self._updates) > 0, patience)
        if turn != self._turn:
            raise Refusal(409, f"Conflict: terminated by other {self._reason}")
        return self._updates.take(offset, limit)

    def interrupt(self, reason: str) -> None:
        """End the wait of the current poller with this reason."""
        self._turn += 1
        self._reason = reason
        self._updates.arrived.set()

    def close(self) -> None:
        """End the wait of the current poller with an empty answer."""
        self._closed = True
        self._updates.arrived.set()

    def _over(self, turn: int) -> bool:
        return self._closed or turn != self._turn

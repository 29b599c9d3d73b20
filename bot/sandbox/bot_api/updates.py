"""Updates: the queue of updates that the bot has not confirmed yet."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from bot.sandbox.world.signals import Signal

# Telegram keeps an update for a day (core.telegram.org/bots/api#getting-updates).
KEPT_SECONDS = 24 * 3600
# "all update types except chat_member, message_reaction, and message_reaction_count" (ibid., getUpdates).
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
# The gap in ids after a restart, so that none is used twice if the last changes were not saved.
ID_GAP = 1_000


@dataclass(frozen=True, slots=True)
class Update:
    """One update; a webhook gets those of one `chat` (for an inline query: the person) in order."""

    id: int
    kind: str
    payload: dict[str, Any]
    chat: int
    made: float

    def as_json(self) -> dict[str, Any]:
        """Return the Bot API's Update."""
        return {"update_id": self.id, self.kind: self.payload}


class Updates:
    """The unconfirmed updates in order, for a long poller or for the webhook."""

    def __init__(self, clock: Callable[[], datetime], touch: Callable[[], None]) -> None:
        """`touch` is called after each change, so that the store saves it."""
        self._clock = clock
        self._touch = touch
        self._pending: deque[Update] = deque()
        self._next_id = 1
        self.allowed: frozenset[str] | None = None
        # The webhook to send updates to, {"url", "secret", "connections"}, or None for polling.
        self.webhook: dict[str, Any] | None = None
        self.arrived = Signal()
        self.confirmed = Signal()

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, kind: str, payload: dict[str, Any], *, chat: int) -> None:
        """Queue an update, unless the bot does not want its kind."""
        if kind in NOT_BY_DEFAULT if self.allowed is None else kind not in self.allowed:
            return
        self._pending.append(Update(self._next_id, kind, payload, chat, self._clock().timestamp()))
        self._next_id += 1
        self.arrived.set()
        self._touch()

    def allow(self, kinds: Iterable[str]) -> None:
        """Set `allowed_updates` for later updates; an empty list means the default."""
        self.allowed = frozenset(kinds) or None
        self._touch()

    def direct(self, webhook: dict[str, Any] | None) -> None:
        """Send updates to a webhook, or with None keep them for polling."""
        self.webhook = webhook
        self._touch()

    def take(self, offset: int | None, limit: int) -> list[Update]:
        """Confirm updates before `offset` and return the next ones; a negative offset counts from the end."""
        before = len(self._pending)
        self._drop_expired()
        if offset is not None and offset < 0:
            while len(self._pending) > -offset:
                self._pending.popleft()
        elif offset:
            while self._pending and self._pending[0].id < offset:
                self._pending.popleft()
        if len(self._pending) != before:
            self._touch()
        return [update for update, _ in zip(self._pending, range(limit), strict=False)]

    def after(self, update_id: int) -> list[Update]:
        """Return the unconfirmed updates with a higher id, oldest first, in time linear in their number."""
        newer = takewhile(lambda update: update.id > update_id, reversed(self._pending))
        return list(newer)[::-1]

    def confirm(self, update: Update) -> None:
        """Remove an update that the webhook accepted; earlier ones may still wait."""
        if update in self._pending:
            self._pending.remove(update)
            self.confirmed.set()
            self._touch()

    def clear(self) -> None:
        """Remove all updates (`drop_pending_updates`)."""
        self._pending.clear()
        self._touch()

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON."""
        pending = [[u.id, u.kind, u.payload, u.chat, u.made] for u in self._pending]
        allowed = None if self.allowed is None else sorted(self.allowed)
        return {
            "next_id": self._next_id,
            "pending": pending,
            "allowed": allowed,
            "webhook": self.webhook,
        }

    def load(self, data: dict[str, Any]) -> None:
        """Restore what `dump` returned."""
        self._next_id = data["next_id"] + ID_GAP
        self._pending = deque(Update(*item) for item in data["pending"])
        self.allowed = None if data["allowed"] is None else frozenset(data["allowed"])
        self.webhook = data["webhook"]

    def _drop_expired(self) -> None:
        oldest = self._clock().timestamp() - KEPT_SECONDS
        while self._pending and self._pending[0].made < oldest:
            self._pending.popleft()

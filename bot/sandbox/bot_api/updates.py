"""The queue of updates that the bot has not confirmed yet."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from bot.sandbox.world.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

# Telegram keeps an update for a day (core.telegram.org/bots/api#getting-updates).
KEPT_SECONDS = 24 * 3600
# "all update types except chat_member, message_reaction, and message_reaction_count" (ibid., getUpdates).
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
# After a restart the ids leap, so that none is given twice if the last moments were not saved.
LEAP = 1_000


@dataclass(frozen=True, slots=True)
class Update:
    """One update; `lane` is the chat or person whose updates a webhook must get in order."""

    id: int
    kind: str
    payload: dict[str, Any]
    lane: int
    made: float

    def as_json(self) -> dict[str, Any]:
        """The Bot API's Update."""
        return {"update_id": self.id, self.kind: self.payload}


class Updates:
    """Unconfirmed updates in order, for one long poller or for the webhook."""

    def __init__(self, clock: Callable[[], datetime], touch: Callable[[], None]) -> None:
        """`touch` is called after each change, so that it gets saved."""
        self._clock = clock
        self._touch = touch
        self._pending: deque[Update] = deque()
        self._next_id = 1
        self.allowed: frozenset[str] | None = None
        # Where updates are delivered: {"url", "secret", "connections"}, or None for polling.
        self.webhook: dict[str, Any] | None = None
        self.arrived = Signal()
        self.confirmed = Signal()

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, kind: str, payload: dict[str, Any], *, lane: int) -> None:
        """Queue an update, unless the bot asked not to get its kind."""
        if kind in NOT_BY_DEFAULT if self.allowed is None else kind not in self.allowed:
            return
        self._pending.append(Update(self._next_id, kind, payload, lane, self._clock().timestamp()))
        self._next_id += 1
        self.arrived.set()
        self._touch()

    def allow(self, kinds: Iterable[str]) -> None:
        """Take an `allowed_updates` list: empty means the default; it counts for later updates only."""
        self.allowed = frozenset(kinds) or None
        self._touch()

    def direct(self, webhook: dict[str, Any] | None) -> None:
        """Have updates delivered to a webhook, or keep them for polling."""
        self.webhook = webhook
        self._touch()

    def take(self, offset: int | None, limit: int) -> list[Update]:
        """Confirm all before `offset` and return the next ones; a negative offset counts from the end."""
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
        """All unconfirmed ones with a higher id, oldest first; it costs no more than their number."""
        newer = takewhile(lambda update: update.id > update_id, reversed(self._pending))
        return list(newer)[::-1]

    def confirm(self, update: Update) -> None:
        """Forget one update that the webhook took; those that came before it may still wait."""
        if update in self._pending:
            self._pending.remove(update)
            self.confirmed.set()
            self._touch()

    def clear(self) -> None:
        """Forget all (`drop_pending_updates`)."""
        self._pending.clear()
        self._touch()

    def dump(self) -> dict[str, Any]:
        """Everything as JSON."""
        pending = [[u.id, u.kind, u.payload, u.lane, u.made] for u in self._pending]
        allowed = None if self.allowed is None else sorted(self.allowed)
        return {
            "next_id": self._next_id,
            "pending": pending,
            "allowed": allowed,
            "webhook": self.webhook,
        }

    def load(self, data: dict[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._next_id = data["next_id"] + LEAP
        self._pending = deque(Update(*item) for item in data["pending"])
        self.allowed = None if data["allowed"] is None else frozenset(data["allowed"])
        self.webhook = data["webhook"]

    def _drop_expired(self) -> None:
        oldest = self._clock().timestamp() - KEPT_SECONDS
        while self._pending and self._pending[0].made < oldest:
            self._pending.popleft()

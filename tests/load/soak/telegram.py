"""The sandbox of the soak: it counts what was sent, makes trouble, and sees who calls during a flood."""

import time
from collections.abc import Mapping
from typing import Any

from bot.sandbox.bot_api.refusals import Refusal
from bot.sandbox.server import Sandbox
from bot.sandbox.world.files import Upload
from tests.load.soak.diary import Diary, Flood

TOKEN = "42:a-token-of-the-soak-that-looks-real"
_KEPT = 10_000  # messages of a chat
_GRACE_S = 1.0  # until every process knows of a 429; what was on the wire has arrived by then, too
_SENDING = ("send", "edit", "delete")
_ALL = 10**9


class Telegram:
    """A sandbox with its faults, and what it saw."""

    def __init__(self, diary: Diary) -> None:
        self.sandbox = Sandbox(TOKEN, keep=_KEPT)
        self.world = self.sandbox.world
        self._diary = diary
        self._flood: tuple[float, float] | None = None  # since when, and how many seconds
        self._late = 0
        self._call = self.sandbox.api.call
        self.sandbox.api.call = self._watched  # type: ignore[method-assign]

    @property
    def sent(self) -> int:
        """How many messages the bot tried to send so far."""
        return self.sandbox.api.calls["sendMessage"]

    def flood(self, seconds: int) -> None:
        """Refuse the next send with 429."""
        self.sandbox.faults.set({"flood": {"times": 1, "retry_after": seconds}, "methods": ["sendMessage"]})

    def go_away(self) -> None:
        """Answer everything with 502 until `come_back`."""
        self.sandbox.faults.set({"fail": {"times": _ALL, "status": 502}, "methods": None})

    def come_back(self) -> None:
        """End all faults."""
        self.sandbox.faults.clear()

    def lose(self, answers: int) -> None:
        """Lose the answers of the next sends, which arrive."""
        self.sandbox.faults.set({"drop": {"times": answers}, "methods": ["sendMessage"]})

    def end_flood(self) -> None:
        """Note the flood in the diary, once it has passed."""
        if self._flood is not None:
            self._diary.floods.append(Flood(self.world.clock(), self._flood[1], self._late))
        self._flood, self._late = None, 0

    async def _watched(
        self, name: str, raw: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None
    ) -> Any:
        if self._flood is not None and name.lower().startswith(_SENDING):
            passed = time.monotonic() - self._flood[0]
            self._late += _GRACE_S < passed < self._flood[1] - 0.05
        try:
            return await self._call(name, raw, uploads)
        except Refusal as refusal:
            if refusal.code == 429:  # Too Many Requests
                self._flood = (time.monotonic(), float(refusal.parameters.get("retry_after", 0)))
            raise

"""Notes whether Telegram answers this process, whatever it asks: replies, pushes and polls alike."""

import time
from collections.abc import Callable

_OUTDATED_S = 120.0  # a failure that is older says nothing of now: polls and pushes ask again sooner


class AnswerWatch:
    """Knows for how long requests have got no answer."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failing_since: float | None = None  # since the last answer
        self._failed_at = 0.0

    def answered(self) -> None:
        """Note that Telegram answered, with whatever."""
        self._failing_since = None

    def failed(self) -> None:
        """Note a request without an answer, or with that of a server in trouble."""
        self._failed_at = self._clock()
        if self._failing_since is None:
            self._failing_since = self._failed_at

    @property
    def unanswered_for(self) -> float:
        """Seconds from the first to the last failure since the last answer; 0 after a single one."""
        if self._failing_since is None or self._clock() - self._failed_at > _OUTDATED_S:
            return 0.0
        return self._failed_at - self._failing_since

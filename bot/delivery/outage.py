"""The outage gate: holds back the messages of Broadcasts while Telegram does not answer.

All sends of a process share it. After a few failures in a row the gate closes, and no new message goes on the
wire. One send at a time, each time another, knocks: it makes a harmless request. Only when a knock is
answered its message leaves as a probe, and the first answer to a probe opens the gate. So an outage fails
nobody and repeats few messages.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from typing import Any, Final

from bot.delivery.backoff import backoff
from bot.delivery.outcome import Outcome, Transient

log = logging.getLogger(__name__)

IN_A_ROW: Final = 3
"""So many failures without an answer in between close the lane: few enough for a window of five permits.

Where 2 % of all sends fail by themselves this happens once in 125,000 sends, and costs two round trips."""

QUIET_S: Final = 0.05
"""Nothing must have been answered for so long either: at 1,000/s three failures in a row take 3 ms."""

DIFFERENT: Final = 3
"""Where knocks are answered, so many different readers must fail before it counts as Telegram's fault."""

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 2.0
"""Pauses between knocks double up to here. A knock is one small request and shows readers no message, so it
may come this often all night; longer pauses would delay the push by as much when the outage ends."""

QUICK_PROBES: Final = 20
SLOWEST_PAUSE_S: Final = 60.0
"""Where knocks are answered but the answers to probes are lost, each probe may show its reader one more
message: after so many probes the pauses before them grow up to SLOWEST_PAUSE_S."""

Knock = Callable[[int], Coroutine[Any, Any, bool]]


class GateDecision(Enum):
    """What the gate says to a send."""

    FREE = auto()  # the lane is open: send
    WAITED = auto()  # the lane was closed and is open now: wait for the Pacer again, its slot is long over
    PROBE = auto()  # the lane is closed, but this one send may go
    ALONE = auto()  # Telegram answers, and only this reader and perhaps another fail: set the send aside


class OutageGate:
    """The gate of the lane of Broadcasts. It belongs to one event loop."""

    def __init__(
        self,
        knock: Knock,
        allowed: Callable[[], Coroutine[Any, Any, None]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`knock(chat_id)` makes a harmless request about a chat and returns whether Telegram answered.

        `allowed()` waits until no 429 forbids requests. `clock` returns seconds.
        """
        self._knock = knock
        self._allowed = allowed
        self._clock = clock
        self._departed = 0
        self._answered = 0  # the latest departure that was answered
        self._answered_at = -math.inf
        self._failed: list[
            tuple[int, int]
        ] = []  # number and reader of each failure that no later answer follows
        self._failing_since = 0.0
        self._closed = False
        self._silent = False  # a knock was not answered since the last probe
        self._pauses = 0
        self._lost_probes = 0
        self._waiting = 0
        self._probing = asyncio.Lock()  # serves in order of arrival, so that each time another reader probes
        self.began = asyncio.Event()
        """Set while the lane is closed and a knock or a probe has failed."""
        self.ended = asyncio.Event()
        """Set while `began` is not."""
        self.ended.set()

    @property
    def is_closed(self) -> bool:
        """Whether only probes may leave."""
        return self._closed

    @property
    def departures(self) -> int:
        """How many sends have left so far."""
        return self._departed

    def depart(self) -> int:
        """Count a send that leaves now, and return its number."""
        self._departed += 1
        return self._departed

    @property
    def seconds(self) -> float:
        """How long the outage lasts: the seconds since the first failure after the last answer."""
        return self._clock() - self._failing_since

    @asynccontextmanager
    async def passing(self, reader: int, chat_id: int) -> AsyncIterator[GateDecision]:
        """Wait at the gate. No other send probes before the context of a PROBE ends."""
        self._close_if_silent()  # a full window may leave nothing that fails after the last answer
        if not self._closed:
            yield GateDecision.FREE
            return
        self._waiting += 1
        try:
            async with self._probing:
                decision = await self._admit(reader, chat_id)
                if decision is GateDecision.PROBE:
                    yield decision
                    return
        except asyncio.CancelledError:
            if self._waiting == 1:  # no send is left to probe; the next one will find out
                self._open()
            raise
        finally:
            self._waiting -= 1
        yield decision

    def note(self, outcome: Outcome, decision: GateDecision, reader: int, number: int, *, since: int) -> bool:
        """Note the outcome of the send with this number, which passed with this decision.

        Return True if it failed although a send was answered that left after number `since`: then only this
        reader's sends fail. While the lane is closed, a late answer to an earlier send does not open it.
        """
        if not isinstance(outcome, Transient):
            self._answered, self._answered_at = max(self._answered, number), self._clock()
            if decision is GateDecision.PROBE:
                self._open()
            elif not self._closed:  # a late answer says nothing of sends that left after it
                self._failed = [failure for failure in self._failed if failure[0] > number]
            return False
        if self._answered > since and decision is not GateDecision.PROBE:
            return True
        self._note_failure(reader, number, outcome, decision)
        return False

    def _note_failure(self, reader: int, number: int, failure: Transient, decision: GateDecision) -> None:
        if not self._failed:
            self._failing_since = self._clock()
        self._failed.append((number, reader))
        if decision is GateDecision.PROBE:
            self._lost_probes += failure.maybe_sent and not failure.answered
            self._note_silence(failure.reason)
        else:
            self._close_if_silent()

    def _close_if_silent(self) -> None:
        """Close the lane after `IN_A_ROW` failures, if nothing was answered for `QUIET_S`."""
        is_quiet = self._clock() - self._answered_at >= QUIET_S
        if not self._closed and len(self._failed) >= IN_A_ROW and is_quiet:
            self._closed = True
            self._silent = False
            self._pauses = self._lost_probes = 0
            log.warning("sends failed in a row: no more leave until Telegram answers")

    def _note_silence(self, reason: str) -> None:
        if not self.began.is_set():
            self.began.set()
            self.ended.clear()
            log.warning("Telegram does not answer: nothing is sent but probes", extra={"reason": reason})

    def _open(self) -> None:
        if self.began.is_set():
            log.warning("Telegram answers again", extra={"after_s": round(self.seconds, 1)})
        self._closed = False
        self._failed.clear()
        self.began.clear()
        self.ended.set()

    async def _admit(self, reader: int, chat_id: int) -> GateDecision:
        """Knock until Telegram answers, unless the lane opens meanwhile. Return the decision."""
        if not self._closed:
            return GateDecision.WAITED
        if self._pauses:  # the probe before this one failed
            too_many = max(0, self._lost_probes - QUICK_PROBES)
            await asyncio.sleep(min(SLOWEST_PAUSE_S, self._next_pause() * 2 ** min(too_many, 10)))
        await self._wait_for_an_answer(chat_id)
        failed = {other for _, other in self._failed}
        if self._silent or len(failed) >= DIFFERENT:
            self._silent = False
            self._pauses += 1
            return GateDecision.PROBE
        decision = GateDecision.ALONE if reader in failed else GateDecision.WAITED
        self._open()
        return decision

    async def _wait_for_an_answer(self, chat_id: int) -> None:
        """Knock again and again until one knock is answered. A knock that hangs does not delay the next."""
        answered = asyncio.Event()

        async def knock() -> None:
            if await self._knock(chat_id):
                answered.set()

        async with asyncio.TaskGroup() as group:
            knocks: list[asyncio.Task[None]] = []
            while not answered.is_set():
                await self._allowed()
                knocks = [one for one in knocks if not one.done()]
                knocks.append(group.create_task(knock()))
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._next_pause()):
                        await answered.wait()
                if not answered.is_set():
                    self._silent = True
                    self._note_silence("knocks are not answered")
            for one in knocks:
                one.cancel()

    def _next_pause(self) -> float:
        """Return the seconds until the next knock or probe."""
        pause = backoff(self._pauses, first_s=FIRST_PAUSE_S, longest_s=LONGEST_PAUSE_S)
        self._pauses += 1
        return pause

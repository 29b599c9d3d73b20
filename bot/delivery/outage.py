"""Whether Telegram answers at all: what the sends of one process learn from each other's failures.

A failure that others share says nothing about a reader. After a few in a row the lane of Broadcasts closes:
nothing new goes on the wire. One send at a time, each time another, knocks: it asks for something harmless.
Only when that is answered its message leaves as a probe, and the first answer to a probe opens the lane.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from typing import Any, Final

from bot.delivery.outcome import Outcome, Transient

log = logging.getLogger(__name__)

IN_A_ROW: Final = 3
"""So many failures without an answer in between close the lane: few enough for a window of five places.

Where 2 % of all sends fail by themselves this happens once in 125,000 sends, and costs two round trips."""

QUIET_S: Final = 0.05
"""… if nothing was answered for so long: at 1,000/s three failures in a row take 3 ms, and say little."""

DIFFERENT: Final = 3
"""So many readers must fail before it can be Telegram's fault although it answers knocks."""

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 2.0
"""Pauses between knocks double up to here. A knock is one small request and shows readers no message, so it
can come this often all night; with pauses of a minute, a push would stand still for a minute too long."""

QUICK_PROBES: Final = 20
SLOWEST_PAUSE_S: Final = 60.0
"""Where knocks are answered but the answers to probes are lost, each probe may be seen as one more message:
after so many of them the pauses before probes grow on to a minute."""

Knock = Callable[[int], Coroutine[Any, Any, bool]]


class GateDecision(Enum):
    """What a send learns at the gate of the lane."""

    FREE = auto()  # it is open
    WAITED = auto()  # it was closed and is open now: take a new slot, the one of before is long over
    PROBE = auto()  # it is closed, but this one send may go
    ALONE = auto()  # Telegram answers, and only one or two failed, this one too: it is their own trouble


class OutageGate:
    """The gate of the lane. It belongs to one event loop, and all sends of a process share it."""

    def __init__(
        self,
        knock: Knock,
        allowed: Callable[[], Coroutine[Any, Any, None]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`knock(chat_id)` asks Telegram something harmless about a chat and returns whether it answered.

        `allowed()` waits until a 429 no longer forbids requests.
        """
        self._knock = knock
        self._allowed = allowed
        self._clock = clock
        self._departed = 0
        self._answered = 0  # the latest departure that was answered
        self._answered_at = -math.inf
        self._failed: list[int] = []  # whose sends failed since the last answer, one entry a failure
        self._failed_first_at = 0.0
        self._closed = False
        self._silent = False  # a knock was not answered since the last probe
        self._pauses = 0
        self._lost_probes = 0
        self._waiting = 0
        self._probing = asyncio.Lock()  # first come, first served: each time another reader probes
        self.began = asyncio.Event()
        """Set while the lane is closed and a knock or a probe has failed."""
        self.ended = asyncio.Event()
        """Set while `began` is not."""
        self.ended.set()

    @property
    def is_closed(self) -> bool:
        """Nothing but probes may leave."""
        return self._closed

    @property
    def departures(self) -> int:
        """How many sends have left so far."""
        return self._departed

    def depart(self) -> int:
        """Number a send that leaves now."""
        self._departed += 1
        return self._departed

    @property
    def lasts(self) -> float:
        """The seconds since the first failure after the last answer."""
        return self._clock() - self._failed_first_at

    @asynccontextmanager
    async def passing(self, reader: int, chat_id: int) -> AsyncIterator[GateDecision]:
        """Wait at the gate. Nobody else probes before the context of a PROBE ends."""
        if not self._closed:
            yield GateDecision.FREE
            return
        self._waiting += 1
        try:
            async with self._probing:
                passage = await self._admit(reader, chat_id)
                if passage is GateDecision.PROBE:
                    yield passage
                    return
        except asyncio.CancelledError:
            if self._waiting == 1:  # nobody is left to find out; the next send will
                self._open()
            raise
        finally:
            self._waiting -= 1
        yield passage

    def heard(self, outcome: Outcome, passage: GateDecision, reader: int, number: int, *, since: int) -> bool:
        """Note what the departure of that `number` came to.

        Return True if it failed although a send that left after the departure `since` was answered: that is
        the reader's own trouble. While the lane is closed, the late answer to an earlier send opens nothing.
        """
        if not isinstance(outcome, Transient):
            self._answered, self._answered_at = max(self._answered, number), self._clock()
            if passage is GateDecision.PROBE:
                self._open()
            elif not self._closed:
                self._failed.clear()
            return False
        if self._answered > since and passage is not GateDecision.PROBE:
            return True
        self._note_failure(reader, outcome, passage)
        return False

    def _note_failure(self, reader: int, failure: Transient, passage: GateDecision) -> None:
        if not self._failed:
            self._failed_first_at = self._clock()
        self._failed.append(reader)
        if passage is GateDecision.PROBE:
            self._lost_probes += failure.maybe_sent and not failure.answered
            self._note_silence(failure.reason)
        elif not self._closed and len(self._failed) >= IN_A_ROW and self._is_quiet():
            self._closed = True
            self._silent = False
            self._pauses = self._lost_probes = 0

    def _is_quiet(self) -> bool:
        return self._clock() - self._answered_at >= QUIET_S

    def _note_silence(self, reason: str) -> None:
        if not self.began.is_set():
            self.began.set()
            self.ended.clear()
            log.warning("Telegram does not answer: nothing is sent but probes", extra={"reason": reason})

    def _open(self) -> None:
        if self.began.is_set():
            log.warning("Telegram answers again", extra={"after_s": round(self.lasts, 1)})
        self._closed = False
        self._failed.clear()
        self.began.clear()
        self.ended.set()

    async def _admit(self, reader: int, chat_id: int) -> GateDecision:
        """Knock until Telegram answers, unless the lane has been opened meanwhile."""
        if not self._closed:
            return GateDecision.WAITED
        if self._pauses:  # the probe before this one failed
            too_many = max(0, self._lost_probes - QUICK_PROBES)
            await asyncio.sleep(min(SLOWEST_PAUSE_S, self._next_pause() * 2 ** min(too_many, 10)))
        await self._wait_for_an_answer(chat_id)
        if self._silent or len(set(self._failed)) >= DIFFERENT:
            self._silent = False
            self._pauses += 1
            return GateDecision.PROBE
        passage = GateDecision.ALONE if reader in self._failed else GateDecision.WAITED
        self._open()
        return passage

    async def _wait_for_an_answer(self, chat_id: int) -> None:
        """Knock again and again until one knock is answered, without waiting for those that hang."""
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
        """Seconds, with jitter, so that several processes do not knock in step."""
        longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(self._pauses, 10))
        self._pauses += 1
        return random.uniform(longest / 2, longest)  # noqa: S311  # jitter is no secret

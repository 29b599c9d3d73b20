"""Rounds: at once when there is need, and then not again for a while."""

import asyncio

import pytest

from bot.runtime import paced_loop
from bot.runtime.paced_loop import PacedLoop

PATIENCE_S = 60


class Work:
    """Notes what was gone for, and what was rested in between."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *found: bool | Exception) -> None:
        self.found = list(found)
        self.done: list[str] = []
        self.woken = asyncio.Event()
        self.out_of_work = asyncio.Event()
        self.rounds = PacedLoop(self._go, self.woken, rest_s=1_000)
        monkeypatch.setattr(paced_loop, "rest", self._rest)

    async def _go(self) -> bool:
        self.done.append("go")
        found = self.found.pop(0) if self.found else False
        if isinstance(found, Exception):
            raise found
        if not self.found:
            self.out_of_work.set()
        return found

    async def _rest(self, _stopping: asyncio.Event, seconds: float) -> None:
        assert seconds == 1_000
        self.done.append("rest")
        self.woken.set()


async def _through(work: Work) -> list[str]:
    running = asyncio.create_task(work.rounds.run())
    await asyncio.wait_for(work.out_of_work.wait(), PATIENCE_S)
    work.rounds.stop()
    await asyncio.wait_for(running, PATIENCE_S)
    return work.done


async def test_it_rests_after_something_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes meanwhile is gathered for the next round, which follows at once."""
    assert (await _through(Work(monkeypatch, True, True, False)))[:5] == ["go", "rest", "go", "rest", "go"]


async def test_a_fault_ends_no_rounds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the next round comes after a rest, so that it is not met again and again."""
    done = await _through(Work(monkeypatch, ValueError("broken"), False))
    assert done[:3] == ["go", "rest", "go"]
    assert "a round failed" in caplog.text


async def test_it_goes_at_once_when_it_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that found nothing does not make what comes next wait."""
    work = Work(monkeypatch, False, False)
    running = asyncio.create_task(work.rounds.run())
    while work.done != ["go"]:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)
    work.woken.set()
    await asyncio.wait_for(work.out_of_work.wait(), PATIENCE_S)
    assert work.done == ["go", "go"]
    work.rounds.stop()
    await asyncio.wait_for(running, PATIENCE_S)

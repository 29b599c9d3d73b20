"""The paced loop: calls its function at once when it is woken, and then not again for a while."""

import asyncio

import pytest

from bot.runtime import paced_loop
from bot.runtime.paced_loop import PacedLoop
from tests.waiting import comes_true

PATIENCE_S = 60


class Work:
    """A paced loop that notes its calls and its rests. `found`: what the calls return or raise."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *found: bool | Exception) -> None:
        self.found = list(found)
        self.done: list[str] = []
        self.woken = asyncio.Event()
        self.out_of_work = asyncio.Event()
        self.loop = PacedLoop(self._act, self.woken, rest_s=1_000)
        monkeypatch.setattr(paced_loop, "rest", self._rest)

    async def _act(self) -> bool:
        self.done.append("act")
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
    running = asyncio.create_task(work.loop.run())
    await asyncio.wait_for(work.out_of_work.wait(), PATIENCE_S)
    work.loop.stop()
    await asyncio.wait_for(running, PATIENCE_S)
    return work.done


async def test_it_rests_after_a_call_that_did_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next call follows the rest at once, if it was woken meanwhile."""
    assert (await _through(Work(monkeypatch, True, True, False)))[:5] == ["act", "rest", "act", "rest", "act"]


async def test_an_error_does_not_end_the_loop(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and the next call comes after a rest."""
    done = await _through(Work(monkeypatch, ValueError("broken"), False))
    assert done[:3] == ["act", "rest", "act"]
    assert "a round failed" in caplog.text


async def test_it_acts_at_once_when_it_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that found nothing is not followed by a rest."""
    work = Work(monkeypatch, False, False)
    running = asyncio.create_task(work.loop.run())

    async def has_acted() -> bool:
        return work.done == ["act"]

    await comes_true(has_acted)
    work.woken.set()
    await asyncio.wait_for(work.out_of_work.wait(), PATIENCE_S)
    assert work.done == ["act", "act"]
    work.loop.stop()
    await asyncio.wait_for(running, PATIENCE_S)

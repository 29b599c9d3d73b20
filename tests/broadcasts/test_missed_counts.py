"""Counts of those who missed a push: one at a time, in the background, and for a minute."""

import asyncio

import pytest

from bot.broadcasts import missed_counts
from bot.broadcasts.missed_counts import FRESH_S, MissedCounts
from tests.factories import Elapsed


class Slow:
    """Counts as often as it is let."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.begun = asyncio.Event()
        self.answers: asyncio.Queue[int | Exception] = asyncio.Queue()

    async def count(self, broadcast_id: int) -> int:
        self.asked.append(broadcast_id)
        self.begun.set()
        answer = await self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer


async def answer(counts: MissedCounts) -> int:
    """What the count comes to, when it is made."""
    async with asyncio.timeout(60):
        while (number := await counts.of(7)) is None:  # noqa: ASYNC110  # a page asks again and again, too
            await asyncio.sleep(0)
    return number


@pytest.fixture
def elapsed(monkeypatch: pytest.MonkeyPatch) -> Elapsed:
    clock = Elapsed()
    monkeypatch.setattr(missed_counts, "elapsed_clock", clock)
    monkeypatch.setattr(missed_counts, "_SOON_S", 0)
    return clock


async def test_those_who_ask_meanwhile_wait_for_one_count(elapsed: Elapsed) -> None:
    """It serves a minute from when it was made, and then another one is made."""
    slow = Slow()
    counts = MissedCounts(slow.count)
    assert [await counts.of(7) for _ in range(3)] == [None, None, None]
    slow.answers.put_nowait(12)
    await answer(counts)
    elapsed.now += FRESH_S
    assert await counts.of(7) == 12
    elapsed.now += 1
    assert await counts.of(7) is None
    assert slow.asked == [7, 7]
    await counts.close()


async def test_a_count_that_failed_is_made_anew(elapsed: Elapsed) -> None:
    """Who asks hears why; so it does not stay for ever."""
    slow = Slow()
    counts = MissedCounts(slow.count)
    assert await counts.of(7) is None
    slow.answers.put_nowait(ValueError("no database"))
    with pytest.raises(ValueError, match="no database"):
        await answer(counts)
    assert await counts.of(7) is None
    await counts.close()


async def test_a_count_that_is_broken_off_while_somebody_waits(
    elapsed: Elapsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two editors look at the page, and a third one sends the push at that moment: both ask again."""
    monkeypatch.setattr(missed_counts, "_SOON_S", 60)
    slow = Slow()
    counts = MissedCounts(slow.count)
    waiting = [asyncio.create_task(counts.of(7)) for _ in range(2)]
    await slow.begun.wait()
    counts.forget(7)
    assert await asyncio.gather(*waiting) == [None, None]
    await counts.close()


async def test_what_was_sent_is_counted_anew(elapsed: Elapsed) -> None:
    """A count that was under way then says nothing about now, and is broken off."""
    slow = Slow()
    counts = MissedCounts(slow.count)
    assert await counts.of(7) is None
    counts.forget(7)
    assert await counts.of(7) is None
    slow.answers.put_nowait(0)
    assert await answer(counts) == 0
    await counts.close()

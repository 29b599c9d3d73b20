"""The supervisor: a part that fails is logged and starts again, and health names it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import pytest

from bot.runtime import supervisor as module
from bot.runtime.supervisor import Supervisor
from tests.factories import Elapsed
from tests.running import watched
from tests.waiting import PATIENCE


class FatalError(Exception):
    """Ends the run."""


class Part:
    """A part that raises `errors` one after another (None: it returns), then works until it is stopped."""

    def __init__(self, *errors: BaseException | None) -> None:
        self.errors = list(errors)
        self.runs = 0
        self.works = asyncio.Event()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        self.runs += 1
        if self.errors:
            error = self.errors.pop(0)
            if error is None:
                return
            raise error
        self.works.set()
        await self._stopping.wait()

    def stop(self) -> None:
        self._stopping.set()


@pytest.fixture
def elapsed(monkeypatch: pytest.MonkeyPatch) -> Elapsed:
    made = Elapsed()
    monkeypatch.setattr(module, "elapsed_clock", made)
    return made


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between failures; they take no time."""
    made: list[float] = []

    async def rest(_ending: asyncio.Event, seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr(module, "rest", rest)
    return made


@pytest.fixture
async def parts() -> AsyncIterator[Supervisor]:
    async with Supervisor(patience=5) as made:
        yield made


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("ours"), asyncio.CancelledError(), None], ids=["error", "cancelled", "ended"]
)
async def test_a_part_that_ends_is_logged_and_started_again(
    parts: Supervisor, pauses: list[float], caplog: pytest.LogCaptureFixture, error: BaseException | None
) -> None:
    """By an error, by a cancellation that was not meant for it, or by returning."""
    part = Part(error)
    parts.start("the fetcher", part.run, stop=part.stop)
    await part.works.wait()
    assert (part.runs, len(pauses)) == (2, 1)
    [record] = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert getattr(record, "part", None) == "the fetcher"
    assert error is None or type(error).__name__ in caplog.text
    assert parts.failing() == []


async def test_a_part_counts_as_failing_while_it_rests(parts: Supervisor) -> None:
    """The other parts do not."""
    dead, alive = Part(ZeroDivisionError()), Part()
    parts.start("dead", dead.run, stop=dead.stop)
    parts.start("alive", alive.run, stop=alive.stop)
    assert parts.failing() == []
    await alive.works.wait()
    assert parts.failing() == ["dead"]
    await dead.works.wait()
    assert parts.failing() == []


async def test_a_part_that_keeps_failing_counts_as_failing_until_a_minute_without_failure(
    parts: Supervisor, pauses: list[float], elapsed: Elapsed
) -> None:
    """The pauses grow up to a minute."""
    part = Part(*[ZeroDivisionError() for _ in range(9)])
    parts.start("the fetcher", part.run, stop=part.stop)
    await part.works.wait()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert parts.failing() == ["the fetcher"]
    elapsed.now += 60
    assert parts.failing() == []


async def test_a_failure_after_a_long_run_counts_as_the_first(
    parts: Supervisor, pauses: list[float], elapsed: Elapsed
) -> None:
    """The pause before the next start is short again."""
    part = Part(*[ZeroDivisionError() for _ in range(3)])

    async def run_long() -> None:
        elapsed.now += 60
        await part.run()

    parts.start("the fetcher", run_long, stop=part.stop)
    await part.works.wait()
    assert pauses == [1, 1, 1]


async def test_a_fatal_error_ends_the_run(pauses: list[float]) -> None:
    """The other parts are stopped, and the error is raised; the part is not started again."""
    fatal, other = Part(FatalError("the token is gone")), Part()

    async def run() -> None:
        async with Supervisor(patience=5, fatal=(FatalError,)) as parts:
            parts.start("other", other.run, stop=other.stop)
            parts.start("polling", fatal.run, stop=fatal.stop)
            await parts.until(asyncio.Event())

    with pytest.raises(FatalError, match="the token is gone"):
        await run()
    assert other.works.is_set()
    assert pauses == []


def _ignore() -> None:
    """The `stop` of a part that does not react to it."""


@pytest.mark.parametrize("stop", [None, _ignore], ids=["has no stop", "hangs"])
async def test_a_part_that_does_not_end_by_itself_is_cancelled(stop: Callable[[], None] | None) -> None:
    """A part without a `stop` and one that ignores it are cancelled; the others are waited for."""
    stopping, orderly = asyncio.Event(), Part()
    ended: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("hanging")

    async def end() -> None:
        await orderly.run()
        ended.append("orderly")

    async with Supervisor(patience=0.05) as parts:
        parts.start("hanging", hang, stop=stop)
        parts.start("orderly", end, stop=orderly.stop)
        await orderly.works.wait()
        stopping.set()
        await parts.until(stopping)
    assert ended == ["orderly", "hanging"]


async def test_a_stop_ends_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that rests after a failure is not started again."""
    monkeypatch.setattr(module, "_FIRST_PAUSE_S", 3600)
    part = Part(ZeroDivisionError())
    async with asyncio.timeout(PATIENCE), Supervisor(patience=2 * PATIENCE) as parts:
        with watched("bot.runtime.supervisor", "a part failed") as failed:
            parts.start("the fetcher", part.run, stop=part.stop)
            await failed.wait()
    assert part.runs == 1


async def test_a_part_whose_task_is_over_has_ended(pauses: list[float]) -> None:
    """By an error that ends the run, until the run ends; one that is started again has not."""
    parts = Supervisor(patience=5, fatal=(FatalError,))
    for name, part in (("the fetcher", Part(FatalError())), ("the reader", Part(ValueError()))):
        parts.start(name, part.run, stop=part.stop)
    await parts.until(asyncio.Event())
    assert parts.ended() == ["the fetcher"]
    with pytest.raises(FatalError):
        await parts._end()
    assert parts.ended() == []

"""A transaction keeps no lock however it ends: it is cancelled at every await."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.engine import sqlite
from storage.engine.sqlite import SQLiteConnection
from storage.engine.unavailable import DatabaseUnavailableError

_PATIENCE_S = 10  # a lock that is kept stays for ever, or for the 30 s of a busy wait
_MANY = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) SELECT i FROM n"
_SET = (
    "INSERT INTO topics (slug, name) VALUES ('one', :name), ('two', :name) "
    "ON CONFLICT (slug) DO UPDATE SET name = excluded.name"
)
_WRITE = f"{_SET} RETURNING slug"

Work = Callable[[Database], Awaitable[None]]


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """Turn garbage collection off: a lock that only it would release counts as kept."""
    gc.disable()
    yield
    gc.enable()


class _Opened(SQLiteConnection):
    """A connection that is counted until it is closed."""

    left: ClassVar[set[int]] = set()

    def __init__(self, *given: Any, **named: Any) -> None:
        self.left.add(id(self))
        super().__init__(*given, **named)

    def close(self) -> None:
        super().close()
        self.left.discard(id(self))


@pytest.fixture(autouse=True)
def _counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "SQLiteConnection", _Opened)
    _Opened.left.clear()


@dataclass(frozen=True, slots=True)
class Where:
    """A database, whether it has a connection already, and after how many steps a second cancel comes."""

    url: str
    is_connected: bool
    again: tuple[int, ...]


@pytest.fixture(params=["sqlite-connecting", "sqlite-connected", "postgresql-connecting"])
def where(request: pytest.FixtureRequest) -> Where:
    """SQLite in more variants: its connections live in threads of ours."""
    kind, _, how = request.param.partition("-")
    if kind == "sqlite":
        return Where(request.getfixturevalue("sqlite_url"), how == "connected", (0, 1, 4))
    return Where(request.getfixturevalue("postgres_url"), False, (0,))


class Stepper:
    """Cancels tasks at a given step. Steps are the suspensions of all tasks together."""

    def __init__(self, at: int, *, late: bool, everything: bool, again: int = 0) -> None:
        """`late`: cancel when what is waited for is done, before the task sees it. `everything`: cancel all
        tasks, as an exit does. `again`: cancel a second time, so many steps later.
        """
        self._at = {at, at + again}
        self._late = late
        self._everything = everything
        self._tasks: list[asyncio.Task[Any]] = []
        self.steps = 0

    def make(
        self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **named: Any
    ) -> asyncio.Task[Any]:
        """Make a task whose steps are counted."""
        task = asyncio.Task(self._counted(work), loop=loop, **named)
        self._tasks.append(task)
        return task

    async def _counted(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await _Steps(work, self._stepped)

    def _stepped(self, awaited: Any) -> None:
        self.steps += 1
        if self.steps not in self._at:
            return
        tasks = self._tasks if self._everything else self._tasks[:1]
        if self._late and awaited is not None:
            awaited.add_done_callback(lambda _: [task.cancel() for task in tasks])
        else:
            for task in tasks:
                task.cancel()


class _Steps:
    """Awaits a coroutine, and calls `stepped` with what it waits for at each suspension."""

    def __init__(self, work: Coroutine[Any, Any, Any], stepped: Callable[[Any], None]) -> None:
        self._work = work
        self._stepped = stepped

    def __await__(self) -> Generator[Any, Any, Any]:
        resume: Callable[[], Any] = partial(self._work.send, None)
        while True:
            try:
                awaited = resume()
            except StopIteration as end:
                return end.value
            self._stepped(awaited)
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001  # passed on to the coroutine
                resume = partial(self._work.throw, error)
            else:
                resume = partial(self._work.send, None)


async def _write(database: Database) -> None:
    async with database.transaction() as session:
        (await session.execute(text(_WRITE), {"name": "x"})).all()


async def _read_and_write(database: Database) -> None:
    async with database.transaction() as session:
        (await session.execute(text(_MANY.format(most=200)))).all()
        await session.execute(text(_SET), [{"name": "x"}, {"name": "y"}])


async def _stream(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text(_WRITE), {"name": "x"})
        async for _ in await session.stream(text(_MANY.format(most=300))):
            pass


async def _fail(database: Database) -> None:
    with suppress(ValueError):
        async with database.transaction() as session:
            await session.execute(text(_WRITE), {"name": "x"})
            raise ValueError


async def _look(database: Database) -> None:
    async with database.read() as session:
        if not database.is_sqlite:
            (await session.execute(text(_MANY.format(most=300)))).all()
            return
        async for _ in await session.stream(text(_MANY.format(most=300))):
            break


async def _wait_for_the_turn(database: Database) -> None:
    await asyncio.gather(_write(database), _write(database), _write(database))


async def _close(database: Database) -> None:
    with suppress(DatabaseUnavailableError):  # the connection is closed
        async with database.transaction() as session:
            await session.execute(text(_WRITE), {"name": "x"})
            await database.close()


_SHAPES = [_write, _read_and_write, _stream, _fail, _look, _wait_for_the_turn, _close]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")  # cancelled before its first step
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("everything", [False, True], ids=["alone", "everything"])
@pytest.mark.parametrize("late", [False, True], ids=["at-once", "late"])
@pytest.mark.parametrize("work", _SHAPES, ids=lambda work: work.__name__.strip("_"))
@pytest.mark.timeout(300)
async def test_a_transaction_that_is_cancelled_at_any_step_keeps_no_lock(
    where: Where, work: Work, late: bool, everything: bool
) -> None:
    """Another connection gets the lock at once, and so does the next writer of the same process.

    If everything is cancelled, tasks that release it may not even begin: then it is free after the close.
    No connection of SQLite is left open.
    """
    step, reached = 0, True
    async with _opened(where.url) as other:
        while reached:
            step += 1
            for again in where.again:
                stepper = Stepper(step, late=late, everything=everything, again=again)
                async with _opened(where.url) as database:
                    if where.is_connected:
                        await _write(database)
                    await _cancel(work, database, stepper)
                    if not everything:
                        await asyncio.wait_for(_write(other), _PATIENCE_S)
                        await asyncio.wait_for(_write(database), _PATIENCE_S)
                await asyncio.wait_for(_write(other), _PATIENCE_S)
                reached = stepper.steps >= step
    assert step > 2
    assert not _Opened.left


async def _cancel(work: Work, database: Database, stepper: Stepper) -> None:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(stepper.make)  # type: ignore[arg-type]  # typeshed wants generators too
    task = loop.create_task(_as_coroutine(work(database)))
    with suppress(asyncio.CancelledError):
        await task
    loop.set_task_factory(None)


async def _as_coroutine(work: Awaitable[None]) -> None:
    await work


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        await database.close()

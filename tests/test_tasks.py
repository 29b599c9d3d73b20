"""Tasks: their errors are seen, and only bot/tasks.py starts them."""

import ast
import asyncio
import logging
from pathlib import Path

import pytest

from bot import tasks
from tests.paths import REPOSITORY

PRODUCT = [
    file
    for folder in ("bot", "handlers", "storage")
    for file in sorted((REPOSITORY / folder).rglob("*.py"))
    if "sandbox" not in file.parts
]
STARTS = {"create_task", "ensure_future", "run_coroutine_threadsafe"}


def strays(source: str) -> list[int]:
    """Return the lines that start a task whose error may stay unseen.

    Tasks of an `asyncio.TaskGroup` in the same `async with` are fine, and so is a gather that returns errors:
    one that raises them does not wait for the others when the first fails.
    """
    nodes = list(ast.walk(ast.parse(source)))
    opened = [item for node in nodes if isinstance(node, ast.AsyncWith) for item in node.items]
    groups = {
        item.optional_vars.id
        for item in opened
        if isinstance(item.optional_vars, ast.Name)
        and ast.unparse(item.context_expr) == "asyncio.TaskGroup()"
    }
    return [getattr(node, "lineno", 0) for node in nodes if _starts(node, groups)]


def _starts(node: ast.AST, groups: set[str]) -> bool:
    match node:
        case ast.Name():
            return node.id in STARTS
        case ast.Attribute():
            return node.attr in STARTS and ast.unparse(node.value) not in groups
        case ast.Call():
            return _leaves_others(node)
        case ast.ImportFrom():
            return any(one.name in {*STARTS, "gather"} for one in node.names)
        case _:
            return False


def _leaves_others(node: ast.Call) -> bool:
    given = {one.arg for one in node.keywords}
    return ast.unparse(node.func) == "asyncio.gather" and "return_exceptions" not in given


@pytest.mark.parametrize("file", PRODUCT, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_no_other_module_starts_tasks(file: Path) -> None:
    """The error of a task that is started elsewhere could stay unseen: use bot/tasks.py or a TaskGroup."""
    if file != Path(tasks.__file__).resolve():
        assert strays(file.read_text()) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("asyncio.create_task(work())", True),
        ("asyncio.ensure_future(work())", True),
        ("asyncio.get_running_loop().create_task(work())", True),
        ("stack.callback(asyncio.create_task(budget.run()).cancel)", True),
        ("start = asyncio.create_task", True),
        ("from asyncio import create_task as start", True),
        ("context.application.create_task(work())", True),
        ("async def f():\n  await asyncio.gather(a(), b())", True),
        ("async def f():\n  await asyncio.gather(a(), b(), return_exceptions=True)", False),
        ("async def f():\n  async with asyncio.TaskGroup() as group:\n    group.create_task(work())", False),
        ("async def f():\n  async with other() as group:\n    group.create_task(work())", True),
        ("tasks.start(work(), name='work')", False),
    ],
)
def test_a_task_that_is_started_elsewhere_is_found(source: str, *, found: bool) -> None:
    """However the code is written."""
    assert bool(strays(source)) is found


async def test_an_error_is_logged_when_it_ends_the_task(caplog: pytest.LogCaptureFixture) -> None:
    """At once, with the task's name and the traceback, although nothing awaits the task."""

    async def fail() -> None:
        raise ZeroDivisionError("ours")

    task = tasks.start(fail(), name="the failing one")
    await asyncio.wait([task])
    [record] = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert getattr(record, "task", None) == "the failing one"
    assert "ZeroDivisionError: ours" in caplog.text


async def test_a_task_that_ends_or_is_cancelled_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Neither is an error."""
    task = tasks.start(asyncio.sleep(0, "done"), name="a")
    hanging = tasks.start(asyncio.Event().wait(), name="b")
    assert await task == "done"
    hanging.cancel()
    await asyncio.wait([hanging])
    assert caplog.records == []


async def test_all_of_returns_results_in_order() -> None:
    """They run at the same time: the first waits for the second."""
    second_began = asyncio.Event()

    async def first() -> int:
        await second_began.wait()
        return 1

    async def second() -> int:
        second_began.set()
        return 2

    assert await tasks.all_of([first(), second()]) == [1, 2]


async def test_an_error_in_all_of_cancels_the_others() -> None:
    """It is raised as itself, after all others have ended."""
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await tasks.all_of([hang(), fail()])
    assert ended.is_set()

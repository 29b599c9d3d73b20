"""Tasks: errors are seen, and one place starts them all."""

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
    """Return the lines that start a task whose error nobody need ever see.

    Tasks of an `asyncio.TaskGroup` in the same `async with` are fine, and so is a gather that returns errors:
    one that does not leaves the others alone when the first fails.
    """
    tree = ast.parse(source)
    groups = {
        item.optional_vars.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if isinstance(item.optional_vars, ast.Name)
        and ast.unparse(item.context_expr) == "asyncio.TaskGroup()"
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, (ast.Attribute, ast.Name)) and _starts(node, groups))
        or (isinstance(node, ast.Call) and _leaves_others(node))
        or (isinstance(node, ast.ImportFrom) and any(one.name in {*STARTS, "gather"} for one in node.names))
    ]


def _starts(node: ast.Attribute | ast.Name, groups: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in STARTS
    return node.attr in STARTS and ast.unparse(node.value) not in groups


def _leaves_others(node: ast.Call) -> bool:
    given = {one.arg for one in node.keywords}
    return ast.unparse(node.func) == "asyncio.gather" and "return_exceptions" not in given


@pytest.mark.parametrize("file", PRODUCT, ids=lambda file: str(file.relative_to(REPOSITORY)))
def test_no_other_place_starts_tasks(file: Path) -> None:
    """A task that is started elsewhere could die unseen: use bot/tasks.py, or a TaskGroup."""
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
def test_the_test_above_finds_them(source: str, *, found: bool) -> None:
    """However they are written."""
    assert bool(strays(source)) is found


async def test_an_error_is_logged_when_it_ends_the_task(caplog: pytest.LogCaptureFixture) -> None:
    """At once, with its name and the traceback, though the task is kept and nobody awaits it."""

    async def fail() -> None:
        raise ZeroDivisionError("ours")

    task = tasks.start(fail(), name="the failing one")
    await asyncio.wait([task])
    [record] = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert getattr(record, "task", None) == "the failing one"
    assert "ZeroDivisionError: ours" in caplog.text


async def test_what_ends_well_or_is_cancelled_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is logged of it."""
    task = tasks.start(asyncio.sleep(0, "done"), name="a")
    hanging = tasks.start(asyncio.Event().wait(), name="b")
    assert await task == "done"
    hanging.cancel()
    await asyncio.wait([hanging])
    assert caplog.records == []


async def test_all_are_done_and_come_in_order() -> None:
    """At the same time: the first waits for the second."""
    second_began = asyncio.Event()

    async def first() -> int:
        await second_began.wait()
        return 1

    async def second() -> int:
        second_began.set()
        return 2

    assert await tasks.all_of([first(), second()]) == [1, 2]


async def test_an_error_of_one_ends_the_others_before_it_is_raised() -> None:
    """As itself, so that callers can name it; nobody goes on behind its caller's back."""
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

"""What the tests of the command line share: stories to add, and checks of a command's result."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from typer.testing import Result

from bot import config
from bot.runtime.build import open_services
from tests.factories import analysis
from tests.paths import REPOSITORY

Comeback = Callable[..., Result]

_STORIES = REPOSITORY / "bot" / "cli" / "demo" / "demo_stories"
ORIGINAL = str(_STORIES / "original-story.txt")
BUS = str(_STORIES / "school-bus.txt")


def done(result: Result) -> str:
    """Return standard output; fail unless the exit status is 0 and standard error is empty."""
    assert (result.exit_code, result.stderr) == (0, ""), (result.output, result.exception)
    return result.stdout


def refused(result: Result) -> str:
    """Return the line on standard error; fail unless the exit status is 1 and it is the only one."""
    assert result.exit_code == 1, (result.exit_code, result.output, result.exception)
    [line] = result.stderr.splitlines()
    return str(line)


def entries(result: Result) -> list[dict[str, Any]]:
    """Return the objects that `--json` printed, one a line."""
    return [json.loads(line) for line in done(result).splitlines()]


def add_draft(url: str, topics: Sequence[str] = ()) -> None:
    """Add a draft to the database at `url`, without the command line."""

    async def add() -> None:
        async with open_services(config.load(database_url=url)) as services:
            await services.stories.add(analysis(), topics, actor="test")

    asyncio.run(add())

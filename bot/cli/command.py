"""How every command runs: an event loop, one line for what is refused, the right exit status."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, NoReturn

import orjson
import typer

from bot import config, logs
from bot.config import Settings
from bot.errors import UserError
from bot.services import Services

REFUSED = 1
WRONG = 2
ACTOR = "command line"
LARGEST_ID = 2**31 - 1  # the database numbers stories, appeals and broadcasts with 32 bits

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def run(work: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """Read the settings, run `work` with them; end with status 1 and one line where it is refused."""
    try:
        settings = config.load()
    except UserError as error:
        refuse(str(error))
    logs.configure(settings.log_level, settings.log_format)
    run_alone(lambda: work(settings))


def run_alone(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work`, which needs no settings; end with status 1 and one line where it is refused."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(work())
    except UserError as error:
        refuse(str(error))


def serve(work: Callable[[Services], Coroutine[Any, Any, None]]) -> None:
    """Run `work` with the use cases over the database."""

    async def opened(settings: Settings) -> None:
        from bot.runtime.build import open_services  # noqa: PLC0415  # keeps --help quick

        async with open_services(settings) as services:
            await work(services)

    run(opened)


def confirm(question: str, *, yes: bool, flag: str = "--yes") -> None:
    """Ask, unless `yes`: end with status 1 on a no. A script, which cannot answer, must give `flag`."""
    if yes:
        return
    if not is_somebody_there():
        refuse(f"{question} Nobody is here to ask: say {flag}.")
    if not typer.confirm(question, err=True):  # standard output is for --json
        raise typer.Exit(REFUSED)


def is_somebody_there() -> bool:
    """Can whoever called us answer a question?"""
    return sys.stdin.isatty()


def in_zone(at: datetime, zone: tzinfo) -> datetime:
    """The instant that somebody's clock calls `at`. Ends with status 1 where it is beyond every calendar."""
    try:
        return at.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        refuse(f"{at:%Y-%m-%d} is beyond every calendar: give a day of this century.")


def refuse(sentence: str) -> NoReturn:
    """One line on standard error, exit status 1."""
    complain(sentence)
    raise typer.Exit(REFUSED)


def complain(sentence: str) -> None:
    """One line on standard error; the work goes on."""
    print(logs.redact(sentence), file=sys.stderr)


def put_json(entry: dict[str, Any]) -> None:
    """One object on one line of standard output."""
    print(orjson.dumps(entry, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS).decode())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415  # not there on Windows
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop

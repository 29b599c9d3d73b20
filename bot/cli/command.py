"""What every command needs: an event loop, settings, services, errors in one line, and exit statuses."""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, NoReturn

import orjson
import typer

from bot import config, logs
from bot.config import Settings
from bot.editors.actors import COMMAND_LINE
from bot.errors import UserError
from bot.services import Services

REFUSED = 1  # exit status: the command was not done, and one line on standard error says why
WRONG_USAGE = 2  # exit status
ACTOR = COMMAND_LINE  # in the audit log
LARGEST_ID = 2**31 - 1  # the database numbers stories, appeals and broadcasts with 32 bits

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def run(work: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """Read the settings and run `work` with them. A UserError ends the command with status 1 and one line."""
    try:
        settings = config.load()
    except UserError as error:
        refuse(str(error))
    logs.configure(settings.log_level, settings.log_format)
    run_alone(lambda: work(settings))


def run_alone(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work`, which needs no settings. A UserError ends the command with status 1 and one line."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(work())
    except UserError as error:
        refuse(str(error))


def serve(work: Callable[[Services], Coroutine[Any, Any, None]]) -> None:
    """Read the settings, open the database and run `work` with the use cases; see `run`."""

    async def with_services(settings: Settings) -> None:
        from bot.runtime.build import open_services  # noqa: PLC0415  # keeps --help quick

        async with open_services(settings) as services:
            await work(services)

    run(with_services)


def confirm(question: str, *, yes: bool, flag: str = "--yes") -> None:
    """Ask a question, unless `yes`; end with status 1 if the answer is no.

    If nobody can answer, as in a script, end with status 1 and name the `flag` that is the answer.
    """
    if yes:
        return
    if not is_interactive():
        refuse(f"{question} Nobody is here to ask: say {flag}.")
    if not typer.confirm(question, err=True):  # standard output is for --json
        raise typer.Exit(REFUSED)


def is_interactive() -> bool:
    """Return whether somebody can answer a question on standard input."""
    return sys.stdin.isatty()


def in_zone(at: datetime, zone: tzinfo) -> datetime:
    """Return a local time of this zone in UTC. Ends with status 1 if a datetime cannot hold it."""
    try:
        return at.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        refuse(f"{at:%Y-%m-%d} is beyond every calendar: give a day of this century.")


def refuse(sentence: str) -> NoReturn:
    """Print one line on standard error and end with status 1."""
    complain(sentence)
    raise typer.Exit(REFUSED)


def complain(sentence: str) -> None:
    """Print one line on standard error and go on."""
    print(logs.redact(sentence), file=sys.stderr)


def put_json(fields: Mapping[str, object]) -> None:
    """Print one JSON object on one line of standard output."""
    print(orjson.dumps(fields, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS).decode())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415  # Windows has none
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop

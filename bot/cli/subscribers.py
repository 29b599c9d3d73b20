"""The commands `comeback subscribers …`: Subscribers as CSV, and what is stored about one of them."""

import csv
import io
import sys
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bot.cli.command import ACTOR, REFUSED, AsJson, confirm, put_json, refuse, serve
from bot.cli.story.input_files import open_file
from bot.services import Services
from bot.subscribers.csv.csv import ImportCount
from storage.private_files import private

app = typer.Typer(
    help="Bring subscribers from elsewhere, keep a copy of them, hand over or delete one's data.",
    no_args_is_help=True,
)

Chat = Annotated[int, typer.Argument(metavar="CHAT", help="The chat's number; that of a group is negative.")]

_NEGATIVE = {"ignore_unknown_options": True}  # a number such as -100123 is no option
_CONSOLE = Console(stderr=True)
_LARGE = 1_000_000  # bytes; a smaller file is read in an instant


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="With a header; chat_id is required.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add the subscribers of the file that are missing here. No /stop is undone and no preference changes."""

    async def work(services: Services) -> None:
        content, size = open_file(file)
        result = ImportCount()
        lines = io.TextIOWrapper(content, encoding="utf-8-sig", errors="surrogateescape", newline="")
        with lines, _bar(size) as progress:
            task = progress.add_task("Reading", total=size)
            async for result in services.csv.load(lines, dry_run=dry_run):
                progress.update(task, completed=content.tell(), description=f"{result.read} lines")
        _report(result, dry_run=dry_run, as_json=as_json)

    serve(work)


@app.command()
def export(
    file: Annotated[str, typer.Argument(metavar="FILE.csv", help="Where to; - is standard output.")],
) -> None:
    """Write all subscribers with their preferences. Keep it safe: it says who reads you."""
    output = _create(file)

    async def work(services: Services) -> None:
        number = -1  # the first line is the header
        with output:
            writer = csv.writer(output)
            async for line in services.csv.dump():
                writer.writerow(line)
                number += 1
        print(f"{number} subscribers are in {file}.", file=sys.stderr)

    serve(work)


@app.command(context_settings=_NEGATIVE)
def data(chat: Chat) -> None:
    """Print all that is stored about one chat as JSON, as /mydata does."""

    async def work(services: Services) -> None:
        await _require(services, chat)
        sys.stdout.buffer.write(await services.privacy.copy(chat))

    serve(work)


@app.command(context_settings=_NEGATIVE)
def forget(chat: Chat, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete all that is stored about one chat for good, as /forgetme does."""

    async def work(services: Services) -> None:
        await _require(services, chat)
        confirm("Delete all that is stored about this chat for good?", yes=yes)
        await services.privacy.forget(chat, actor=ACTOR)
        print(f"Chat {chat} is forgotten. An import leaves it out.")

    serve(work)


async def _require(services: Services, chat: int) -> None:
    if not await services.privacy.is_known(chat):
        refuse("Nothing is stored about this chat.")


def _create(file: str) -> TextIO:
    """Create a file that only its owner can read, because it says who reads us; "-" is standard output."""
    try:
        return sys.stdout if file == "-" else open(file, "x", encoding="utf-8", newline="", opener=private)
    except FileExistsError:
        refuse(f"{file} is there already: name another file.")
    except OSError as error:
        refuse(f"{file} cannot be written: {(error.strerror or 'unknown').lower()}.")


def _report(result: ImportCount, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        counts = {"read": result.read, "added": result.added, "known": result.known}
        counts |= {"forgotten": result.forgotten, "refused": result.refused}
        put_json({**counts, "dry_run": dry_run, "reasons": result.reasons})
    else:
        would = "would be added" if dry_run else "added"
        print(f"{result.read} lines read: {result.added} {would}, {result.known} known and left as they are.")
        if result.forgotten:
            print(f"{result.forgotten} asked to be forgotten and were left out.")
        for reason in result.reasons:
            print(reason, file=sys.stderr)
        if result.refused:
            print(f"{result.refused} lines refused.", file=sys.stderr)
    if result.refused:
        raise typer.Exit(REFUSED)


def _bar(size: int) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    hidden = not _CONSOLE.is_terminal or size < _LARGE
    return Progress(*columns, console=_CONSOLE, transient=True, disable=hidden)

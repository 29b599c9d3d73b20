"""The commands `comeback backup` and `comeback restore`: all data in one file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.command import AsJson, put_json, run
from bot.config import Settings
from storage.backups.manifest import Manifest

_KILO, _MEGA = 1_000, 1_000_000

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file of the backup.")]


def backup(
    file: File,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the file if it is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write all data of this moment into one file, while the bot runs."""

    async def work(settings: Settings) -> None:
        from bot.runtime.database import backups  # noqa: PLC0415  # keeps --help quick
        from bot.runtime.sandbox_clock import clock_of  # noqa: PLC0415

        clock = await clock_of(settings.bot_api_url)
        made = await backups.make(settings, file, now=clock(), replace=replace)
        size = file.stat().st_size
        if as_json:
            put_json(_json(file, made) | {"bytes": size})
        else:
            print(f"{file}: {_size(size)}. Keep it as private as .env: it has your readers' chats.")

    run(work)


def restore(
    file: File,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the data that is in the database.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only prove the checksums, and say what is in the file.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup into the database. Stop the bot first. Nothing is sent by itself afterwards."""

    async def work(settings: Settings) -> None:
        from bot.runtime.database import backups  # noqa: PLC0415  # keeps --help quick
        from bot.runtime.sandbox_clock import clock_of  # noqa: PLC0415

        described = await backups.describe(file)
        if not as_json:
            print(_line(described))
        if dry_run:
            if as_json:
                put_json(_json(file, described))
            return
        clock = await clock_of(settings.bot_api_url)
        settled = await backups.restore(settings, file, now=clock(), replace=replace)
        if as_json:
            counts = {"paused": settled.paused, "scheduled": settled.scheduled, "due": settled.due}
            put_json(_json(file, described) | counts)
            return
        print(
            f"Restored. Paused: {settled.paused}. Scheduled and waiting: {settled.scheduled}. "
            "Start the bot; editors decide about each in /broadcasts."
        )

    run(work)


def _line(made: Manifest) -> str:
    return (
        f"The file is whole: {made.database}, tables {made.revision}, Comeback {made.program}, "
        f"made at {made.made_at:%Y-%m-%d %H:%M:%S} UTC."
    )


def _size(number: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{number / _MEGA:.1f} MB" if number >= _MEGA else f"{number / _KILO:.0f} kB"


def _json(file: Path, made: Manifest) -> dict[str, object]:
    return {
        "file": str(file),
        "made_at": made.made_at,
        "database": made.database,
        "revision": made.revision,
        "program": made.program,
    }

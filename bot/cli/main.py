"""The program `comeback`: its commands without a noun, such as `run`, and the commands of each noun."""

import io
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from bot import config
from bot.cli import appeal, backup, broadcast, canary, editor, source, subscribers, topic, webhook
from bot.cli.command import WRONG_USAGE, AsJson, complain, put_json, refuse, run, run_alone, serve
from bot.cli.story import story
from bot.cli.story.summarize import summarize
from bot.config import Role, Settings
from bot.services import Services
from storage import private_files

_DEMO_PORT = 8090

app = typer.Typer(
    name="comeback",
    help="A Telegram bot that keeps readers with a story that asks for help.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(summarize)
app.command()(backup.backup)
app.command()(backup.restore)
app.add_typer(story.app, name="story")
app.add_typer(source.app, name="source")
app.add_typer(appeal.app, name="appeal")
app.add_typer(editor.app, name="editor")
app.add_typer(topic.app, name="topic")
app.add_typer(broadcast.app, name="broadcast")
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(canary.app, name="canary")
app.add_typer(webhook.app, name="webhook")


@app.callback()
def version(
    wanted: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda asked: asked and _say_version(),
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    """Accept the options that stand before a command."""


def _say_version() -> None:
    print(metadata.version("comeback"))
    raise typer.Exit


@app.command("run")
def run_bot(
    role: Annotated[
        Role,
        typer.Option(help="Of many processes on one PostgreSQL: web answers readers, worker pushes."),
    ] = Role.ALL,
) -> None:
    """Run the bot until Ctrl-C."""
    from bot.runtime import process  # noqa: PLC0415  # loads python-telegram-bot: only here

    if sentence := config.exposed():
        complain(sentence)
    run(lambda settings: process.run(settings, role))


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The port of the chat page.", min=1, max=65535)] = _DEMO_PORT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what earlier starts left.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path(".demo"),
) -> None:
    """Try Comeback in a local sandbox: no account, no token."""
    from bot.cli.demo import demo as demonstration  # noqa: PLC0415  # loads the sandbox: only here

    run_alone(lambda: demonstration.run(port=port, fresh=fresh, folder=folder, show=print))


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date."""

    async def work(settings: Settings) -> None:
        from bot.runtime.database.database import open_database  # noqa: PLC0415  # keeps --help quick

        async with open_database(settings, migrate=True):
            print("The tables are up to date.")

    run(work)


@app.command()
def check() -> None:
    """Say what is right and wrong with settings, database, token and webhook."""

    async def work(settings: Settings) -> None:
        from bot.cli.check import examine  # noqa: PLC0415  # loads python-telegram-bot: only here

        wrong = 0
        async for finding in examine(settings):
            print(f"{'ok   ' if finding.ok else 'WRONG'}  {finding.sentence}")
            wrong += not finding.ok
        if wrong:
            refuse(f"{wrong} of these {'needs' if wrong == 1 else 'need'} your attention.")

    run(work)


@app.command()
def stats(as_json: AsJson = False) -> None:
    """Count subscribers, stories, how often help links were followed, and appeals with a report."""

    async def work(services: Services) -> None:
        subscribers = await services.subscribers.counts()
        stories = await services.stories.counts()
        clicks = (await services.clicks.counts()).values()
        reports = await services.reports.share()
        total, recent = sum(one.total for one in clicks), sum(one.recent for one in clicks)
        if as_json:
            followed = {"clicks": total, "clicks_last_week": recent}
            told = {"appeals_due_a_report": reports.due, "appeals_reported_in_time": reports.reported}
            put_json({"subscribers": subscribers, "stories": stories} | followed | told)
            return
        print(f"{sum(subscribers.values())} subscribers")
        for state, number in subscribers.items():
            print(f"  {number} {state}")
        print(f"{sum(stories.values())} stories")
        for story_state, number in stories.items():
            print(f"  {number} {story_state}")
        if total:
            print(f"Help links were followed {total} times, {recent} of these in the last week")
        if reports.due:
            share = f"{reports.reported / reports.due:.0%}"
            print(f"{reports.reported} of {reports.due} appeals ({share}) had a report within 90 days")

    serve(work)


def require_text(arguments: Sequence[str]) -> None:
    """End with status 2 if an argument is not UTF-8, which no database can store, nor the name of a file."""
    for argument in arguments:
        shown = os.fsencode(argument).decode(errors="backslashreplace")
        if shown != argument and not os.path.lexists(argument):
            print(f"{shown} is neither text in UTF-8 nor a file.", file=sys.stderr)
            sys.exit(WRONG_USAGE)


def main() -> None:
    """Run the command in the arguments of the process."""
    private_files.only_ours()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # `make demo | tee log` shows the address at once; an unprintable character raises no error.
            stream.reconfigure(line_buffering=True, errors="backslashreplace")
    require_text(sys.argv[1:])
    app()

"""The commands `comeback source …`: add, list, poll, pause, remove, import and export Sources."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.command import ACTOR, LARGEST_ID, REFUSED, AsJson, complain, put_json, serve
from bot.cli.story.input_files import content
from bot.cli.story.inputs import progress_bar
from bot.errors import InvalidInputError, UserError
from bot.feeds import opml
from bot.feeds.poller import Polled
from bot.feeds.sources import AddedSource, ListedSource, Sources
from storage.models import Source
from storage.private_files import private
from storage.words import EntryState

app = typer.Typer(help="Add feeds, list and poll them.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", max=LARGEST_ID, help="The source's number.")]
Topics = Annotated[list[str] | None, typer.Option(help="What its stories are about; may be repeated.")]


@app.command()
def add(
    addresses: Annotated[
        list[str], typer.Argument(metavar="URL…", help="A feed, or a page of the site that has one.")
    ],
    trusted: Annotated[
        bool, typer.Option("--trusted", help="Publish and push its new stories at once, without review.")
    ] = False,
    topic: Topics = None,
    language: Annotated[str | None, typer.Option(help="The language of its stories, such as en.")] = None,
    as_json: AsJson = False,
) -> None:
    """Poll these feeds from now on: RSS, Atom, RDF or JSON Feed. Their newest stories become drafts."""

    async def work(sources: Sources) -> None:
        refused = False
        for address in addresses:
            try:
                added = await sources.add(
                    address, topic_names=topic or [], trusted=trusted, language=language, actor=ACTOR
                )
            except UserError as error:
                refused = True
                complain(str(error))
                continue
            if as_json:
                put_json(_source_json(added.source) | {"fresh": added.fresh, "waiting": added.waiting})
            else:
                print(_added_line(added))
        if refused:
            raise typer.Exit(REFUSED)

    _serve(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all sources, with what is wrong with them."""

    async def work(sources: Sources) -> None:
        listed = await sources.listed()
        for one in listed:
            put_json(_listed_json(one)) if as_json else print("\n".join(_lines(one)))
        if not listed and not as_json:
            print("There is no source yet. Add one: comeback source add https://…")

    _serve(work)


@app.command()
def poll(
    numbers: Annotated[
        list[int] | None,
        typer.Argument(metavar="[ID…]", max=LARGEST_ID, help="These; without any, those that are due."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Poll now, and take in what is new."""

    async def work(sources: Sources) -> None:
        due = await sources.due(numbers or [])
        failed = False

        def report(polled: Polled) -> None:
            nonlocal failed
            failed = failed or polled.error is not None
            if as_json:
                put_json(_polled_json(polled))
            elif polled.error is not None:
                complain(f"Source {polled.source.id}: {polled.error}")
            else:
                print(f"Source {polled.source.id}: {polled.waiting} new · {polled.source.title}")
            progress.advance(bar)

        with progress_bar(len(due)) as progress:
            bar = progress.add_task("sources", total=len(due))
            await sources.poll(due, report)
        read = 0
        while number := await sources.take_due():
            read += number
        if not as_json:
            print(f"{len(due)} polled, {read} new entries read. What waits: comeback story list")
        if failed:
            raise typer.Exit(REFUSED)

    _serve(work)


@app.command()
def pause(number: Number) -> None:
    """Poll it no more until it is resumed."""

    async def work(sources: Sources) -> None:
        await sources.pause(number, actor=ACTOR)
        print(f"Source {number} is paused. To go on: comeback source resume {number}")

    _serve(work)


@app.command()
def resume(number: Number) -> None:
    """Poll a paused source again."""

    async def work(sources: Sources) -> None:
        await sources.resume(number, actor=ACTOR)
        print(f"Source {number} is polled again.")

    _serve(work)


@app.command()
def remove(number: Number) -> None:
    """Forget a source. Its stories stay."""

    async def work(sources: Sources) -> None:
        await sources.remove(number, actor=ACTOR)
        print(f"Source {number} is removed. Its stories stay.")

    _serve(work)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.opml", help="A list of feeds, in OPML.")],
    topic: Topics = None,
) -> None:
    """Add all feeds of a list that a feed reader exported. None of them is trusted."""

    async def work(sources: Sources) -> None:
        outlines = opml.read(await content(file), file.name)
        done = await sources.import_(outlines, topic_names=topic or [], actor=ACTOR)
        for source in done.known:
            print(f"Source {source.id} is here already: {source.address}")
        for error in done.refused:
            complain(str(error))
        print(f"{len(done.added)} added, {len(done.known)} here already, {len(done.refused)} refused.")
        if done.refused:
            raise typer.Exit(REFUSED)

    _serve(work)


@app.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE.opml]", help="Where to; without it, standard output.")
    ] = None,
) -> None:
    """Write all sources as a list that any feed reader can take."""

    async def work(sources: Sources) -> None:
        outlines = await sources.export()
        data = opml.write(outlines)
        if file is None:
            sys.stdout.write(data.decode())
            return
        try:
            await asyncio.to_thread(_write, file, data)
        except OSError as error:
            reason = (error.strerror or "unknown").lower()
            raise InvalidInputError(
                "{file} cannot be written: {reason}.", file=file, reason=reason
            ) from error
        print(f"{len(outlines)} sources written to {file}.")

    _serve(work)


def _write(file: Path, data: bytes) -> None:
    with open(file, "wb", opener=private) as opened:
        opened.write(data)


def _serve(work: Callable[[Sources], Coroutine[Any, Any, None]]) -> None:
    """Run `work` with the use cases around Sources."""
    serve(lambda services: work(services.sources))


def _added_line(added: AddedSource) -> str:
    source = added.source
    if not added.fresh:
        return f"Source {source.id} is here already, nothing changed: {source.title} ({source.address})"
    soon = (
        f"{added.waiting} to be read: comeback source poll, or the running bot" if added.waiting else "empty"
    )
    return f"Source {source.id} added: {source.title} ({source.address}), {soon}."


def _source_json(source: Source) -> dict[str, object]:
    return {
        "id": source.id,
        "state": source.state,
        "title": source.title,
        "address": source.address,
        "site": source.site,
        "trusted": source.trusted,
        "language": source.language,
        "topics": [topic.slug for topic in source.topics],
        "polled_at": source.polled_at,
        "next_poll_at": source.next_poll_at,
        "failures": source.failures,
        "reason": source.reason,
    }


def _listed_json(listed: ListedSource) -> dict[str, object]:
    return _source_json(listed.source) | {"entries": dict(listed.entries)}


def _lines(listed: ListedSource) -> list[str]:
    source = listed.source
    trusted = "trusted" if source.trusted else "reviewed"
    taken = listed.entries[EntryState.TAKEN]
    lines = [
        f"{source.id:>5}  {source.state:<6}  {trusted:<8}  {taken:>4} taken  {source.title}  {source.address}"
    ]
    if source.reason:
        times = f" ({source.failures} times in a row)" if source.failures > 1 else ""
        lines.append(f"       {source.reason}{times}")
    return lines


def _polled_json(polled: Polled) -> dict[str, object]:
    return {
        "id": polled.source.id,
        "title": polled.source.title,
        "waiting": polled.waiting,
        "refused": str(polled.error) if polled.error else None,
    }

"""`comeback story …`"""

from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import typer

from bot.cli.files import readings
from bot.cli.running import ACTOR, LARGEST_ID, REFUSED, AsJson, complain, put_json, serve
from bot.errors import UserError
from bot.services import Services
from bot.stories.intake import Added
from storage.models import Story
from storage.words import Length

app = typer.Typer(help="Take in, publish, list and show stories.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="ID", max=LARGEST_ID, help="The story's number.")]


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Plain text, HTML or Markdown.")],
    topic: Annotated[list[str] | None, typer.Option(help="What it is about; may be repeated.")] = None,
    publish_quietly: Annotated[
        bool, typer.Option("--publish-quietly", help="Let readers find it, and send it to nobody.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in story files as drafts. The same text twice is kept once."""

    async def work(services: Services) -> None:
        refused = False
        async for file, reading in readings(services.workshop, files):
            if isinstance(reading, UserError):
                refused = True
                complain(str(reading))
                continue
            added = await services.stories.add(reading, topic or [], actor=ACTOR)
            if publish_quietly and added.fresh:
                await services.stories.publish(added.story.id, actor=ACTOR, push=False)
            if as_json:
                put_json({"file": str(file), "fresh": added.fresh, **_entry(added.story)})
            else:
                print("\n".join(_added(added)))
        if refused:
            raise typer.Exit(REFUSED)

    serve(work)


@app.command()
def publish(
    number: Number,
    quietly: Annotated[bool, typer.Option("--quietly", help="Send it to nobody.")] = False,
) -> None:
    """Let readers see a draft, and push it to its subscribers (the running bot sends it)."""

    async def work(services: Services) -> None:
        broadcast_id = await services.stories.publish(number, actor=ACTOR, push=not quietly)
        if broadcast_id is None:
            print(f"Story {number} is published. Nobody is sent it.")
        else:
            print(f"Story {number} is published. Broadcast {broadcast_id} starts as soon as the bot runs.")

    serve(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all stories."""

    async def work(services: Services) -> None:
        stories = await services.stories.listed()
        for story in stories:
            put_json(_entry(story)) if as_json else print(
                f"{story.id:>5}  {story.state:<9}  {story.headline}"
            )
        if not stories and not as_json:
            print("There is no story yet. Take one in: comeback story add FILE")

    serve(work)


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show a story as it is kept: its summaries, its plea, its appeal."""

    async def work(services: Services) -> None:
        story = await services.stories.inspect(number)
        put_json(_entry(story)) if as_json else print("\n".join(_lines(story)))

    serve(work)


def _added(added: Added) -> list[str]:
    """What became of it, and what to do with the way to help that it names."""
    story = added.story
    if not added.fresh:
        return [f"Story {story.id} is here already, nothing added: {story.headline}"]
    lines = [f"Story {story.id} added: {story.headline}"]
    if story.help_sentence and story.appeal is None:
        lines += _found_help(story)
    return lines


def _found_help(story: Story) -> list[str]:
    organisation, url = quote(story.help_organisation or "…"), quote(story.help_url or "https://…")
    propose = f"comeback appeal add --organisation {organisation} --url {url} --story {story.id}"
    return [f"  It says how to help: {story.help_sentence}", f"  To propose that as its appeal: {propose}"]


def _entry(story: Story) -> dict[str, Any]:
    appeal = story.appeal
    return {
        "id": story.id,
        "state": story.state,
        "headline": story.headline,
        "byline": story.byline,
        "language": story.language,
        "topics": [topic.slug for topic in story.topics],
        "summaries": {summary.length: summary.text.split("\n") for summary in story.summaries},
        "plea": {"text": story.plea, "speaker": story.plea_speaker} if story.plea else None,
        "help": {
            "sentence": story.help_sentence,
            "organisation": story.help_organisation,
            "url": story.help_url,
        }
        if story.help_sentence
        else None,
        "appeal": {"id": appeal.id, "organisation": appeal.organisation, "state": appeal.state}
        if appeal
        else None,
        "released_at": story.released_at,
    }


def _lines(story: Story) -> list[str]:
    summaries = {summary.length: summary.text for summary in story.summaries}
    lines = [story.headline, f"{story.byline or 'no byline'} · {story.language} · {story.state}", ""]
    for length in Length:
        lines += [f"{length}:", *(f"  {line}" for line in summaries.get(length, "").split("\n")), ""]
    if story.plea:
        lines.append(f"plea: “{story.plea}” — {story.plea_speaker or 'unknown'}")
    if story.appeal:
        appeal = story.appeal
        lines.append(f"appeal: {appeal.id} {appeal.organisation} ({appeal.state}) {appeal.url}")
    elif story.help_sentence:
        lines += _found_help(story)
    lines.append(f"topics: {', '.join(topic.name for topic in story.topics) or 'none'}")
    return lines

"""`comeback story …`"""

import os
from shlex import quote
from typing import Annotated, Any

import typer

from bot.cli.places import findings, readings
from bot.cli.running import ACTOR, LARGEST_ID, REFUSED, AsJson, complain, put_json, run, serve
from bot.config import Settings
from bot.errors import UserError
from bot.opening import fetcher_of
from bot.services import Services
from bot.stories.intake import Added
from bot.stories.reading import Reading
from bot.stories.workshop import Workshop
from storage.models import Story
from storage.words import Length

app = typer.Typer(help="Take in, publish, list and show stories.", no_args_is_help=True)

Places = Annotated[
    list[str],
    typer.Argument(metavar="FILE-OR-URL…", help="Plain text, HTML or Markdown; or the address of a page."),
]
Number = Annotated[int, typer.Argument(metavar="ID", max=LARGEST_ID, help="The story's number.")]


@app.command()
def add(
    places: Places,
    topic: Annotated[list[str] | None, typer.Option(help="What it is about; may be repeated.")] = None,
    publish_quietly: Annotated[
        bool, typer.Option("--publish-quietly", help="Let readers find it, and send it to nobody.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in stories as drafts, from files or from the web. The same story twice is kept once."""

    async def work(services: Services) -> None:
        refused = False
        async for place, reading in readings(services.workshop, services.fetcher, places):
            if isinstance(reading, UserError):
                refused = True
                complain(str(reading))
                continue
            added = await services.stories.add(reading, topic or [], actor=ACTOR)
            if publish_quietly and added.fresh:
                await services.review.publish(added.story.id, actor=ACTOR, push=False)
            if as_json:
                put_json({"file": place, "fresh": added.fresh, **_entry(added.story)})
            else:
                print("\n".join(_added(added)))
        if refused:
            raise typer.Exit(REFUSED)

    serve(work)


@app.command()
def preview(places: Places, as_json: AsJson = False) -> None:
    """Show what would be taken in, and keep nothing."""

    async def work(settings: Settings) -> None:
        refused = False
        with Workshop(os.cpu_count() or 1) as workshop:
            async for place, reading in readings(workshop, fetcher_of(settings), places):
                if isinstance(reading, UserError):
                    refused = True
                    put_json(_refused(place, reading)) if as_json else complain(str(reading))
                elif as_json:
                    put_json(_preview(place, reading))
                else:
                    print("\n".join(_preview_lines(reading)))
        if refused:
            raise typer.Exit(REFUSED)

    run(work)


@app.command()
def publish(
    number: Number,
    quietly: Annotated[bool, typer.Option("--quietly", help="Send it to nobody.")] = False,
) -> None:
    """Let readers see a draft, and push it to its subscribers (the running bot sends it)."""

    async def work(services: Services) -> None:
        broadcast_id = await services.review.publish(number, actor=ACTOR, push=not quietly)
        if broadcast_id is None:
            print(f"Story {number} is published. Nobody is sent it.")
        else:
            print(f"Story {number} is published. Broadcast {broadcast_id} starts as soon as the bot runs.")

    serve(work)


@app.command()
def reject(number: Number) -> None:
    """Keep a draft from readers."""

    async def work(services: Services) -> None:
        await services.review.reject(number, actor=ACTOR)
        print(f"Story {number} is rejected. To take that back: comeback story restore {number}")

    serve(work)


@app.command()
def restore(number: Number) -> None:
    """Take a rejection back: the story waits for review again."""

    async def work(services: Services) -> None:
        await services.review.restore(number, actor=ACTOR)
        print(f"Story {number} waits for review again.")

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


def _preview(place: str, reading: Reading) -> dict[str, Any]:
    article = reading.article
    return {
        "source": place,
        "headline": article.headline,
        "byline": article.byline,
        "published": article.published,
        "language": reading.language,
        "url": article.address,
        "picture": article.picture,
        "body": article.body,
        "links": [{"words": link.words, "url": link.url} for link in article.links],
        "summary": {length: text.split("\n") for length, text in reading.summaries.items()},
        **findings(reading),
        "refused": None,
    }


def _refused(place: str, error: UserError) -> dict[str, Any]:
    fields = ("headline", "byline", "published", "language", "url", "picture", "body", "links", "summary")
    return {"source": place, **dict.fromkeys((*fields, "plea", "help")), "refused": str(error)}


def _preview_lines(reading: Reading) -> list[str]:
    article = reading.article
    date = article.published.date().isoformat() if article.published else "no date"
    lines = [article.headline, f"{article.byline or 'no byline'} · {date} · {reading.language}", ""]
    lines += [*reading.summaries[Length.SHORT].split("\n"), ""]
    if reading.plea:
        lines += [f"plea: “{reading.plea.text}” — {reading.plea.speaker or 'unknown'}", ""]
    if reading.help:
        lines += [f"help: {reading.help.sentence} {reading.help.url or ''}", ""]
    return lines


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

"""`comeback story …`"""

import os
from typing import Annotated, Any

import typer

from bot.cli import story_add
from bot.cli.command import ACTOR, LARGEST_ID, REFUSED, AsJson, complain, put_json, run, serve
from bot.cli.inputs import analyses, expanded, findings
from bot.cli.story_add import StoryOptions, entry, found_help
from bot.config import Settings
from bot.errors import UserError
from bot.runtime.build import fetcher_of
from bot.services import Services
from bot.stories.analysis import Analysis, reading_pool
from storage.models import Story
from storage.words import Length

app = typer.Typer(help="Take in, publish, list and show stories.", no_args_is_help=True)

Places = Annotated[
    list[str],
    typer.Argument(metavar="FILE-OR-URL…", help="Plain text, HTML or Markdown; or the address of a page."),
]
Number = Annotated[int, typer.Argument(metavar="ID", max=LARGEST_ID, help="The story's number.")]


@app.command()
def add(  # each is an option of the command line
    places: Places,
    *,
    topic: Annotated[list[str] | None, typer.Option(help="What it is about; may be repeated.")] = None,
    publish_quietly: Annotated[
        bool, typer.Option("--publish-quietly", help="Let readers find it, and send it to nobody.")
    ] = False,
    as_update_of: Annotated[
        int | None, typer.Option(metavar="ID", max=LARGEST_ID, help="Give that story this text.")
    ] = None,
    continues: Annotated[
        int | None, typer.Option(metavar="ID", max=LARGEST_ID, help="It is what happened next.")
    ] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="However alike a story here is.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take in whole folders without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take in stories as drafts, from files, folders or the web. The same story twice is kept once.

    Files that were taken in before are skipped, so a run that was stopped goes on when it is started again.
    """
    if (as_update_of is not None) + (continues is not None) + anyway > 1:
        raise typer.BadParameter("--as-update-of, --continues and --anyway exclude one another.")
    if as_update_of is not None and len(places) > 1:
        raise typer.BadParameter("--as-update-of takes one story.")
    wish = StoryOptions(topic or [], publish_quietly=publish_quietly, anyway=anyway, continues=continues)

    async def work(services: Services) -> None:
        if as_update_of is not None:
            await story_add.update(services, as_update_of, places[0], as_json=as_json)
        elif not await story_add.take_in(services, places, wish, yes=yes, as_json=as_json):
            raise typer.Exit(REFUSED)

    serve(work)


@app.command()
def preview(places: Places, as_json: AsJson = False) -> None:
    """Show what would be taken in, and keep nothing."""

    async def work(settings: Settings) -> None:
        refused = False
        with reading_pool(os.cpu_count() or 1) as pool:
            async for place, analysis in analyses(pool, fetcher_of(settings), expanded(places).places):
                if isinstance(analysis, UserError):
                    refused = True
                    put_json(_refused(place, analysis)) if as_json else complain(str(analysis))
                elif as_json:
                    put_json(_preview(place, analysis))
                else:
                    print("\n".join(_preview_lines(analysis)))
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


@app.command("continue")
def continue_(
    number: Number,
    earlier: Annotated[int, typer.Argument(metavar="EARLIER", max=LARGEST_ID, help="The story before it.")],
) -> None:
    """Let a story be what happened after an earlier one: both join one thread."""

    async def work(services: Services) -> None:
        await services.review.continue_story(number, earlier, version=None, actor=ACTOR)
        print(f"Story {number} continues story {earlier}.")

    serve(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all stories."""

    async def work(services: Services) -> None:
        stories = await services.stories.listed()
        for story in stories:
            put_json(entry(story)) if as_json else print(f"{story.id:>5}  {story.state:<9}  {story.headline}")
        if not stories and not as_json:
            print("There is no story yet. Take one in: comeback story add FILE")

    serve(work)


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show a story as it is kept: its summaries, its plea, its appeal."""

    async def work(services: Services) -> None:
        story = await services.stories.inspect(number)
        put_json(entry(story)) if as_json else print("\n".join(_lines(story)))

    serve(work)


def _preview(place: str, analysis: Analysis) -> dict[str, Any]:
    article = analysis.article
    return {
        "source": place,
        "headline": article.headline,
        "byline": article.byline,
        "published": article.published,
        "language": analysis.language,
        "url": article.address,
        "picture": article.picture,
        "body": article.body,
        "links": [{"words": link.words, "url": link.url} for link in article.links],
        "summary": {length: text.split("\n") for length, text in analysis.summaries.items()},
        **findings(analysis),
        "refused": None,
    }


def _refused(place: str, error: UserError) -> dict[str, Any]:
    fields = ("headline", "byline", "published", "language", "url", "picture", "body", "links", "summary")
    return {"source": place, **dict.fromkeys((*fields, "plea", "help")), "refused": str(error)}


def _preview_lines(analysis: Analysis) -> list[str]:
    article = analysis.article
    date = article.published.date().isoformat() if article.published else "no date"
    lines = [article.headline, f"{article.byline or 'no byline'} · {date} · {analysis.language}", ""]
    lines += [*analysis.summaries[Length.SHORT].split("\n"), ""]
    if analysis.plea:
        lines += [f"plea: “{analysis.plea.text}” — {analysis.plea.speaker or 'unknown'}", ""]
    if analysis.help:
        lines += [f"help: {analysis.help.sentence} {analysis.help.url or ''}", ""]
    return lines


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
        lines += found_help(story)
    lines.append(f"topics: {', '.join(topic.name for topic in story.topics) or 'none'}")
    return lines

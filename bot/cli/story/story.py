"""The commands `comeback story …`: add, preview, show, review, correct and withdraw stories."""

import os
from collections.abc import Sequence
from typing import Annotated

import typer

from bot.cli.command import ACTOR, LARGEST_ID, REFUSED, AsJson, complain, confirm, put_json, run, serve
from bot.cli.hours import At, in_zone, moment_of
from bot.cli.story import story_add
from bot.cli.story.inputs import analyses, expand
from bot.cli.story.story_add import StoryOptions
from bot.cli.story.story_output import preview_json, preview_lines, refused_json, story_json, story_lines
from bot.config import Settings
from bot.errors import UserError
from bot.runtime.build import fetcher_of
from bot.services import Services
from bot.stories.intake.analysis import analysis_pool
from storage.words import ContentWarning, StoryState

app = typer.Typer(help="Take in, publish, list and show stories.", no_args_is_help=True)

Inputs = Annotated[
    list[str],
    typer.Argument(metavar="FILE-OR-URL…", help="Plain text, HTML or Markdown; or the address of a page."),
]
Number = Annotated[int, typer.Argument(metavar="ID", max=LARGEST_ID, help="The story's number.")]
Warnings = Annotated[
    list[ContentWarning] | None,
    typer.Option(help="What it speaks of; readers see that first. May be repeated."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def add(
    inputs: Inputs,
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
    warning: Warnings = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take in whole folders without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take in stories as drafts, from files, folders or the web. The same story twice is kept once.

    Files that were taken in before are skipped, so a run that was stopped goes on when it is started again.
    """
    if (as_update_of is not None) + (continues is not None) + anyway > 1:
        raise typer.BadParameter("--as-update-of, --continues and --anyway exclude one another.")
    if as_update_of is not None and len(inputs) > 1:
        raise typer.BadParameter("--as-update-of takes one story.")
    options = StoryOptions(
        topic or [],
        publish_quietly=publish_quietly,
        anyway=anyway,
        continues=continues,
        warnings=warning or [],
    )

    async def work(services: Services) -> None:
        if as_update_of is not None:
            await story_add.update(services, as_update_of, inputs[0], as_json=as_json)
        elif not await story_add.add_stories(services, inputs, options, yes=yes, as_json=as_json):
            raise typer.Exit(REFUSED)

    serve(work)


@app.command()
def preview(inputs: Inputs, as_json: AsJson = False) -> None:
    """Show what would be taken in, and keep nothing."""

    async def work(settings: Settings) -> None:
        refused = False
        with analysis_pool(os.cpu_count() or 1) as pool:
            async for name, analysis in analyses(pool, fetcher_of(settings), expand(inputs).inputs):
                if isinstance(analysis, UserError):
                    refused = True
                    put_json(refused_json(name, analysis)) if as_json else complain(str(analysis))
                elif as_json:
                    put_json(preview_json(name, analysis))
                else:
                    print("\n".join(preview_lines(analysis)))
        if refused:
            raise typer.Exit(REFUSED)

    run(work)


@app.command()
def publish(
    number: Number,
    *,
    quietly: Annotated[bool, typer.Option("--quietly", help="Send it to nobody.")] = False,
    at: At = None,
    again: Annotated[bool, typer.Option("--again", help="Although it was withdrawn.")] = False,
) -> None:
    """Let readers see a draft, and push it to its subscribers (the running bot sends it).

    With an hour, readers see it only when its push starts. A withdrawn story is published once more.
    """
    if quietly and at is not None:
        raise typer.BadParameter("--at is the hour of a push, and --quietly sends none.")

    async def work(services: Services) -> None:
        story = await services.stories.inspect(number)
        if story.state is StoryState.WITHDRAWN:
            confirm(f"Story {number} was withdrawn. Publish it again?", yes=again, flag="--again")
        when = moment_of(at, services.zone) if at else None
        seen = len(await services.broadcasts.pushes_of(number))
        broadcast_id = await services.review.publish(
            number, actor=ACTOR, push=not quietly, at=when, seen=seen
        )
        if broadcast_id is None:
            print(f"Story {number} is published. Nobody is sent it.")
        elif when is not None:
            hour = in_zone(when, services.zone)
            starts = f"Broadcast {broadcast_id} starts on {hour}"
            print(f"Story {number} is scheduled. {starts}, and nobody sees the story before.")
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


@app.command()
def edit(
    number: Number,
    *,
    warning: Warnings = None,
    no_warning: Annotated[bool, typer.Option("--no-warning", help="Take its warnings away.")] = False,
) -> None:
    """Set the content warnings of a story, in place of those that it has."""
    if no_warning == bool(warning):
        raise typer.BadParameter("Give --warning, once or more often, or --no-warning.")

    async def work(services: Services) -> None:
        await services.editing.set_warnings(number, warning or [], version=None, actor=ACTOR)
        print(f"Story {number} has these warnings: {', '.join(warning or ['none'])}.")

    serve(work)


@app.command("continue")
def continue_(
    number: Number,
    earlier: Annotated[int, typer.Argument(metavar="EARLIER", max=LARGEST_ID, help="The story before it.")],
) -> None:
    """Let a story be what happened after an earlier one: both join one thread."""

    async def work(services: Services) -> None:
        await services.editing.continue_story(number, earlier, version=None, actor=ACTOR)
        print(f"Story {number} continues story {earlier}.")

    serve(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all stories."""

    async def work(services: Services) -> None:
        stories = await services.stories.listed()
        for story in stories:
            line = f"{story.id:>5}  {story.state:<9}  {story.headline}"
            put_json(story_json(story)) if as_json else print(line)
        if not stories and not as_json:
            print("There is no story yet. Take one in: comeback story add FILE")

    serve(work)


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show a story as it is kept: its summaries, its plea, its appeal."""

    async def work(services: Services) -> None:
        story = await services.stories.inspect(number)
        put_json(story_json(story)) if as_json else print("\n".join(story_lines(story)))

    serve(work)


@app.command()
def mend(
    number: Number,
    note: Annotated[str | None, typer.Option(help="What was wrong: a sentence for readers.")] = None,
    yes: Yes = False,
) -> None:
    """Let the messages that were sent of a story show it as it is now."""

    async def work(services: Services) -> None:
        story = await services.stories.inspect(number)
        reach = await services.corrections.reach(number)
        confirm(f"Mend {reach.messages} messages of “{story.headline}”?", yes=yes)
        broadcast_ids = await services.corrections.correct(number, actor=ACTOR, note=note)
        _print_started(broadcast_ids, "Nobody was sent it: nothing to mend.")

    serve(work)


@app.command()
def withdraw(
    number: Number,
    reason: Annotated[str | None, typer.Option(help="Why: a sentence for readers.")] = None,
    yes: Yes = False,
) -> None:
    """Take a published story back: out of the chats too, as far as Telegram allows (48 hours).

    With a reason, no message is deleted: each becomes a note that says why.
    """

    async def work(services: Services) -> None:
        story = await services.stories.inspect(number)
        reach = await services.corrections.reach(number)
        deleted = 0 if reason else reach.deletable
        confirm(
            f"Withdraw “{story.headline}”? {deleted} messages will be deleted; "
            f"{reach.messages - reach.gathered - deleted} will say instead that it was withdrawn; "
            f"{reach.gathered} tell of other stories too and will be shown without it.",
            yes=yes,
        )
        broadcast_ids = await services.corrections.withdraw(number, actor=ACTOR, reason=reason)
        print(f"Story {number} is withdrawn: readers do not find it any more.")
        _print_started(broadcast_ids, "Nobody was sent it: nothing to delete.")

    serve(work)


def _print_started(broadcast_ids: Sequence[int], nothing: str) -> None:
    if broadcast_ids:
        print(f"Broadcast {', '.join(map(str, broadcast_ids))} starts as soon as the bot runs.")
    else:
        print(nothing)

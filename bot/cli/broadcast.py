"""The commands `comeback broadcast …`: start, list, show, pause, resume, cancel and repeat pushes."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Annotated, Any, Protocol

import typer

from bot.broadcasts.pilots.pilot import require_minutes
from bot.broadcasts.pushes import Push
from bot.cli.broadcast_output import as_fields, line, pilot_size
from bot.cli.command import ACTOR, LARGEST_ID, AsJson, confirm, put_json, refuse, serve
from bot.cli.follow import watch
from bot.cli.hours import At, in_zone, moment_of
from bot.services import Services
from bot.stories.topics import slug
from storage.words import BroadcastState, StoryState

app = typer.Typer(
    help="Push a published story; watch, pause, resume, cancel, repeat it.", no_args_is_help=True
)

_EARLIER_SHOWN = 3  # earlier pushes of a story; the others are counted

Number = Annotated[int, typer.Argument(metavar="ID", max=LARGEST_ID, help="The broadcast's number.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def start(
    story: Annotated[int, typer.Argument(metavar="STORY-ID", max=LARGEST_ID, help="A published story.")],
    topic: Annotated[list[str] | None, typer.Option(help="Only who follows this; may be repeated.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only who reads in this.")] = None,
    at: At = None,
    paid: Annotated[bool, typer.Option("--paid", help="At PAID_SEND_RATE, for Stars.")] = False,
    pilot: Annotated[
        int | None,
        typer.Option(
            metavar="MINUTES", help="First to 1 %, at random; the others 15, 30 or 60 minutes later."
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Although it was pushed before.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Push a published story to its subscribers (the running bot sends it)."""
    options = _PushOptions(
        story_id=story,
        topics=[slug(name) for name in topic or []],
        languages=language or [],
        at=at,
        paid=paid,
        pilot=pilot,
        again=again,
        yes=yes,
    )
    serve(lambda services: _start(services, options, as_json=as_json))


@dataclass(frozen=True, slots=True)
class _PushOptions:
    """The arguments of `comeback broadcast start`; `at` is a local time in the zone of the services."""

    story_id: int
    topics: Sequence[str]
    languages: Sequence[str]
    at: datetime | None
    paid: bool
    pilot: int | None
    again: bool
    yes: bool


async def _start(services: Services, options: _PushOptions, *, as_json: bool) -> None:
    story_id, paid = options.story_id, options.paid
    require_minutes(options.pilot)
    when = moment_of(options.at, services.zone) if options.at else None
    at = f" on {in_zone(when, services.zone)}" if when else ""
    story = await services.stories.inspect(story_id)
    if story.state is not StoryState.PUBLISHED:
        refuse(f"Story {story_id} is not published: comeback story publish {story_id}")
    reach = await services.broadcasts.reach(story_id, topics=options.topics, languages=options.languages)
    price = services.preparation.price(reach) if paid else 0
    cost = f" for up to {price} Stars" if paid else ""
    pushes = await services.broadcasts.pushes_of(story_id)
    earlier = [push for push in pushes if push.counts]
    _confirm_repeat(story_id, earlier, services.zone, again=options.again)
    first = pilot_size(reach) if options.pilot else ""
    confirm(f"Push “{story.headline}” to {reach} subscribers{first}{cost}{at}?", yes=options.yes)
    broadcast_id = await services.broadcasts.schedule(
        story_id,
        at=when,
        topics=options.topics,
        languages=options.languages,
        paid=paid,
        pilot_minutes=options.pilot,
        seen=len(pushes),
        actor=ACTOR,
    )
    broadcast = (await services.broadcasts.status(broadcast_id)).broadcast
    if as_json:
        fields = {"id": broadcast_id, "state": broadcast.state, "reach": reach}
        put_json(fields | ({"stars": price} if paid else {}))
    elif broadcast.state is BroadcastState.PREPARING:
        print(f"Broadcast {broadcast_id} waits: another publisher or owner is asked to agree in the chat.")
    else:
        print(f"Broadcast {broadcast_id} starts{at or ' as soon as the bot runs'}.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all broadcasts, newest first."""

    async def work(services: Services) -> None:
        found = [
            await services.broadcasts.status(broadcast.id) for broadcast in await services.broadcasts.listed()
        ]
        for status in found:
            put_json(as_fields(status)) if as_json else print(line(status))
        if not found and not as_json:
            print("There is no broadcast yet. Publish a story: comeback story publish ID")

    serve(work)


@app.command()
def show(
    number: Number,
    follow: Annotated[bool, typer.Option("--follow", help="Draw a progress bar until it ends.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show how far a broadcast is."""

    async def work(services: Services) -> None:
        status = await (watch(services, number) if follow else services.broadcasts.status(number))
        put_json(as_fields(status)) if as_json else print(line(status))

    serve(work)


@app.command()
def pause(number: Number) -> None:
    """Stop sending within about a second; resume goes on where it stopped."""
    _control(lambda services: services.control.pause, number, "paused")


@app.command()
def resume(number: Number) -> None:
    """Go on with a paused broadcast."""
    _control(lambda services: services.control.resume, number, "running again")


@app.command()
def cancel(number: Number) -> None:
    """End a broadcast for good. What was sent stays sent."""
    _control(lambda services: services.control.cancel, number, "cancelled")


@app.command()
def retry(number: Number, yes: Yes = False) -> None:
    """Try those again whose message failed."""

    async def work(services: Services) -> None:
        failed = await services.control.failures(number)
        confirm(f"Try {failed} failed messages of broadcast {number} again?", yes=yes or not failed)
        sent = await services.control.retry(number, actor=ACTOR)
        print(f"Broadcast {number} goes on: {sent} failed messages are tried again.")

    serve(work)


@app.command()
def missed(number: Number, yes: Yes = False) -> None:
    """Send it to those too who joined or came back since their turn."""

    async def work(services: Services) -> None:
        missing = await services.control.missing(number)
        confirm(f"Send broadcast {number} to {missing} who missed it?", yes=yes or not missing)
        sent = await services.control.send_to_missing(number, actor=ACTOR)
        print(f"Broadcast {number} goes on: {sent} who missed it get it now.")

    serve(work)


@app.command()
def move(
    number: Number,
    at: Annotated[
        datetime,
        typer.Argument(
            metavar="HOUR",
            formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
            help="When, in DEFAULT_TIMEZONE.",
        ),
    ],
) -> None:
    """Let a scheduled push start at another hour. A story that waits for it is not seen before."""

    async def work(services: Services) -> None:
        when = moment_of(at, services.zone)
        await services.control.choose_hour(number, when, actor=ACTOR)
        print(f"Broadcast {number} starts on {in_zone(when, services.zone)}.")

    serve(work)


@app.command()
def now(number: Number) -> None:
    """Do not wait for a scheduled broadcast's hour, or send one whose hour passed."""
    _control(lambda services: services.control.send_now, number, "starting")


@app.command()
def rest(number: Number) -> None:
    """End the pilot wave of a push now: the others get it."""
    _control(lambda services: services.control.send_to_rest, number, "being sent to the others")


def _confirm_repeat(story_id: int, earlier: Sequence[Push], zone: tzinfo, *, again: bool) -> None:
    """Ask whether to push a Story again; --yes does not answer this question, only --again does."""
    if not earlier:
        return
    listed = [_describe(push, zone) for push in earlier[:_EARLIER_SHOWN]]
    listed += [f"{len(earlier) - _EARLIER_SHOWN} more"] if len(earlier) > _EARLIER_SHOWN else []
    question = f"Story {story_id} was pushed before: {'; '.join(listed)}. Push it again?"
    confirm(question, yes=again, flag="--again")


def _describe(push: Push, zone: tzinfo) -> str:
    broadcast, progress = push.broadcast, push.progress
    at = broadcast.started_at or broadcast.start_at
    when = f" {at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
    held = f", {progress.held} held" if progress.held else ""
    return f"broadcast {broadcast.id} ({broadcast.state},{when}, {progress.sent} sent{held})"


class _Change(Protocol):
    """A use case that changes the state of a Broadcast."""

    def __call__(self, broadcast_id: int, /, *, actor: str) -> Coroutine[Any, Any, object]: ...


def _control(choose: Callable[[Services], _Change], number: int, done: str) -> None:
    """Run the use case that `choose` returns on a Broadcast, and print that it is `done`."""

    async def work(services: Services) -> None:
        await choose(services)(number, actor=ACTOR)
        print(f"Broadcast {number} is {done}.")

    serve(work)

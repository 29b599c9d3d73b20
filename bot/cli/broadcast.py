"""The commands `comeback broadcast …`: start, list, show, pause, resume, cancel and repeat pushes."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Annotated, Any, Protocol

import typer

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.broadcasts.pilot import SMALLEST_AUDIENCE, Pilot, PilotPhase, require_minutes, size_of
from bot.broadcasts.pushes import Push
from bot.broadcasts.reasons import in_english
from bot.cli.command import ACTOR, LARGEST_ID, AsJson, confirm, put_json, refuse, serve
from bot.cli.follow import watch
from bot.i18n import SOURCE_LANGUAGE, in_language
from bot.services import Services
from bot.stories.topics import slug
from bot.subscribers.moments.local import local_moment
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
    at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="When, in DEFAULT_TIMEZONE."),
    ] = None,
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


def _in_zone(moment: datetime, zone: tzinfo) -> str:
    """Return a moment with its zone and the distance from UTC then: "… (Europe/Kyiv, GMT+02:00)"."""
    offset = f"{moment.astimezone(zone):%z}"
    named = "UTC" if str(zone) == "UTC" else f"{zone}, GMT{offset[:3]}:{offset[3:]}"
    return f"{in_language(SOURCE_LANGUAGE).short_moment(moment, zone)} ({named})"


async def _start(services: Services, options: _PushOptions, *, as_json: bool) -> None:
    story_id, paid = options.story_id, options.paid
    require_minutes(options.pilot)
    when = _moment(options.at, services.zone) if options.at else None
    at = f" on {_in_zone(when, services.zone)}" if when else ""
    story = await services.stories.inspect(story_id)
    if story.state is not StoryState.PUBLISHED:
        refuse(f"Story {story_id} is not published: comeback story publish {story_id}")
    reach = await services.broadcasts.reach(story_id, topics=options.topics, languages=options.languages)
    price = services.preparation.price(reach) if paid else 0
    cost = f" for up to {price} Stars" if paid else ""
    pushes = await services.broadcasts.pushes_of(story_id)
    earlier = [push for push in pushes if push.counts]
    _confirm_repeat(story_id, earlier, services.zone, again=options.again)
    first = _pilot_size(reach) if options.pilot else ""
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


def _pilot_size(reach: int) -> str:
    size = size_of(reach)
    if size is None:
        return f", without a pilot wave (it takes {SMALLEST_AUDIENCE})"
    return f", first to about {size} of them"


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all broadcasts, newest first."""

    async def work(services: Services) -> None:
        found = [
            await services.broadcasts.status(broadcast.id) for broadcast in await services.broadcasts.listed()
        ]
        for status in found:
            put_json(_json(status)) if as_json else print(_line(status))
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
        put_json(_json(status)) if as_json else print(_line(status))

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
def now(number: Number) -> None:
    """Do not wait for a scheduled broadcast's hour, or send one whose hour passed."""
    _control(lambda services: services.control.send_now, number, "starting")


@app.command()
def rest(number: Number) -> None:
    """End the pilot wave of a push now: the others get it."""
    _control(lambda services: services.control.send_to_rest, number, "being sent to the others")


def _moment(at: datetime, zone: tzinfo) -> datetime:
    """Return a local time of this zone in UTC. Raises InvalidInputError if clocks skip or repeat it."""
    return local_moment(at.date(), at.hour * 60 + at.minute, zone).astimezone(UTC)


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


def _json(status: BroadcastStatus) -> dict[str, object]:
    broadcast, progress = status.broadcast, status.progress
    return {
        "id": broadcast.id,
        "story": broadcast.story_id,
        "report": broadcast.report_id,
        "kind": broadcast.kind,
        "corrects": broadcast.corrects_id,
        "state": broadcast.state,
        "reason": in_english(broadcast.reason),
        "expected": None if broadcast.expected is None else status.expected,
        "sent": progress.sent,
        "later": progress.later,
        "failed": progress.failed,
        "blocked": progress.blocked,
        "skipped": progress.skipped,
        "held": progress.held,
        "waiting": status.waiting,
        "stopped_48h": status.deeds.stopped,
        "blocked_48h": status.deeds.blocked,
        "days_off_48h": status.deeds.days_off,
        "help_clicks_48h": status.deeds.clicks,
        **_pilot_json(status.pilot),
        "outage_since": status.outage_since,
        "start_at": broadcast.start_at,
        "finished_at": broadcast.finished_at,
    }


def _pilot_json(pilot: Pilot | None) -> dict[str, object]:
    leavers = pilot.leavers if pilot else None
    return {
        "pilot": pilot.phase if pilot else None,
        "pilot_minutes": pilot.minutes if pilot else None,
        "pilot_size": pilot.size if pilot else None,
        "pilot_ends_at": pilot.ends_at if pilot else None,
        "pilot_sent": leavers.reached if leavers else None,
        "pilot_left": leavers.left if leavers else None,
        "pilot_usual_rate": leavers.usual if leavers else None,
        "pilot_usual_least": leavers.least if leavers else None,
        "pilot_most": leavers.most if leavers else None,
    }


def _pilot_line(pilot: Pilot | None) -> str:
    """Return how far its pilot wave is, while it matters."""
    if pilot is None or pilot.phase is PilotPhase.SKIPPED:
        return ""
    ends = f" until {pilot.ends_at:%H:%M} UTC" if pilot.phase is PilotPhase.WAITING and pilot.ends_at else ""
    leavers = pilot.leavers
    left = f", {leavers.left} of {leavers.reached} left, at most {leavers.most} may" if leavers else ""
    return f" (pilot wave: {pilot.phase}{ends}{left})"


def _line(status: BroadcastStatus) -> str:
    broadcast, counts = status.broadcast, _counts(status)
    reason = f" ({in_english(broadcast.reason)})" if broadcast.reason else _pilot_line(status.pilot)
    if status.outage_since is not None:
        reason += f" (Telegram does not answer since {status.outage_since:%Y-%m-%d %H:%M} UTC)"
    of = f"{broadcast.kind} of broadcast {broadcast.corrects_id}: " if broadcast.corrects_id else ""
    of = "report: " if broadcast.report_id else of
    return f"{broadcast.id:>5}  {broadcast.state:<9}  {counts}  {of}{broadcast.title}{reason}"


def _counts(status: BroadcastStatus) -> str:
    progress = status.progress
    later = f" ({progress.later} of them later, in digests)" if progress.later else ""
    held = f"{progress.held} held, " if progress.held else ""
    skipped = f", {progress.skipped} left out" if progress.skipped else ""
    counts = f"{progress.sent} sent{later}, {status.waiting} waiting, {held}"
    return f"{counts}{progress.blocked} blocked, {progress.failed} failed{skipped}"

"""The commands `comeback appeal …`: propose, verify, list, retire Appeals; what is asked about."""

from datetime import datetime
from typing import Annotated

import typer

from bot.appeals.appeals import Clicks, LookalikeError
from bot.appeals.lookalikes import Comparison
from bot.cli.command import ACTOR, LARGEST_ID, AsJson, complain, in_zone, put_json, refuse, serve
from bot.services import Services
from storage.models import Appeal

app = typer.Typer(help="Propose, verify, list and retire requests for help.", no_args_is_help=True)
_ALTHOUGH = "--although-it-looks-like"

Number = Annotated[int, typer.Argument(metavar="ID", max=LARGEST_ID, help="The appeal's number.")]


@app.command()
def add(
    organisation: Annotated[str, typer.Option(help="Who asks for help.")],
    url: Annotated[str, typer.Option(help="Where one can help: an https address.")],
    purpose: Annotated[str, typer.Option(help="What the help is for, in a sentence.")] = "",
    story: Annotated[
        int | None, typer.Option(metavar="ID", max=LARGEST_ID, help="The story that names this appeal.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The first day on which it is shown no more."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose an appeal. Readers see it once it was verified."""

    async def work(services: Services) -> None:
        appeal = await services.appeals.propose(
            organisation=organisation,
            url=url,
            purpose=purpose,
            story_id=story,
            valid_until=in_zone(until, services.zone) if until else None,
            actor=ACTOR,
        )
        found = await services.appeals.lookalike(appeal.url)
        if found is not None:
            complain(f"Careful: {found.sentence.format(**found.values)}")
        if as_json:
            put_json(_json(appeal))
        else:
            print(f"Appeal {appeal.id} is proposed. Open {appeal.url} and look; if it is right:")
            option = f" {_ALTHOUGH} {found.original}" if found else ""
            print(f"  comeback appeal verify {appeal.id}{option}")

    serve(work)


@app.command()
def verify(
    number: Number,
    although: Annotated[
        str | None,
        typer.Option(_ALTHOUGH, metavar="HOST", help="Verify it although its host looks like this one."),
    ] = None,
) -> None:
    """Say that its link is right: from now on readers see it."""

    async def work(services: Services) -> None:
        try:
            appeal = await services.appeals.verify(number, actor=ACTOR, although_like=although)
        except LookalikeError as error:
            again = f"comeback appeal verify {number} {_ALTHOUGH} {error.original}"
            refuse(f"{error} If it is the right one all the same: {again}")
        print(f"Appeal {number} is verified: readers see {appeal.organisation}, {appeal.url}")

    serve(work)


@app.command()
def retire(number: Number) -> None:
    """Show it to no reader any more."""

    async def work(services: Services) -> None:
        await services.appeals.retire(number, actor=ACTOR)
        print(f"Appeal {number} is retired: no reader sees it any more.")

    serve(work)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List all appeals."""

    async def work(services: Services) -> None:
        appeals, clicks = await services.appeals.listed(), await services.appeals.clicks()
        for appeal in appeals:
            counted = clicks.get(appeal.id, Clicks())
            if as_json:
                put_json(_json(appeal) | {"clicks": counted.total, "clicks_last_week": counted.recent})
            else:
                followed = f"  followed {counted.total} times" if counted.total else ""
                print(f"{appeal.id:>5}  {appeal.state:<8}  {appeal.organisation}  {appeal.url}{followed}")
        if not appeals and not as_json:
            print("There is no appeal yet. Propose one: comeback appeal add --organisation … --url …")

    serve(work)


@app.command()
def asked(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many hosts at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the hosts that readers asked about most in the last 30 days."""

    async def work(services: Services) -> None:
        hosts = await services.checks.most_asked(limit)
        for one in hosts:
            found = one.comparison
            if as_json:
                known = found.known.host if found.known else None
                put_json({"host": one.host, "asked": one.count, "is": _is(found), "known": known})
            else:
                why = found.sentence.format(**found.values) if found.is_lookalike else _is(found)
                print(f"{one.count:>5}  {one.host}  {why}")
        if not hosts and not as_json:
            print("Nobody has asked about a link in the last 30 days.")

    serve(work)


def _is(found: Comparison) -> str:
    """Return in a word what a host is."""
    if found.is_lookalike:
        return "lookalike"
    if found.known is None:
        return "unknown"
    return "verified" if found.known.is_verified else "well known"


def _json(appeal: Appeal) -> dict[str, object]:
    return {
        "id": appeal.id,
        "state": appeal.state,
        "organisation": appeal.organisation,
        "purpose": appeal.purpose,
        "url": appeal.url,
        "valid_until": appeal.valid_until,
    }

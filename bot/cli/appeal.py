"""The commands `comeback appeal …`: propose, change, verify, show, list, suspend and retire Appeals."""

from datetime import datetime
from typing import Annotated

import typer

from bot.appeals.appeals import Clicks
from bot.appeals.details import AppealDetails
from bot.appeals.fields import AppealField
from bot.cli.command import ACTOR, LARGEST_ID, AsJson, complain, confirm, in_zone, put_json, serve
from bot.services import Services
from storage.models import Appeal
from storage.words import AppealState, SuspensionReason

app = typer.Typer(help="Propose, change, verify, list and retire requests for help.", no_args_is_help=True)

Language = Annotated[
    str | None, typer.Option(metavar="CODE", help="The language of the page behind the link, such as uk.")
]
Registration = Annotated[
    str | None, typer.Option(metavar="NUMBER", help="The organisation's number in a public register.")
]
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
    language: Language = None,
    registration: Registration = None,
    as_json: AsJson = False,
) -> None:
    """Propose an appeal. Readers see it once it was verified."""

    async def work(services: Services) -> None:
        appeal = await services.appeals.propose(
            organisation=organisation,
            url=url,
            purpose=purpose,
            language=language or "",
            registration=registration or "",
            story_id=story,
            valid_until=in_zone(until, services.zone) if until else None,
            actor=ACTOR,
        )
        if as_json:
            put_json(_json(appeal))
        else:
            _say_proposed(appeal)
        await _doubt(services, appeal.id)

    serve(work)


@app.command()
def change(
    number: Number,
    organisation: Annotated[str | None, typer.Option(help="Who asks for help.")] = None,
    url: Annotated[str | None, typer.Option(help="Where one can help: an https address.")] = None,
    purpose: Annotated[str | None, typer.Option(help="What the help is for, in a sentence.")] = None,
    language: Language = None,
    registration: Registration = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask, although readers see it now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Change it: readers see it once the new version was verified."""
    given = {
        AppealField.ORGANISATION: organisation,
        AppealField.URL: url,
        AppealField.PURPOSE: purpose,
        AppealField.LANGUAGE: language,
        AppealField.REGISTRATION: registration,
    }
    changes = {field: text for field, text in given.items() if text is not None}
    if not changes:
        raise typer.BadParameter("say what to change, such as --purpose …")

    async def work(services: Services) -> None:
        seen = (await services.appeals.details(number)).appeal
        if seen.state is AppealState.VERIFIED:
            confirm("Readers see this appeal now. Hide it until the change is verified?", yes=yes)
        appeal = await services.appeals.change(
            number, changes, actor=ACTOR, version=seen.version, hides=seen.state is AppealState.VERIFIED
        )
        if as_json:
            put_json(_json(appeal))
        elif appeal.version == seen.version:
            print(f"Appeal {number} is as it was: that changes nothing.")
        else:
            _say_proposed(appeal)
        await _doubt(services, number)

    serve(work)


@app.command()
def verify(number: Number) -> None:
    """Say that its link is right: from now on readers see it."""

    async def work(services: Services) -> None:
        appeal = await services.appeals.verify(number, actor=ACTOR)
        print(f"Appeal {number} is verified: readers see {appeal.organisation}, {appeal.url}")

    serve(work)


@app.command()
def suspend(number: Number) -> None:
    """Pause it: no reader sees it until it is verified again."""

    async def work(services: Services) -> None:
        await services.appeals.suspend(number, reason=SuspensionReason.EDITOR, actor=ACTOR)
        print(f"Appeal {number} is paused. To show it again: comeback appeal verify {number}")

    serve(work)


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show an appeal, who verified it, and the stories and chats that it touches."""

    async def work(services: Services) -> None:
        details = await services.appeals.details(number)
        if as_json:
            put_json(_json(details.appeal) | _more(details))
        else:
            for name, value in (_json(details.appeal) | _more(details)).items():
                print(f"{name:<14}  {'–' if value in (None, '', []) else value}")

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


def _json(appeal: Appeal) -> dict[str, object]:
    return {
        "id": appeal.id,
        "state": appeal.state,
        "organisation": appeal.organisation,
        "purpose": appeal.purpose,
        "url": appeal.url,
        "valid_until": appeal.valid_until,
        "language": appeal.language,
        "registration": appeal.registration,
        "version": appeal.version,
        "written_by": appeal.written_by,
        "verified_by": appeal.verified_by,
        "verified_at": appeal.verified_at,
        "suspended_for": appeal.suspended_for,
    }


def _more(details: AppealDetails) -> dict[str, object]:
    found = details.namesakes
    return {
        "stories": [story_id for story_id, _ in details.stories],
        "chats": details.chats,
        "clicks_by_day": [number for _, number in details.clicks],
        "same_organisation": [one.id for one in found.same_organisation],
        "same_host": [one.id for one in found.same_host],
    }


def _say_proposed(appeal: Appeal) -> None:
    print(f"Appeal {appeal.id} is proposed. Open {appeal.url} and look; if it is right:")
    print(f"  comeback appeal verify {appeal.id}")


async def _doubt(services: Services, number: int) -> None:
    """Name on standard error the Appeals that one may take for this one."""
    found = (await services.appeals.details(number)).namesakes
    for one in found.same_organisation:
        complain(f"An organisation of that name has another link: appeal {one.id}, {one.url}")
    for one in found.same_host:
        complain(f"This host is also that of another organisation: appeal {one.id}, {one.organisation}")

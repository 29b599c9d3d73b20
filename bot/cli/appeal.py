"""The commands `comeback appeal …`: propose, verify, list and retire Appeals, and report on them."""

from datetime import datetime
from typing import Annotated

import typer

from bot.appeals.appeals import Clicks
from bot.appeals.reports import ReportPreview
from bot.cli.command import ACTOR, LARGEST_ID, AsJson, in_zone, put_json, refuse, serve
from bot.i18n import SOURCE_LANGUAGE, in_language
from bot.rendering.reports import report as drawn
from bot.services import Services
from storage.models import Appeal
from storage.words import ReportState

app = typer.Typer(help="Propose, verify, list and retire requests for help.", no_args_is_help=True)

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
        if as_json:
            put_json(_json(appeal))
        else:
            print(f"Appeal {appeal.id} is proposed. Open {appeal.url} and look; if it is right:")
            print(f"  comeback appeal verify {appeal.id}")

    serve(work)


@app.command()
def verify(number: Number) -> None:
    """Say that its link is right: from now on readers see it."""

    async def work(services: Services) -> None:
        appeal = await services.appeals.verify(number, actor=ACTOR)
        print(f"Appeal {number} is verified: readers see {appeal.organisation}, {appeal.url}")

    serve(work)


@app.command()
def retire(number: Number) -> None:
    """Show it to no reader any more."""

    async def work(services: Services) -> None:
        await services.appeals.retire(number, actor=ACTOR)
        print(f"Appeal {number} is retired: no reader sees it any more.")

    serve(work)


@app.command()
def report(
    number: Number,
    text: Annotated[str, typer.Option(help="What became of it, in a few sentences.")] = "",
    link: Annotated[str, typer.Option(help="Where to read more: an https address.")] = "",
    send: Annotated[bool, typer.Option("--send", help="Send it to those who helped or follow.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write what became of an appeal, see who gets it, and send it."""

    async def work(services: Services) -> None:
        if text:
            await services.reports.write(
                number, text, link=link or None, language=SOURCE_LANGUAGE, actor=ACTOR
            )
        elif link:
            refuse("A report needs --text beside --link.")
        draft = next(
            (one for one in await services.reports.of(number) if one.state is ReportState.DRAFT), None
        )
        if draft is None:
            refuse(f"Appeal {number} has no draft of a report: comeback appeal report {number} --text …")
        preview = await services.reports.preview(draft.id)
        broadcast_id = await services.reports.send(draft.id, actor=ACTOR) if send else None
        if as_json:
            put_json(_report_json(preview, broadcast_id))
            return
        print(drawn(draft, in_language(SOURCE_LANGUAGE)).text)
        print(f"--- {preview.reach} who helped or follow get it.")
        if broadcast_id is None:
            print(f"Nothing was sent. To send it: comeback appeal report {number} --send")
        else:
            print(f"Broadcast {broadcast_id} starts as soon as the bot runs.")

    serve(work)


def _report_json(preview: ReportPreview, broadcast_id: int | None) -> dict[str, object]:
    found = preview.report
    return {
        "id": found.id,
        "appeal": found.appeal_id,
        "text": found.text,
        "language": found.language,
        "link": found.link,
        "reach": preview.reach,
        "broadcast": broadcast_id,
    }


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
    }

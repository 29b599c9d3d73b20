"""The commands `comeback appeal …`: propose, change, verify, show, suspend, retire and report on Appeals."""

from datetime import datetime
from typing import Annotated

import typer

from bot.appeals.appeals import LookalikeError
from bot.appeals.clicks import ClickCounts
from bot.appeals.details import AppealDetails
from bot.appeals.fields import AppealField
from bot.appeals.hosts.lookalikes import Comparison
from bot.appeals.reports import ReportPreview
from bot.appeals.verification import PageUnreadError
from bot.articles import urls
from bot.cli.command import ACTOR, LARGEST_ID, AsJson, complain, confirm, in_zone, put_json, refuse, serve
from bot.i18n import SOURCE_LANGUAGE, in_language
from bot.rendering.reports import report as drawn
from bot.services import Services
from storage.models import Appeal
from storage.words import AppealState, ReportState, SuspensionReason

app = typer.Typer(help="Propose, change, verify, list and retire requests for help.", no_args_is_help=True)
_ALTHOUGH = "--although-it-looks-like"

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
        await _doubt(services, appeal.id)
        if as_json:
            put_json(_json(appeal))
        else:
            await _say_proposed(services, appeal)

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
        await _doubt(services, number)
        if as_json:
            put_json(_json(appeal))
        elif appeal.version == seen.version:
            print(f"Appeal {number} is as it was: that changes nothing.")
        else:
            await _say_proposed(services, appeal)

    serve(work)


@app.command()
def verify(
    number: Number,
    although: Annotated[
        str | None,
        typer.Option(_ALTHOUGH, metavar="HOST", help="Verify it although its host looks like this one."),
    ] = None,
    although_unread: Annotated[
        bool, typer.Option("--although-unread", help="Verify it although its page cannot be read right now.")
    ] = False,
) -> None:
    """Say that its link is right: from now on readers see it."""

    async def work(services: Services) -> None:
        try:
            verified = await services.verification.verify(
                number, actor=ACTOR, although_like=although, although_unread=although_unread
            )
        except LookalikeError as error:
            again = f"comeback appeal verify {number} {_ALTHOUGH} {error.original}"
            refuse(f"{error} If it is the right one all the same: {again}")
        except PageUnreadError as error:
            refuse(f"{error} That is --although-unread.")
        appeal, ends_at = verified.appeal, verified.leads_to
        print(f"Appeal {number} is verified: readers see {appeal.organisation}, {appeal.url}")
        if ends_at is None:
            print("Its page could not be read: the next check keeps what it shows.")
        elif not urls.same(ends_at, appeal.url):
            print(f"The link leads to {ends_at}")

    serve(work)


@app.command()
def look(number: Number) -> None:
    """Say that you looked at its page, and that it is still right."""

    async def work(services: Services) -> None:
        appeal = await services.appeals.look(number, actor=ACTOR)
        print(f"Noted: {appeal.organisation}, {appeal.url} is still right. Look again within 90 days.")

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
        appeals, clicks = await services.appeals.listed(), await services.clicks.counts()
        checked = await services.appeals.checked_at()
        for appeal in appeals:
            counted, checked_at = clicks.get(appeal.id, ClickCounts()), checked.get(appeal.id)
            if as_json:
                counts = {"clicks": counted.total, "clicks_last_week": counted.recent}
                looks = {"looked_at": appeal.looked_at, "checked_at": checked_at}
                put_json(_json(appeal) | counts | looks | {"suspended_for": appeal.suspended_for})
            else:
                followed = f"  followed {counted.total} times" if counted.total else ""
                looked = f"  looked at {_day(appeal.looked_at)}, checked {_day(checked_at)}"
                about = f"{appeal.organisation}  {appeal.url}{looked}{followed}"
                print(f"{appeal.id:>5}  {appeal.state:<9}  {about}")
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


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "never"


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


async def _say_proposed(services: Services, appeal: Appeal) -> None:
    """Say how to verify it, with the option that a lookalike needs."""
    found = await services.appeals.lookalike(appeal.url)
    option = f" {_ALTHOUGH} {found.original}" if found else ""
    print(f"Appeal {appeal.id} is proposed. Open {appeal.url} and look; if it is right:")
    print(f"  comeback appeal verify {appeal.id}{option}")


async def _doubt(services: Services, number: int) -> None:
    """Name on standard error what one may take for this Appeal: a host that it looks like, other Appeals."""
    details = await services.appeals.details(number)
    found, alike = details.namesakes, await services.appeals.lookalike(details.appeal.url)
    if alike is not None:
        complain(f"Careful: {alike.sentence.format(**alike.values)}")
    for one in found.same_organisation:
        complain(f"An organisation of that name has another link: appeal {one.id}, {one.url}")
    for one in found.same_host:
        complain(f"This host is also that of another organisation: appeal {one.id}, {one.organisation}")

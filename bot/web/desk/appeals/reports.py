"""Reports of an Appeal: write a draft, see it as readers will and who gets it, send it or drop it."""

from collections.abc import Mapping

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import InvalidInputError, RefusedError, UserError
from bot.i18n import mark
from bot.rendering import reports as drawing
from bot.web.desk.errors import refusal
from bot.web.desk.people import names
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.words import ReportState

_SENT_SHOWN = 20
_ALL = "/appeals/{id}/reports"
_LARGEST_PICTURE = 10 * 1024**2  # bytes (Bot API, sendPhoto)
_OTHER_DRAFT = mark("Another editor has changed the draft meanwhile. Look at it before you replace it.")


async def show(visit: Visit) -> web.Response:
    """Show the Reports of an Appeal."""
    return await _page(visit, {})


async def write(visit: Visit) -> web.Response:
    """Store a draft in place of the one that the editor saw; else show what was typed again."""
    form, number = await visit.form(), visit.number("id")
    try:
        draft = await visit.services.reports.draft(number)
        if str(draft.id if draft else "") != form.get("seen", ""):
            raise RefusedError(_OTHER_DRAFT)
        picture = await _picture(visit)
        if picture is None and draft is not None and "without_picture" not in form:
            picture = draft.picture
        await visit.services.reports.write(
            number,
            form.get("text", ""),
            link=form.get("link", "").strip() or None,
            picture=picture,
            language=visit.texts.language,
            actor=visit.editor.actor,
        )
    except UserError as error:
        return await _page(visit, form, error)
    return visit.go(_address(visit))


async def try_it(visit: Visit) -> web.Response:
    """Send the draft to the editor, in their chat with the bot, and to nobody else."""
    number = visit.number("id")
    draft = await visit.services.reports.draft(number)
    if draft is None or draft.id != _draft(await visit.form()):
        raise RefusedError(_OTHER_DRAFT)
    await visit.the_chat().try_report(draft, editor=visit.editor.person_id, texts=visit.texts)
    visit.go(f"{_address(visit)}?tried=1")


async def send(visit: Visit) -> web.Response:
    """Send the draft that the editor saw. The progress comes to their chat with the bot."""
    number = _draft(await visit.form())
    await visit.services.reports.send(number, actor=visit.editor.actor, starter=visit.editor.person_id)
    visit.go(_address(visit))


async def drop(visit: Visit) -> web.Response:
    """Delete the draft that the editor saw."""
    await visit.services.reports.drop(_draft(await visit.form()), actor=visit.editor.actor)
    visit.go(_address(visit))


async def ask(visit: Visit) -> web.Response:
    """Ask the others who may send the draft."""
    await visit.services.reports.ask_to_send(visit.number("id"), actor=visit.editor.actor)
    visit.go(f"{_address(visit)}?asked=1")


async def _page(visit: Visit, given: Mapping[str, str], error: UserError | None = None) -> web.Response:
    service, number = visit.services.reports, visit.number("id")
    appeal, found = await service.appeal(number), await service.of(number)
    draft = next((one for one in found if one.state is ReportState.DRAFT), None)
    sent = [one for one in found if one.state is ReportState.SENT][:_SENT_SHOWN]
    may_send = draft is not None and visit.may(Right.PUBLISH)
    if draft is not None and may_send:
        may_send = not await service.needs_another(draft, actor=visit.editor.actor)
    return visit.render(
        "reports.html",
        **refusal(error, visit.texts),
        given=given,
        appeal=appeal,
        draft=draft,
        drawn=drawing.report(draft, visit.texts).text if draft else "",
        reach=(await service.preview(draft.id)).reach if draft else 0,
        sent=sent,
        names=await names.of_actors(
            visit, {actor for one in found for actor in (one.written_by, one.sent_by) if actor}
        ),
        may_send=may_send,
        asked=bool(visit.asked("asked")),
        tried=bool(visit.asked("tried")),
        has_chat=visit.chat is not None,
        longest=drawing.LONGEST_TEXT,
    )


async def _picture(visit: Visit) -> str | None:
    """Return the id of the picture in the form, which Telegram keeps from now on; None without one."""
    given = await visit.file("file")
    if given is None:
        return None
    data, _ = given
    if len(data) > _LARGEST_PICTURE:
        raise InvalidInputError(
            mark("The picture is larger than {megabytes} MB. Choose a smaller one."), megabytes=10
        )
    return await visit.the_chat().keep_picture(data, editor=visit.editor.person_id, texts=visit.texts)


def _draft(form: Mapping[str, str]) -> int:
    """Return the draft that the editor saw. Raises InvalidInputError without one."""
    written = form.get("report", "")
    if not (written.isascii() and written.isdecimal()) or len(written) > 9:  # noqa: PLR2004
        raise InvalidInputError(
            mark("This form is out of date. Go back, load the page again, and send it once more.")
        )
    return int(written)


def _address(visit: Visit) -> str:
    return f"{PATH}/appeals/{visit.number('id')}/reports"


ROUTES = (
    Route("GET", _ALL, show),
    Route("POST", _ALL, write, largest=2 * _LARGEST_PICTURE),
    Route("POST", f"{_ALL}/test", try_it),
    Route("POST", f"{_ALL}/send", send, Right.PUBLISH),
    Route("POST", f"{_ALL}/drop", drop),
    Route("POST", f"{_ALL}/ask", ask),
)

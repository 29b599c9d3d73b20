"""Appeals: the list, one with its page checks and help taps, and all that editors decide about it."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bot.appeals.appeals import LookalikeError
from bot.appeals.fields import FIELDS, AppealField
from bot.appeals.found_links import found_in
from bot.appeals.verification import PageUnreadError
from bot.appeals.visibility import NOT_SHOWN
from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import InvalidInputError, UserError
from bot.i18n import mark
from bot.rendering.paging import pages_of
from bot.rendering.render import host
from bot.rendering.words.appeals import MEANINGS, SIGNS, STATES, SUSPENSIONS
from bot.subscribers import language_parser
from bot.web.desk.errors import refusal, sentence_of, status_of
from bot.web.desk.numbers import number_in
from bot.web.desk.people import names
from bot.web.desk.plots import Plot
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.words import AppealState, SuspensionReason

_A_PAGE = 30
_STORIES = 20
_DAYS = 30  # of the plot of help taps
_LONGEST_SEARCH = 100
_LIST = "/appeals"
_ONE = f"{_LIST}/{{id}}"


async def show(visit: Visit) -> web.Response:
    """Show a page of the Appeals in a state, with words or all."""
    state, words = visit.choice("state", AppealState), visit.asked("q")[:_LONGEST_SEARCH]
    service = visit.services.appeals
    found, total = await service.page(state=state, words=words, limit=_A_PAGE, offset=visit.offset(_A_PAGE))
    asked = {"state": state.value if state else "", "q": words}
    return visit.render(
        "appeals.html",
        found=found,
        hosts={one.id: host(one.url) for one in found},
        waiting=await service.to_verify(visit.editor.person_id),
        clicks=await visit.services.clicks.counts() if visit.services.help_links.counts else None,
        state=state,
        states=visit.said(STATES),
        counts=await service.states(),
        words=words,
        search=urlencode({"q": words}) if words else "",
        address=f"{PATH}{_LIST}?{urlencode({name: value for name, value in asked.items() if value})}&",
        page=visit.page(),
        total=pages_of(total, _A_PAGE),
    )


async def look(visit: Visit) -> web.Response:
    """Show an Appeal with all that one ought to know of it, and what this editor may do with it."""
    services, number, me = visit.services, visit.number("id"), visit.editor.person_id
    details = await services.appeals.details(number)
    appeal, agreeing = details.appeal, details.agreeing
    actors = [one for one in (appeal.written_by, appeal.verified_by) if one]
    may_publish = visit.may(Right.PUBLISH)
    is_shown = appeal.state is AppealState.VERIFIED
    taps: Mapping[str, Any] = await _taps(visit, number)
    return visit.render(
        "appeal.html",
        details=details,
        appeal=appeal,
        host=host(appeal.url),
        hosts={one.id: host(one.url) for one in details.namesakes.same_organisation},
        stories=details.stories[:_STORIES],
        names=await names.of_actors(visit, actors),
        agreeing=sorted((await names.of_people(visit, agreeing)).items()) if agreeing else (),
        agreeing_ids=agreeing,
        check=await services.rechecks.found(number),
        sentence=visit.texts.say(MEANINGS[appeal.state]),
        reason=visit.texts.say(SUSPENSIONS[appeal.suspended_for]) if appeal.suspended_for else "",
        signs=visit.said(SIGNS),
        counts=services.help_links.counts,
        is_waiting=appeal.state in NOT_SHOWN,
        may_verify=visit.may(Right.VERIFY) and (me in agreeing or not agreeing),
        may_look=visit.may(Right.VERIFY) and is_shown,
        may_publish=may_publish,
        may_change=appeal.state in NOT_SHOWN or (may_publish and is_shown),
        may_report=appeal.verified_at is not None,
        is_shown=is_shown,
        is_retired=appeal.state is AppealState.RETIRED,
        **taps,
    )


async def _taps(visit: Visit, number: int) -> Mapping[str, object]:
    """Return how often the help link was opened each day, as a plot and as rows; the newest row first."""
    found = await visit.services.clicks.of(number, _DAYS) if visit.services.help_links.counts else ()
    if not any(count for _, count in found):
        return {"taps": None, "days": ()}
    days = [datetime.combine(day, time(), UTC) for day, _ in found]
    counts = [count for _, count in found]
    label = visit.texts.say("Taps")
    plot = Plot([day.timestamp() for day in days], [(label, counts)], are_bars=True)
    rows = [(visit.texts.date(day, UTC), count) for day, count in zip(days, counts, strict=True)]
    return {"taps": plot.values, "days": rows[::-1]}


async def new(visit: Visit) -> web.Response:
    """Show the form that proposes an Appeal; for a Story with what was found in its text."""
    number = number_in(visit.asked("story"))
    if number is None:
        return _form(visit, {})
    story = await visit.services.stories.inspect(number)
    found = {field.value: value for field, value in found_in(story).items()}
    return _form(visit, {**found, "story": str(number)})


async def propose(visit: Visit) -> web.Response:
    """Propose an Appeal; where that cannot be, show what was typed again with the reason."""
    form = await visit.form()
    try:
        appeal = await visit.services.appeals.propose(
            organisation=form.get("organisation", ""),
            url=form.get("url", ""),
            purpose=form.get("purpose", ""),
            language=_code(form.get("language", "")),
            registration=form.get("registration", ""),
            story_id=_story(form.get("story", "")),
            actor=visit.editor.actor,
        )
    except UserError as error:
        return _form(visit, form, error=error)
    return visit.go(f"{PATH}{_LIST}/{appeal.id}")


async def edit(visit: Visit) -> web.Response:
    """Show the form that changes an Appeal."""
    return await _change_form(visit, None)


async def change(visit: Visit) -> web.Response:
    """Change fields of an Appeal; where another editor was quicker, show both and change nothing."""
    form, number = await visit.form(), visit.number("id")
    given = {field: form[field.value] for field in AppealField if field.value in form}
    if AppealField.LANGUAGE in given:
        given[AppealField.LANGUAGE] = _code(given[AppealField.LANGUAGE])
    try:
        await visit.services.appeals.change(
            number,
            given,
            actor=visit.editor.actor,
            version=_version(form),
            hides="hides" in form,
        )
    except UserError as error:
        return await _change_form(visit, form, error)
    return visit.go(_address(visit))


async def verify(visit: Visit) -> web.Response:
    """Verify an Appeal; where its host or its page speaks against that, ask once more."""
    form, number = await visit.form(), visit.number("id")
    like, unread = form.get("like") or None, form.get("unread") == "1"
    try:
        await visit.services.verification.verify(
            number,
            actor=visit.editor.actor,
            version=_version(form),
            although_like=like,
            although_unread=unread,
        )
    except LookalikeError as error:
        return _ask(visit, form, error, like=error.original, unread=unread)
    except PageUnreadError as error:
        return _ask(visit, form, error, like=like, unread=True)
    return visit.go(_address(visit))


async def note_look(visit: Visit) -> web.Response:
    """Note that the editor looked at the page of a verified Appeal and found it right."""
    form = await visit.form()
    await visit.services.appeals.look(visit.number("id"), actor=visit.editor.actor, version=_version(form))
    visit.go(_address(visit))


async def suspend(visit: Visit) -> web.Response:
    """Put a verified Appeal on hold."""
    await visit.services.appeals.suspend(
        visit.number("id"), reason=SuspensionReason.EDITOR, actor=visit.editor.actor
    )
    visit.go(_address(visit))


async def retire(visit: Visit) -> web.Response:
    """Retire an Appeal."""
    form = await visit.form()
    await visit.services.appeals.retire(visit.number("id"), actor=visit.editor.actor, version=_version(form))
    visit.go(_address(visit))


def _form(visit: Visit, given: Mapping[str, str], *, error: UserError | None = None) -> web.Response:
    return visit.render(
        "appeal_form.html",
        **refusal(error, visit.texts),
        appeal=None,
        given=given,
        fields=visit.said(FIELDS),
        hides=False,
    )


async def _change_form(
    visit: Visit, typed: Mapping[str, str] | None, error: UserError | None = None
) -> web.Response:
    """Return the form with the present values, or with what was typed beside them."""
    appeal = (await visit.services.appeals.details(visit.number("id"))).appeal
    now = {field.value: str(getattr(appeal, field.value)) for field in AppealField}
    return visit.render(
        "appeal_form.html",
        **refusal(error, visit.texts),
        appeal=appeal,
        given={**now, **(typed or {})},
        now=now,
        writer=(await names.of_actors(visit, [appeal.written_by]))[appeal.written_by],
        fields=visit.said(FIELDS),
        hides=appeal.state is AppealState.VERIFIED,
    )


def _ask(
    visit: Visit, form: Mapping[str, str], error: UserError, *, like: str | None, unread: bool
) -> web.Response:
    """Return a page that says what speaks against verifying, with a button that does it all the same."""
    return visit.render(
        "appeal_doubt.html",
        status=status_of(error),
        sentence=sentence_of(error, visit.texts),
        number=visit.number("id"),
        values={"version": form.get("version", ""), "like": like or "", "unread": "1" if unread else ""},
    )


def _version(form: Mapping[str, str]) -> int:
    """Return the version that the editor saw. Raises InvalidInputError without one."""
    written = form.get("version", "")
    if not (written.isascii() and written.isdecimal()) or len(written) > 9:  # noqa: PLR2004
        raise InvalidInputError(
            mark("This form is out of date. Go back, load the page again, and send it once more.")
        )
    return int(written)


def _story(written: str) -> int | None:
    """Return the number of a Story; None for none. Raises InvalidInputError for anything else."""
    words = written.strip()
    if not words:
        return None
    if not (words.isascii() and words.isdecimal()) or len(words) > 9:  # noqa: PLR2004
        raise InvalidInputError(mark("Please give the number of a story, such as 12."))
    return int(words)


def _code(written: str) -> str:
    """Return the code of a language that people name by its code or its name, else what they wrote."""
    return language_parser.parse(written) or written if written.strip() else ""


def _address(visit: Visit) -> str:
    return f"{PATH}{_LIST}/{visit.number('id')}"


ROUTES = (
    Route("GET", _LIST, show),
    Route("GET", f"{_LIST}/new", new),
    Route("POST", _LIST, propose),
    Route("GET", _ONE, look),
    Route("GET", f"{_ONE}/change", edit),
    Route("POST", f"{_ONE}/change", change),
    Route("POST", f"{_ONE}/verify", verify, Right.VERIFY),
    Route("POST", f"{_ONE}/look", note_look, Right.VERIFY),
    Route("POST", f"{_ONE}/suspend", suspend, Right.PUBLISH),
    Route("POST", f"{_ONE}/retire", retire, Right.PUBLISH),
)

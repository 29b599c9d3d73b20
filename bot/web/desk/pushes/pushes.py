"""Pushes: the list, one of them with its progress and its results, and what editors do with it."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import InvalidInputError, RefusedError
from bot.i18n import mark
from bot.rendering.words.broadcasts import title_of
from bot.web.desk.errors import in_words, status_of
from bot.web.desk.pushes.live import progress_of, watch_of
from bot.web.desk.pushes.words import counts, kind_of, state_of, why
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.words import ENDED, OPEN, UNDER_WAY, BroadcastKind, BroadcastState

PAGE = 12
_TABS: Mapping[str, tuple[str, Sequence[BroadcastState]]] = {
    "running": (mark("Being sent"), UNDER_WAY),
    "scheduled": (mark("Scheduled"), (BroadcastState.SCHEDULED,)),
    "ended": (mark("Ended"), ENDED),
    "preparing": (mark("In preparation"), (BroadcastState.PREPARING,)),
}


async def show(visit: Visit) -> web.Response:
    """Show the Broadcasts of a state, a page at a time."""
    tab = visit.asked("state", "running")
    label, states = _TABS.get(tab, _TABS["running"])
    page = visit.page()
    found, number = await visit.services.results.page(states, limit=PAGE, offset=page * PAGE)
    return visit.render(
        "pushes/list.html",
        tab=tab if tab in _TABS else "running",
        tabs=[(name, visit.texts.say(words)) for name, (words, _) in _TABS.items()],
        label=visit.texts.say(label),
        found=found,
        page=page,
        total=-(-number // PAGE),
        state_of=state_of,
        title_of=title_of,
        kind_of=kind_of,
        why=why,
    )


async def look(visit: Visit) -> web.Response:
    """Show one Broadcast: how far it is, what may be done, and what came of it."""
    return await _page(visit)


async def _page(visit: Visit, sentence: str = "", status: int = 200) -> web.Response:
    """Draw the page of a Broadcast. `sentence`: why it could not be changed, with the HTTP status of that."""
    number, services = visit.number("id"), visit.services
    found = await services.broadcasts.status(number)
    broadcast = found.broadcast
    if broadcast.state is BroadcastState.PREPARING:
        visit.go(f"{PATH}/pushes/{number}/prepare")
    has_failed = bool(found.progress.failed)
    is_reopened = broadcast.state in (*UNDER_WAY, BroadcastState.FINISHED)
    values: dict[str, Any] = {
        **progress_of(visit, watch_of(visit, found)),
        "found": found,
        "sentence": sentence,
        "broadcast": broadcast,
        "title": title_of(broadcast, visit.texts),
        "kind": kind_of(broadcast, visit.texts),
        "is_open": broadcast.state in OPEN,
        "is_under_way": broadcast.state in UNDER_WAY,
        "may_publish": visit.may(Right.PUBLISH),
        "may_retry": has_failed and is_reopened and broadcast.kind is not BroadcastKind.DIGEST,
        "may_be_missed": is_reopened and broadcast.kind is BroadcastKind.PUSH,
        "failures": await services.results.failures(number) if has_failed else (),
    }
    return visit.render("pushes/push.html", status, **values)


async def pause(visit: Visit) -> web.Response:
    """Pause a running Broadcast."""
    act = visit.services.control.pause(visit.number("id"), actor=visit.editor.actor)
    return await after(visit, act)


async def resume(visit: Visit) -> web.Response:
    """Resume a paused Broadcast."""
    act = visit.services.control.resume(visit.number("id"), actor=visit.editor.actor)
    return await after(visit, act)


async def ask_to_cancel(visit: Visit) -> web.Response:
    """Ask whether to end a Broadcast for good."""
    status = await visit.services.broadcasts.status(visit.number("id"))
    return visit.render(
        "pushes/cancel.html",
        broadcast=status.broadcast,
        title=title_of(status.broadcast, visit.texts),
        counts=counts(status, visit.texts) if status.broadcast.state in UNDER_WAY else (),
    )


async def cancel(visit: Visit) -> web.Response:
    """End a Broadcast for good."""
    act = visit.services.control.cancel(visit.number("id"), actor=visit.editor.actor)
    return await after(visit, act)


async def send_now(visit: Visit) -> web.Response:
    """Start a scheduled Broadcast now."""
    act = visit.services.control.send_now(visit.number("id"), actor=visit.editor.actor)
    return await after(visit, act)


async def send_to_rest(visit: Visit) -> web.Response:
    """End the pilot wave now: the others get it."""
    act = visit.services.control.send_to_rest(visit.number("id"), actor=visit.editor.actor)
    return await after(visit, act)


async def move(visit: Visit) -> web.Response:
    """Move a scheduled Broadcast to another hour; `seen` is the one that the page showed."""
    form, number = await visit.form(), visit.number("id")

    async def choose_hour() -> None:
        seen, at = _seen(form.get("seen", "")), visit.moment(form.get("at", ""))
        await visit.services.control.choose_hour(number, at, seen=seen, actor=visit.editor.actor)

    to_calendar = f"{PATH}/calendar?day={form.get('at', '')[:10]}"
    return await after(visit, choose_hour(), to_calendar if form.get("then") == "calendar" else "")


async def retry(visit: Visit) -> web.Response:
    """Send it again to those for whom it failed."""
    starter = visit.editor.person_id
    act = visit.services.control.retry(visit.number("id"), actor=visit.editor.actor, starter=starter)
    return await after(visit, act)


async def after(visit: Visit, act: Awaitable[object], to: str = "") -> web.Response:
    """Do what a button is for, and go on to the page `to`, else back; where it cannot be done, say why."""
    try:
        await act
    except (RefusedError, InvalidInputError) as error:
        return await _page(visit, await in_words(visit, error), status_of(error))
    return visit.go(to or f"{PATH}/pushes/{visit.number('id')}")


def _seen(written: str) -> datetime:
    """Return the hour that a form was drawn for."""
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise InvalidInputError(mark("Please choose a day and a time.")) from None


ROUTES = (
    Route("GET", "/pushes", show),
    Route("GET", "/pushes/{id}", look),
    Route("POST", "/pushes/{id}/pause", pause),
    Route("POST", "/pushes/{id}/resume", resume, Right.PUBLISH),
    Route("GET", "/pushes/{id}/cancel", ask_to_cancel, Right.PUBLISH),
    Route("POST", "/pushes/{id}/cancel", cancel, Right.PUBLISH),
    Route("POST", "/pushes/{id}/now", send_now, Right.PUBLISH),
    Route("POST", "/pushes/{id}/rest", send_to_rest, Right.PUBLISH),
    Route("POST", "/pushes/{id}/move", move, Right.PUBLISH),
    Route("POST", "/pushes/{id}/retry", retry, Right.PUBLISH),
)

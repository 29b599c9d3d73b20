"""Pushes: the list, one of them with its progress and its results, and what editors do with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.web.desk.pushes.live import progress_of
from bot.web.desk.pushes.watches import Watch
from bot.web.desk.pushes.words import counts, kind_of, state_of, title_of, why
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
    number, services = visit.number("id"), visit.services
    status = await services.broadcasts.status(number)
    broadcast = status.broadcast
    if broadcast.state is BroadcastState.PREPARING:
        visit.go(f"{PATH}/pushes/{number}/prepare")
    has_failed = bool(status.progress.failed)
    is_reopened = broadcast.state in (*UNDER_WAY, BroadcastState.FINISHED)
    values: dict[str, Any] = {
        **progress_of(visit, Watch(status=status)),
        "found": status,
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
    return visit.render("pushes/push.html", **values)


async def pause(visit: Visit) -> web.Response:
    """Pause a running Broadcast."""
    await visit.services.control.pause(visit.number("id"), actor=visit.editor.actor)
    return _back(visit)


async def resume(visit: Visit) -> web.Response:
    """Resume a paused Broadcast."""
    await visit.services.control.resume(visit.number("id"), actor=visit.editor.actor)
    return _back(visit)


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
    await visit.services.control.cancel(visit.number("id"), actor=visit.editor.actor)
    return _back(visit)


async def send_now(visit: Visit) -> web.Response:
    """Start a scheduled Broadcast now."""
    await visit.services.control.send_now(visit.number("id"), actor=visit.editor.actor)
    return _back(visit)


async def send_to_rest(visit: Visit) -> web.Response:
    """End the pilot wave now: the others get it."""
    await visit.services.control.send_to_rest(visit.number("id"), actor=visit.editor.actor)
    return _back(visit)


async def move(visit: Visit) -> web.Response:
    """Move a scheduled Broadcast to another hour; `seen` is the one that the page showed."""
    form = await visit.form()
    try:
        seen = datetime.fromisoformat(form.get("seen", ""))
    except ValueError:
        raise InvalidInputError(mark("Please choose a day and a time.")) from None
    await visit.services.control.choose_hour(
        visit.number("id"), visit.moment(form.get("at", "")), seen=seen, actor=visit.editor.actor
    )
    if form.get("then") == "calendar":
        visit.go(f"{PATH}/calendar?day={form.get('at', '')[:10]}")
    return _back(visit)


async def retry(visit: Visit) -> web.Response:
    """Send it again to those for whom it failed."""
    starter = visit.editor.person_id
    await visit.services.control.retry(visit.number("id"), actor=visit.editor.actor, starter=starter)
    return _back(visit)


async def count_missing(visit: Visit) -> web.Response:
    """Show how many missed the push, with a button that sends it to them."""
    number = visit.number("id")
    status = await visit.services.broadcasts.status(number)
    return visit.render(
        "pushes/missing.html",
        broadcast=status.broadcast,
        title=title_of(status.broadcast, visit.texts),
        missing=await visit.services.control.missing(number),
        may_publish=visit.may(Right.PUBLISH),
    )


async def send_to_missing(visit: Visit) -> web.Response:
    """Send it to those who joined or came back after their turn."""
    starter = visit.editor.person_id
    await visit.services.control.send_to_missing(
        visit.number("id"), actor=visit.editor.actor, starter=starter
    )
    return _back(visit)


def _back(visit: Visit) -> web.Response:
    visit.go(f"{PATH}/pushes/{visit.number('id')}")


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
    Route("GET", "/pushes/{id}/missing", count_missing),
    Route("POST", "/pushes/{id}/missing", send_to_missing, Right.PUBLISH),
)

"""Who missed a push: a page that shows the count when it is made, and loads again until then."""

from aiohttp import web

from bot.broadcasts.missed_counts import MissedCounts
from bot.editors.roles import Right
from bot.rendering.words.broadcasts import title_of
from bot.web.desk.pushes.pushes import after
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit

MISSED = web.AppKey("missed", MissedCounts)
"""Where the application of the desk has the counts."""

_PATH = "/pushes/{id}/missing"


async def show(visit: Visit) -> web.Response:
    """Show how many missed the push, with a button that sends it to them."""
    number = visit.number("id")
    status = await visit.services.broadcasts.status(number)
    return visit.render(
        "pushes/missing.html",
        broadcast=status.broadcast,
        title=title_of(status.broadcast, visit.texts),
        missing=await visit.request.app[MISSED].of(number),
        may_publish=visit.may(Right.PUBLISH),
    )


async def send(visit: Visit) -> web.Response:
    """Send it to those who joined or came back after their turn."""
    number, starter = visit.number("id"), visit.editor.person_id
    act = visit.services.control.send_to_missing(number, actor=visit.editor.actor, starter=starter)
    try:
        return await after(visit, act)
    finally:
        visit.request.app[MISSED].forget(number)


ROUTES = (
    Route("GET", _PATH, show),
    Route("POST", _PATH, send, Right.PUBLISH),
)

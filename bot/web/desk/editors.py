"""Editors: who they are, and in which browsers they use the desk."""

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.web.desk.route import Route
from bot.web.desk.security import COOKIE
from bot.web.desk.visit import Visit


async def show(visit: Visit) -> web.Response:
    """Show all editors with their roles, and the open sessions: one's own, to owners all of them."""
    manages = visit.may(Right.MANAGE)
    sessions = await visit.services.sessions.listed(None if manages else visit.editor.person_id)
    listed = await visit.services.editors.listed()
    people = {one.person_id for one in listed} | {one.person_id for one in sessions}
    names = {person: await visit.name_of(person) for person in people}
    return visit.render("editors.html", listed=listed, sessions=sessions, names=names, manages=manages)


async def end_session(visit: Visit) -> web.Response:
    """End a session of one's own; owners end any."""
    await visit.services.sessions.end(visit.number("id"), person_id=visit.editor.person_id)
    visit.go(f"{PATH}/editors")


async def leave(visit: Visit) -> web.Response:
    """Sign out: end this session, and let the browser forget its cookie."""
    await visit.services.sessions.end(visit.editor.session_id, person_id=visit.editor.person_id)
    answer = visit.render("left.html")
    answer.del_cookie(COOKIE, path=PATH)
    return answer


ROUTES = (
    Route("POST", "/leave", leave),
    Route("GET", "/editors", show),
    Route("POST", "/sessions/{id}/end", end_session),
)

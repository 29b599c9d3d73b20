"""Editors: who they are and what they may do, invitations, and in which browsers they use the desk."""

from collections.abc import Mapping

from aiohttp import web

from bot.editors import browsers
from bot.editors.desk_address import PATH
from bot.editors.editors import INVITATION_DAYS
from bot.editors.roles import Right
from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.words.editors import MAY
from bot.web.desk.access.security import COOKIE
from bot.web.desk.people import names
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.words import EditorRole

_LIST = "/editors"
_ONE = f"{_LIST}/{{id}}"


async def show(visit: Visit) -> web.Response:
    """Show all editors with their roles, and the open sessions: one's own, to owners all of them."""
    manages = visit.may(Right.MANAGE)
    sessions = await visit.services.sessions.listed(None if manages else visit.editor.person_id)
    listed = await visit.services.editors.listed()
    people = {one.person_id for one in listed} | {one.person_id for one in sessions}
    return visit.render(
        "editors.html",
        listed=listed,
        sessions=[(one, _named(one.browser, visit.texts)) for one in sessions],
        names=await names.of_people(visit, people),
        manages=manages,
        invites=manages and visit.chat is not None,
        may=visit.said(MAY),
    )


def _named(browser: str, texts: Texts) -> str:
    """Return what editors call this browser, "Firefox on Android"; an unknown one in its own words."""
    name, system = browsers.known(browser)
    if name and system:
        return texts.say("{browser} on {system}", browser=name, system=system)
    return texts.say("A browser on {system}", system=system) if system else name or browser


async def invite(visit: Visit) -> web.Response:
    """Make an invitation, and show its link. It is shown once: only its checksum is stored."""
    chat = visit.the_chat()
    role = _role(await visit.form())
    secret = await visit.services.editors.invite(role, actor=visit.editor.actor)
    return visit.render("invited.html", link=chat.invitation(secret), role=role, days=INVITATION_DAYS)


async def change(visit: Visit) -> web.Response:
    """Give an editor another role."""
    person, role = visit.number("id"), _role(await visit.form())
    if all(one.person_id != person for one in await visit.services.editors.listed()):
        raise web.HTTPNotFound
    await visit.services.editors.put(person, role, actor=visit.editor.actor)
    visit.go(f"{PATH}{_LIST}")


async def remove(visit: Visit) -> web.Response:
    """Take an editor's role away; their sessions end."""
    person = visit.number("id")
    await visit.services.editors.remove(person, actor=visit.editor.actor)
    if visit.chat is not None:
        await visit.chat.forget_editor(person)
    visit.go(f"{PATH}{_LIST}")


async def end_session(visit: Visit) -> web.Response:
    """End a session of one's own; owners end any."""
    await visit.services.sessions.end(visit.number("id"), person_id=visit.editor.person_id)
    visit.go(f"{PATH}{_LIST}")


async def leave(visit: Visit) -> web.Response:
    """Sign out: end this session, and let the browser forget its cookie."""
    await visit.services.sessions.end(visit.editor.session_id, person_id=visit.editor.person_id)
    answer = visit.render("left.html", language=visit.texts.language)
    answer.del_cookie(COOKIE, path=PATH)
    return answer


def _role(form: Mapping[str, str]) -> EditorRole:
    """Return the role that a form names. Raises InvalidInputError for none."""
    for role in EditorRole:
        if role.value == form.get("role"):
            return role
    raise InvalidInputError(mark("Please choose a role."))


ROUTES = (
    Route("POST", "/leave", leave),
    Route("GET", _LIST, show),
    Route("POST", f"{_LIST}/invite", invite, Right.MANAGE),
    Route("POST", f"{_ONE}/role", change, Right.MANAGE),
    Route("POST", f"{_ONE}/remove", remove, Right.MANAGE),
    Route("POST", "/sessions/{id}/end", end_session),
)

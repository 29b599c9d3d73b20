"""Entry: a link from the bot opens a session, once. A program that fetches the link uses nothing up."""

from typing import NoReturn

import aiohttp_jinja2
from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.sessions import IDLE
from bot.errors import RefusedError
from bot.services import Services
from bot.web.desk.access.security import COOKIE, is_own_origin, needs_https, nonce_of
from bot.web.desk.access.tries import Tries
from bot.web.desk.visit import NameOf


class Entry:
    """The pages of a link that lets an editor in."""

    def __init__(self, services: Services, name_of: NameOf, public_url: str) -> None:
        self._services = services
        self._name_of = name_of
        self._public_url = public_url
        self._tries = Tries()

    async def ask(self, request: web.Request) -> web.Response:
        """Show whose link it is, and a button that uses it."""
        person_id, status, sentence = 0, 200, ""
        try:
            self._tries.require_calm()
            person_id = await self._owner_of(request)
        except RefusedError as error:
            status, sentence = 403, error.sentence
        texts = await self._services.subscribers.texts_of(person_id)
        context = {
            "say": texts.say,
            "language": texts.language,
            "sentence": texts.say(sentence) if sentence else "",
            "name": await self._name_of(person_id) if person_id else "",
            "nonce": nonce_of(request),
            "address": request.path,
        }
        return aiohttp_jinja2.render_template("enter.html", request, context, status=status)

    async def enter(self, request: web.Request) -> web.Response:
        """Use the link up, give the browser its cookie, and open the desk."""
        if not is_own_origin(request, self._public_url):
            raise web.HTTPForbidden
        try:
            self._tries.require_calm()
            token = await self._services.sessions.enter(
                request.match_info["secret"], request.headers.get("User-Agent", "")
            )
        except RefusedError:
            self._tries.note_wrong()
            return await self.ask(request)
        return let_in(request, token, self._public_url)

    async def _owner_of(self, request: web.Request) -> int:
        try:
            return await self._services.sessions.owner_of(request.match_info["secret"])
        except RefusedError:
            self._tries.note_wrong()
            raise


def let_in(request: web.Request, token: str, public_url: str) -> NoReturn:
    """Give the browser the cookie of its session, and open the desk."""
    answer = web.HTTPSeeOther(f"{PATH}/")
    answer.set_cookie(
        COOKIE,
        token,
        path=PATH,
        httponly=True,
        secure=needs_https(request, public_url),
        samesite="Strict",
        max_age=int(IDLE.total_seconds()),
    )
    raise answer

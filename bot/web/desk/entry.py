"""Entry: a link from the bot opens a session, once. A program that fetches the link uses nothing up."""

from collections import deque
from time import monotonic

import aiohttp_jinja2
from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.sessions import IDLE
from bot.errors import RefusedError
from bot.i18n import mark
from bot.services import Services
from bot.web.desk.security import COOKIE, is_own_origin, is_safe_address, nonce_of
from bot.web.desk.visit import NameOf

_TRIES = 30  # wrong links from everywhere in _WINDOW_S: nobody mistypes one, and nobody can guess one
_WINDOW_S = 60.0


class Entry:
    """The pages of a link that lets an editor in."""

    def __init__(self, services: Services, name_of: NameOf, public_url: str) -> None:
        self._services = services
        self._name_of = name_of
        self._public_url = public_url
        self._wrong: deque[float] = deque(maxlen=_TRIES)

    async def ask(self, request: web.Request) -> web.Response:
        """Show whose link it is, and a button that uses it."""
        person_id, status, sentence = 0, 200, ""
        try:
            self._require_calm()
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
            self._require_calm()
            token = await self._services.sessions.enter(
                request.match_info["secret"], request.headers.get("User-Agent", "")
            )
        except RefusedError:
            self._wrong.append(monotonic())
            return await self.ask(request)
        answer = web.HTTPSeeOther(f"{PATH}/")
        answer.set_cookie(
            COOKIE,
            token,
            path=PATH,
            httponly=True,
            secure=not is_safe_address(request.url),
            samesite="Strict",
            max_age=int(IDLE.total_seconds()),
        )
        raise answer

    async def _owner_of(self, request: web.Request) -> int:
        try:
            return await self._services.sessions.owner_of(request.match_info["secret"])
        except RefusedError:
            self._wrong.append(monotonic())
            raise

    def _require_calm(self) -> None:
        """Raise RefusedError while too many wrong links are tried."""
        if len(self._wrong) == _TRIES and monotonic() - self._wrong[0] < _WINDOW_S:
            raise RefusedError(mark("Too many wrong links were tried. Please wait a minute."))

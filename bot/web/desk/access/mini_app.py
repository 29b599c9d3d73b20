"""The desk as a Mini App: Telegram opens its page, and what Telegram says of the person lets them in.

Telegram's apps show it as a page of its own. Telegram's web page shows it in a frame, where browsers keep no
cookie of ours (SameSite=Strict): there it gives a link for the browser instead.
"""

import aiohttp_jinja2
from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.launches import Launch
from bot.errors import RefusedError
from bot.i18n import Texts
from bot.services import Services
from bot.web.desk.access.entry import let_in
from bot.web.desk.access.security import COOKIE, is_own_origin, nonce_of
from bot.web.desk.access.tries import Tries
from bot.web.languages import browser_texts


class MiniApp:
    """The page that Telegram opens, and what its form does."""

    def __init__(self, services: Services, public_url: str) -> None:
        self._services = services
        self._public_url = public_url
        self._tries = Tries()

    async def show(self, request: web.Request) -> web.Response:
        """Show the page whose script sends on what Telegram said. Raises HTTPNotFound without https."""
        self._require_https()
        return _page(request, browser_texts(request))

    async def enter(self, request: web.Request) -> web.Response:
        """Open the desk, or in a frame give a link. Raises HTTPForbidden for a form that is not ours."""
        self._require_https()
        if not is_own_origin(request, self._public_url):
            raise web.HTTPForbidden
        form, texts = await request.post(), browser_texts(request)
        try:
            self._tries.require_calm()
            launch = self._read(str(form.get("data", "")))
            texts = await self._services.subscribers.texts_of(launch.person_id)
            if "framed" in form:
                return _page(request, texts, link=await self._services.sessions.link_by(launch))
            if await self._is_in(request, launch):
                raise web.HTTPSeeOther(f"{PATH}/")
            token = await self._services.sessions.enter_by(launch, request.headers.get("User-Agent", ""))
        except RefusedError as error:
            return _page(request, texts, sentence=texts.say(error.sentence), status=403)
        return let_in(request, token, self._public_url)

    def _read(self, init_data: str) -> Launch:
        try:
            return self._services.sessions.launches.read(init_data)
        except RefusedError:
            self._tries.note_wrong()
            raise

    async def _is_in(self, request: web.Request, launch: Launch) -> bool:
        """Return whether the person has a session here already, so that loading the page again is no harm."""
        token = request.cookies.get(COOKIE, "")
        editor = await self._services.sessions.of(token) if token else None
        return editor is not None and editor.person_id == launch.person_id

    def _require_https(self) -> None:
        if self._services.sessions.address.mini_app is None:
            raise web.HTTPNotFound


def _page(
    request: web.Request, texts: Texts, *, link: str = "", sentence: str = "", status: int = 200
) -> web.Response:
    """Draw the page: with a link for the browser, with what was refused, or at first."""
    context = {
        "say": texts.say,
        "language": texts.language,
        "link": link,
        "sentence": sentence,
        "nonce": nonce_of(request),
    }
    return aiohttp_jinja2.render_template("app.html", request, context, status=status)

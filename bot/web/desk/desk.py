"""The desk as an application of aiohttp: who gets in, what every answer carries, how errors are shown."""

import logging
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import refusal
from bot.errors import UserError
from bot.i18n import Texts, mark
from bot.services import Services
from bot.web.connections import Handler
from bot.web.desk.chat import Chat
from bot.web.desk.entry import Entry
from bot.web.desk.errors import in_words, status_of
from bot.web.desk.formats import FILTERS
from bot.web.desk.labels import GLOBALS
from bot.web.desk.languages import browser_texts
from bot.web.desk.mini_app import MiniApp
from bot.web.desk.pushes.trial import SEND_TEST, SendTest, without_bot
from bot.web.desk.pushes.watches import WATCHES, Watches
from bot.web.desk.route import Route
from bot.web.desk.routes import ROUTES
from bot.web.desk.security import COOKIE, headers, is_own_form, is_own_origin, nonce_of
from bot.web.desk.visit import NameOf, Visit
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

_HERE = Path(str(files(__package__)))
_THEME = Path(str(files("bot.sandbox.page"))) / "static" / "css" / "theme.css"
_STATIC = PATH + "/static"
_CHANGING = {"POST"}
_UNAVAILABLE = mark("This is not working right now. Please try again later.")
_FOREIGN_FORM = mark("This form is out of date. Go back, load the page again, and send it once more.")
_TOO_LARGE = mark("That is too large. Go back, and send only the story’s text, without pictures.")
_NO_SESSION = mark("Your session has ended. Send /desk to the bot to get a new link.")


class Desk:
    """Answers the requests below /desk."""

    def __init__(
        self,
        services: Services,
        name_of: NameOf,
        public_url: str = "",
        *,
        send_test: SendTest = without_bot,
        chat: Chat | None = None,
        settings: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`public_url`: our address behind a proxy, if there is one. `send_test`: sends an editor a push.

        `chat`: the bot, where it is there. `settings`: name and value of each, without secrets, to be shown.
        """
        self._send_test = send_test
        self._services = services
        self._chat = chat
        self._settings = settings
        self._name_of = name_of
        self._public_url = public_url
        self._entry = Entry(services, name_of, public_url)
        self._mini_app = MiniApp(services, public_url)

    def application(self) -> web.Application:
        """Return the application, to be mounted at /desk."""
        app = web.Application(middlewares=[self._answered])
        aiohttp_jinja2.setup(
            app,
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            filters=FILTERS,
        ).globals.update(GLOBALS)
        watches = Watches(self._services)
        app[WATCHES] = watches
        app[SEND_TEST] = self._send_test
        app.on_shutdown.append(watches.close)
        app.router.add_get("/static/theme.css", _theme)
        app.router.add_static("/static", _HERE / "static")
        app.router.add_get("/enter/{secret}", self._entry.ask)
        app.router.add_post("/enter/{secret}", self._entry.enter)
        app.router.add_get("/app", self._mini_app.show)
        app.router.add_post("/app", self._mini_app.enter)
        for route in ROUTES:
            app.router.add_route(route.method, route.path, self._guarded(route))
        return app

    def _guarded(self, route: Route) -> Handler:
        """Return the handler of a route: an editor with its right reaches it, with a form of ours."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if route.largest:
                nonce_of(request)  # the copy has the same one, and so the page has that of its headers
                request = request.clone(client_max_size=route.largest)
            visit = await self._visit(request)
            if visit is None:
                return self._without_session(request)
            if request.method in _CHANGING and not await self._is_ours(request, visit):
                return self._sentence(request, visit.texts, 403, visit.texts.say(_FOREIGN_FORM), visit)
            if not visit.may(route.right):
                sentence = visit.texts.say(refusal(route.right))
                return self._sentence(request, visit.texts, 403, sentence, visit)
            try:
                return await route.handler(visit)
            except UserError as error:
                sentence = await in_words(visit, error)
                return self._sentence(request, visit.texts, status_of(error), sentence, visit)

        return guarded

    async def _visit(self, request: web.Request) -> Visit | None:
        """Return the visit of the editor whose session the cookie names; None without one."""
        token = request.cookies.get(COOKIE, "")
        editor = await self._services.sessions.of(token) if token else None
        if editor is None:
            return None
        texts = await self._services.subscribers.texts_of(editor.person_id)
        zone = await self._services.subscribers.timezone_of(editor.person_id)
        return Visit(
            request,
            self._services,
            editor,
            texts,
            zone,
            token,
            self._name_of,
            self._chat,
            self._settings,
        )

    async def _is_ours(self, request: web.Request, visit: Visit) -> bool:
        """Return whether a page of ours, drawn for this session, sent the form."""
        if not is_own_origin(request, self._public_url):
            return False
        given = request.headers.get("X-Form-Token") or (await visit.form()).get("token", "")
        return is_own_form(visit.token, given)

    def _without_session(self, request: web.Request) -> web.StreamResponse:
        """Say how to get in. A browser that comes from another site sends no cookie: it loads again."""
        texts = browser_texts(request)
        again = request.method == "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site"
        return self._sentence(request, texts, 200 if again else 401, texts.say(_NO_SESSION), again=again)

    def _sentence(
        self,
        request: web.Request,
        texts: Texts,
        status: int,
        sentence: str,
        visit: Visit | None = None,
        *,
        again: bool = False,
    ) -> web.Response:
        """Return a page with one sentence; with `again`, the browser loads the address once more."""
        context = {
            "say": texts.say,
            "language": texts.language,
            "sentence": sentence,
            "nonce": nonce_of(request),
            "again": str(request.rel_url) if again else "",
            "is_in": visit is not None,
        }
        return aiohttp_jinja2.render_template("sentence.html", request, context, status=status)

    @web.middleware
    async def _answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Give each answer the headers that protect it, and each error a page with one sentence."""
        try:
            answer = await handler(request)
        except web.HTTPRedirection as redirect:
            redirect.headers.update(headers(request))
            raise
        except web.HTTPException as error:
            texts = browser_texts(request)
            sentence = texts.say(mark("This page does not exist, or not any more."))
            if error.status == web.HTTPRequestEntityTooLarge.status_code:
                sentence = texts.say(_TOO_LARGE)
            elif error.status not in {404, 405}:
                sentence = texts.say(_UNAVAILABLE)
            answer = self._sentence(request, texts, error.status, sentence)
        except DatabaseUnavailableError:
            texts = browser_texts(request)
            answer = self._sentence(request, texts, 503, texts.say(_UNAVAILABLE))
        except (ConnectionError, web.RequestPayloadError):
            raise
        except Exception:
            log.exception("a page of the desk failed", extra={"path": _pattern_of(request)})
            texts = browser_texts(request)
            answer = self._sentence(request, texts, 500, texts.say(_UNAVAILABLE))
        if not answer.prepared:
            answer.headers.update(headers(request))
            if request.path.startswith(_STATIC):
                answer.headers["Cache-Control"] = "public, max-age=3600"
        return answer


async def _theme(_request: web.Request) -> web.FileResponse:
    """Return the colours and the type, which are those of the sandbox's chat page."""
    return web.FileResponse(_THEME)


def _pattern_of(request: web.Request) -> str:
    """Return the route's pattern: an address may hold a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""

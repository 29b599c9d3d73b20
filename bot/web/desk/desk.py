"""The desk as an application of aiohttp: who gets in, what every answer carries, how errors are shown."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import aiohttp_jinja2
from aiohttp import web

from bot.broadcasts.missed_counts import MissedCounts
from bot.editors.roles import refusal
from bot.errors import UserError
from bot.i18n import Texts, mark
from bot.services import Services
from bot.web import templates
from bot.web.assets import THEME, Assets
from bot.web.compression import compress
from bot.web.connections import Handler
from bot.web.desk import warm_up
from bot.web.desk.access.entry import Entry
from bot.web.desk.access.kept import Kept, kept_of
from bot.web.desk.access.mini_app import MiniApp
from bot.web.desk.access.security import COOKIE, form_token, headers, is_own_form, is_own_origin, nonce_of
from bot.web.desk.chat import Chat
from bot.web.desk.errors import NO_SESSION, in_words, status_of
from bot.web.desk.formats import FILTERS
from bot.web.desk.labels import GLOBALS
from bot.web.desk.pushes.missed import MISSED
from bot.web.desk.pushes.trial import SEND_TEST, SendTest, without_bot
from bot.web.desk.pushes.watches import WATCHES, Watches
from bot.web.desk.route import Route
from bot.web.desk.routes import ROUTES
from bot.web.desk.visit import NameOf, Visit
from bot.web.languages import browser_texts
from bot.web.words import MISSING, UNAVAILABLE
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)

_HERE = Path(str(files(__package__)))
_CHANGING = {"POST"}
_FOREIGN_FORM = mark("This form is out of date. Go back, load the page again, and send it once more.")
_OLD_FORM = mark("This form is of an earlier session, so nothing has happened yet.")
_CHECK_FORM = mark("Check what you typed, and send it again.")
_TOO_LARGE = mark("That is too large. Go back, and send only the story’s text, without pictures.")
_KEEP_OPEN = mark(
    "What you typed is kept on this page. Open the new link in another tab; then come back and send it again."
)


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
        assets = Assets(_HERE / "static", THEME)
        environment = aiohttp_jinja2.setup(app, **templates.options(_HERE / "templates"), filters=FILTERS)
        environment.globals.update(GLOBALS, asset=assets.address)
        warm_up.begin_with(app, environment)
        watches = Watches(self._services)
        app[WATCHES] = watches
        app[MISSED] = missed = MissedCounts(self._services.control.missing)
        app[SEND_TEST] = self._send_test
        app.on_shutdown.append(watches.close)
        app.on_shutdown.append(lambda _: missed.close())
        app.add_routes([assets.route()])
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
            visit = await self._visit(request)
            if visit is None:
                return await self._without_session(request)
            if route.largest:  # only for those who are in
                nonce_of(request)  # the copy has the same one, and so the page has that of its headers
                request = request.clone(client_max_size=route.largest)
                visit = replace(visit, request=request)
            if request.method in _CHANGING and not await self._is_ours(request, visit):
                return await self._of_another_session(request, visit)
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

    async def _without_session(self, request: web.Request) -> web.StreamResponse:
        """Say how to get in. A browser that comes from another site sends no cookie: it loads again.

        A form of ours is kept on the page, so that it can be sent once its editor is back.
        """
        texts = browser_texts(request)
        if request.method in _CHANGING and is_own_origin(request, self._public_url):
            kept = await kept_of(request)
            if kept is not None:
                return _kept_page(request, texts, 401, kept, (NO_SESSION, _KEEP_OPEN))
        again = request.method == "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site"
        return self._sentence(request, texts, 200 if again else 401, texts.say(NO_SESSION), again=again)

    async def _of_another_session(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Do nothing with a form that was not drawn for this session; one of ours can be sent again."""
        if is_own_origin(request, self._public_url):
            kept = await kept_of(request)
            if kept is not None:
                proof = form_token(visit.token)
                return _kept_page(request, visit.texts, 403, kept, (_OLD_FORM, _CHECK_FORM), token=proof)
        return self._sentence(request, visit.texts, 403, visit.texts.say(_FOREIGN_FORM), visit)

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
            sentence = texts.say(MISSING)
            if error.status == web.HTTPRequestEntityTooLarge.status_code:
                sentence = texts.say(_TOO_LARGE)
            elif error.status not in {404, 405}:
                sentence = texts.say(UNAVAILABLE)
            answer = self._sentence(request, texts, error.status, sentence)
        except DatabaseUnavailableError:
            texts = browser_texts(request)
            answer = self._sentence(request, texts, 503, texts.say(UNAVAILABLE))
        except (ConnectionError, web.RequestPayloadError):
            raise
        except Exception:
            log.exception("a page of the desk failed", extra={"path": _pattern_of(request)})
            texts = browser_texts(request)
            answer = self._sentence(request, texts, 500, texts.say(UNAVAILABLE))
        if not answer.prepared:
            kept = answer.headers.get("Cache-Control")
            answer.headers.update(headers(request))
            if kept is not None:
                answer.headers["Cache-Control"] = kept
            _compress(request, answer)
        return answer


def _compress(request: web.Request, answer: web.StreamResponse) -> None:
    """Compress a page for a browser that reads that.

    The size of a compressed page could tell a stranger its token, if they made the editor's browser load it
    with words of their choice. It sends no cookie then, which is SameSite=Strict, and gets no such page.
    """
    if isinstance(answer, web.Response) and "Content-Encoding" not in answer.headers:
        compress(request, answer)


def _kept_page(
    request: web.Request,
    texts: Texts,
    status: int,
    kept: Kept,
    sentences: tuple[str, str],
    *,
    token: str = "",
) -> web.Response:
    """Return a page with a form that has all that was typed. `token`: proof of the session, if any."""
    context = {
        "say": texts.say,
        "language": texts.language,
        "sentence": texts.say(sentences[0]),
        "hint": texts.say(sentences[1]),
        "kept": kept,
        "token": token,
    }
    return aiohttp_jinja2.render_template("kept.html", request, context, status=status)


def _pattern_of(request: web.Request) -> str:
    """Return the route's pattern: an address may hold a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""

"""The site: routes of the public page, what protects it, and answers to what goes wrong."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial, wraps
from importlib.resources import files
from pathlib import Path
from typing import Final

import jinja2
from aiohttp import web
from markupsafe import Markup, escape

from bot.appeals.help_links import PATH as HELP_PATH
from bot.appeals.visibility import showable
from bot.clock import Clock
from bot.editors.desk_address import PATH as DESK_PATH
from bot.errors import NotFoundError, UserError, WithdrawnError
from bot.i18n import SOURCE_LANGUAGE, Texts, languages, own_name
from bot.rendering.render import Reader
from bot.services import Services
from bot.web import templates
from bot.web.assets import THEME, Assets
from bot.web.languages import browser_texts
from bot.web.public import feeds
from bot.web.public.atom import atom_feed
from bot.web.public.feeds import Entry, Feed, json_feed
from bot.web.public.freshness import Freshness
from bot.web.public.shown import Shown, lengths, shown
from bot.web.public.wanted import PAGES, PATH, Asked, asked
from bot.web.words import MISSING, UNAVAILABLE
from storage.engine.unavailable import DatabaseUnavailableError
from storage.models import Story
from storage.stories.translations import appeal_of
from storage.words import Length

log = logging.getLogger(__name__)

_HERE = Path(str(files(__package__)))
_DESK = _HERE.parent / "desk" / "static"
_SIZE = 20  # Stories on a page
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_ATOM, _JSON, _HTML = (
    "application/atom+xml; charset=utf-8",
    "application/feed+json; charset=utf-8",
    "text/html; charset=utf-8",
)
_ROBOTS = f"User-agent: *\nDisallow: {DESK_PATH}\nDisallow: {HELP_PATH}\n"

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Site:
    """Answers the requests of people who are not known: nothing is kept of them."""

    def __init__(
        self,
        services: Services,
        public_url: str,
        name: Callable[[], str],
        language: str = SOURCE_LANGUAGE,
    ) -> None:
        """`public_url`: our address. `language`: that of the words in a feed that names none.

        `name` returns whose page this is: the name that readers see in Telegram.
        """
        self._services = services
        self._url = public_url
        self._name = name
        self._language = language
        self._clock: Clock = services.clock
        self._fresh = Freshness(services.clock)
        self._assets = Assets(
            THEME, _DESK / "desk.css", _DESK / "favicon.svg", _HERE / "static" / "public.css", base=PATH
        )
        self._templates = jinja2.Environment(**templates.options(_HERE / "templates"))  # noqa: S701  # escapes
        self._templates.globals.update(asset=self._assets.address)
        self._templates.filters["lines"] = _lines

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, below /stories, and /robots.txt."""
        return [
            web.get(PATH, self._safe(self._list)),
            web.get(f"{PATH}/{{number:[0-9]{{1,9}}}}", self._safe(self._story)),
            web.get(
                f"{PATH}/feed.atom", self._safe(partial(self._feed, write=atom_feed, content_type=_ATOM))
            ),
            web.get(
                f"{PATH}/feed.json", self._safe(partial(self._feed, write=json_feed, content_type=_JSON))
            ),
            web.get("/robots.txt", _robots),
            self._assets.whole_route(),
            web.get(f"{PATH}/{{rest:.*}}", self._safe(_nothing)),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        """Show a page of the newest Stories."""
        wanted = asked(request)
        await self._services.public.renew()
        found = await self._services.public.page(wanted.for_reader(), _SIZE)
        topics = await self._services.public.topics()
        topic = next((one for one in topics if one.slug == wanted.topic), None)
        if (wanted.topic and topic is None) or (wanted.page and not found.stories):
            raise web.HTTPNotFound
        reader = self._reader(wanted.texts, Length.BRIEF)
        older = found.has_more and wanted.page + 1 < PAGES
        return self._page(
            request,
            wanted,
            "list.html",
            canonical=self._url + wanted.address(),
            title=topic.name if topic else wanted.texts.say("Latest stories"),
            stories=[self._shown(one, reader) for one in found.stories],
            topics=topics,
            newer=wanted.address(page=wanted.page - 1) if wanted.page else None,
            older=wanted.address(page=wanted.page + 1) if older else None,
            translations=[],
        )

    async def _story(self, request: web.Request) -> web.Response:
        """Show one Story."""
        wanted = asked(request)
        await self._services.public.renew()
        item = await self._services.public.read(int(request.match_info["number"]))
        group = [one for one in await self._services.public.group(item) if one.id != item.id]
        length = next((one for one in Length if one.value == request.query.get("length")), Length.SHORT)
        reader, path = self._reader(wanted.texts, length), f"/{item.id}"
        return self._page(
            request,
            wanted,
            "story.html",
            canonical=f"{self._url}{PATH}{path}",
            story=self._shown(item, reader),
            lengths=lengths(reader, lambda other: wanted.own(path, length=other.value)),
            translations=[(self._shown(one, reader), wanted.own(f"/{one.id}")) for one in group],
        )

    async def _feed(
        self, request: web.Request, *, write: Callable[[Feed], bytes], content_type: str
    ) -> web.Response:
        """Send a page of a feed."""
        wanted, path = asked(request, self._language), request.path.removeprefix(PATH)
        public = self._services.public
        await public.renew()
        found = await public.page(wanted.for_feed(), _SIZE)
        reader, key = self._reader(wanted.texts, Length.SHORT), await public.feed_key()
        older = found.has_more and wanted.page + 1 < PAGES
        feed = Feed(
            uid=feeds.uid(key, f"feed {wanted.language or ''} {wanted.topic or ''}"),
            title=await self._feed_title(wanted),
            author=self._name(),
            language=wanted.language or wanted.texts.language,
            address=self._url + wanted.address(path),
            home=self._url + wanted.address(page=0),
            first=self._url + wanted.address(path, page=0),
            next=self._url + wanted.address(path, page=wanted.page + 1) if older else None,
            previous=self._url + wanted.address(path, page=wanted.page - 1) if wanted.page else None,
            entries=[self._entry(self._shown(one, reader), wanted, key) for one in found.stories],
        )
        return self._fresh.answer(request, feed.address, write(feed), content_type, vary="Accept-Encoding")

    async def _feed_title(self, wanted: Asked) -> str:
        """Return what names a feed: its Topic and language, and where it comes from."""
        topics = {one.slug: one.name for one in await self._services.public.topics()}
        if wanted.topic and wanted.topic not in topics:
            raise web.HTTPNotFound
        language = own_name(wanted.language) if wanted.language else ""
        return " · ".join(filter(None, (self._name(), topics.get(wanted.topic or "", ""), language)))

    def _entry(self, story: Shown, wanted: Asked, key: bytes) -> Entry:
        address = f"{self._url}{PATH}/{story.id}"
        content = self._templates.get_template("entry.html").render(
            story=story, say=wanted.texts.say, address=address
        )
        html = Markup(content.replace("\n", ""))  # noqa: S704  # the template has escaped it
        return Entry(feeds.uid(key, f"story {story.id}"), address, html, story)

    def _shown(self, item: Story, reader: Reader) -> Shown:
        """Return what is shown of a Story, drawn once for all who read the same."""
        appeal = showable(appeal_of(item), self._clock())
        return self._services.public.drawn((item, appeal, reader.kind), lambda: shown(item, appeal, reader))

    def _reader(self, texts: Texts, length: Length) -> Reader:
        services = self._services
        return Reader(texts, services.zone, length, services.help_links.address)

    def _page(self, request: web.Request, wanted: Asked, template: str, **values: object) -> web.Response:
        context = {
            "say": wanted.texts.say,
            "language": wanted.texts.language,
            "wanted": wanted,
            "site": self._name(),
            "languages": [(one, own_name(one)) for one in languages()],
            "origin": self._url,
            **values,
        }
        body = self._templates.get_template(template).render(context).encode()
        key = f"{wanted.texts.language} {wanted.address(request.path)} {request.query.get('length', '')[:9]}"
        return self._fresh.answer(request, key, body, _HTML, vary="Accept-Encoding, Accept-Language")

    def _safe(self, handler: Handler) -> Handler:
        """Return the handler with the headers that protect its answers, and a sentence for each error."""

        @wraps(handler)
        async def answered(request: web.Request) -> web.Response:
            try:
                answer = await handler(request)
            except WithdrawnError as error:
                answer = self._sentence(request, 410, error)
            except (NotFoundError, web.HTTPNotFound):
                answer = self._sentence(request, 404, UserError(MISSING))
            except DatabaseUnavailableError:
                answer = self._sentence(request, 503, UserError(UNAVAILABLE))
            answer.headers.update(_HEADERS)
            return answer

        return answered

    def _sentence(self, request: web.Request, status: int, error: UserError) -> web.Response:
        """Return a page with one sentence, which nobody keeps."""
        texts = browser_texts(request)
        body = self._templates.get_template("sentence.html").render(
            say=texts.say,
            language=texts.language,
            site=self._name(),
            sentence=texts.say(error.sentence, **error.values),
        )
        headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
        return web.Response(body=body.encode(), status=status, headers=headers | {"Content-Type": _HTML})


def _lines(text: str) -> Markup:
    """Return a text as HTML in which its lines end where they end."""
    return escape(text).replace("\n", Markup("<br>"))


async def _robots(_request: web.Request) -> web.Response:
    """Keep robots away from the desk, and from help links, which count people."""
    return web.Response(text=_ROBOTS, headers={"Cache-Control": "public, max-age=3600"})


async def _nothing(_request: web.Request) -> web.Response:
    raise web.HTTPNotFound

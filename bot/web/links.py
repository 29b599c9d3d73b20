"""Help links: redirects to the organisation and counts the click, without a trace of the person."""

import re
from collections.abc import Mapping

from aiohttp import web

from bot.appeals.help_links import PATH
from bot.errors import NotFoundError, RefusedError, UserError
from bot.services import Services
from bot.web.languages import browser_texts
from bot.web.words import UNAVAILABLE
from storage.engine.unavailable import DatabaseUnavailableError

# Programs that fetch a link before a person does, or in place of one. (Cubot is a brand of phones.)
_MACHINES = re.compile(
    r"(?<!cu)bot\b|bot[/;-]|preview|crawl|spider|slurp|scan|monitor|fetch|headless|lighthouse|"
    r"facebookexternalhit|facebookcatalog|whatsapp|snapchat|viber|skype|embedly|"
    r"curl|wget|python|aiohttp|httpx|java/|go-http|okhttp|axios|node|libwww|perl|ruby|php",
    re.IGNORECASE,
)
_PURPOSES = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
_AHEAD = re.compile(r"prefetch|preview|prerender", re.IGNORECASE)
_HEADERS = {
    "Cache-Control": "no-store",  # each click must go to where the Appeal leads at that time
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


def routes(services: Services) -> list[web.RouteDef]:
    """Return the route `/h/<appeal>-<signature>`. Where it leads is never taken from the address."""

    async def follow(request: web.Request) -> web.Response:
        counted = request.method == "GET" and is_by_person(request.headers)
        try:
            number = services.help_links.read(request.match_info["name"])
            url = await services.clicks.follow(number, counted=counted)
        except NotFoundError as error:
            return _answer(request, error, status=404)
        except RefusedError as error:
            return _answer(request, error, status=410)
        except DatabaseUnavailableError:
            return _answer(request, UserError(UNAVAILABLE), status=503)
        return web.Response(status=302, headers=_HEADERS | {"Location": url})

    return [web.get(PATH + "{name}", follow)]


def is_by_person(headers: Mapping[str, str]) -> bool:
    """Return whether a person follows the link, as far as headers show: not a preview, robot or prefetch."""
    agent = headers.get("User-Agent", "")
    if not agent or _MACHINES.search(agent):
        return False
    return not any(_AHEAD.search(headers.get(name, "")) for name in _PURPOSES)


def _answer(request: web.Request, error: UserError, status: int) -> web.Response:
    sentence = browser_texts(request).say(error.sentence, **error.values)
    return web.Response(text=sentence, status=status, headers=_HEADERS)

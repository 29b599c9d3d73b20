"""The language of pages for people of whom nothing is known: that of their browser."""

from aiohttp import web

from bot.i18n import SOURCE_LANGUAGE, Texts, choose, in_language


def browser_texts(request: web.Request) -> Texts:
    """Return the texts in the language that the browser prefers."""
    wanted = request.headers.get("Accept-Language", "").split(",")[0]
    return in_language(choose(wanted.partition(";")[0].strip(), SOURCE_LANGUAGE))

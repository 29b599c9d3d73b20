"""What a request to the public page asks for: language, Topic and page, out of its address."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from bot.i18n import Texts, in_language, languages
from bot.stories.public import Wanted
from bot.web.languages import browser_texts

PATH: Final = "/stories"
PAGES: Final = 100
"""So many pages are shown: what lies behind them is found in the bot."""

_TOPIC = re.compile(r"[\w-]{1,48}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_PAGE = re.compile(r"[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for. `language`: the one that the address names; None: none."""

    texts: Texts
    language: str | None
    topic: str | None
    page: int

    def address(self, path: str = "", *, page: int | None = None, **changed: str | None) -> str:
        """Return the address of a page of ours, below PATH, with what was asked for and these changes."""
        values = {"lang": self.language, "topic": self.topic} | changed
        number = self.page if page is None else page
        query = urlencode(
            {name: one for name, one in values.items() if one} | ({"page": number} if number else {})
        )
        return f"{PATH}{path}" + (f"?{query}" if query else "")

    def own(self, path: str = "", **changed: str | None) -> str:
        """Return the address of another page: only the language stays."""
        return self.address(path, page=0, **({"topic": None} | changed))

    def for_reader(self) -> Wanted:
        """Return the Stories of a page of the list: of each group the one in the reader's language."""
        return Wanted(reader=self.texts.language, topic=self.topic, page=self.page)

    def for_feed(self) -> Wanted:
        """Return the Stories of a page of a feed: originals, or all in the language that it names."""
        return Wanted(only=self.language, topic=self.topic, page=self.page)


def asked(request: web.Request, default: str | None = None) -> Asked:
    """Return what a request asks for. Raises HTTPNotFound for what cannot be asked for.

    `default`: the language of the words where the address names none; None: that of the browser. A feed has
    one, since it is the same for all who read it.
    """
    named = request.query.get("lang") or None
    if default is None and named not in languages():
        named = None
    topic, page = request.query.get("topic") or None, request.query.get("page", "0")
    for pattern, value in ((_LANGUAGE, named), (_TOPIC, topic), (_PAGE, page)):
        if value is not None and not pattern.fullmatch(value):
            raise web.HTTPNotFound
    if named in languages():
        texts = in_language(named or "")
    else:
        texts = browser_texts(request) if default is None else in_language(default)
    return Asked(texts, named, topic, int(page))

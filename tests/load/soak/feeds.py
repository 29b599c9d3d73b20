"""The server of the feeds: what each one tells by now, on a port of 127.0.0.1."""

from collections import defaultdict
from typing import Self

from aiohttp import web

from tests.load.soak.stories import Tale

_KEPT = 12  # entries that a feed shows


class Feeds:
    """Twenty hosts on one port, each with a feed and the pages to which it leads."""

    def __init__(self) -> None:
        self._told: dict[int, list[Tale]] = defaultdict(list)
        self._pages: dict[str, str] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{place:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def address(self, feed: int) -> str:
        """Return the address of a feed."""
        return f"http://n{feed}.example.org:{self.port}/feed"

    def tell(self, tale: Tale) -> None:
        """Let the story's feed have it from now on."""
        self._told[tale.feed].insert(0, tale)
        self._pages[tale.code] = tale.page

    async def _answer(self, request: web.Request) -> web.Response:
        host, place = request.url.host or "", request.path.strip("/")
        if place != "feed":
            page = self._pages.get(place)
            return web.Response(text=page or "", status=200 if page else 404, content_type="text/html")
        items = "".join(
            f"<item><title>{one.headline}</title><link>/{one.code}</link></item>"
            for one in self._told[int(host.partition(".")[0][1:])][:_KEPT]
        )
        feed = f'<rss version="2.0"><channel><title>{host}</title><link>/</link>{items}</channel></rss>'
        return web.Response(text=feed, content_type="application/rss+xml")

"""The running bot polls a feed, and readers get its stories, over HTTP against the sandbox."""

import pytest

from bot.config import Settings
from bot.feeds.poller import Polled
from bot.sandbox.server import Sandbox
from tests.chats import ANNA, EDITH, Chats, says
from tests.running import running
from tests.sites import Site, answer, opened

PAGE = """<html lang="en"><head><title>{title}</title></head><body><article><h1>{title}</h1>
{text}</article></body></html>"""
BRIDGE = """<p>It was opened on Sunday after three months of repairs by volunteers of two towns.</p>
<p>They carried planks and nails across the ice, and rebuilt it before the flood came in spring.</p>
<p>The mayor thanked all of them and said that buses would cross it from Monday on, every hour.</p>"""
SCHOOL = """<p>Stoves arrived at the school on Tuesday, and the children took their coats off at last.</p>
<p>Their teacher had asked for heating since October, when the boiler froze and its pipes burst.</p>
<p>A bakery of the next town paid for the wood, and parents stacked it along the northern wall.</p>"""
ITEM = "<item><title>{title}</title><link>{link}</link></item>"
FEED = '<rss version="2.0"><channel><title>River News</title><link>/</link>{items}</channel></rss>'


def _serve(site: Site, stories: dict[str, str]) -> None:
    """Let the feed have these stories, the newest last, each with a page of its own."""
    items = ""
    for title, text in reversed(stories.items()):
        link = f"/{title.split()[1]}"
        site.replies[link] = answer(PAGE.format(title=title, text=text).encode())
        items += ITEM.format(title=title, link=link)
    site.replies["/rss"] = answer(FEED.format(items=items).encode(), kind="application/rss+xml")


async def test_from_the_feed_to_the_readers(
    polling: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first entries become drafts with a card for editors; later ones of a trusted Source are pushed."""
    async with opened(Site()) as site:
        monkeypatch.setattr("bot.runtime.build.fetcher_of", lambda _settings: site.fetcher())
        _serve(site, {"The bridge is open again": BRIDGE})
        chats = Chats(telegram.world)
        async with running(polling) as app:
            await chats.ask(EDITH, "/start")
            await chats.ask(ANNA, "/start")
            added = await app.services.sources.add(site.address("/rss"), trusted=True, actor="test")
            await chats.world.until(lambda: any("bridge" in says(one)[0] for one in chats.said(EDITH)))
            assert not any("bridge" in says(one)[0] for one in chats.said(ANNA))

            _serve(site, {"The bridge is open again": BRIDGE, "The school is warm again": SCHOOL})
            polled: list[Polled] = []
            await app.services.sources.poll([added.source], polled.append)
            assert [(one.waiting, one.error) for one in polled] == [(1, None)]
            await chats.world.until(lambda: any("school" in says(one)[0] for one in chats.said(ANNA)))

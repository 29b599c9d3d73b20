"""A site with a feed at /feed and a page for each of its entries; and questions that tests ask about it."""

from collections.abc import Callable, Iterable
from random import Random
from typing import TypeVar

from bot.articles.fetch.fetcher import FetchLimits
from bot.articles.process_pool import ProcessPool
from bot.feeds.sources import ListedSource, Sources
from bot.stories.stories import Stories
from storage.models import Source
from storage.words import StoryState
from tests.sites import Site, answer
from tests.waiting import PATIENCE

T = TypeVar("T")

LIMITS = FetchLimits(headers=PATIENCE, total=PATIENCE, body=1024**2)
_WORDS = [
    f"{one}{other}"
    for one in ("sand", "wood", "tin", "glass", "iron", "red")
    for other in ("bell", "cart", "gate", "lamp", "roof")
]


class InProcess(ProcessPool):
    """Runs functions in the test's own process; the pool's limits are tested elsewhere."""

    def __init__(self) -> None:
        super().__init__(warm_up=lambda: None)

    async def run(self, name: str, too_slow: str, function: Callable[..., T], *arguments: object) -> T:  # noqa: ARG002  # the pool's own names
        return function(*arguments)


def feed(numbers: Iterable[int], content: str = "", title: str = "News") -> bytes:
    """Return an RSS feed of these entries."""
    items = "".join(
        f"<item><title>Story {number}</title><link>/story/{number}</link>"
        f"<description><![CDATA[{content}]]></description></item>"
        for number in numbers
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def text(number: int) -> str:
    """Return paragraphs that no other story has."""
    chosen = Random(number)  # words, no secret
    sentences = [f"The house {number} has a {' '.join(chosen.sample(_WORDS, 8))}." for _ in range(24)]
    return "".join(f"<p>{' '.join(sentences[start : start + 4])}</p>" for start in range(0, 24, 4))


def serve(site: Site, numbers: Iterable[int], *headers: str) -> None:
    """Let the site have a feed with these entries, and their pages."""
    numbers = list(numbers)
    site.replies["/feed"] = answer(feed(numbers), *headers, kind="application/rss+xml")
    site.replies |= {f"/story/{number}": _page(number) for number in numbers}


def _page(number: int) -> bytes:
    return answer(
        f"<html lang=en><head><title>Story {number}</title></head><body><article><h1>Story {number}</h1>"
        f"{text(number)}</article></body></html>".encode()
    )


async def add(sources: Sources, site: Site, path: str = "/feed", *, trusted: bool = False) -> Source:
    """Add the feed at this path as a new Source with the Topic "War"."""
    added = await sources.add(site.address(path), trusted=trusted, topic_names=["War"], actor="test")
    assert added.fresh
    return added.source


async def only_source(sources: Sources) -> ListedSource:
    """Return the only Source there is."""
    [listed] = await sources.listed()
    return listed


async def headlines(stories: Stories, *states: StoryState) -> list[str]:
    """Return the headlines of all Stories, or of those in these states, oldest first."""
    return [story.headline for story in await stories.listed(states or None)]


def requests(site: Site, path: str = "/feed") -> int:
    """Return how often the site was asked for this path."""
    return sum(request.startswith(f"GET {path} ") for request in site.requests)

"""The feeds: valid Atom and JSON Feed, with ids that stay and the words of the chat."""

import uuid
from typing import Any
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]  # it says no types
import orjson
import pytest

from bot.services import Services
from bot.web.public.atom import ATOM
from tests.factories import MovableClock, published
from tests.web.public.conftest import EDITOR, NAME, URL, Visitor, tell_of_the_bridge

_N = {"a": ATOM}


async def _atom(visitor: Visitor, path: str = "/stories/feed.atom") -> Any:
    """A feed as a feed reader understands it, after a look at what RFC 4287 demands."""
    answer = await visitor.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    _look(answer.body)
    feed = feedparser.parse(answer.body)
    assert not feed.bozo
    assert feed.version == "atom10"
    return feed


def _look(body: bytes) -> None:
    root = ET.fromstring(body)  # noqa: S314  # our own feed
    for element in [root, *root.findall("a:entry", _N)]:
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", _N)) == 1, name
        uid = element.findtext("a:id", namespaces=_N) or ""
        assert uuid.UUID(uid).version == 5
        assert element.findtext("a:updated", namespaces=_N, default="").endswith("Z")
    assert root.find("a:author/a:name", _N) is not None
    relations = [one.get("rel") for one in root.findall("a:link", _N)]
    assert relations.count("self") == relations.count("alternate") == 1
    ids = [one.findtext("a:id", namespaces=_N) for one in root.findall("a:entry", _N)]
    assert len(ids) == len(set(ids))


async def _json(visitor: Visitor, path: str = "/stories/feed.json") -> dict[str, Any]:
    """A feed as JSON Feed 1.1 demands it."""
    answer = await visitor.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/feed+json; charset=utf-8")
    feed: dict[str, Any] = orjson.loads(answer.body)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    for item in feed["items"]:
        assert isinstance(item["id"], str)
        assert item["content_html"]
        assert item["url"].startswith(f"{URL}/stories/")
    return feed


async def test_feeds_and_pages_bear_the_name_of_the_bot(services: Services, visitor: Visitor) -> None:
    """A subscriber finds the feed by the name that Telegram shows, and its topic and language beside it."""
    await tell_of_the_bridge(services)
    feed = await _json(visitor, "/stories/feed.json?topic=bridges&lang=uk")
    assert feed["title"] == f"{NAME} · Bridges · Українська"
    atom = (await _atom(visitor)).feed
    assert (atom.title, atom.author) == (NAME, NAME)
    page = await visitor.get("/stories")
    assert page.page.findtext(".//title") == f"Latest stories · {NAME}"
    assert f"{NAME}" in (await visitor.get("/stories/999")).text


async def test_an_entry_says_what_the_chat_says(services: Services, visitor: Visitor) -> None:
    """Both formats have headline, summary, appeal with its counted link, article, topics, dates."""
    story, number = await tell_of_the_bridge(services)
    [entry] = (await _atom(visitor)).entries
    [item] = (await _json(visitor))["items"]
    assert (entry.title, entry.link, entry.author) == ("The bridge holds", f"{URL}/stories/{story}", "Ada")
    assert (item["title"], item["url"], item["authors"]) == (entry.title, entry.link, [{"name": "Ada"}])
    assert [one.href for one in entry.links if one.rel == "via"] == [item["external_url"]]
    assert item["external_url"] == "https://paper.example/bridge"
    assert [one.label for one in entry.tags] == item["tags"] == ["Bridges"]
    assert entry.id == item["id"]
    assert entry.published == item["date_published"] == "2026-11-22T12:00:00Z"
    for words in ("Three sentences.", "Bridge Friends", f"{URL}/h/{number}-", "Help Bridge Friends"):
        assert words in entry.content[0].value
        assert words in item["content_html"]


async def test_ids_stay_and_updated_moves_with_a_correction(
    services: Services, visitor: Visitor, clock: MovableClock
) -> None:
    """A reader sees a corrected story once more, and not one that only had a slip mended."""
    story = await published(services, "The bridge holds")
    [before] = (await _atom(visitor)).entries
    clock.advance(hours=1)
    await services.editing.set_headline(story, "The bridge holds!", version=None, actor=EDITOR)
    [mended] = (await _atom(visitor)).entries
    assert (mended.id, mended.updated) == (before.id, before.updated)
    await services.corrections.correct(story, actor=EDITOR, note="It does not hold.")
    feed = await _atom(visitor)
    [after] = feed.entries
    assert (after.id, after.published) == (before.id, before.published)
    assert after.updated == feed.feed.updated == "2026-11-22T13:00:00Z"
    assert "It does not hold." in after.content[0].value


async def test_pages_of_a_feed_lead_to_one_another(
    services: Services, visitor: Visitor, clock: MovableClock
) -> None:
    """All stories are found by following "next", each once, in both formats."""
    for number in range(45):
        await published(services, f"Bridge {number:02}")
        clock.advance(minutes=1)
    path, titles, links = "/stories/feed.atom", [], {}
    while path:
        feed = await _atom(visitor, path)
        titles += [one.title for one in feed.entries]
        links = {one.rel: one.href.removeprefix(URL) for one in feed.feed.links}
        assert links["self"] == path
        path = links.get("next", "")
    assert titles == [f"Bridge {number:02}" for number in reversed(range(45))]
    assert links["previous"] == "/stories/feed.atom?page=1"
    document = await _json(visitor)
    assert (document["next_url"], len(document["items"])) == (f"{URL}/stories/feed.json?page=1", 20)


async def test_feeds_of_a_language_and_a_topic(services: Services, visitor: Visitor) -> None:
    """The feed of a language has all stories in it, with words in that language; each feed has its own id."""
    original = await published(services, "On bridges", ["Bridges"])
    translation = await published(services, "Про мости", language="uk")
    await services.editing.set_translation(translation, original, version=None, actor=EDITOR)
    await published(services, "On trains", ["Trains"])
    await published(services, "In viaggio", language="it")
    ids = set()
    for query, titles in {
        "": ["In viaggio", "On trains", "On bridges"],
        "?lang=uk": ["Про мости"],
        "?lang=it": ["In viaggio"],
        "?topic=bridges": ["On bridges"],
        "?lang=uk&topic=bridges": ["Про мости"],
        "?lang=pl": [],
    }.items():
        feed = await _atom(visitor, f"/stories/feed.atom{query}")
        assert [one.title for one in feed.entries] == titles, query
        assert [
            one["title"] for one in (await _json(visitor, f"/stories/feed.json{query}"))["items"]
        ] == titles
        ids.add(feed.feed.id)
    assert len(ids) == 6
    assert (await _json(visitor, "/stories/feed.json?lang=it"))["language"] == "it"


@pytest.mark.parametrize("headline", ["A \x0b bridge \ufffe", "Bridge \U0001f309 ]]> &amp; <b>"])
async def test_odd_characters_break_no_feed(services: Services, visitor: Visitor, headline: str) -> None:
    """What XML cannot have is left out, what is markup elsewhere is text."""
    await published(services, headline)
    [entry] = (await _atom(visitor)).entries
    assert "ridge" in entry.title

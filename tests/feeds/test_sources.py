"""Sources against a site of the test's own: polled, politely, and what they tell taken in once."""

import asyncio
import gzip
from collections.abc import Callable, Iterable
from datetime import timedelta
from random import Random
from typing import TypeVar

import pytest

from bot.articles.fetch.fetcher import FetchLimits
from bot.articles.process_pool import ProcessPool
from bot.broadcasts import pushes
from bot.errors import InvalidInputError, NotFoundError, RefusedError, UserError
from bot.feeds import poller
from bot.feeds.opml import Outline
from bot.feeds.poller import INTERVAL, LONGEST_INTERVAL, Polled, next_poll
from bot.feeds.sources import ListedSource, Sources
from bot.stories.review import Review
from bot.stories.stories import Stories
from storage import audit, timetable
from storage.database import Database
from storage.models import Source, Story
from storage.stories import sources as rows
from storage.words import EntryState, SourceState, StoryState
from tests.factories import NOON, MovableClock, add_story
from tests.sites import HOST, Site, answer
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

T = TypeVar("T")

LIMITS = FetchLimits(headers=PATIENCE, total=PATIENCE, body=1024**2)
WORDS = [
    f"{one}{other}"
    for one in ("sand", "wood", "tin", "glass", "iron", "red")
    for other in ("bell", "cart", "gate", "lamp", "roof")
]


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to servers of their own on 127.0.0.1."""


class InProcess(ProcessPool):
    """Reads in this very process: what a process of its own guards against is tested elsewhere."""

    def __init__(self) -> None:
        super().__init__(warm_up=lambda: None)

    async def run(self, name: str, too_slow: str, function: Callable[..., T], *arguments: object) -> T:  # noqa: ARG002  # the pool's own names
        return function(*arguments)


@pytest.fixture
def stories(database: Database, clock: MovableClock) -> Stories:
    return Stories(database, clock)


@pytest.fixture
def made(database: Database, clock: MovableClock, site: Site, stories: Stories) -> Sources:
    """The use cases, with a fetcher that may reach the site."""
    return Sources(
        database,
        site.fetcher(LIMITS),
        InProcess(),
        clock,
        stories=stories,
        review=Review(database, clock, pushes.schedule_first),
        pushes_per_hour=2,
    )


def feed(numbers: Iterable[int], content: str = "", title: str = "News") -> bytes:
    """An RSS feed of these entries."""
    items = "".join(
        f"<item><title>Story {number}</title><link>/story/{number}</link>"
        f"<description><![CDATA[{content}]]></description></item>"
        for number in numbers
    )
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'.encode()


def text(number: int) -> str:
    """Paragraphs that no other story has."""
    chosen = Random(number)  # noqa: S311  # words, no secret
    sentences = [f"The house {number} has a {' '.join(chosen.sample(WORDS, 8))}." for _ in range(24)]
    return "".join(f"<p>{' '.join(sentences[start : start + 4])}</p>" for start in range(0, 24, 4))


def page(number: int) -> bytes:
    return answer(
        f"<html lang=en><head><title>Story {number}</title></head><body><article><h1>Story {number}</h1>"
        f"{text(number)}</article></body></html>".encode()
    )


def serve(site: Site, numbers: Iterable[int], *headers: str) -> None:
    """The feed with these entries, at /feed, and their pages."""
    numbers = list(numbers)
    site.replies["/feed"] = answer(feed(numbers), *headers, kind="application/rss+xml")
    site.replies |= {f"/story/{number}": page(number) for number in numbers}


async def add(made: Sources, site: Site, path: str = "/feed", *, trusted: bool = False) -> Source:
    enrolled = await made.add(site.address(path), trusted=trusted, topic_names=["War"], actor="test")
    assert enrolled.fresh
    return enrolled.source


async def look(made: Sources) -> ListedSource:
    """The only Source there is."""
    [listed] = await made.listed()
    return listed


async def told(stories: Stories, *states: StoryState) -> list[str]:
    return [story.headline for story in await stories.listed(states or None)]


def polls(site: Site, path: str = "/feed") -> int:
    return sum(request.startswith(f"GET {path} ") for request in site.requests)


async def test_the_first_poll_makes_drafts_of_the_newest_few(
    made: Sources, site: Site, stories: Stories
) -> None:
    """Three, the oldest first, trusted or not; the rest is past, and nobody is pushed anything."""
    serve(site, range(10, 0, -1))
    source = await add(made, site, trusted=True)
    assert (source.title, source.state, source.first_polled_at) == ("News", SourceState.ACTIVE, NOON)
    await made.poll_due()
    assert await told(stories, StoryState.DRAFT) == ["Story 8", "Story 9", "Story 10"]
    assert await told(stories) == ["Story 8", "Story 9", "Story 10"]
    entries = (await look(made)).entries
    assert (entries[EntryState.TAKEN], entries[EntryState.PAST]) == (3, 7)
    [first, *_] = await stories.listed()
    assert (first.source_id, [topic.name for topic in first.topics]) == (source.id, ["War"])
    assert first.address == site.address("/story/8")


async def test_what_is_new_becomes_a_draft_once(
    made: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """Polled again when it is due and not before; each entry is read once."""
    serve(site, [1])
    await add(made, site)
    await made.poll_due()
    serve(site, [2, 1])
    await made.poll_due()
    assert polls(site) == 1
    for _ in range(3):
        clock.advance(minutes=15)
        await made.poll_due()
    assert polls(site) == 4
    assert await told(stories, StoryState.DRAFT) == ["Story 1", "Story 2"]
    assert (polls(site, "/story/1"), polls(site, "/story/2")) == (1, 1)


async def test_a_trusted_source_pushes_so_many_an_hour(
    made: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """The oldest of what is new is published and pushed, the rest waits as drafts, also an hour later."""
    serve(site, [1])
    await add(made, site, trusted=True)
    await made.poll_due()
    serve(site, [5, 4, 3, 2, 1])
    clock.advance(minutes=15)
    await made.poll_due()
    assert await told(stories, StoryState.PUBLISHED) == ["Story 2", "Story 3"]
    assert await told(stories, StoryState.DRAFT) == ["Story 1", "Story 4", "Story 5"]
    serve(site, [6, 5])
    clock.advance(minutes=61)
    await made.poll_due()
    assert await told(stories, StoryState.PUBLISHED) == ["Story 2", "Story 3", "Story 6"]


async def test_a_crash_after_the_draft_does_not_cost_the_push(
    made: Sources, site: Site, stories: Stories, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The try that was cut off is made again, and finds its own draft."""
    serve(site, [1])
    await add(made, site, trusted=True)
    await made.poll_due()
    serve(site, [2, 1])
    clock.advance(minutes=15)
    review = made._entries._review
    with monkeypatch.context() as patched:
        patched.setattr(
            review, "publish", lambda *_, **__: (_ for _ in ()).throw(OSError("the disk is full"))
        )
        await made.poll_due()
    assert await told(stories, StoryState.DRAFT) == ["Story 1", "Story 2"]
    clock.advance(minutes=5)
    await made.poll_due()
    assert await told(stories, StoryState.PUBLISHED) == ["Story 2"]
    assert (await look(made)).entries[EntryState.TAKEN] == 2


async def test_an_unchanged_feed_is_not_sent_again(made: Sources, site: Site, clock: MovableClock) -> None:
    """It is asked with what it said of itself, also after an answer that says nothing of it."""
    serve(site, [1], 'ETag: "v1"', "Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT")
    await add(made, site)
    site.replies["/feed"] = answer(b"", status="304 Not Modified", kind="")
    for _ in range(2):
        clock.advance(minutes=15)
        await made.poll_due()
        asked = [request for request in site.requests if request.startswith("GET /feed ")][-1]
        assert 'If-None-Match: "v1"\r\n' in asked
        assert "If-Modified-Since: Sun, 22 Nov 2026 10:00:00 GMT\r\n" in asked
    assert (await look(made)).source.failures == 0


@pytest.mark.parametrize(
    ("reply", "waits", "words"),
    [
        (answer(b"", status="500 Error"), INTERVAL, "out of order"),
        (answer(b"", status="404 Not Found"), INTERVAL, "no page at this address"),
        (answer(b"", "Retry-After: 7200", status="429 Too Many"), timedelta(hours=2), "too often"),
        (answer(b"", "Retry-After: 60", status="503 Busy"), INTERVAL, "out of order"),
        (answer(b"", "Retry-After: 99999999999999", status="503 Busy"), timedelta(days=7), "out of order"),
        (answer(b"<html><p>Hello.</p></html>"), INTERVAL, "There is no feed at news.example.org"),
        (answer(b'<!DOCTYPE x [<!ENTITY a "b">]><rss/>', kind="text/xml"), INTERVAL, "DOCTYPE"),
        (b"", INTERVAL, "garbles"),
    ],
)
async def test_a_failure_is_told_and_waited_out(
    made: Sources, site: Site, clock: MovableClock, *, reply: bytes, waits: timedelta, words: str
) -> None:
    """Twice as long after the first, longer where the server asks for it; the next success forgets it."""
    serve(site, [1])
    await add(made, site)
    good = site.replies["/feed"]
    site.replies["/feed"] = reply
    clock.advance(minutes=15)
    await made.poll_due()
    source = (await look(made)).source
    assert source.failures == 1
    assert words in (source.reason or "")
    wait = source.next_poll_at - clock()
    assert max(waits, 2 * INTERVAL * 0.8) <= wait <= max(waits, 2 * INTERVAL)
    site.replies["/feed"] = good
    clock.now = source.next_poll_at
    await made.poll_due()
    source = (await look(made)).source
    assert (source.failures, source.reason) == (0, None)


async def test_a_feed_that_is_gone_is_never_polled_again(
    made: Sources, site: Site, clock: MovableClock
) -> None:
    """Editors see why; neither a command nor a resume brings it back."""
    serve(site, [1])
    source = await add(made, site)
    site.replies["/feed"] = answer(b"", status="410 Gone")
    for _ in range(5):
        clock.advance(days=1)
        await made.poll_due()
    assert polls(site) == 2
    listed = (await look(made)).source
    assert (listed.state, listed.reason) == (
        SourceState.GONE,
        f"{HOST} has taken this feed away for good: add its new address if it has one, or remove it.",
    )
    with pytest.raises(RefusedError, match="gone for good"):
        await made.due([source.id])
    with pytest.raises(RefusedError, match="gone for good"):
        await made.resume(source.id, actor="test")
    assert await made.export() == []


@pytest.mark.parametrize("failures", range(12))
def test_failures_are_backed_off_from(failures: int) -> None:
    """Doubling up to a day, with up to a fifth off by chance; many that met part again."""
    longest = min(INTERVAL * 2**failures, LONGEST_INTERVAL)
    waits = {next_poll(NOON, f"https://e.example/{n}", failures=failures) - NOON for n in range(500)}
    assert len(waits) > 450
    assert longest * 0.8 <= min(waits) < longest * 0.81
    assert longest * 0.99 < max(waits) <= longest


async def test_a_list_is_polled_spread_out(made: Sources, clock: MovableClock) -> None:
    """500 at once come due evenly over an interval, and none is fetched on the way in."""
    done = await made.import_([Outline(f"https://{n}.example/feed") for n in range(500)], actor="test")
    assert len(done.added) == 500
    places = sorted((source.next_poll_at - clock()) / INTERVAL for source in done.added)
    assert all(abs(place - number / 500) < 0.08 for number, place in enumerate(places))


async def test_a_list_is_taken_as_it_is(made: Sources) -> None:
    """Duplicates and what is no address are told; nobody's trust is imported; Topics and language are."""
    done = await made.import_(
        [
            Outline("https://one.example/feed?utm_source=x", "One", None, "en-GB", ("War",)),
            Outline("https://one.example/feed", "One again"),
            Outline("javascript:alert(1)", "Bad"),
            Outline("https://two.example/feed"),
        ],
        topic_names=["People"],
        actor="test",
    )
    assert [source.title for source in done.added] == ["One", "two.example"]
    assert [source.title for source in done.known] == ["One"]
    assert [str(error) for error in done.refused] == [
        "javascript:alert(1) is not a web address: give one that begins with https:// or http://"
    ]
    assert not any(source.trusted for source in done.added)
    one, two = await made.export()
    assert one == Outline("https://one.example/feed", "One", None, "en", ("People", "War"))
    assert two.topics == ("People",)


PAGE = b'<html><head><link rel=alternate type="application/rss+xml" href="%s"></head><p>Hello.</p></html>'


async def test_a_page_leads_to_its_feed(made: Sources, site: Site) -> None:
    """To the one that it names; the Source keeps the feed's own address, and is known by it."""
    serve(site, [1])
    site.replies["/"] = answer(PAGE % b"/feed")
    enrolled = await made.add(site.address("/"), actor="test")
    assert enrolled.source.address == site.address("/feed")
    again = await made.add(site.address("/"), actor="test")
    assert (again.fresh, again.source.id) == (False, enrolled.source.id)
    polled = polls(site)
    known = await made.add(site.address("/feed"), actor="test")
    assert (known.fresh, polls(site)) == (False, polled)


async def test_a_page_that_names_none_is_asked_at_the_usual_places(made: Sources, site: Site) -> None:
    """A few; a feed that it names and that is broken does not end the search."""
    missing = answer(b"", status="404 Not Found")
    usual = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml")
    site.replies |= dict.fromkeys((*usual, "/broken"), missing)
    site.replies["/news/today"] = answer(PAGE % b"/broken")
    with pytest.raises(InvalidInputError, match="There is no feed at news"):
        await made.add(site.address("/news/today"), actor="test")
    assert len(site.requests) == 6
    site.replies["/atom.xml"] = answer(feed([1]), kind="application/xml")
    added = await made.add(site.address("/news/today"), actor="test")
    assert added.source.address == site.address("/atom.xml")
    assert [one.source.id for one in await made.listed()] == [added.source.id]


async def test_a_source_follows_its_feed(made: Sources, site: Site, clock: MovableClock) -> None:
    """Moved for good it has a new address, moved for now it keeps the old one; a page leads on too."""
    serve(site, [1])
    await add(made, site)
    site.replies["/rss"] = site.replies["/feed"]
    here = b"Location: /rss\r\nContent-Length: 0\r\n\r\n"
    site.replies["/feed"] = b"HTTP/1.1 302 Found\r\n" + here
    clock.advance(minutes=15)
    await made.poll_due()
    assert (await look(made)).source.address == site.address("/feed")
    site.replies["/feed"] = b"HTTP/1.1 301 Moved\r\n" + here
    clock.advance(minutes=15)
    await made.poll_due()
    assert (await look(made)).source.address == site.address("/rss")
    site.replies |= {"/atom": site.replies["/rss"], "/rss": answer(PAGE % b"/atom")}
    clock.advance(minutes=15)
    await made.poll_due()
    source = (await look(made)).source
    assert (source.address, source.failures) == (site.address("/atom"), 0)


@pytest.mark.parametrize("packed", [True, False])
async def test_a_feed_that_is_too_large_is_read_from_its_beginning(
    made: Sources, site: Site, packed: bool
) -> None:
    """Its newest stand there; what comes later is not even fetched."""
    body = feed(range(50_000, 0, -1))
    assert len(body) > LIMITS.body
    headers = ["Content-Encoding: gzip"] if packed else [f"Content-Length: {len(body)}"]
    site.replies["/feed"] = answer(gzip.compress(body) if packed else body, *headers, kind="text/xml")
    enrolled = await made.add(site.address("/feed"), actor="test")
    assert enrolled.waiting == 3
    entries = (await look(made)).entries
    assert (entries[EntryState.WAITING], entries[EntryState.PAST]) == (3, 197)


async def test_what_the_feed_carries_stands_in_for_a_page(
    made: Sources, site: Site, stories: Stories
) -> None:
    """Where the page cannot be had and the text is whole: with the page's address and the feed's headline."""
    site.replies["/feed"] = answer(feed([1], text(1)), kind="application/rss+xml")
    site.replies["/story/1"] = answer(b"", status="403 Forbidden")
    await add(made, site)
    await made.poll_due()
    [story] = await stories.listed()
    assert (story.headline, story.address) == ("Story 1", site.address("/story/1"))
    assert "The house 1 has a" in story.body


async def test_entries_without_a_page_are_stories_of_their_own(
    made: Sources, site: Site, stories: Stories
) -> None:
    """The feed's own address is none of theirs."""
    items = "".join(
        f"<item><guid>{n}</guid><title>Story {n}</title>"
        f"<description><![CDATA[{text(n)}]]></description></item>"
        for n in (2, 1)
    )
    site.replies["/feed"] = answer(f"<rss><channel>{items}</channel></rss>".encode(), kind="text/xml")
    await add(made, site)
    await made.poll_due()
    assert [(one.headline, one.address) for one in await stories.listed()] == [
        ("Story 1", None),
        ("Story 2", None),
    ]


async def test_a_page_that_does_not_come_is_tried_five_times(
    made: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """With longer and longer waits, at least what the server asks for; then its reason stays."""
    serve(site, [1])
    site.replies["/story/1"] = answer(b"", "Retry-After: 1000", status="503 Busy")
    source = await add(made, site)
    tried: list[int] = []
    for minute in range(400):
        await made.take_due()
        if polls(site, "/story/1") > len(tried):
            tried.append(minute)
        clock.advance(minutes=1)
    assert tried == [0, 17, 34, 79, 214]
    assert (await look(made)).entries[EntryState.REFUSED] == 1
    assert await stories.listed() == []
    assert await made.take_due() == 0
    assert source.id


async def test_a_page_without_a_story_is_refused_at_once(
    made: Sources, site: Site, clock: MovableClock
) -> None:
    """It came; asking again would change nothing."""
    serve(site, [1])
    site.replies["/story/1"] = answer(b"<html><body></body></html>")
    await add(made, site)
    await made.poll_due()
    clock.advance(days=2)
    await made.take_due()
    assert polls(site, "/story/1") == 1
    assert (await look(made)).entries[EntryState.REFUSED] == 1


async def test_two_sources_with_the_same_story_make_one(
    made: Sources, site: Site, stories: Stories, database: Database
) -> None:
    """At the same minute: both entries are taken, by the one Story."""
    serve(site, [1])
    for path in ("/other", "/third"):
        site.replies[path] = site.replies["/feed"]
    ids = [(await add(made, site, path)).id for path in ("/feed", "/other", "/third")]
    await made.poll_due()
    [story] = await stories.listed()
    assert [listed.entries[EntryState.TAKEN] for listed in await made.listed()] == [1, 1, 1]
    async with database.read() as session:
        for source_id in ids:
            assert await rows.due_entries(session, source_id, now=NOON, limit=9) == []
    assert isinstance(story, Story)


async def test_a_site_that_moves_its_archive_floods_nobody(
    made: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """Entries with new ids at known addresses, and those that are older than a week, are past."""
    serve(site, [2, 1])
    await add(made, site)
    await made.poll_due()
    old = "<pubDate>Sun, 01 Nov 2026 10:00:00 GMT</pubDate>"
    items = "".join(f"<item><guid>new-{n}</guid><link>/story/{n}</link></item>" for n in (2, 1))
    items += f"<item><guid>old</guid><link>/story/7</link>{old}</item>"
    site.replies["/feed"] = answer(f"<rss><channel>{items}</channel></rss>".encode(), kind="text/xml")
    clock.advance(minutes=15)
    await made.poll_due()
    assert await told(stories) == ["Story 1", "Story 2"]
    assert (await look(made)).entries[EntryState.PAST] == 3


async def test_of_many_processes_one_polls(made: Sources, site: Site, clock: MovableClock) -> None:
    """A Source is fetched once however many find it due; its entries are read once too."""
    serve(site, [3, 2, 1])
    await add(made, site)
    await asyncio.gather(*(made.take_due() for _ in range(4)))
    assert [polls(site, f"/story/{number}") for number in (1, 2, 3)] == [1, 1, 1]
    clock.advance(minutes=15)
    due = await made.due()
    await asyncio.gather(*(made.poll(due, lambda _polled: None) for _ in range(4)))
    assert polls(site) == 2


async def test_one_host_is_polled_once_at_a_time(
    made: Sources, site: Site, clock: MovableClock, database: Database
) -> None:
    """Its Sources take turns here; while another process has the host, it is left alone, until that died."""
    at_once, most = 0, 0

    async def slowly(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        writer.write(answer(feed([]), kind="text/xml"))
        await writer.drain()
        at_once -= 1

    site.replies |= {f"/{number}": slowly for number in range(5)}
    added = [await add(made, site, f"/{number}") for number in range(5)]
    clock.advance(minutes=15)
    await made.poll_due()
    assert (most, len(site.requests)) == (1, 10)

    clock.advance(minutes=15)
    async with database.transaction() as session:
        assert await timetable.take(session, poller._turn(added[0]), now=clock(), every=timedelta(minutes=5))
    heard: list[Polled] = []
    await made.poll(await made.due(), heard.append)
    assert sorted(str(polled.error) for polled in heard) == [
        f"Source {source.id} is being polled just now: try again in a minute." for source in added
    ]
    clock.advance(minutes=5)
    await made.poll_due()
    assert len(site.requests) == 15


async def test_a_poll_that_came_too_late_writes_nothing(
    made: Sources, site: Site, clock: MovableClock
) -> None:
    """Its Source was polled by somebody else meanwhile: it is not even fetched."""
    serve(site, [1])
    source = await add(made, site)
    [stale] = await made.due([source.id])
    clock.advance(minutes=15)
    await made.poll_due()
    heard: list[Polled] = []
    await made.poll([stale], heard.append)
    assert "being polled just now" in str(heard[0].error)
    assert polls(site) == 2


async def test_a_poll_that_was_overtaken_writes_nothing(
    made: Sources, site: Site, clock: MovableClock
) -> None:
    """Its lease ran out while it was under way, and somebody else has the Source by now."""
    serve(site, [1])
    source = await add(made, site)
    [due] = await made.due([source.id])
    claim = await made._poller._claim(due)
    assert claim is not None
    found = await made._poller.find(due.address)
    clock.advance(minutes=15)
    await made.poll_due()
    before = await look(made)
    assert await made._poller.settle(due, claim, found) == 0
    assert (await look(made)).source.next_poll_at == before.source.next_poll_at
    assert before.source.polled_at == clock()


async def test_one_broken_source_keeps_no_other_waiting(
    made: Sources, site: Site, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours is logged and told, and the next Source polled."""
    serve(site, [1])
    site.replies["/other"] = site.replies["/feed"]
    one, other = await add(made, site), await add(made, site, "/other")
    settle = made._poller.settle

    async def faulty(source: Source, *rest: object) -> int:
        if source.id == one.id:
            raise ZeroDivisionError
        return await settle(source, *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(made._poller, "settle", faulty)
    clock.advance(minutes=15)
    heard: list[Polled] = []
    await made.poll(await made.due(), heard.append)
    found = {polled.source.id: polled.error for polled in heard}
    assert "see the log" in str(found[one.id])
    assert found[other.id] is None


async def test_a_paused_source_is_left_alone(
    made: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """It is neither polled nor read on; resumed it goes on at once, where it was."""
    serve(site, [1])
    source = await add(made, site)
    await made.pause(source.id, actor="ann")
    clock.advance(days=1)
    await made.poll_due()
    assert (polls(site), await told(stories)) == (1, [])
    with pytest.raises(RefusedError, match="is paused: resume it first"):
        await made.due([source.id])
    with pytest.raises(RefusedError, match="is paused"):
        await made.pause(source.id, actor="ann")
    await made.resume(source.id, actor="ann")
    with pytest.raises(RefusedError, match="is active already"):
        await made.resume(source.id, actor="ann")
    await made.poll_due()
    assert (polls(site), await told(stories)) == (2, ["Story 1"])


async def test_a_removed_source_leaves_its_stories(
    made: Sources, site: Site, stories: Stories, database: Database
) -> None:
    """The audit log says who removed what."""
    serve(site, [1])
    source = await add(made, site)
    await made.poll_due()
    await made.remove(source.id, actor="ann")
    assert await made.listed() == []
    assert await told(stories) == ["Story 1"]
    async with database.read() as session:
        last = (await audit.history(session, "source", source.id))[-1]
    assert (last.actor, last.action, last.before["address"]) == ("ann", "remove", source.address)
    for act in (made.remove, made.pause, made.resume):
        with pytest.raises(NotFoundError, match="There is no source"):
            await act(source.id, actor="ann")


async def test_what_cannot_be_added_is_refused(made: Sources, site: Site) -> None:
    """An address that is none, a language that is none, a Topic that is none: and nothing is kept."""
    serve(site, [1])
    for address, options in [
        ("nonsense", {}),
        (site.address("/feed"), {"language": "english"}),
        (site.address("/feed"), {"topic_names": ["!"]}),
    ]:
        with pytest.raises(UserError):
            await made.add(address, actor="test", **options)  # type: ignore[arg-type]  # by name
    assert await made.listed() == []


async def test_pushes_by_editors_count_too(
    made: Sources, site: Site, stories: Stories, clock: MovableClock, database: Database
) -> None:
    """What an editor pushed of the Source within the hour leaves room for less."""
    serve(site, [1])
    source = await add(made, site, trusted=True)
    await made.poll_due()
    async with database.transaction() as session:
        by_hand = await add_story(session, source_id=source.id)
    await Review(database, clock, pushes.schedule_first).publish(by_hand, actor="ann", push=True)
    serve(site, [4, 3, 2, 1])
    clock.advance(minutes=15)
    await made.poll_due()
    assert len(await told(stories, StoryState.PUBLISHED)) == 2
    assert await told(stories, StoryState.DRAFT) == ["Story 1", "Story 3", "Story 4"]

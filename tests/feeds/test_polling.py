"""When a Source is polled, what it costs its site, and what a failed poll does."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.errors import RefusedError
from bot.feeds import faults
from bot.feeds.opml import Outline
from bot.feeds.poller import (
    INTERVAL,
    LONGEST_INTERVAL,
    FoundFeed,
    Polled,
    Poller,
    PollResult,
    _lease_of,
    next_poll,
)
from bot.feeds.sources import Sources
from bot.i18n import in_language
from storage import timetable
from storage.database import Database
from storage.models import Source
from storage.words import SourceState
from tests.factories import NOON, MovableClock
from tests.feeds.feed_site import add, feed, only_source, requests, serve
from tests.sites import HOST, Site, answer

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]


async def test_an_unchanged_feed_is_not_sent_again(sources: Sources, site: Site, clock: MovableClock) -> None:
    """Each poll sends the feed's ETag and Last-Modified, also after an answer 304 without them."""
    serve(site, [1], 'ETag: "v1"', "Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT")
    await add(sources, site)
    site.replies["/feed"] = answer(b"", status="304 Not Modified", kind="")
    for _ in range(2):
        clock.advance(minutes=15)
        await sources.poll_due()
        asked = [request for request in site.requests if request.startswith("GET /feed ")][-1]
        assert 'If-None-Match: "v1"\r\n' in asked
        assert "If-Modified-Since: Sun, 22 Nov 2026 10:00:00 GMT\r\n" in asked
    assert (await only_source(sources)).source.failures == 0


@pytest.mark.parametrize(
    ("reply", "waits", "words"),
    [
        (answer(b"", status="500 Error"), INTERVAL, "has a problem"),
        (answer(b"", status="404 Not Found"), INTERVAL, "no page at this address"),
        (answer(b"", "Retry-After: 7200", status="429 Too Many"), timedelta(hours=2), "too many requests"),
        (answer(b"", "Retry-After: 60", status="503 Busy"), INTERVAL, "has a problem"),
        (answer(b"", "Retry-After: 99999999999999", status="503 Busy"), timedelta(days=7), "has a problem"),
        (answer(b"<html><p>Hello.</p></html>"), INTERVAL, "There is no feed at news.example.org"),
        (answer(b'<!DOCTYPE x [<!ENTITY a "b">]><rss/>', kind="text/xml"), INTERVAL, "DOCTYPE"),
        (b"", INTERVAL, "incomplete or damaged"),
    ],
)
async def test_a_failure_is_stored_and_waited_out(
    sources: Sources, site: Site, clock: MovableClock, *, reply: bytes, waits: timedelta, words: str
) -> None:
    """A failure stores its reason and doubles the wait, or obeys Retry-After; a success resets both."""
    serve(site, [1])
    await add(sources, site)
    good = site.replies["/feed"]
    site.replies["/feed"] = reply
    clock.advance(minutes=15)
    await sources.poll_due()
    source = (await only_source(sources)).source
    assert source.failures == 1
    assert words in (source.reason or "")
    assert source.fault is not None
    assert faults.sentence(source, in_language("en")) == source.reason
    wait = source.next_poll_at - clock()
    assert max(waits, 2 * INTERVAL * 0.8) <= wait <= max(waits, 2 * INTERVAL)
    site.replies["/feed"] = good
    clock.now = source.next_poll_at
    await sources.poll_due()
    source = (await only_source(sources)).source
    assert (source.failures, source.reason, source.fault) == (0, None, None)


async def test_a_feed_that_is_gone_is_never_polled_again(
    sources: Sources, site: Site, clock: MovableClock
) -> None:
    """After an answer 410 editors see why, and neither a poll nor a resume brings the feed back."""
    serve(site, [1])
    source = await add(sources, site)
    site.replies["/feed"] = answer(b"", status="410 Gone")
    for _ in range(5):
        clock.advance(days=1)
        await sources.poll_due()
    assert requests(site) == 2
    listed = (await only_source(sources)).source
    assert (listed.state, listed.reason) == (
        SourceState.GONE,
        f"{HOST} has removed this feed for good: add its new address if it has one, or remove it.",
    )
    with pytest.raises(RefusedError, match="gone for good"):
        await sources.due([source.id])
    with pytest.raises(RefusedError, match="gone for good"):
        await sources.resume(source.id, actor="test")
    assert await sources.export() == []


@pytest.mark.parametrize("failures", range(12))
def test_the_wait_grows_with_each_failure(failures: int) -> None:
    """The wait doubles up to a day, less up to a fifth at random."""
    longest = min(INTERVAL * 2**failures, LONGEST_INTERVAL)
    waits = {next_poll(NOON, f"https://e.example/{n}", failures=failures) - NOON for n in range(500)}
    assert len(waits) > 450
    assert longest * 0.8 <= min(waits) < longest * 0.81
    assert longest * 0.99 < max(waits) <= longest


async def test_a_list_is_polled_spread_out(sources: Sources, clock: MovableClock) -> None:
    """500 imported Sources are due evenly over one interval, and nothing is fetched during the import."""
    done = await sources.import_([Outline(f"https://{n}.example/feed") for n in range(500)], actor="test")
    assert len(done.added) == 500
    places = sorted((source.next_poll_at - clock()) / INTERVAL for source in done.added)
    assert all(abs(place - number / 500) < 0.08 for number, place in enumerate(places))


PAGE = b'<html><head><link rel=alternate type="application/rss+xml" href="%s"></head><p>Hello.</p></html>'


async def test_a_source_follows_its_feed(sources: Sources, site: Site, clock: MovableClock) -> None:
    """A permanent redirect, or a page that names another feed, changes the Source's address."""
    serve(site, [1])
    await add(sources, site)
    site.replies["/rss"] = site.replies["/feed"]
    here = b"Location: /rss\r\nContent-Length: 0\r\n\r\n"
    site.replies["/feed"] = b"HTTP/1.1 302 Found\r\n" + here
    clock.advance(minutes=15)
    await sources.poll_due()
    assert (await only_source(sources)).source.address == site.address("/feed")
    site.replies["/feed"] = b"HTTP/1.1 301 Moved\r\n" + here
    clock.advance(minutes=15)
    await sources.poll_due()
    assert (await only_source(sources)).source.address == site.address("/rss")
    site.replies |= {"/atom": site.replies["/rss"], "/rss": answer(PAGE % b"/atom")}
    clock.advance(minutes=15)
    await sources.poll_due()
    source = (await only_source(sources)).source
    assert (source.address, source.failures) == (site.address("/atom"), 0)


async def test_of_many_processes_one_polls(sources: Sources, site: Site, clock: MovableClock) -> None:
    """A Source that several processes find due is fetched once, and so are its entries."""
    serve(site, [3, 2, 1])
    await add(sources, site)
    await asyncio.gather(*(sources.take_due() for _ in range(4)))
    assert [requests(site, f"/story/{number}") for number in (1, 2, 3)] == [1, 1, 1]
    clock.advance(minutes=15)
    due = await sources.due()
    await asyncio.gather(*(sources.poll(due, lambda _polled: None) for _ in range(4)))
    assert requests(site) == 2


async def test_one_host_is_polled_once_at_a_time(
    sources: Sources, site: Site, clock: MovableClock, database: Database
) -> None:
    """Sources of one host are polled one after another, by one process at a time."""
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
    added = [await add(sources, site, f"/{number}") for number in range(5)]
    clock.advance(minutes=15)
    await sources.poll_due()
    assert (most, len(site.requests)) == (1, 10)

    clock.advance(minutes=15)
    async with database.transaction() as session:
        assert await timetable.take(session, _lease_of(added[0]), now=clock(), every=timedelta(minutes=5))
    heard: list[Polled] = []
    await sources.poll(await sources.due(), heard.append)
    assert sorted(str(polled.error) for polled in heard) == [
        f"Source {source.id} is being polled right now: try again in a minute." for source in added
    ]
    clock.advance(minutes=5)
    await sources.poll_due()
    assert len(site.requests) == 15


async def test_a_poll_that_comes_too_late_fetches_nothing(
    sources: Sources, site: Site, clock: MovableClock
) -> None:
    """A Source that another process has polled since is not fetched again."""
    serve(site, [1])
    source = await add(sources, site)
    [stale] = await sources.due([source.id])
    clock.advance(minutes=15)
    await sources.poll_due()
    heard: list[Polled] = []
    await sources.poll([stale], heard.append)
    assert "being polled right now" in str(heard[0].error)
    assert requests(site) == 2


async def test_adding_a_source_is_its_first_poll(
    sources: Sources, poller: Poller, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a Source is added it is due for nobody else: its feed is fetched once, its entries count."""
    serve(site, [1])
    settle = poller.settle

    async def settle_late(source: Source, claim: datetime, found: FoundFeed) -> int:
        await sources.poll_due()
        return await settle(source, claim, found)

    monkeypatch.setattr(poller, "settle", settle_late)
    added = await sources.add(site.address("/feed"), actor="test")
    assert (added.waiting, requests(site)) == (1, 1)


async def test_a_poll_that_was_overtaken_writes_nothing(
    sources: Sources, poller: Poller, site: Site, clock: MovableClock
) -> None:
    """A poll whose lease ran out while it was running stores nothing."""
    serve(site, [1])
    source = await add(sources, site)
    [due] = await sources.due([source.id])
    claim = await poller._claim(due)
    assert claim is not None
    found = await poller.find(due.address)
    clock.advance(minutes=15)
    await sources.poll_due()
    before = await only_source(sources)
    assert await poller.settle(due, claim, found) == 0
    assert (await only_source(sources)).source.next_poll_at == before.source.next_poll_at
    assert before.source.polled_at == clock()


async def test_one_broken_source_keeps_no_other_waiting(
    sources: Sources, poller: Poller, site: Site, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error is logged and reported, and the next Source is polled."""
    serve(site, [1])
    site.replies["/other"] = site.replies["/feed"]
    one, other = await add(sources, site), await add(sources, site, "/other")
    settle = poller.settle

    async def faulty(source: Source, *rest: object) -> int:
        if source.id == one.id:
            raise ZeroDivisionError
        return await settle(source, *rest)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(poller, "settle", faulty)
    clock.advance(minutes=15)
    heard: list[Polled] = []
    await sources.poll(await sources.due(), heard.append)
    found = {polled.source.id: polled.error for polled in heard}
    assert "see the log" in str(found[one.id])
    assert found[other.id] is None


async def test_what_each_poll_came_to_is_noted(
    poller: Poller, sources: Sources, site: Site, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New entries, none, a failure, a fault of ours, and one that another process polls."""
    noted: list[PollResult] = []
    monkeypatch.setattr(poller, "_note", noted.append)
    serve(site, [1])
    await add(sources, site)

    async def poll() -> None:
        clock.advance(minutes=200)
        await sources.poll_due()

    await poll()
    serve(site, [2, 1])
    await poll()
    site.replies["/feed"] = answer(b"", status="500 Error")
    await poll()
    source = (await only_source(sources)).source
    async with poller._database.transaction() as session:
        clock.advance(minutes=200)
        assert await timetable.take(session, _lease_of(source), now=clock(), every=INTERVAL)
    await sources.poll_due()
    assert noted == [PollResult.NOTHING_NEW, PollResult.NEW, PollResult.FAILED, PollResult.BUSY]

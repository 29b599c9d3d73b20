"""Sources that editors add, import, pause, resume and remove."""

import gzip

import pytest

from bot.errors import InvalidInputError, NotFoundError, RefusedError, UserError
from bot.feeds.opml import Outline
from bot.feeds.sources import Sources
from bot.stories.stories import Stories
from storage import audit
from storage.database import Database
from storage.editors import editors
from storage.stories import sources as stored
from storage.words import EditorRole, EntryState, SourceState
from tests.factories import NOON, MovableClock
from tests.feeds.feed_site import LIMITS, add, feed, headlines, only_source, requests, serve
from tests.sites import Site, answer

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]


PAGE = b'<html><head><link rel=alternate type="application/rss+xml" href="%s"></head><p>Hello.</p></html>'


async def test_a_page_leads_to_its_feed(sources: Sources, site: Site) -> None:
    """The address of a page adds the feed that it names; adding either address again changes nothing."""
    serve(site, [1])
    site.replies["/"] = answer(PAGE % b"/feed")
    added = await sources.add(site.address("/"), actor="test")
    assert added.source.address == site.address("/feed")
    again = await sources.add(site.address("/"), actor="test")
    assert (again.fresh, again.source.id) == (False, added.source.id)
    polled = requests(site)
    known = await sources.add(site.address("/feed"), actor="test")
    assert (known.fresh, requests(site)) == (False, polled)


async def test_common_addresses_are_tried_for_a_page_without_a_feed(sources: Sources, site: Site) -> None:
    """A few common addresses are tried, even if a feed that the page names is broken."""
    missing = answer(b"", status="404 Not Found")
    usual = ("/feed", "/rss.xml", "/atom.xml", "/feed.xml")
    site.replies |= dict.fromkeys((*usual, "/broken"), missing)
    site.replies["/news/today"] = answer(PAGE % b"/broken")
    with pytest.raises(InvalidInputError, match="There is no feed at news"):
        await sources.add(site.address("/news/today"), actor="test")
    assert len(site.requests) == 6
    site.replies["/atom.xml"] = answer(feed([1]), kind="application/xml")
    added = await sources.add(site.address("/news/today"), actor="test")
    assert added.source.address == site.address("/atom.xml")
    assert [one.source.id for one in await sources.listed()] == [added.source.id]


@pytest.mark.parametrize("packed", [True, False])
async def test_a_feed_that_is_too_large_is_read_from_its_beginning(
    sources: Sources, site: Site, packed: bool
) -> None:
    """Only the beginning of a very large feed, where its newest entries are, is downloaded."""
    body = feed(range(50_000, 0, -1))
    assert len(body) > LIMITS.body
    headers = ["Content-Encoding: gzip"] if packed else [f"Content-Length: {len(body)}"]
    site.replies["/feed"] = answer(gzip.compress(body) if packed else body, *headers, kind="text/xml")
    added = await sources.add(site.address("/feed"), actor="test")
    assert added.waiting == 3
    entries = (await only_source(sources)).entries
    assert (entries[EntryState.WAITING], entries[EntryState.PAST]) == (3, 197)


async def test_an_import_adds_what_it_can(sources: Sources) -> None:
    """An import reports duplicates and wrong addresses, keeps Topics and language, and trusts no Source."""
    done = await sources.import_(
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
    one, two = await sources.export()
    assert one == Outline("https://one.example/feed", "One", None, "en", ("People", "War"))
    assert two.topics == ("People",)


async def test_what_cannot_be_added_is_refused(sources: Sources, site: Site) -> None:
    """A wrong address, language or Topic is refused, and nothing is stored."""
    serve(site, [1])
    for address, options in [
        ("nonsense", {}),
        (site.address("/feed"), {"language": "english"}),
        (site.address("/feed"), {"topic_names": ["!"]}),
    ]:
        with pytest.raises(UserError):
            await sources.add(address, actor="test", **options)  # type: ignore[arg-type]  # by name
    assert await sources.listed() == []


async def test_a_paused_source_is_left_alone(
    sources: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """A paused Source is not polled and its entries are not read; a resumed one goes on at once."""
    serve(site, [1])
    source = await add(sources, site)
    await sources.pause(source.id, actor="ann")
    clock.advance(days=1)
    await sources.poll_due()
    assert (requests(site), await headlines(stories)) == (1, [])
    with pytest.raises(RefusedError, match="is paused: resume it first"):
        await sources.due([source.id])
    with pytest.raises(RefusedError, match="is paused"):
        await sources.pause(source.id, actor="ann")
    await sources.resume(source.id, actor="ann")
    with pytest.raises(RefusedError, match="is already active"):
        await sources.resume(source.id, actor="ann")
    await sources.poll_due()
    assert (requests(site), await headlines(stories)) == (2, ["Story 1"])


async def test_a_removed_source_leaves_its_stories(
    sources: Sources, site: Site, stories: Stories, database: Database
) -> None:
    """The Stories stay, and the audit log says who removed the Source."""
    serve(site, [1])
    source = await add(sources, site)
    await sources.poll_due()
    await sources.remove(source.id, actor="ann")
    assert await sources.listed() == []
    assert await headlines(stories) == ["Story 1"]
    async with database.read() as session:
        last = (await audit.history(session, "source", source.id))[-1]
    assert (last.actor, last.action, last.before["address"]) == ("ann", "remove", source.address)
    for act in (sources.remove, sources.pause, sources.resume):
        with pytest.raises(NotFoundError, match="There is no source"):
            await act(source.id, actor="ann")


async def test_pages_show_what_fails_first(sources: Sources, database: Database) -> None:
    """Then the last added; the states are counted whatever page it is."""
    outlines = [Outline(f"https://host{place}.example/feed", None, None, None, ()) for place in range(3)]
    await sources.import_(outlines, actor="test")
    async with database.transaction() as session:
        await stored.change(session, 2, failures=1, reason="It does not answer.")
    await sources.pause(3, actor="test")
    page = await sources.page(limit=2)
    assert ([one.source.id for one in page.listed], page.total) == ([2, 3], 3)
    assert page.states == {SourceState.ACTIVE: 2, SourceState.PAUSED: 1}
    active = await sources.page(state=SourceState.ACTIVE, limit=2)
    assert ([one.source.id for one in active.listed], active.total) == ([2, 1], 2)


async def test_an_editor_lets_no_source_publish_by_itself(sources: Sources, database: Database) -> None:
    """A trusted Source is added, resumed and removed by those who may publish; the rest by any editor."""
    await sources.import_([Outline("https://host.example/feed", None, None, None, ())], actor="test")
    async with database.transaction() as session:
        await stored.change(session, 1, trusted=True)
        await editors.put(session, 13, role=EditorRole.EDITOR, added_by="test", now=NOON)
    with pytest.raises(RefusedError, match="Only a publisher"):
        await sources.add("https://other.example/feed", trusted=True, actor="editor 13")
    with pytest.raises(RefusedError, match="Only a publisher"):
        await sources.remove(1, actor="editor 13")
    await sources.pause(1, actor="editor 13")
    with pytest.raises(RefusedError, match="Only a publisher"):
        await sources.resume(1, actor="editor 13")
    for act in (sources.pause, sources.poll_now):
        with pytest.raises(RefusedError, match="Only editors"):
            await act(1, actor="editor 99")
    listed, entries = await sources.look(1, limit=5)
    assert (listed.source.state, entries) == (SourceState.PAUSED, [])


async def test_one_source_is_polled_at_once(sources: Sources, site: Site, clock: MovableClock) -> None:
    """Due or not; its result is returned, and its newest entries are listed."""
    serve(site, [1, 2])
    source = await add(sources, site)
    clock.advance(minutes=1)
    polled = await sources.poll_now(source.id, actor="test")
    assert polled.error is None
    _, entries = await sources.look(source.id, limit=1)
    assert len(entries) == 1

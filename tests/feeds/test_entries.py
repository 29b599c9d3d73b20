"""Entries of a feed become drafts, or are pushed from a trusted Source; each exactly once."""

import pytest

from bot.feeds.sources import Sources
from bot.stories.review.review import Review
from bot.stories.stories import Stories
from storage.database import Database
from storage.models import Story
from storage.stories import source_entries
from storage.words import EntryState, SourceState, StoryState
from tests.articles.templates import doubtful_page
from tests.factories import NOON, MovableClock, add_story
from tests.feeds.feed_site import add, feed, headlines, only_source, requests, serve, text
from tests.sites import Site, answer

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]


async def test_the_first_poll_makes_drafts_of_the_newest_few(
    sources: Sources, site: Site, stories: Stories
) -> None:
    """Three entries become drafts, the oldest first, even if the Source is trusted; the others are past."""
    serve(site, range(10, 0, -1))
    source = await add(sources, site, trusted=True)
    assert (source.title, source.state, source.first_polled_at) == ("News", SourceState.ACTIVE, NOON)
    await sources.poll_due()
    assert await headlines(stories, StoryState.DRAFT) == ["Story 8", "Story 9", "Story 10"]
    assert await headlines(stories) == ["Story 8", "Story 9", "Story 10"]
    entries = (await only_source(sources)).entries
    assert (entries[EntryState.TAKEN], entries[EntryState.PAST]) == (3, 7)
    [first, *_] = await stories.listed()
    assert (first.source_id, [topic.name for topic in first.topics]) == (source.id, ["War"])
    assert first.address == site.address("/story/8")


async def test_what_is_new_becomes_a_draft_once(
    sources: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """The feed is polled when it is due and not before, and the page of each entry is fetched once."""
    serve(site, [1])
    await add(sources, site)
    await sources.poll_due()
    serve(site, [2, 1])
    await sources.poll_due()
    assert requests(site) == 1
    for _ in range(3):
        clock.advance(minutes=15)
        await sources.poll_due()
    assert requests(site) == 4
    assert await headlines(stories, StoryState.DRAFT) == ["Story 1", "Story 2"]
    assert (requests(site, "/story/1"), requests(site, "/story/2")) == (1, 1)


async def test_a_trusted_source_pushes_up_to_its_limit_an_hour(
    sources: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """New entries are published and pushed up to the limit, the oldest first; the others stay drafts."""
    serve(site, [1])
    await add(sources, site, trusted=True)
    await sources.poll_due()
    serve(site, [5, 4, 3, 2, 1])
    clock.advance(minutes=15)
    await sources.poll_due()
    assert await headlines(stories, StoryState.PUBLISHED) == ["Story 2", "Story 3"]
    assert await headlines(stories, StoryState.DRAFT) == ["Story 1", "Story 4", "Story 5"]
    serve(site, [6, 5])
    clock.advance(minutes=61)
    await sources.poll_due()
    assert await headlines(stories, StoryState.PUBLISHED) == ["Story 2", "Story 3", "Story 6"]


async def test_a_doubtful_reading_stays_a_draft(
    sources: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """A story of a trusted Source whose page was read in two ways waits for an editor."""
    serve(site, [1])
    await add(sources, site, trusted=True)
    await sources.poll_due()
    serve(site, [3, 2, 1])
    site.replies["/story/2"] = answer(doubtful_page().encode())
    clock.advance(minutes=15)
    await sources.poll_due()
    assert await headlines(stories, StoryState.PUBLISHED) == ["Story 3"]
    assert len(await headlines(stories, StoryState.DRAFT)) == 2


async def test_a_crash_after_the_draft_does_not_cost_the_push(
    sources: Sources,
    site: Site,
    stories: Stories,
    clock: MovableClock,
    *,
    review: Review,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A try that was interrupted before the push is repeated, finds its own draft, and pushes it."""
    serve(site, [1])
    await add(sources, site, trusted=True)
    await sources.poll_due()
    serve(site, [2, 1])
    clock.advance(minutes=15)
    with monkeypatch.context() as patched:
        patched.setattr(
            review, "publish", lambda *_, **__: (_ for _ in ()).throw(OSError("the disk is full"))
        )
        await sources.poll_due()
    assert await headlines(stories, StoryState.DRAFT) == ["Story 1", "Story 2"]
    clock.advance(minutes=5)
    await sources.poll_due()
    assert await headlines(stories, StoryState.PUBLISHED) == ["Story 2"]
    assert (await only_source(sources)).entries[EntryState.TAKEN] == 2


async def test_pushes_by_editors_count_too(
    sources: Sources, site: Site, stories: Stories, clock: MovableClock, *, review: Review, database: Database
) -> None:
    """A push of the Source's Story by an editor counts towards the limit."""
    serve(site, [1])
    source = await add(sources, site, trusted=True)
    await sources.poll_due()
    async with database.transaction() as session:
        by_hand = await add_story(session, source_id=source.id)
    await review.publish(by_hand, actor="ann", push=True)
    serve(site, [4, 3, 2, 1])
    clock.advance(minutes=15)
    await sources.poll_due()
    assert len(await headlines(stories, StoryState.PUBLISHED)) == 2
    assert await headlines(stories, StoryState.DRAFT) == ["Story 1", "Story 3", "Story 4"]


async def test_the_text_in_the_feed_replaces_a_missing_page(
    sources: Sources, site: Site, stories: Stories
) -> None:
    """If the page cannot be fetched, the feed's full text is used, with the page's address."""
    site.replies["/feed"] = answer(feed([1], text(1)), kind="application/rss+xml")
    site.replies["/story/1"] = answer(b"", status="403 Forbidden")
    await add(sources, site)
    await sources.poll_due()
    [story] = await stories.listed()
    assert (story.headline, story.address) == ("Story 1", site.address("/story/1"))
    assert "The house 1 has a" in story.body


async def test_entries_without_a_page_are_stories_of_their_own(
    sources: Sources, site: Site, stories: Stories
) -> None:
    """Entries without an address become Stories without one, not with the feed's."""
    items = "".join(
        f"<item><guid>{n}</guid><title>Story {n}</title>"
        f"<description><![CDATA[{text(n)}]]></description></item>"
        for n in (2, 1)
    )
    site.replies["/feed"] = answer(f"<rss><channel>{items}</channel></rss>".encode(), kind="text/xml")
    await add(sources, site)
    await sources.poll_due()
    assert [(one.headline, one.address) for one in await stories.listed()] == [
        ("Story 1", None),
        ("Story 2", None),
    ]


async def test_a_post_without_a_title_is_read_from_the_feed(
    sources: Sources, site: Site, stories: Stories
) -> None:
    """A post of a social network, whose page needs JavaScript, is a Story of its own words and address."""
    page = b"<noscript>To use the Mastodon web application, please enable JavaScript.</noscript>"
    site.replies["/@kitchen/1"] = answer(b"<html><body>%s</body></html>" % page)
    words = "The kitchen in Baranova street cooks for two hundred people a day, and has no flour left."
    further = "Who can bring some, please come to number 27 between nine and noon; every sack helps us a lot."
    told = f"<description><![CDATA[<p>{words}</p><p>{further}</p>]]></description>"
    item = f"<item><link>/@kitchen/1</link>{told}</item>"
    site.replies["/feed"] = answer(f"<rss><channel>{item}</channel></rss>".encode(), kind="text/xml")
    await add(sources, site)
    await sources.poll_due()
    [story] = await stories.listed()
    assert (story.headline, story.address) == (words, site.address("/@kitchen/1"))
    assert further in story.body


@pytest.mark.parametrize("link", ["/live", "/live#p{n}"])
async def test_posts_of_one_page_are_stories_of_their_own(
    sources: Sources, site: Site, stories: Stories, clock: MovableClock, link: str
) -> None:
    """Posts of a live blog have one page, and own ids; each becomes a Story, also one that comes later."""
    site.replies["/live"] = answer(b"<html><body><article><h1>Live</h1>All of it.</article></body></html>")

    def serve_posts(*numbers: int) -> None:
        items = "".join(
            f"<item><guid isPermaLink='false'>{n}</guid><title>Story {n}</title>"
            f"<link>{link.format(n=n)}</link>"
            f"<description><![CDATA[{text(n)}]]></description></item>"
            for n in numbers
        )
        site.replies["/feed"] = answer(f"<rss><channel>{items}</channel></rss>".encode(), kind="text/xml")

    serve_posts(2, 1)
    await add(sources, site)
    await sources.poll_due()
    serve_posts(3, 2, 1)
    clock.advance(minutes=15)
    await sources.poll_due()
    assert await headlines(stories) == ["Story 1", "Story 2", "Story 3"]


async def test_a_page_that_fails_is_tried_five_times(
    sources: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """The waits grow and respect Retry-After; after the fifth try the entry is refused with the reason."""
    serve(site, [1])
    site.replies["/story/1"] = answer(b"", "Retry-After: 1000", status="503 Busy")
    source = await add(sources, site)
    tried: list[int] = []
    for minute in range(400):
        await sources.take_due()
        if requests(site, "/story/1") > len(tried):
            tried.append(minute)
        clock.advance(minutes=1)
    assert tried == [0, 17, 34, 79, 214]
    assert (await only_source(sources)).entries[EntryState.REFUSED] == 1
    assert await stories.listed() == []
    assert await sources.take_due() == 0
    assert source.id


async def test_a_page_without_a_story_is_refused_at_once(
    sources: Sources, site: Site, clock: MovableClock
) -> None:
    """A page that was fetched and holds no story is not fetched again."""
    serve(site, [1])
    site.replies["/story/1"] = answer(b"<html><body></body></html>")
    await add(sources, site)
    await sources.poll_due()
    clock.advance(days=2)
    await sources.take_due()
    assert requests(site, "/story/1") == 1
    assert (await only_source(sources)).entries[EntryState.REFUSED] == 1


async def test_two_sources_with_the_same_story_make_one(
    sources: Sources, site: Site, stories: Stories, database: Database
) -> None:
    """Entries of three feeds with the same page become one Story, even at the same moment."""
    serve(site, [1])
    for path in ("/other", "/third"):
        site.replies[path] = site.replies["/feed"]
    ids = [(await add(sources, site, path)).id for path in ("/feed", "/other", "/third")]
    await sources.poll_due()
    [story] = await stories.listed()
    assert [listed.entries[EntryState.TAKEN] for listed in await sources.listed()] == [1, 1, 1]
    async with database.read() as session:
        for source_id in ids:
            assert await source_entries.due(session, source_id, now=NOON, limit=9) == []
    assert isinstance(story, Story)


async def test_a_site_that_moves_its_archive_floods_nobody(
    sources: Sources, site: Site, stories: Stories, clock: MovableClock
) -> None:
    """Entries with new ids at known addresses, and those older than a week, are past."""
    serve(site, [2, 1])
    await add(sources, site)
    await sources.poll_due()
    old = "<pubDate>Sun, 01 Nov 2026 10:00:00 GMT</pubDate>"
    items = "".join(f"<item><guid>new-{n}</guid><link>/story/{n}</link></item>" for n in (2, 1))
    items += f"<item><guid>old</guid><link>/story/7</link>{old}</item>"
    site.replies["/feed"] = answer(f"<rss><channel>{items}</channel></rss>".encode(), kind="text/xml")
    clock.advance(minutes=15)
    await sources.poll_due()
    assert await headlines(stories) == ["Story 1", "Story 2"]
    assert (await only_source(sources)).entries[EntryState.PAST] == 3

"""`comeback source …`: what it prints, what it refuses, and the lists that other feed readers can import."""

import json
from pathlib import Path

import pytest

from tests.journeys.cli.results import Comeback, done, entries
from tests.sites import Site, answer

STORY = """<html lang="en"><head><title>The bridge is open again</title></head><body><article>
<h1>The bridge is open again</h1><p>By Ann Bee</p>
<p>The bridge over the river was opened on Sunday after three months of repairs by volunteers.</p>
<p>They carried planks and nails across the ice, and rebuilt it before the flood came in spring.</p>
<p>The mayor thanked all of them and said that buses would cross it from Monday on, every hour.</p>
</article></body></html>"""
FEED = """<rss version="2.0"><channel><title>River News</title><link>/</link>
<item><title>The bridge is open again</title><link>/bridge</link></item></channel></rss>"""
PAGE = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><p>Hello.</p></html>'


@pytest.fixture(autouse=True)
def _feed(site: Site) -> None:
    """A page that names a feed, and the page of its only entry."""
    site.replies |= {
        "/": answer(PAGE.encode()),
        "/rss": answer(FEED.encode(), kind="application/rss+xml"),
        "/bridge": answer(STORY.encode()),
    }


def test_a_source_from_its_page_to_its_first_story(comeback: Comeback, site: Site) -> None:
    """A feed is added by its page, polled and listed; adding it again changes nothing."""
    [added] = entries(
        comeback(
            "source", "add", site.address("/"), "--trusted", "--topic", "River", "--language", "en", "--json"
        )
    )
    assert (added["address"], added["title"], added["fresh"]) == (site.address("/rss"), "River News", True)
    assert (added["trusted"], added["topics"], added["language"], added["waiting"]) == (
        True,
        ["river"],
        "en",
        1,
    )
    assert "0 polled, 1 new entries read" in done(comeback("source", "poll"))
    [listed] = entries(comeback("source", "list", "--json"))
    assert listed["entries"] == {"waiting": 0, "taken": 1, "refused": 0, "past": 0}
    assert (listed["failures"], listed["reason"], listed["state"]) == (0, None, "active")
    assert "1 taken  River News" in done(comeback("source", "list"))
    assert "is here already, nothing changed" in done(comeback("source", "add", site.address("/rss")))
    assert "Source 1: 0 new · River News" in done(comeback("source", "poll", 1))


def test_what_is_wrong_with_a_source_is_printed(comeback: Comeback, site: Site) -> None:
    """The command and the list say what is wrong with a feed; the others go on, and the status is 1."""
    both = comeback("source", "add", "nonsense", site.address("/rss"))
    assert both.exit_code == 1
    assert "nonsense is not a web address" in both.stderr
    assert "Source 1 added: River News" in both.stdout
    site.replies["/rss"] = answer(b"", status="410 Gone")
    polled = comeback("source", "poll", 1, "--json")
    assert polled.exit_code == 1
    assert json.loads(polled.stdout)["refused"].startswith("news.example.org has removed this feed for good")
    assert "gone    reviewed" in done(comeback("source", "list"))
    assert "has removed this feed for good" in done(comeback("source", "list"))
    again = comeback("source", "poll", 1)
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.startswith("Source 1 is gone for good")


def test_a_source_is_paused_resumed_and_removed(comeback: Comeback, site: Site) -> None:
    """Each command says what it did; an unknown source is refused."""
    done(comeback("source", "add", site.address("/rss")))
    assert "comeback source resume 1" in done(comeback("source", "pause", 1))
    assert comeback("source", "poll", 1).exit_code == 1
    assert "polled again" in done(comeback("source", "resume", 1))
    assert "removed" in done(comeback("source", "remove", 1))
    assert "There is no source yet" in done(comeback("source", "list"))
    assert comeback("source", "remove", 1).stderr == "There is no source 1.\n"
    assert comeback("source", "pause", 2**31).exit_code == 2


def test_sources_are_exported_and_imported(comeback: Comeback, site: Site, tmp_path: Path) -> None:
    """An export is imported again; duplicates and wrong addresses are named."""
    done(comeback("source", "add", site.address("/rss"), "--topic", "River"))
    assert "1 sources written" in done(comeback("source", "export", "feeds.opml"))
    assert done(comeback("source", "export")) == (tmp_path / "feeds.opml").read_text()
    assert done(comeback("source", "import", "feeds.opml")).splitlines() == [
        f"Source 1 is here already: {site.address('/rss')}",
        "0 added, 1 here already, 0 refused.",
    ]
    done(comeback("source", "remove", 1))
    bad = '<opml><body><outline xmlUrl="javascript:alert(1)"/><outline xmlUrl="https://e.example/"/></body></opml>'
    (tmp_path / "bad.opml").write_text(bad)
    assert "1 added, 0 here already" in done(comeback("source", "import", "feeds.opml", "--topic", "Ice"))
    [listed] = entries(comeback("source", "list", "--json"))
    assert (listed["topics"], listed["polled_at"]) == (["ice", "river"], None)
    partly = comeback("source", "import", "bad.opml")
    assert partly.exit_code == 1
    assert "1 added, 0 here already, 1 refused." in partly.stdout
    for wrong in ("missing.opml", "."):
        assert comeback("source", "import", wrong).stderr.startswith(f"{wrong} cannot be read")
    assert comeback("source", "export", "no/such/folder").stderr.startswith(
        "no/such/folder cannot be written"
    )

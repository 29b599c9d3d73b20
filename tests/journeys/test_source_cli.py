"""`comeback source …`: what it prints, what it refuses, and what of it other feed readers can take."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.articles.fetch.fetcher import FetchLimits
from bot.cli.main import app
from tests.sites import Site, answer, opened

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

Comeback = Callable[..., Result]

STORY = """<html lang="en"><head><title>The bridge is open again</title></head><body><article>
<h1>The bridge is open again</h1><p>By Ann Bee</p>
<p>The bridge over the river was opened on Sunday after three months of repairs by volunteers.</p>
<p>They carried planks and nails across the ice, and rebuilt it before the flood came in spring.</p>
<p>The mayor thanked all of them and said that buses would cross it from Monday on, every hour.</p>
</article></body></html>"""
FEED = """<rss version="2.0"><channel><title>River News</title><link>/</link>
<item><title>The bridge is open again</title><link>/bridge</link></item></channel></rss>"""
PAGE = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><p>Hello.</p></html>'


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site of the test's own with a feed, which the command line may fetch."""
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()
    made = loop.run_until_complete(stack.enter_async_context(opened(Site())))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    made.replies |= {
        "/": answer(PAGE.encode()),
        "/rss": answer(FEED.encode(), kind="application/rss+xml"),
        "/bridge": answer(STORY.encode()),
    }
    monkeypatch.setattr("bot.runtime.build.fetcher_of", lambda _settings: made.fetcher(FetchLimits()))
    yield made
    asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def comeback(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comeback:
    """`comeback source …` in a folder of its own, on a fresh database."""
    for name in ("BOT_TOKEN", "BOT_API_URL", "OWNER_IDS", "WEBHOOK_URL", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setattr("bot.logs.configure", lambda *_: None)  # it would take pytest's own handlers away
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, ["source", *map(str, arguments)])


def _done(result: Result) -> str:
    assert (result.exit_code, result.stderr) == (0, ""), (result.output, result.exception)
    return result.stdout


def _entries(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _done(result).splitlines()]


def test_a_source_from_its_page_to_its_first_story(comeback: Comeback, site: Site) -> None:
    """Added by its page, polled, listed, and known when it is added again."""
    [added] = _entries(
        comeback("add", site.address("/"), "--trusted", "--topic", "River", "--language", "en", "--json")
    )
    assert (added["address"], added["title"], added["fresh"]) == (site.address("/rss"), "River News", True)
    assert (added["trusted"], added["topics"], added["language"], added["waiting"]) == (
        True,
        ["river"],
        "en",
        1,
    )
    assert "0 polled, 1 new entries read" in _done(comeback("poll"))
    [listed] = _entries(comeback("list", "--json"))
    assert listed["entries"] == {"waiting": 0, "taken": 1, "refused": 0, "past": 0}
    assert (listed["failures"], listed["reason"], listed["state"]) == (0, None, "active")
    assert "1 taken  River News" in _done(comeback("list"))
    assert "is here already, nothing changed" in _done(comeback("add", site.address("/rss")))
    assert "Source 1: 0 new · River News" in _done(comeback("poll", 1))


def test_what_is_wrong_with_a_source_is_told(comeback: Comeback, site: Site) -> None:
    """By the command that met it, and by the list; the rest goes on, and the exit status says so."""
    both = comeback("add", "nonsense", site.address("/rss"))
    assert both.exit_code == 1
    assert "nonsense is not a web address" in both.stderr
    assert "Source 1 added: River News" in both.stdout
    site.replies["/rss"] = answer(b"", status="410 Gone")
    polled = comeback("poll", 1, "--json")
    assert polled.exit_code == 1
    assert json.loads(polled.stdout)["refused"].startswith("news.example.org has taken this feed away")
    assert "gone    reviewed" in _done(comeback("list"))
    assert "has taken this feed away for good" in _done(comeback("list"))
    again = comeback("poll", 1)
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.startswith("Source 1 is gone for good")


def test_a_source_is_paused_resumed_and_removed(comeback: Comeback, site: Site) -> None:
    """Each says what it did and how to take it back; what is not there is refused."""
    _done(comeback("add", site.address("/rss")))
    assert "comeback source resume 1" in _done(comeback("pause", 1))
    assert comeback("poll", 1).exit_code == 1
    assert "polled again" in _done(comeback("resume", 1))
    assert "removed" in _done(comeback("remove", 1))
    assert "There is no source yet" in _done(comeback("list"))
    assert comeback("remove", 1).stderr == "There is no source 1.\n"
    assert comeback("pause", 2**31).exit_code == 2


def test_a_list_goes_out_and_comes_in(comeback: Comeback, site: Site, tmp_path: Path) -> None:
    """To a file or to standard output; duplicates and what is no address are told."""
    _done(comeback("add", site.address("/rss"), "--topic", "River"))
    assert "1 sources written" in _done(comeback("export", "feeds.opml"))
    assert _done(comeback("export")) == (tmp_path / "feeds.opml").read_text()
    assert _done(comeback("import", "feeds.opml")).splitlines() == [
        f"Source 1 is here already: {site.address('/rss')}",
        "0 added, 1 here already, 0 refused.",
    ]
    _done(comeback("remove", 1))
    bad = '<opml><body><outline xmlUrl="javascript:alert(1)"/><outline xmlUrl="https://e.example/"/></body></opml>'
    (tmp_path / "bad.opml").write_text(bad)
    assert "1 added, 0 here already" in _done(comeback("import", "feeds.opml", "--topic", "Ice"))
    [listed] = _entries(comeback("list", "--json"))
    assert (listed["topics"], listed["polled_at"]) == (["ice", "river"], None)
    refused = comeback("import", "bad.opml")
    assert refused.exit_code == 1
    assert "1 added, 0 here already, 1 refused." in refused.stdout
    for wrong in ("missing.opml", "."):
        assert comeback("import", wrong).stderr.startswith(f"{wrong} cannot be read")
    assert comeback("export", "no/such/folder").stderr.startswith("no/such/folder cannot be written")

"""`comeback story …` and `comeback summarize`, from a story file or a web page to a push."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import utc_now
from tests.articles.templates import doubtful_page
from tests.journeys.cli.results import BUS, ORIGINAL, Comeback, done, entries, refused
from tests.sites import Site, answer


def test_the_original_story_from_file_to_push(comeback: Comeback) -> None:
    """Commands add a story, give it an appeal, publish it, and show and cancel its push."""
    [added] = entries(comeback("story", "add", ORIGINAL, "--topic", "Ukraine", "--topic", "People", "--json"))
    assert (added["id"], added["fresh"], Path(added["file"]).name) == (1, True, "original-story.txt")
    assert added["headline"].endswith("'Please Come Back To Us'")

    appeal = ["--organisation", "Baranova 27", "--url", "https://baranova.invalid/help", "--story", "1"]
    [proposed] = entries(comeback("appeal", "add", *appeal, "--until", "2030-01-01", "--json"))
    assert (proposed["state"], proposed["valid_until"]) == ("proposed", "2030-01-01T00:00:00Z")
    assert "--although-unread" in refused(comeback("appeal", "verify", 1))
    assert "could not be read" in done(comeback("appeal", "verify", 1, "--although-unread"))
    assert "is still right" in done(comeback("appeal", "look", 1))
    [listed] = entries(comeback("appeal", "list", "--json"))
    assert (listed["looked_at"] is not None, listed["checked_at"]) == (True, None)
    assert f"looked at {listed['looked_at'][:10]}, checked never" in done(comeback("appeal", "list"))

    [shown] = entries(comeback("story", "show", 1, "--json"))
    assert shown["state"] == "draft"
    assert shown["topics"] == ["people", "ukraine"]
    assert [len(shown["summaries"][length]) for length in ("brief", "short", "long")] == [1, 3, 5]
    assert "come back to us" in shown["plea"]["text"]
    assert shown["appeal"] == {"id": 1, "organisation": "Baranova 27", "state": "verified"}
    assert "plea: “" in done(comeback("story", "show", 1))

    assert "Broadcast 1 starts" in done(comeback("story", "publish", 1))
    [planned] = entries(comeback("broadcast", "list", "--json"))
    assert (planned["id"], planned["story"], planned["state"], planned["sent"]) == (1, 1, "scheduled", 0)
    assert "is cancelled" in done(comeback("broadcast", "cancel", 1))
    [cancelled] = entries(comeback("broadcast", "show", 1, "--json"))
    assert cancelled["state"] == "cancelled"
    at = ["--at", f"{utc_now() + timedelta(days=2):%Y-%m-%d} 08:00"]
    [again] = entries(comeback("broadcast", "start", 1, "--topic", "people", *at, "--yes", "--json"))
    assert again == {"id": 2, "state": "scheduled", "reach": 0}
    assert "0 sent" in done(comeback("broadcast", "show", 2))
    [counts] = entries(comeback("stats", "--json"))
    assert counts == {
        "subscribers": {},
        "stories": {"draft": 0, "scheduled": 0, "published": 1, "rejected": 0, "withdrawn": 0},
        "clicks": 0,
        "clicks_last_week": 0,
        "appeals_due_a_report": 0,
        "appeals_reported_in_time": 0,
    }
    assert "1 published" in done(comeback("stats"))


def test_a_story_for_an_hour_and_once_more(comeback: Comeback) -> None:
    """A story waits for the hour of its push; a withdrawn one is published again when somebody says so."""
    done(comeback("story", "add", BUS))
    day = utc_now().date() + timedelta(days=2)
    told = done(comeback("story", "publish", 1, "--at", f"{day} 08:00"))
    assert "Story 1 is scheduled. Broadcast 1 starts on " in told
    [shown] = entries(comeback("story", "show", 1, "--json"))
    assert shown["state"] == "scheduled"
    assert "Broadcast 1 starts on " in done(comeback("broadcast", "move", 1, f"{day} 09:30"))
    [planned] = entries(comeback("broadcast", "show", 1, "--json"))
    assert planned["start_at"].startswith(f"{day}T")
    assert "has passed" in refused(comeback("broadcast", "move", 1, "2020-01-01 08:00"))
    assert "is cancelled" in done(comeback("broadcast", "cancel", 1))
    [cancelled] = entries(comeback("broadcast", "show", 1, "--json"))
    assert cancelled["reason"] == "the story is waiting for review again"
    wrong = comeback("story", "publish", 1, "--quietly", "--at", f"{day} 08:00")
    assert wrong.exit_code == 2
    done(comeback("story", "publish", 1, "--quietly"))
    done(comeback("story", "withdraw", 1, "--yes"))
    assert "was withdrawn. Publish it again?" in refused(comeback("story", "publish", 1, "--quietly"))
    again = ("story", "publish", 1, "--quietly", "--again")
    assert "still being withdrawn" in refused(comeback(*again))  # its push was cancelled a moment ago
    done(comeback("broadcast", "cancel", 2))
    assert "is published" in done(comeback(*again))


def test_the_same_story_twice(comeback: Comeback) -> None:
    """Adding the same text again adds nothing, and the output says so."""
    lines = done(comeback("story", "add", BUS, BUS)).splitlines()
    first, second = [line for line in lines if line.startswith("Story")]
    assert first.startswith("Story 1 added: ")
    assert second.startswith("Story 1 is here already, nothing added: ")
    assert len(entries(comeback("story", "list", "--json"))) == 1


PAGE = b"""<!doctype html><html><head><title>t</title>
<link rel="canonical" href="http://news.example.org/bridge"></head><body><article>
<h1>The bridge is open again</h1><p class="byline">By Ana Lopez</p>
<p>The bridge over the river was opened on Sunday after three months of repairs by volunteers.</p>
<p>People crossed it all day, and the school bus runs again for the first time since spring.</p>
<p>To help with the next bridge, please donate to <a href="/help">the Bridge Fund</a>.</p>
</article></body></html>"""


@pytest.fixture
def page(site: Site) -> str:
    """The address of a page with a story."""
    site.replies["/bridge?utm_source=feed"] = answer(PAGE)
    return site.address("/bridge?utm_source=feed")


def test_a_story_from_an_address(comeback: Comeback, page: str) -> None:
    """A page is previewed without being stored, and added once with its own address and its help link."""
    [seen] = entries(comeback("story", "preview", page, "--json"))
    assert (seen["headline"], seen["url"], seen["refused"]) == (
        "The bridge is open again",
        "http://news.example.org/bridge",
        None,
    )
    assert seen["help"]["url"].endswith("/help")
    assert "no story yet" in done(comeback("story", "list"))
    assert done(comeback("story", "add", page)).startswith("Story 1 added: The bridge is open again")
    assert "is here already" in done(comeback("story", "add", page))


def test_a_doubtful_reading_is_named(comeback: Comeback, site: Site) -> None:
    """A page that was read in two ways is added, and standard error says to compare it."""
    site.replies["/scenes"] = answer(doubtful_page().encode())
    result = comeback("story", "add", site.address("/scenes"))
    assert (result.exit_code, result.stdout[:13]) == (0, "Story 1 added")
    assert "This story may be incomplete" in result.stderr


def test_an_address_that_cannot_be_fetched(comeback: Comeback) -> None:
    """`add` and `preview` say why in one sentence; with --json it is the field `refused`."""
    assert "not on the open internet" in refused(comeback("story", "add", "http://127.0.0.1/"))
    assert "not a web address" in refused(comeback("story", "preview", "ftp://example.org/a"))
    result = comeback("story", "preview", "http://127.0.0.1:8080/", "--json")
    assert result.exit_code == 1
    assert "port 8080" in json.loads(result.stdout)["refused"]


def test_summarize_prints_and_stores_nothing(comeback: Comeback, tmp_path: Path) -> None:
    """`summarize` prints the wanted Length for people and scripts, and refuses bad files one by one."""
    [entry] = entries(comeback("summarize", ORIGINAL, "--length", "brief", "--json"))
    assert len(entry["sentences"]) == 1
    assert "come back to us" in entry["plea"]["text"]
    (tmp_path / "empty.txt").touch()
    result = comeback("summarize", "empty.txt", BUS)
    assert result.exit_code == 1
    assert "empty.txt is empty" in result.stderr
    assert "Шкільний автобус" in result.stdout
    (tmp_path / "text.txt").write_text("The bridge was opened on Monday.", "utf-8")
    [entry] = entries(comeback("summarize", "text.txt", "--json"))
    assert entry.pop("ms") > 0
    assert entry == {
        "file": "text.txt",
        "language": "en",
        "length": "short",
        "sentences": ["The bridge was opened on Monday."],
        "plea": None,
        "help": None,
    }
    assert comeback("summarize", BUS, "--length", "endless").exit_code == 2
    assert done(comeback("story", "list", "--json")) == ""

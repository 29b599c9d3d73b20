"""Commands that are refused: exit status 1 with one line, or 2 for wrong usage."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.cli.main import require_text
from bot.clock import utc_now
from tests.journeys.cli.results import Comeback, add_draft, done, refused


@pytest.mark.parametrize("noun", ["story", "appeal", "broadcast"])
def test_an_empty_list_says_what_to_do(comeback: Comeback, noun: str) -> None:
    """People read a command that may follow; scripts get no line at all."""
    assert "comeback " in done(comeback(noun, "list"))
    assert done(comeback(noun, "list", "--json")) == ""


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("story publish 9", "There is no story 9."),
        ("story show 9", "There is no story 9."),
        ("appeal verify 9", "There is no appeal 9."),
        ("appeal retire 9", "There is no appeal 9."),
        ("appeal suspend 9", "There is no appeal 9."),
        ("appeal show 9", "There is no appeal 9."),
        ("appeal change 9 --purpose Boats", "There is no appeal 9."),
        ("broadcast start 9 --yes", "There is no story 9."),
        ("broadcast show 9", "There is no broadcast 9."),
        ("broadcast pause 9", "There is no broadcast 9."),
        ("broadcast resume 9", "There is no broadcast 9."),
        ("broadcast cancel 9", "There is no broadcast 9."),
        ("broadcast retry 9", "There is no broadcast 9."),
        ("broadcast missed 9", "There is no broadcast 9."),
        ("broadcast now 9", "There is no broadcast 9."),
        ("appeal add --organisation X --url https://example.org --story 9", "There is no story 9."),
        ("appeal add --organisation  --url https://example.org", "An appeal needs the name"),
    ],
)
def test_what_does_not_exist_is_refused(comeback: Comeback, command: str, line: str) -> None:
    """An unknown id gives exit status 1 and one line on standard error."""
    assert refused(comeback(*command.split(" "))).startswith(line)


@pytest.mark.parametrize("number", ["-1", "0", str(2**31), str(2**64)])
@pytest.mark.parametrize("command", ["story show", "appeal verify", "broadcast cancel", "story publish"])
def test_numbers_that_no_row_can_have(comeback: Comeback, command: str, number: str) -> None:
    """A number outside the range of ids is refused in words, not by an error of the database driver."""
    result = comeback(*command.split(), "--", number)
    assert result.exit_code in {1, 2}
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.startswith(("There is no ", "Usage: "))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "javascript:alert(1)",
        "https://",
        "https://user:secret@example.org",
        "https://example.org:8443/",
        "https://127.0.0.1/",
        "https://localhost/",
        "example.org",
        "",
        "https://exa mple.org/",
        "https://example.org/" + "x" * 3000,
    ],
)
def test_a_link_that_cannot_be_a_help_link(comeback: Comeback, url: str) -> None:
    """Only a public https address can be proposed."""
    assert "cannot be a help link" in refused(comeback("appeal", "add", "--organisation", "X", "--url", url))
    assert done(comeback("appeal", "list", "--json")) == ""


def test_what_the_state_does_not_allow_is_refused(comeback: Comeback, sqlite_url: str) -> None:
    """A second publication, a push of a draft, and the verification of a retired appeal are refused."""
    add_draft(sqlite_url)
    assert "is not published" in refused(comeback("broadcast", "start", 1, "--yes"))
    done(comeback("story", "publish", 1))
    assert "Story 1 has already been published by someone at the command line (" in refused(
        comeback("story", "publish", 1)
    )
    assert "Broadcast 1 is scheduled" in refused(comeback("broadcast", "resume", 1))
    assert "Broadcast 1 is scheduled" in refused(comeback("broadcast", "pause", 1))
    done(comeback("appeal", "add", "--organisation", "X", "--url", "https://example.org"))
    done(comeback("appeal", "retire", 1))
    assert refused(comeback("appeal", "verify", 1)) == "Appeal 1 is already retired."
    assert refused(comeback("appeal", "retire", 1)) == "Appeal 1 is already retired."
    assert "There is no topic" in refused(comeback("broadcast", "start", 1, "--topic", "zebras", "--yes"))


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/New_York"])
@pytest.mark.parametrize("day", ["0001-01-01", "1999-01-01", "9999-12-31"])
def test_days_that_no_datetime_can_hold(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, sqlite_url: str, zone: str, day: str
) -> None:
    """A push or an appeal's end at a time that no datetime can hold is refused in one line."""
    add_draft(sqlite_url)
    monkeypatch.setenv("DEFAULT_TIMEZONE", zone)
    done(comeback("story", "publish", 1, "--quietly"))
    refused(comeback("broadcast", "start", 1, "--at", f"{day} 23:59", "--yes"))
    added = comeback("appeal", "add", "--organisation", "X", "--url", "https://example.org/", "--until", day)
    assert added.exit_code == 0 or "beyond every calendar" in refused(added)
    assert done(comeback("broadcast", "list", "--json")) == ""


def test_the_hour_of_a_push_is_shown_with_its_day_and_zone(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    """The question names the moment before it counts; an hour that clocks skip is refused."""
    add_draft(sqlite_url)
    monkeypatch.setenv("DEFAULT_TIMEZONE", "Europe/Kyiv")
    done(comeback("story", "publish", 1, "--quietly"))
    day = utc_now().date() + timedelta(days=30)
    asked = refused(comeback("broadcast", "start", 1, "--at", f"{day} 08:00")).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert f" on {day:%a, %b} {day.day}, 8:00" in asked
    assert "(Europe/Kyiv, GMT+0" in asked
    spring = next(end for end in (date(year, 3, 31) for year in (day.year, day.year + 1)) if end > day)
    sunday = spring - timedelta(days=(spring.weekday() + 1) % 7)
    assert "The clocks change that day" in refused(
        comeback("broadcast", "start", 1, "--at", f"{sunday} 03:30", "--yes")
    )


@pytest.mark.parametrize(
    "command",
    [
        "zebra",
        "story",
        "story add",
        "story show x",
        "story publish",
        "appeal add --url https://example.org",
        "appeal change 1",
        "appeal add --organisation X --url https://example.org --until tomorrow",
        "broadcast start 1 --at noon",
        "stats --wrong",
        "demo --port x",
    ],
)
def test_wrong_usage(comeback: Comeback, command: str) -> None:
    """Wrong usage gives exit status 2 and no traceback."""
    result = comeback(*command.split())
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_an_argument_that_is_not_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes that no database can store are wrong usage, unless they are the name of a file."""
    file = tmp_path / os.fsdecode(b"caf\xe9.txt")
    file.touch()
    require_text(["story", "add", str(file), "--topic", "Кухня"])
    with pytest.raises(SystemExit) as ended:
        require_text(["appeal", "add", "--organisation", os.fsdecode(b"caf\xe9")])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "caf\\xe9 is neither text in UTF-8 nor a file.\n"

"""`comeback broadcast …`: nothing is pushed before somebody confirms it."""

import asyncio
import re

import pytest

from bot import config
from bot.runtime.build import open_services
from bot.runtime.database.database import open_database
from tests.factories import add_subscribers
from tests.journeys.cli.results import Comeback, add_draft, done, entries, refused


def _start_due(url: str, people: int = 0) -> None:
    """Let `people` join, and start the broadcasts that are due, as the running bot does."""

    async def start() -> None:
        async with open_database(config.load(database_url=url)) as database:
            await add_subscribers(database, people)
        async with open_services(config.load(database_url=url)) as services:
            await services.broadcasts.start_due()

    asyncio.run(start())


def test_a_push_must_be_confirmed(
    comeback: Comeback, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --yes nothing starts before somebody confirms it; a no and no terminal give exit status 1."""
    add_draft(sqlite_url)
    done(comeback("story", "publish", 1, "--quietly"))
    assert done(comeback("broadcast", "list", "--json")) == ""
    assert "say --yes" in refused(comeback("broadcast", "start", 1, answer="y\n"))
    monkeypatch.setattr("bot.cli.command.is_interactive", lambda: True)
    declined = comeback("broadcast", "start", 1, answer="n\n")
    assert declined.exit_code == 1
    assert "to 0 subscribers?" in declined.output
    assert done(comeback("broadcast", "list", "--json")) == ""
    assert comeback("broadcast", "start", 1, answer="y\n").exit_code == 0
    assert len(entries(comeback("broadcast", "list", "--json"))) == 1


def test_a_second_push_must_be_confirmed_separately(
    comeback: Comeback, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question says when the first push went to how many; --yes does not answer it, --again does."""
    add_draft(sqlite_url)
    done(comeback("story", "publish", 1))
    line = refused(comeback("broadcast", "start", 1, "--yes"))
    assert re.match(r"Story 1 was pushed before: broadcast 1 \(scheduled, 20\d\d-.*, 0 sent\)\.", line)
    assert line.endswith("say --again.")
    monkeypatch.setattr("bot.cli.command.is_interactive", lambda: True)
    assert "Push it again?" in comeback("broadcast", "start", 1, "--yes", answer="n\n").output
    assert len(entries(comeback("broadcast", "list", "--json"))) == 1
    done(comeback("broadcast", "start", 1, "--again", "--yes"))
    for _ in range(3):
        done(comeback("broadcast", "start", 1, "--again", "--yes"))
    monkeypatch.setattr("bot.cli.command.is_interactive", lambda: False)
    line = refused(comeback("broadcast", "start", 1, "--yes"))
    assert "broadcast 3 (" in line
    assert "; 2 more." in line


def test_a_finished_push_goes_on_only_if_somebody_lacks_it(comeback: Comeback, sqlite_url: str) -> None:
    """`retry` and `missed` send only to readers whose message failed or who joined, after the start."""
    add_draft(sqlite_url)
    done(comeback("story", "publish", 1))
    assert "it has not started yet" in refused(comeback("broadcast", "retry", 1))
    assert "it has not started yet" in refused(comeback("broadcast", "missed", 1))
    assert "is starting" in done(comeback("broadcast", "now", 1))
    _start_due(sqlite_url)
    assert "finished" in comeback("broadcast", "show", 1, "--follow").stdout
    assert refused(comeback("broadcast", "retry", 1)) == "There is nobody left to send it to again."
    assert "Nobody missed it" in refused(comeback("broadcast", "missed", 1))
    _start_due(sqlite_url, people=3)
    assert "3 who missed it" in done(comeback("broadcast", "missed", 1, "--yes"))
    [running] = entries(comeback("broadcast", "list", "--json"))
    assert (running["state"], running["expected"], running["waiting"]) == ("running", 3, 3)


def test_a_pilot_wave_is_chosen_and_shown(comeback: Comeback, sqlite_url: str) -> None:
    """Only for 15, 30 or 60 minutes; a push to few says that it has none, and `rest` needs one."""
    add_draft(sqlite_url)
    done(comeback("story", "publish", 1, "--quietly"))
    assert "15, 30 or 60 minutes" in refused(comeback("broadcast", "start", 1, "--yes", "--pilot", 7))
    done(comeback("broadcast", "start", 1, "--yes", "--pilot", 15))
    [planned] = entries(comeback("broadcast", "list", "--json"))
    assert (planned["pilot"], planned["pilot_minutes"], planned["pilot_sent"]) == ("chosen", 15, None)
    assert "(pilot wave: chosen)" in done(comeback("broadcast", "show", 1))
    assert refused(comeback("broadcast", "rest", 1)) == "Broadcast 1 is in no pilot wave."
    _start_due(sqlite_url)
    [ended] = entries(comeback("broadcast", "list", "--json"))
    assert (ended["state"], ended["pilot"]) == ("finished", "skipped")
    assert "(no pilot wave: it takes 2000 subscribers)" in done(comeback("broadcast", "show", 1))

"""`comeback appeal …` warns of lookalikes and lists what readers asked about."""

import asyncio

from bot import config
from bot.runtime.build import open_services
from tests.journeys.cli.results import Comeback, done, refused

FAKE = "https://un1cef.org/help"


def test_a_lookalike_is_proposed_with_a_warning_and_verified_by_name(comeback: Comeback) -> None:
    """The warning says why and how to go on; without the name of the original it is not verified."""
    added = comeback("appeal", "add", "--organisation", "UNICEF", "--url", FAKE)
    assert added.exit_code == 0
    assert "un1cef.org has a digit where unicef.org (UNICEF) has a letter." in added.stderr
    again = "comeback appeal verify 1 --although-it-looks-like unicef.org"
    assert again in added.stdout
    assert refused(comeback("appeal", "verify", 1)).endswith(again)
    refused(comeback("appeal", "verify", 1, "--although-it-looks-like", "unicef.de"))
    assert "is verified" in done(comeback(*again.split()[1:]))


def test_a_host_of_its_own_needs_no_option(comeback: Comeback) -> None:
    """No warning, and no option to copy."""
    added = comeback("appeal", "add", "--organisation", "Fund", "--url", "https://small-fund.example.net/")
    assert (added.stderr, "although" in added.stdout) == ("", False)
    assert "is verified" in done(comeback("appeal", "verify", 1))


def test_what_was_asked_is_listed(comeback: Comeback, sqlite_url: str) -> None:
    """The host, how often, and why it is a lookalike."""
    assert done(comeback("appeal", "asked")).startswith("Nobody has asked about a link")

    async def ask() -> None:
        async with open_services(config.load(database_url=sqlite_url)) as services:
            for _ in range(2):
                await services.checks.check(FAKE)

    asyncio.run(ask())
    line = done(comeback("appeal", "asked"))
    assert line.split(maxsplit=2)[:2] == ["2", "un1cef.org"]
    assert "has a digit where unicef.org" in line

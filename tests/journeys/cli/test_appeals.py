"""`comeback appeal …`: what the chat can do with an Appeal, the command line can do too."""

from tests.journeys.cli.results import Comeback, done, entries, refused

ADD = ("appeal", "add", "--organisation", "Bridge Friends", "--url", "https://example.org/help")


def test_an_appeal_from_its_proposal_to_its_end(comeback: Comeback) -> None:
    """It is added with language and number, verified, paused, changed, verified again and retired."""
    [added] = entries(comeback(*ADD, "--language", "uk", "--registration", "KRS 0000174486", "--json"))
    assert (added["language"], added["registration"], added["version"]) == ("uk", "KRS 0000174486", 1)
    assert added["written_by"] == "command line"
    done(comeback("appeal", "verify", 1, "--although-unread"))
    assert "paused" in done(comeback("appeal", "suspend", 1))
    [shown] = entries(comeback("appeal", "show", 1, "--json"))
    assert (shown["state"], shown["suspended_for"], shown["stories"]) == ("suspended", "editor", [])
    done(comeback("appeal", "verify", 1, "--although-unread"))
    assert "Nobody is here to ask" in refused(comeback("appeal", "change", 1, "--purpose", "Boats."))
    [changed] = entries(comeback("appeal", "change", 1, "--purpose", "Boats.", "--yes", "--json"))
    assert (changed["state"], changed["version"], changed["purpose"]) == ("proposed", 2, "Boats.")
    assert "changes nothing" in done(comeback("appeal", "change", 1, "--purpose", "Boats."))
    assert "Boats." in done(comeback("appeal", "show", 1))
    done(comeback("appeal", "retire", 1))
    assert refused(comeback("appeal", "change", 1, "--purpose", "Wood.")) == "Appeal 1 is already retired."


def test_an_organisation_with_the_name_of_another_is_named(comeback: Comeback) -> None:
    """A proposal that one may take for a known Appeal is stored, and a line on standard error says why."""
    done(comeback(*ADD))
    same_name = comeback(
        "appeal", "add", "--organisation", "Bridge friends", "--url", "https://evil.test.org"
    )
    assert same_name.exit_code == 0
    assert "of that name has another link: appeal 1, https://example.org/help" in same_name.stderr
    same_host = comeback("appeal", "add", "--organisation", "River Nurses", "--url", "https://example.org/")
    assert "also that of another organisation: appeal 1, Bridge Friends" in same_host.stderr

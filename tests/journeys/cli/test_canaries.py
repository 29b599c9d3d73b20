"""`comeback canary …`: watch a chat, list it, and stop."""

from pathlib import Path

from tests.journeys.cli.results import Comeback, done, entries


def test_a_chat_is_watched_listed_and_let_go(comeback: Comeback) -> None:
    """Under its own name; an unknown chat is refused in one line."""
    Path("all.csv").write_text("chat_id\n-100123\n")
    done(comeback("subscribers", "import", "all.csv"))
    assert done(comeback("canary", "add", -100123, "--name", "Polish")) == (
        "Chat -100123 is watched as Polish.\n"
    )
    [listed] = entries(comeback("canary", "list", "--json"))
    assert (listed["chat"], listed["name"], listed["state"]) == (-100123, "Polish", "active")
    assert done(comeback("canary", "list")) == "-100123  Polish\n"
    refused = comeback("canary", "add", 7)
    assert refused.stderr == "Nothing reaches this chat yet: send /start from it first.\n"
    done(comeback("canary", "remove", -100123))
    assert comeback("canary", "remove", -100123).exit_code == 1
    assert done(comeback("canary", "list")) == ""

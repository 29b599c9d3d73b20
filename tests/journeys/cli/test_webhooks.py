"""`comeback webhook …`: add one, list it without its secret, test it, and remove it."""

import re

from tests.journeys.cli.results import Comeback, done, entries


def test_a_webhook_is_added_listed_and_removed(comeback: Comeback) -> None:
    """The secret is printed once and never again; what may be no webhook is refused in one line."""
    added = done(comeback("webhook", "add", "https://hooks.example.org/ours"))
    assert re.search(r"^whsec_[A-Za-z0-9+/]{43}=$", added, re.MULTILINE)
    assert comeback("webhook", "add", "https://hooks.example.org/ours").exit_code == 1
    for address in ("http://hooks.example.org/", "https://10.0.0.1/", "https://localhost/"):
        refused = comeback("webhook", "add", address)
        assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), address
    [listed] = entries(comeback("webhook", "list", "--json"))
    assert (listed["webhook"], listed["url"], listed["state"]) == (
        1,
        "https://hooks.example.org/ours",
        "active",
    )
    assert "whsec_" not in done(comeback("webhook", "list"))
    done(comeback("webhook", "resume", 1))
    done(comeback("webhook", "remove", 1))
    assert comeback("webhook", "remove", 1).exit_code == 1
    assert comeback("webhook", "test", 1).exit_code == 1
    assert done(comeback("webhook", "list")) == ""


def test_a_test_that_nobody_takes_is_refused(comeback: Comeback, unused_tcp_port: int) -> None:
    """It says why in one line."""
    done(comeback("webhook", "add", f"http://127.0.0.1:{unused_tcp_port}/ours"))
    refused = comeback("webhook", "test", 1)
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert "127.0.0.1" in refused.stderr

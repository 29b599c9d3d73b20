"""`comeback editor …`: roles at the command line, and pushes that wait for a second person."""

import json

import pytest

from tests.journeys.cli.results import Comeback, add_draft, done, refused


def test_roles_at_the_command_line(comeback: Comeback, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody gets a role, another one, and loses it; the owner of the settings keeps theirs."""
    monkeypatch.setenv("OWNER_IDS", "5")
    assert done(comeback("editor", "add", "7")) == "7 is an editor now.\n"
    changed = done(comeback("editor", "add", "7", "--role", "publisher"))
    assert changed == "7 is a publisher now, and was an editor.\n"
    listed = [json.loads(line) for line in done(comeback("editor", "list", "--json")).splitlines()]
    assert [(one["id"], one["role"], one["in_settings"]) for one in listed] == [
        (5, "owner", True),
        (7, "publisher", False),
    ]
    assert "OWNER_IDS" in done(comeback("editor", "list"))
    done(comeback("editor", "remove", "7"))
    assert refused(comeback("editor", "remove", "7")).startswith("There is no editor 7.")
    for command in ("add", "remove"):
        assert refused(comeback("editor", command, "5")).startswith("Only OWNER_IDS")
    assert comeback("editor", "add", "0").exit_code == 2


def test_a_push_waits_for_a_second_person(
    comeback: Comeback, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PUSHES_NEED_TWO, a push of the command line waits if there are two people, and else starts."""
    monkeypatch.setenv("PUSHES_NEED_TWO", "true")
    add_draft(sqlite_url)
    done(comeback("story", "publish", 1, "--quietly"))
    monkeypatch.setenv("OWNER_IDS", "5")
    assert "starts as soon as" in done(comeback("broadcast", "start", 1, "--yes"))
    monkeypatch.setenv("OWNER_IDS", "5,6")
    assert "waits" in done(comeback("broadcast", "start", 1, "--yes", "--again"))

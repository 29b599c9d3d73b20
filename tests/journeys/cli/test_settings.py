"""Each wrong setting is named in a line; `comeback check` reports what is wrong."""

import re
from pathlib import Path

import pytest

from tests.journeys.cli.results import Comeback, refused


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "nonsense"),
        ("OWNER_IDS", "me"),
        ("OWNER_IDS", "0"),
        ("OWNER_IDS", str(2**52)),
        ("OWNER_IDS", "9" * 40),
        ("SEND_RATE", "0"),
        ("HTTP_PORT", "http"),
        ("DEFAULT_LANGUAGE", "tlh"),
        ("DEFAULT_TIMEZONE", "Mars/Olympus"),
        ("WEBHOOK_URL", "ftp://example.org"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_setting_is_named(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Any command prints one line that begins with the name of the wrong setting."""
    monkeypatch.setenv(name, value)
    assert refused(comeback("stats")).startswith(f"{name} is wrong: ")


def test_all_wrong_settings_are_named_at_once(comeback: Comeback, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sets up a bot need not start it once for each mistake: every one has its line."""
    monkeypatch.setenv("SEND_RATE", "fast")
    monkeypatch.setenv("HTTP_PORT", "http")
    answer = comeback("check")
    assert answer.exit_code == 1
    assert answer.stderr.splitlines() == [
        "HTTP_PORT is wrong: must be a whole number",
        "SEND_RATE is wrong: must be a number",
    ]


@pytest.mark.parametrize("token", ["", "nonsense", "42:", ":secret", "x:y"])
def test_run_without_a_token(comeback: Comeback, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    """`run` says where to get a token, and how to try the bot without one."""
    monkeypatch.setenv("BOT_TOKEN", token)
    line = refused(comeback("run"))
    assert line.startswith("BOT_TOKEN is missing or wrong")
    assert "make demo" in line


def test_run_with_a_webhook_without_a_secret(comeback: Comeback, monkeypatch: pytest.MonkeyPatch) -> None:
    """`run` does not start a webhook to which anybody could post."""
    monkeypatch.setenv("BOT_TOKEN", "42:secret")
    monkeypatch.setenv("WEBHOOK_URL", "https://example.org")
    assert refused(comeback("run")).startswith("WEBHOOK_SECRET is missing or wrong")


def test_an_env_that_is_not_text(comeback: Comeback, tmp_path: Path) -> None:
    """An .env that is not UTF-8 is refused in one line that names it."""
    (tmp_path / ".env").write_bytes(b"BOT_TOKEN=\xff\n")
    assert refused(comeback("stats")) == ".env cannot be read: save it as text in UTF-8."


def test_an_env_that_others_can_read_is_reported(comeback: Comeback, tmp_path: Path) -> None:
    """`run` and `check` warn if others can read .env with the token, and only then."""
    env = tmp_path / ".env"
    env.write_text("BOT_API_URL=http://127.0.0.1:1\n")
    env.chmod(0o644)
    line = ".env can be read by others on this machine, with the token in it: chmod 600 .env"
    assert line in comeback("run").stderr.splitlines()
    assert f"WRONG  {line}" in comeback("check").stdout.splitlines()
    env.chmod(0o600)
    assert line not in comeback("run").output + comeback("check").output


def test_check_reports_what_is_wrong(comeback: Comeback, monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` prints one line for each finding and no secret; one that is wrong gives exit status 1."""
    monkeypatch.setenv("BOT_TOKEN", "42:a-token-that-nobody-should-ever-see-printed")
    monkeypatch.setenv("BOT_API_URL", "http://127.0.0.1:1")
    result = comeback("check")
    assert result.exit_code == 1
    assert re.search(r"^ok +Settings", result.stdout, re.MULTILINE)
    assert re.search(r"^WRONG +OWNER_IDS is empty", result.stdout, re.MULTILINE)
    assert re.search(r"^ok +PUBLIC_URL is empty: help links are direct", result.stdout, re.MULTILINE)
    assert re.search(r"^ok +DATABASE_URL.*up to date", result.stdout, re.MULTILINE)
    assert re.search(r"^WRONG +BOT_TOKEN: .*cannot be reached", result.stdout, re.MULTILINE)
    assert "should-ever-see" not in result.output

"""Settings are read from the environment or `.env`; a wrong one is refused in one line that names it."""

import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from bot import config
from bot.config import Settings, load
from bot.errors import ConfigError
from tests.paths import REPOSITORY

EXAMPLE = REPOSITORY / ".env.example"
SECRET = "42-very-secret-indeed"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove the machine's own settings: its variables, and a `.env` in the current folder."""
    for name in list(os.environ):
        if name.lower() in Settings.model_fields:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def shown(value: object) -> str:
    """Return a default as it is written in `.env`."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, frozenset):
        return ",".join(str(one) for one in sorted(value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_every_setting_is_documented_with_its_default() -> None:
    """`.env.example` has each setting once, as `NAME=default` in a paragraph that begins with a comment."""
    paragraphs = EXAMPLE.read_text(encoding="utf-8").split("\n\n")
    setting = re.compile(r"^(?:# )?([A-Z_]+)=(.*)$", re.MULTILINE)
    found = [one for paragraph in paragraphs for one in setting.findall(paragraph)]
    assert sorted(found) == [
        (name.upper(), shown(field.default)) for name, field in sorted(Settings.model_fields.items())
    ]
    for paragraph in paragraphs:
        assert re.match(r"# \w", paragraph), paragraph
        assert not setting.match(paragraph), f"no comment above {paragraph}"


def test_without_an_environment_every_setting_has_its_default() -> None:
    """The machine's own settings do not reach the tests."""
    settings = load()
    for name, field in Settings.model_fields.items():
        if name != "database_url":
            assert getattr(settings, name) == field.default, name
    assert settings.database_url in {"sqlite:///comeback.db", "sqlite+aiosqlite:///comeback.db"}


def test_settings_come_from_the_environment_and_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The environment wins over `.env`, and an argument over both."""
    (tmp_path / ".env").write_text("SEND_RATE=7\nHTTP_PORT=81\nLOG_FORMAT=JSON\nUNKNOWN=1\n")
    monkeypatch.setenv("HTTP_PORT", "82")
    monkeypatch.setenv("OWNER_IDS", " 5000000001, 7 ,")
    settings = load(log_format="text")
    assert (settings.send_rate, settings.http_port, settings.log_format) == (7, 82, "text")
    assert settings.owner_ids == {5_000_000_001, 7}


def test_values_are_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Log levels in capitals, addresses without a slash at the end, databases with our driver."""
    for name, value in {
        "LOG_LEVEL": "debug",
        "PUBLIC_URL": "https://bot.example.org/",
        "DATABASE_URL": "postgres://ann:p%40ss@db/comeback",
        "DEFAULT_TIMEZONE": "Europe/Kyiv",
    }.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert settings.log_level == "DEBUG"
    assert settings.public_url == "https://bot.example.org"
    assert settings.database_url == "postgresql+asyncpg://ann:p%40ss@db/comeback"
    assert settings.zone == ZoneInfo("Europe/Kyiv")


WRONG = [
    ("OWNER_IDS", "anna"),
    ("OWNER_IDS", "1;2"),
    ("OWNER_IDS", "-5"),
    ("BOT_API_URL", "api.telegram.org"),
    ("WEBHOOK_URL", "bot.example.org"),
    ("PUBLIC_URL", "ftp://bot.example.org"),
    ("DATABASE_URL", "mysql://ann:42-very-secret-indeed@db/x"),
    ("DATABASE_URL", "postgresql://ann:42-very-secret-indeed@db:port/x"),
    ("DATABASE_URL", "42-very-secret-indeed"),
    ("DATABASE_URL", ""),
    ("HTTP_PORT", "eighty"),
    ("HTTP_PORT", "-1"),
    ("HTTP_PORT", "65536"),
    ("SEND_RATE", "0"),
    ("SEND_RATE", "nan"),
    ("SEND_RATE", "1001"),
    ("SEND_RATE", "fast"),
    ("PAID_SEND_RATE", "-1"),
    ("DEFAULT_LANGUAGE", "xx"),
    ("DEFAULT_TIMEZONE", "Kyiv"),
    ("DEFAULT_TIMEZONE", "../../etc/passwd"),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_FORMAT", "xml"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_in_one_line_that_names_it(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says how the value should look, and holds no password."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as refusal:
        load()
    line = str(refusal.value)
    assert re.fullmatch(rf"{name} is wrong: \S.+", line)
    assert SECRET not in line


@pytest.mark.parametrize(
    ("name", "value", "must_be"),
    [
        ("DESK", "maybe", "true or false"),
        ("HTTP_PORT", "eighty", "a whole number"),
        ("SEND_RATE", "fast", "a number"),
    ],
)
def test_a_wrong_kind_of_value_is_told_in_our_words(
    name: str, value: str, must_be: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Operators read what to write, not what the library could not parse."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=f"^{name} is wrong: must be {must_be}$"):
        load()


@pytest.mark.parametrize(
    "token", ["", "secret-of-mine", "42:", ":secret-of-mine", "4x2:secret-of-mine", "42"]
)
def test_a_wrong_token_is_refused_without_being_shown(token: str) -> None:
    """The sentence says where to get one."""
    with pytest.raises(ConfigError, match=r"^BOT_TOKEN is missing or wrong: .+$") as refusal:
        load(bot_token=token).token()
    assert "secret-of-mine" not in str(refusal.value)


@pytest.mark.parametrize("secret", ["", "with space", "Їжак", "a/b", "x" * 257])
def test_a_webhook_secret_that_telegram_would_refuse_is_refused(secret: str) -> None:
    """1 to 256 letters, digits, underscores and hyphens (Bot API, setWebhook)."""
    with pytest.raises(ConfigError, match=r"^WEBHOOK_SECRET is missing or wrong: .+$") as refusal:
        load(webhook_secret=secret).secret()
    assert not secret or secret not in str(refusal.value)


def test_secrets_are_returned_and_never_printed() -> None:
    """All settings together can be logged."""
    settings = load(bot_token=f" 42:{SECRET} ", webhook_secret=SECRET)
    assert settings.token() == f"42:{SECRET}"
    assert settings.secret() == SECRET
    assert SECRET not in repr(settings)
    assert settings.bot_api_url == config.TELEGRAM

"""Addresses of databases as providers give them are translated for asyncpg, or refused in one line."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from bot import config
from bot.errors import ConfigError
from storage.engine.address import connect_options, driver_url, without_options

BASE = "postgresql://ann:secret@db.example.org/x"


def _connect(query: str) -> dict[str, Any]:
    """Return the arguments that asyncpg gets for these options."""
    return connect_options(make_url(driver_url(f"{BASE}?{query}")), command_timeout_s=60)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("sslmode=require", {"dsn": "postgresql://?sslmode=require"}),
        ("sslmode=require&channel_binding=prefer", {"dsn": "postgresql://?sslmode=require"}),
        ("ssl=require", {"ssl": "require"}),
        ("connect_timeout=5", {"timeout": 5.0}),
        ("connect_timeout=0", {"timeout": None}),
        ("application_name=news", {"dsn": "postgresql://?application_name=news"}),
        ("options=-c%20search_path%3Dx", {"dsn": "postgresql://?options=-c+search_path%3Dx"}),
        ("target_session_attrs=read-write", {"dsn": "postgresql://?target_session_attrs=read-write"}),
        ("sslmode=verify-full&sslrootcert=system", {"ssl": True, "dsn": "postgresql://?sslmode=verify-full"}),
        ("command_timeout=7", {"command_timeout": 7.0}),
        ("prepared_statement_cache_size=0", {"prepared_statement_cache_size": 0}),
    ],
)
def test_options_reach_asyncpg(query: str, expected: dict[str, Any]) -> None:
    """Under asyncpg's names; a statement has a time limit unless the address gives another."""
    assert _connect(query) == {"command_timeout": 60} | expected


def test_a_certificate_of_the_provider_is_passed_on(tmp_path: Path) -> None:
    """Its file must exist."""
    given = tmp_path / "root.crt"
    given.write_text("x")
    assert str(given).replace("/", "%2F") in _connect(f"sslmode=verify-ca&sslrootcert={given}")["dsn"]


@pytest.mark.parametrize(
    "query", ["host=/run/postgresql", "host=a:1&host=b:2", "host=/run/x&sslmode=disable"]
)
def test_hosts_stay_in_the_address(query: str) -> None:
    """SQLAlchemy reads them itself."""
    address = without_options(make_url(driver_url(f"postgresql://ann@/x?{query}")))
    assert set(address.query) == {"host"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("pgbouncer=true", "the option 'pgbouncer' is not known, remove it"),
        ("sslmode=yes", "sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full"),
        ("channel_binding=require", "sslmode=verify-full proves the server instead"),
        ("connect_timeout=soon", "connect_timeout must be a number"),
        ("connect_timeout=inf", "connect_timeout must be a number"),
        ("sslrootcert=/nowhere/root.crt", "sslrootcert names no file"),
    ],
)
def test_an_option_that_asyncpg_does_not_have_is_refused_in_one_line(query: str, said: str) -> None:
    """The line names the setting and the option, and never the password."""
    with pytest.raises(ConfigError) as refused:
        config.load(database_url=f"{BASE}?{query}")
    line = str(refused.value)
    assert line.startswith("DATABASE_URL is wrong: ")
    assert said in line
    assert "\n" not in line
    assert "secret" not in line


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("comeback.db", "must look like sqlite:///comeback.db or postgresql"),
        ("sqlite://comeback.db", "needs a third slash"),
        ("sqlite:///comeback.db?mode=ro", "SQLite takes the option 'mode' only with uri=true"),
        ("postgresql://h1:1,h2:2/x", "must look like"),
    ],
)
def test_a_wrong_address_is_refused_in_one_line(url: str, said: str) -> None:
    """The line shows what one looks like."""
    with pytest.raises(ConfigError, match=said):
        config.load(database_url=url)

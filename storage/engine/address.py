"""Database addresses: translate addresses in the forms that people know for the drivers that we ship."""

from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}

# Options of libpq that asyncpg reads from its own address, by the same names.
_FOR_ASYNCPG = frozenset(
    {
        "application_name",
        "krbsrvname",
        "options",
        "passfile",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslmode",
        "sslnegotiation",
        "sslpassword",
        "sslrootcert",
        "target_session_attrs",
    }
)
_FILES = ("passfile", "sslcert", "sslcrl", "sslkey", "sslrootcert")
_NUMBERS: dict[str, type[int] | type[float]] = {
    "command_timeout": float,
    "connect_timeout": float,
    "prepared_statement_cache_size": int,
    "statement_cache_size": int,
    "timeout": float,
}
_CHOICES = {
    "ssl": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "target_session_attrs": ("any", "primary", "standby", "read-write", "read-only", "prefer-standby"),
    # asyncpg has neither: only the values that do not require it are accepted.
    "channel_binding": ("disable", "prefer"),
    "gssencmode": ("disable", "prefer"),
}
_LOCATION = ("host", "port")  # SQLAlchemy reads them itself
_HINTS = {"channel_binding": "; sslmode=verify-full proves the server instead"}
_SHAPE = "must look like sqlite:///comeback.db or postgresql+asyncpg://user:password@host/database"
_SYSTEM = "system"  # of libpq: trust the system's certificates, and check the host's name


def driver_url(url: str) -> str:
    """Return `url` with the asyncio driver that we ship.

    Raises ValueError, which says what is wrong, if it names another kind of database or an unknown option.
    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ValueError(_SHAPE) from error
    if address.drivername not in _DRIVERS:
        raise ValueError(_SHAPE)
    if address.get_backend_name() == "sqlite":
        _check_sqlite(address)
    else:
        _check_options(address)
    return address.set(drivername=_DRIVERS[address.drivername]).render_as_string(hide_password=False)


def connect_options(address: URL, command_timeout_s: float | None) -> dict[str, Any]:
    """Return the arguments of the driver's connect() for the options in `address`.

    `command_timeout_s` ends a statement that a vanished host will never answer; an option of `address` wins.
    """
    if address.get_backend_name() == "sqlite":
        return {}
    given = _options(address)
    return {"command_timeout": command_timeout_s} | _numbers(given) | _dsn_and_ssl(given)


def _numbers(given: dict[str, str]) -> dict[str, float | None]:
    """Return the options that asyncpg takes as numbers."""
    numbers: dict[str, float | None] = {
        name: read(given[name]) for name, read in _NUMBERS.items() if name in given
    }
    if "connect_timeout" in numbers:
        numbers["timeout"] = numbers.pop("connect_timeout") or None  # 0 means no limit to libpq
    return numbers


def _dsn_and_ssl(given: dict[str, str]) -> dict[str, Any]:
    """Return asyncpg's `dsn`, with the options that it reads there, and its `ssl`."""
    arguments: dict[str, Any] = {"ssl": given["ssl"]} if "ssl" in given else {}
    in_dsn = {name: value for name, value in given.items() if name in _FOR_ASYNCPG}
    if in_dsn.get("sslrootcert") == _SYSTEM:
        del in_dsn["sslrootcert"]
        arguments["ssl"] = True
    if in_dsn:
        arguments["dsn"] = f"postgresql://?{urlencode(in_dsn)}"
    return arguments


def without_options(address: URL) -> URL:
    """Return `address` without its options. SQLite's stay: they are part of where the database is."""
    if address.get_backend_name() == "sqlite":
        return address
    return address.set(query={name: address.query[name] for name in _LOCATION if name in address.query})


def _check_sqlite(address: URL) -> None:
    if address.host or address.username or address.port:
        raise ValueError("sqlite:// needs a third slash before the file's name, as in sqlite:///comeback.db")
    if address.database in {None, "", ":memory:"}:
        raise ValueError("a database in memory would be another one for each connection; name a file")
    if address.query and "uri" not in address.query:
        raise ValueError(f"SQLite takes the option {min(address.query)!r} only with uri=true and file:…")


def _check_options(address: URL) -> None:
    """Raise ValueError for an option that asyncpg does not have, or a value that cannot be meant."""
    known = {*_FOR_ASYNCPG, *_NUMBERS, *_CHOICES}
    for name, value in _options(address).items():
        if name not in known:
            raise ValueError(f"the option {name!r} is not known, remove it")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise ValueError(f"{name} must be one of {', '.join(_CHOICES[name])}{_HINTS.get(name, '')}")
        if name in _NUMBERS and not _is_number(value, _NUMBERS[name]):
            raise ValueError(f"{name} must be a number")
        if name in _FILES and value != _SYSTEM and not Path(value).expanduser().is_file():
            raise ValueError(f"{name} names no file")


def _options(address: URL) -> dict[str, str]:
    """Return the options that say how to connect, not where; of one that is given twice, the last value."""
    found = {name: value if isinstance(value, str) else value[-1] for name, value in address.query.items()}
    return {name: value for name, value in found.items() if name not in _LOCATION}


def _is_number(value: str, kind: type[int] | type[float]) -> bool:
    try:
        return 0 <= kind(value) < inf
    except ValueError:
        return False

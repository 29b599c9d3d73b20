"""Fills every table of any revision with rows that fit, and reads all rows, by what the database has.

No model is asked for the tables: the models know only those of today.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Enum,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

from storage.database import Database
from storage.engine import fulltext
from storage.models import Base

ROWS = 3
"""In each table: one with all values, one that also refers to another row of its table, one with only what it
must have."""

_NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_NOT_OURS = ("alembic_version", "sqlite_sequence", "content_versions")  # triggers change the last one

NEWER_WORDS = {
    ("stories", "state"): {"scheduled": "0022"},
    ("broadcasts", "state"): {"preparing": "0009"},
    ("broadcasts", "kind"): {"digest": "0004", "report": "0020"},
    ("deliveries", "state"): {"held": "0004", "merged": "0004"},
}
"""Words of an enumeration that a column did not have before a revision."""

OLDER_WORDS = {("broadcasts", "state"): {"draft": "0009"}}
"""Words that a column had up to a revision, which wrote another one in their place."""

_PLAUSIBLE: Mapping[str, Sequence[object]] = {
    "language": ("en", "uk", "pl"),
    "zone": ("Europe/Kyiv", "UTC", "Europe/Berlin"),
    "story_languages": ("en", "uk en", ""),
    "told_in": ("en", "uk", ""),
    "links": ([], [{"url": "https://example.org"}], []),
    "differences": ([], [{"sign": "title", "before": "a", "after": "b"}], []),
}
"""Values that the program may read while a test runs it."""

Rows = dict[str, list[dict[str, Any]]]


def _words() -> dict[tuple[str, str], list[str]]:
    """Return the words of today by table and column."""
    return {
        (table.name, column.name): list(column.type.enums)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Enum)
    }


_WORDS = _words()


_REVISION = text("SELECT version_num FROM alembic_version")
_TABLES: dict[tuple[str, str], Sequence[Table]] = {}


def tables(connection: Connection) -> Sequence[Table]:
    """Return our tables as they are, each behind those that it refers to.

    They are read once for each revision: that takes longer than all its rows.
    """
    key = connection.dialect.name, str(connection.scalar(_REVISION))
    if key not in _TABLES:
        metadata = MetaData()
        metadata.reflect(connection, only=lambda name, _metadata: _is_ours(name))
        _TABLES[key] = metadata.sorted_tables
    return _TABLES[key]


def _is_ours(name: str) -> bool:
    return name not in _NOT_OURS and not name.startswith(fulltext.TABLE)


async def fill(database: Database, revision: str) -> None:
    """Put rows into every table that this revision has, and into the full-text index."""
    async with database.engine.begin() as connection:
        await connection.run_sync(_fill, revision)


async def read(database: Database) -> Rows:
    """Return all rows of all tables, in the order of their keys."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_read)


def _fill(connection: Connection, revision: str) -> None:
    for table in tables(connection):
        for number in range(ROWS):
            connection.execute(insert(table).values(_row(table, number, revision)))
    if connection.dialect.name != "sqlite":
        for table in tables(connection):
            _go_on_counting(connection, table)
    _fill_index(connection, revision)


def _fill_index(connection: Connection, revision: str) -> None:
    if revision < "0003":
        return
    if connection.dialect.name == "sqlite":
        found = text("INSERT INTO story_index (rowid, headline, body) VALUES (1, 'bridge', 'held')")
    else:
        found = text(
            "INSERT INTO story_index (story_id, words) VALUES (1, CAST('''bridge''\\:1A' AS tsvector))"
        )
    connection.execute(found)


def _go_on_counting(connection: Connection, table: Table) -> None:
    """Let PostgreSQL's sequences go on behind the rows, whose numbers we have given."""
    counter = text("SELECT pg_get_serial_sequence(:table, 'id')")
    if "id" in table.columns and (name := connection.scalar(counter, {"table": table.name})):
        connection.execute(
            text("SELECT setval(CAST(:name AS text)::regclass, :last)"), {"name": name, "last": ROWS}
        )


def _read(connection: Connection) -> Rows:
    found: Rows = {}
    for table in tables(connection):
        rows = connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()
        found[table.name] = [{name: _comparable(value) for name, value in row.items()} for row in rows]
    wanted = "rowid, headline, body" if connection.dialect.name == "sqlite" else "story_id, words::text"
    if inspect(connection).has_table(fulltext.TABLE):
        indexed = connection.execute(text(f"SELECT {wanted} FROM {fulltext.TABLE} ORDER BY 1"))  # noqa: S608
        found[fulltext.TABLE] = [dict(row) for row in indexed.mappings()]
    return found


def _comparable(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return float(value) if isinstance(value, Decimal) else value


def _row(table: Table, number: int, revision: str) -> dict[str, Any]:
    row = {}
    for column in table.columns:
        refers_to = next(iter(column.foreign_keys), None)
        if number == ROWS - 1 and column.nullable:
            value: object = None
        elif refers_to is not None:
            is_own = refers_to.column.table is table
            value = (None if number == 0 else 1) if is_own else _value(refers_to.column, number, revision)
        else:
            value = _value(column, number, revision)
        row[column.name] = value
    return row


def _value(column: Column[Any], number: int, revision: str) -> object:
    """Return a value that differs for each number, as far as the column has so many."""
    refers_to = next(iter(column.foreign_keys), None)
    if refers_to is not None:  # a key of its table that is one of another table
        return _value(refers_to.column, number, revision)
    if words := words_of(column.table.name, column.name, revision):
        return words[number % len(words)]
    if column.name in _PLAUSIBLE:
        return _PLAUSIBLE[column.name][number]
    return _of_type(column, number)


def words_of(table: str, column: str, revision: str) -> list[str]:
    """Return the words that an enumeration had at a revision; none if it is no enumeration.

    The oldest last: a few rows show those that a revision brought.
    """
    newer, older = NEWER_WORDS.get((table, column), {}), OLDER_WORDS.get((table, column), {})
    words = [word for word in _WORDS.get((table, column), []) if newer.get(word, "") <= revision]
    return [*(word for word, until in older.items() if revision < until), *reversed(words)]


def _of_type(column: Column[Any], number: int) -> object:
    kind = column.type
    if isinstance(kind, String):
        return f"{number}{column.name} é\\\t\n“”"[: kind.length or 40]
    made = (make for of, make in _MAKERS if isinstance(kind, of))
    return next(made, _number)(number)


def _number(number: int) -> object:
    return number + 1


_MAKERS: Sequence[tuple[type[Any], Callable[[int], object]]] = (
    (Boolean, lambda number: number % 2 == 0),
    (JSON, lambda number: {"number": number, "words": "Київ “1”"}),
    (DateTime, lambda number: _NOON + timedelta(hours=number, microseconds=number)),
    (Date, lambda number: date(2026, 11, 22) + timedelta(days=number)),
    (LargeBinary, lambda number: bytes([number, 0, 255]) * 10),
    (Numeric, lambda number: number + 0.25),
)

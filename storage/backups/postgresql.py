"""PostgreSQL's part of a backup: the rows of our own tables, as COPY writes and reads them."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import asyncpg

from storage.backups.archive import PIECE, ArchiveReader, ArchiveWriter, PartWriter
from storage.backups.errors import BackupRefusedError
from storage.backups.manifest import NO_BACKUP, Part
from storage.engine import fulltext
from storage.models import Base, ContentVersion

VERSIONS = "alembic_version"  # Alembic's own; the manifest has what is in it
_OURS = frozenset(Base.metadata.tables) | {fulltext.TABLE}
_PLAIN = (  # texts that any server reads as this one wrote them, and no limit of a server's own
    "SET LOCAL DateStyle = 'ISO'",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    "SET LOCAL lock_timeout = '10s'",
)
_COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND is_generated = 'NEVER'
    ORDER BY table_name, ordinal_position
"""
_COUNTERS = """
    SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name) AS counter
    FROM information_schema.columns WHERE table_schema = current_schema()
"""
_OTHERS = """
    SELECT coalesce(nullif(application_name, ''), 'without a name') AS name FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user
    AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


async def write(connection: asyncpg.Connection, archive: ArchiveWriter) -> str:
    """Write the rows of one moment to the archive; return the revision of the tables."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await _set_plain(connection)
        revision: str = await connection.fetchval("SELECT version_num FROM alembic_version")
        counters = await _counters(connection)
        for table, columns in (await _tables(connection)).items():
            with archive.part(table) as part:
                part.columns = tuple(columns)
                await _write_rows(connection, table, columns, part)
                # Read after the rows: it counts numbers that were given, also to rows that are gone.
                for column, counter in counters.get(table, {}).items():
                    last = await connection.fetchval(
                        "SELECT pg_sequence_last_value($1::text::regclass)", counter
                    )
                    part.counters |= {} if last is None else {column: last}
    return revision


async def lock_out(connection: asyncpg.Connection) -> None:
    """Keep all other processes from the tables until the transaction of the connection has ended.

    A process that starts meanwhile waits for its first look at the tables. Raises BackupRefusedError if one
    is connected already: it would go on with what it remembers.
    """
    await _set_plain(connection)
    there = [*await _tables(connection), *await _versions(connection)]
    try:
        for table in sorted(there):
            await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT")
    except asyncpg.LockNotAvailableError as error:
        raise _at_work([]) from error
    if others := [row["name"] for row in await connection.fetch(_OTHERS)]:
        raise _at_work(others)


async def empty(connection: asyncpg.Connection) -> None:
    """Delete all rows of our tables, but not the tables."""
    if tables := await _tables(connection):
        await connection.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
    if ContentVersion.__tablename__ in tables:  # triggers have just put a row of this connection into it
        await connection.execute(f"TRUNCATE {ContentVersion.__tablename__}")


async def read(connection: asyncpg.Connection, reader: ArchiveReader, order: Sequence[str]) -> None:
    """Put the rows of a backup into our tables, which must be empty and of its revision.

    `order`: the tables, each behind those that it refers to. Raises BackupRefusedError if the backup has
    others.
    """
    columns, parts = await _tables(connection), {part.name: part for part in reader.manifest.parts}
    fitting = all(set(part.columns) == set(columns.get(name, ())) for name, part in parts.items())
    if not fitting or set(parts) != set(columns):
        raise BackupRefusedError(NO_BACKUP)
    counters = await _counters(connection)
    for table in order:
        if table in parts:
            # Ours only, not those that guard what refers to what. They would count each row as a change.
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            await _read_rows(connection, reader, parts[table])
            await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            for column, counter in counters.get(table, {}).items():
                last = parts[table].counters.get(column)
                if last is not None:
                    await connection.execute("SELECT setval($1::text::regclass, $2)", counter, last)


async def _write_rows(
    connection: asyncpg.Connection, table: str, columns: Sequence[str], part: PartWriter
) -> None:
    """Write a table, in pieces. Compressing them must not hold up the loop, on which a push may run."""
    waiting = bytearray()

    async def take(some: bytes) -> None:
        waiting.extend(some)
        if len(waiting) >= PIECE:
            await asyncio.to_thread(part.write, bytes(waiting))
            waiting.clear()

    await connection.copy_from_table(table, columns=columns, output=take)
    await asyncio.to_thread(part.write, bytes(waiting))


async def _read_rows(connection: asyncpg.Connection, reader: ArchiveReader, part: Part) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        found: Iterator[bytes] = reader.pieces(part)
        while piece := await asyncio.to_thread(next, found, b""):
            yield piece

    await connection.copy_to_table(part.name, columns=part.columns, source=pieces())


async def _set_plain(connection: asyncpg.Connection) -> None:
    for setting in _PLAIN:
        await connection.execute(setting)


async def _tables(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """Return the columns of those of our tables that are there."""
    found: dict[str, list[str]] = {}
    for row in await connection.fetch(_COLUMNS):
        if row["table_name"] in _OURS:
            found.setdefault(row["table_name"], []).append(row["column_name"])
    return found


async def _versions(connection: asyncpg.Connection) -> list[str]:
    there = await connection.fetchval("SELECT to_regclass($1)::text", VERSIONS)
    return [VERSIONS] if there else []


async def _counters(connection: asyncpg.Connection) -> dict[str, dict[str, str]]:
    """Return by table and column the sequences that number rows."""
    found: dict[str, dict[str, str]] = {}
    for row in await connection.fetch(_COUNTERS):
        if row["table_name"] in _OURS and row["counter"]:
            found.setdefault(row["table_name"], {})[row["column_name"]] = row["counter"]
    return found


def _at_work(names: Sequence[str]) -> BackupRefusedError:
    who = f" ({', '.join(sorted(set(names)))})" if names else ""
    number = f"{len(names)} other connections" if len(names) > 1 else "another connection"
    return BackupRefusedError(
        f"DATABASE_URL: there {'are' if len(names) > 1 else 'is'} {number} to this database{who}."
        " Stop every Comeback on it, and whatever else uses it, then restore again."
    )

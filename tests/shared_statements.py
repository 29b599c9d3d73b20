"""Tests share what SQLAlchemy has compiled: each has a database of its own, with nothing compiled yet.

SQLAlchemy keeps compiled statements for each dialect object, and each engine has one. Here dialects of a kind
are equal, and the engines of a kind have one cache: tests of handlers take half the CPU.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from storage import database

_KEPT = 2_000  # statements of each kind of database


@pytest.fixture(autouse=True, scope="session")
def _shared_statements() -> Iterator[None]:
    """Give all engines of a kind the same compiled statements."""
    caches: defaultdict[type, LRUCache[Any, Any]] = defaultdict(lambda: LRUCache(_KEPT))
    make = database._engine

    def sharing(*given: Any) -> AsyncEngine:
        engine = make(*given)
        engine.sync_engine._compiled_cache = caches[type(engine.dialect)]
        return engine

    with pytest.MonkeyPatch.context() as patch:
        for kind in (SQLiteDialect_aiosqlite, PGDialect_asyncpg):
            patch.setattr(kind, "__eq__", lambda one, other: type(one) is type(other))
            patch.setattr(kind, "__hash__", lambda one: hash(type(one)))
        patch.setattr(database, "_engine", sharing)
        yield

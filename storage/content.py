"""What all readers see alike, kept in memory until it changes: the version of it, and the cache.

Triggers raise the version in the transaction that changes a row of CONTENT_TABLES, whoever changes it: this
process, another one or the command line. A reader's row is read together with the version, so an answer never
shows what was changed before its question.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ScalarSelect, cast, func, select

from storage.models import ContentVersion

T = TypeVar("T")

CONTENT_TABLES = (
    "appeals",
    "search_entries",
    "stories",
    "story_topics",
    "summaries",
    "threads",
    "topics",
)
"""The tables whose rows readers see, or whose rows decide what they see."""

_MOST = 5_000  # values; those that nobody asked for longest go first


def version() -> ScalarSelect[int]:
    """Return the version as a part of a statement."""
    total = func.coalesce(func.sum(ContentVersion.version), 0)
    return select(cast(total, BigInteger)).scalar_subquery()


class ContentCache:
    """Values that are made of content: they hold for one version of it."""

    def __init__(self, most: int = _MOST) -> None:
        """Keep at most so many values. Nothing is kept before the first `at`."""
        self._most = most
        self._version: int | None = None
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def at(self, version: int) -> None:
        """Note the version that was just read; forget what was made of another one."""
        if version != self._version:
            self._values.clear()
            self._version = version

    async def read(self, key: Hashable, load: Callable[[], Awaitable[T]]) -> T:
        """Return the value of `key`, else what `load` returns, and keep it.

        A value that was loaded while the version changed is not kept: it may be of either version.
        """
        if key in self._values:
            found: T = self._found(key)
            return found
        begun_at = self._version
        value = await load()
        if begun_at is not None and begun_at == self._version:
            self._keep(key, value)
        return value

    def draw(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of `key`, else what `make` returns, and keep it.

        `make` gets what it needs from this cache, or `key` names it.
        """
        if key in self._values:
            found: T = self._found(key)
            return found
        value = make()
        if self._version is not None:
            self._keep(key, value)
        return value

    def _found(self, key: Hashable) -> Any:
        self._values.move_to_end(key)
        return self._values[key]

    def _keep(self, key: Hashable, value: Any) -> None:
        self._values[key] = value
        if len(self._values) > self._most:
            self._values.popitem(last=False)

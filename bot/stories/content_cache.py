"""Keeps in memory what is made of content, until any of the content changes.

A reader's row is read together with the version of the content (`storage/content.py`), so an answer never
shows what was changed before its question.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_MOST = 5_000  # values; those that nobody asked for longest go first


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

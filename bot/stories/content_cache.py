"""Keeps in memory what is made of content, until any of the content changes.

A reader's row is read together with the version of the content (`storage/content.py`), so an answer never
shows what was changed before its question.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_MOST = 2_000  # Stories and messages, of some 10 kB each; those that nobody asked for longest go first


def _one(_value: object) -> int:
    return 1


class ContentCache:
    """Values that are made of content: they hold for one version of it."""

    def __init__(self, most: int = _MOST) -> None:
        """`most`: what all values may weigh together. Nothing is kept before the first `at`."""
        self._most = most
        self._version: int | None = None
        self._changes = 0  # a version may come back: what was read before comes later
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._weight = 0

    def at(self, version: int) -> None:
        """Note the version that was just read; forget what was made of another one."""
        if version != self._version:
            self._values.clear()
            self._weight = 0
            self._version = version
            self._changes += 1

    async def read(
        self, key: Hashable, load: Callable[[], Awaitable[T]], weight: Callable[[T], int] = _one
    ) -> T:
        """Return the value of `key`, else what `load` returns, and keep it.

        A value that was loaded while the version changed is not kept: it may be of either version.
        """
        if key in self._values:
            found: T = self._found(key)
            return found
        begun_at = self._changes
        value = await load()
        if begun_at == self._changes:
            self._keep(key, value, weight(value))
        return value

    def draw(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of `key`, else what `make` returns, and keep it.

        `key` has all that the value is made of: so a value of another version is never found.
        """
        if key in self._values:
            found: T = self._found(key)
            return found
        value = make()
        self._keep(key, value, 1)
        return value

    def _found(self, key: Hashable) -> Any:
        self._values.move_to_end(key)
        return self._values[key][0]

    def _keep(self, key: Hashable, value: Any, weight: int) -> None:
        if self._version is None:
            return
        _, before = self._values.pop(key, (None, 0))
        self._values[key] = value, weight
        self._weight += weight - before
        while self._weight > self._most:
            _, (_, dropped) = self._values.popitem(last=False)
            self._weight -= dropped

"""What is made of content is kept for one version of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.stories.content_cache import ContentCache


async def test_nothing_is_kept_before_a_version_is_known() -> None:
    """A process that never reads the version, such as a command, always asks the database."""
    cache, loads = ContentCache(), _Loads()
    assert [await cache.read("key", loads.next), await cache.read("key", loads.next)] == [1, 2]


async def test_a_value_is_loaded_once_for_a_version() -> None:
    """And again for the next one."""
    cache, loads = ContentCache(), _Loads()
    cache.at(1)
    assert [await cache.read("key", loads.next), await cache.read("key", loads.next)] == [1, 1]
    cache.at(1)
    assert await cache.read("key", loads.next) == 1
    cache.at(2)
    assert await cache.read("key", loads.next) == 2


async def test_what_was_loaded_while_the_version_changed_is_not_kept() -> None:
    """It may be of the version before."""
    cache, loads = ContentCache(), _Loads()
    cache.at(1)

    async def load_late() -> int:
        cache.at(2)
        return await loads.next()

    assert await cache.read("key", load_late) == 1
    assert await cache.read("key", loads.next) == 2


async def test_a_version_that_comes_back_is_another_one() -> None:
    """A row that was read before a change may arrive after it; a load that began before both is not kept."""
    cache, loads = ContentCache(), _Loads()
    cache.at(5)

    async def load_meanwhile() -> int:
        cache.at(6)
        cache.at(5)
        return await loads.next()

    assert await cache.read("key", load_meanwhile) == 1
    assert await cache.read("key", loads.next) == 2


async def test_what_is_large_weighs_more() -> None:
    """The cache is bounded by the weight of its values; what was asked for longest ago goes first."""
    cache, loads = ContentCache(most=10), _Loads()
    cache.at(1)
    for key in ("one", "two", "three"):
        await cache.read(key, loads.next, lambda _: 4)
    assert await cache.read("three", loads.next) == 3
    assert await cache.read("two", loads.next) == 2
    assert await cache.read("one", loads.next) == 4
    assert await cache.read("huge", loads.next, lambda _: 11) == 5
    assert await cache.read("huge", loads.next) == 6


async def test_an_error_is_not_kept() -> None:
    """The next reader asks the database again."""
    cache, loads = ContentCache(), _Loads()
    cache.at(1)

    async def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        await cache.read("key", fail)
    assert await cache.read("key", loads.next) == 1


@given(st.lists(st.integers(0, 8), max_size=40))
def test_the_cache_keeps_so_many_values_and_no_more(keys: list[int]) -> None:
    """The values that were asked for last stay."""
    cache = ContentCache(most=3)
    cache.at(1)
    for key in keys:
        cache.draw(key, lambda key=key: key)  # type: ignore[misc]  # mypy does not see the default
    drawn = []
    for key in list(dict.fromkeys(reversed(keys)))[:3]:
        cache.draw(key, lambda key=key: drawn.append(key))  # type: ignore[misc]
    assert drawn == []


class _Loads:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.number = 0

    async def next(self) -> int:
        self.number += 1
        return self.number

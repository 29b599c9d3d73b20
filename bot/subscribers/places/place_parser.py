"""Find the place that a person names: "Kyiv", "Київ, Україна", "London UK", "Portland, Oregon", "GMT+2"."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from bot.i18n import languages
from bot.subscribers.places import cities, places
from bot.subscribers.places.cities import City, folded
from bot.subscribers.places.places import Place

_MOST = 6  # buttons that one answer can show
_FAR_SMALLER = 12  # in City.size: a sixteenth of the people
_OFFSET = re.compile(
    r"(?:UTC|GMT)?\s*([+\u2212\u2013-])\s*(\d{1,2})(?:[:.]?([0-5]\d))?|UTC|GMT", re.IGNORECASE
)
_LEAST_HOURS, _MOST_HOURS = -12, 14  # of the zones in use
_NEARLY_ALL = 0.9  # of the people of a country
_LONGEST_CODE = 3  # letters
_ABBREVIATED = 3  # letters: CET, UTC
_ABBREVIATION = re.compile(r"^\w{1,2}\.\s*")  # "м. Київ"
_BETWEEN = re.compile(r"[,;/()\n]+")
_OTHER_NAMES = {
    "GB": "England Scotland Wales Britain Großbritannien Grande-Bretagne Gran_Bretaña Inglaterra Angleterre"
    " UK Great_Britain Anglia Англія Британія Великобританія",
    "US": "United_States_of_America America Amerika Ameryka Америка США USA EEUU",
    "AE": "UAE ОАЕ EAU ZEA VAE",
    "NL": "Holland Голландія Holandia Hollande Holanda",
    "CZ": "Czech_Republic Чеська_Республіка Republika_Czeska Tschechische_Republik",
}
"""What people call a country besides its name in CLDR, which has one in each language."""


@dataclass(frozen=True, slots=True)
class _Region:
    """What a word beside a city may mean: a country, or a state of the United States; codes, "" for none."""

    country: str
    state: str

    def has(self, city: City) -> bool:
        return city.country == self.country or (city.state != "" and city.state == self.state)

    def cities(self) -> list[City]:
        of_state = (city for city in cities.of_country("US") if city.state == self.state)
        return [*cities.of_country(self.country), *(of_state if self.state else ())]


def parse(text: str, now: datetime) -> list[Place]:
    """Return the places that a text may name, at most six and one in each time zone, the likeliest first.

    A distance from UTC in whole hours ("GMT+2") is a zone that knows no summer time. One in half hours means
    the cities that have this time `now`.
    """
    return _at_offset(text, now) or _of_zone(text) or _of_name(text)


def _of_name(text: str) -> list[Place]:
    """Return the cities of this name, else those of the country or state.

    Where a country has the name of a city elsewhere, both may be meant: those of the country come first.
    """
    of_city, region = _of_city(text), None if _is_code(text) else _region(text)
    if region is None or not region.country or any(region.has(city) for city in cities.named(text)):
        return of_city or _of_region(text)
    return list({place.zone: place for place in (*_of_region(text), *of_city)}.values())[:_MOST]


def _at_offset(text: str, now: datetime) -> list[Place]:
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        return []
    sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (1 if sign in {"+", None} else -1)
    if not timedelta(hours=_LEAST_HOURS) <= ahead <= timedelta(hours=_MOST_HOURS):
        return []
    whole, rest = divmod(ahead, timedelta(hours=1))
    if not rest:
        return [places.fixed(whole)]
    zones = [zone for zone in _zones().values() if now.astimezone(ZoneInfo(zone)).utcoffset() == ahead]
    return _choice({city: city.size for city in map(cities.namesake, zones) if city}, certain=True)


def _of_zone(text: str) -> list[Place]:
    zone = _zones().get(text.strip().casefold())
    return [places.of_zone(zone)] if zone else []


def _of_region(text: str) -> list[Place]:
    """Return the capital or the largest city of each zone in which many people of a country or state live."""
    region = None if _is_code(text) else _region(text)
    here = region.cities() if region else []
    people: Counter[str] = Counter()
    for city in here:
        people[city.zone] += int(2 ** (city.size / 3))
    zones = [zone for zone, _ in people.most_common(_MOST)]
    if zones and people[zones[0]] > _NEARLY_ALL * people.total():
        zones = zones[:1]
    in_zone = ([city for city in here if city.zone == zone] for zone in zones)
    return [places.of_city(max(few, key=lambda city: (city.is_capital, city.size))) for few in in_zone]


def _of_city(text: str) -> list[Place]:
    found = _choice(cities.named(text))
    if found:
        return found
    for name, beside in _readings(text):
        regions = [_region(words) for words in beside]
        known = [region for region in regions if region]
        weights = cities.named(name)
        here = {city: weights[city] for city in weights if all(region.has(city) for region in known)}
        if here:
            return _choice(here, certain=len(known) < len(regions))
    return []


def _readings(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the ways to read a text as the name of a city and what stands beside it."""
    parts = [_ABBREVIATION.sub("", part.strip()) for part in _BETWEEN.split(text) if folded(part)]
    for number, part in enumerate(parts):
        yield part, parts[:number] + parts[number + 1 :]
    words = text.split() if len(parts) == 1 else []
    for number in range(len(words) - 1, 0, -1):
        for name, beside in ((words[:number], words[number:]), (words[-number:], words[:-number])):
            if _region(" ".join(beside)):
                yield " ".join(name), [" ".join(beside)]


def _choice(weights: Mapping[City, int], *, certain: bool = False) -> list[Place]:
    """Return the likeliest city of each zone, most of all capitals.

    Cities that are far smaller than the likeliest one are not meant, unless it is `certain` that one may be.
    """
    by_zone: dict[str, City] = {}
    for city in sorted(weights, key=lambda city: (-weights[city], city.id)):
        if city.zone.casefold() in _zones():
            by_zone.setdefault(city.zone, city)
    kept = list(by_zone.values())
    if not certain:
        least = max(weights.values(), default=0) - _FAR_SMALLER
        kept = [city for city in kept if city.is_capital or weights[city] > least]
    likely = sorted(kept, key=lambda city: not city.is_capital)[:_MOST]
    return [places.of_city(city) for city in kept if city in likely]


def _region(words: str) -> _Region | None:
    name = folded(words)
    country, state = _countries().get(name, ""), _states().get(name, "")
    return _Region(country, state) if country or state else None


def _is_code(text: str) -> bool:
    """Return whether this is the code of a country or a state and no name: "no" and "in" are words too."""
    name = folded(text)
    return name.isascii() and len(name) <= _LONGEST_CODE and name not in _other_names()


@cache
def _other_names() -> dict[str, str]:
    return {folded(name): code for code, names in _OTHER_NAMES.items() for name in names.split()}


@cache
def _countries() -> dict[str, str]:
    """Return the codes of countries by their folded codes and names, in each language of the bot."""
    found = {}
    for alias, codes in get_global("territory_aliases").items():
        if alias.isalpha() and len(codes) == 1:
            found[folded(alias)] = str(codes[0])
    for language in languages():
        for code, name in Locale.parse(language).territories.items():
            if code.isalpha():
                found |= {folded(str(name)): str(code), folded(code): str(code)}
    return found | _other_names()


@cache
def _states() -> dict[str, str]:
    codes = cities.states()
    return {folded(name): code for code, name in codes.items()} | {folded(code): code for code in codes}


@cache
def _zones() -> dict[str, str]:
    """Return the names of zones by their small letters, without old ones such as Poland, a country."""
    abbreviated = {zone for zone in places.zones() if zone.isupper() and len(zone) == _ABBREVIATED}
    return {zone.casefold(): zone for zone in places.zones() if "/" in zone or zone in abbreviated}

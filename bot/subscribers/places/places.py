"""Where a reader is: a time zone, and the city that stands for it under its own name."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale

from bot.subscribers.places import cities
from bot.subscribers.places.cities import City

_WINTER, _SUMMER = datetime(2026, 1, 1), datetime(2026, 7, 1)  # noqa: DTZ001  # in any zone
_FIXED = re.compile(r"Etc/GMT([+-])(\d+)")


@dataclass(frozen=True, slots=True)
class Place:
    """A time zone (IANA) and a city in it; None where the zone is of no city, such as UTC and "Etc/GMT-2"."""

    zone: str
    city: City | None

    @property
    def is_nowhere(self) -> bool:
        """Whether the zone is no place at all, as UTC, CET and "Etc/GMT-2" are."""
        return self.city is None and ("/" not in self.zone or self.zone.startswith("Etc/"))

    @property
    def is_fixed(self) -> bool:
        """Whether clocks show the same distance from UTC in winter and in summer."""
        zone = ZoneInfo(self.zone)
        return zone.utcoffset(_WINTER) == zone.utcoffset(_SUMMER)

    @property
    def key(self) -> str:
        """The place in a button: the number of its city, else the name of its zone."""
        return str(self.city.id) if self.city else self.zone

    def name(self, language: str) -> str:
        """Return the name of the city in this language; of a zone without one, the name of the zone."""
        return self.city.name(language) if self.city else _zone_name(self.zone, language)


@cache
def zones() -> frozenset[str]:
    """Return the names of all time zones (IANA); they are read from a folder, once."""
    return frozenset(available_timezones())


def of_city(city: City) -> Place:
    """Return the place of a city: the zone is a property of it."""
    return Place(city.zone, city)


def of_zone(zone: str, city_id: int | None = None) -> Place:
    """Return the place of a chosen city, else that of the city which the zone is named after.

    A city in another zone does not count: somebody chose the zone after it.
    """
    city = cities.by_id(city_id) if city_id is not None else None
    if city is None or city.zone != zone:
        city = cities.namesake(zone)
    return Place(zone, city)


def fixed(hours: int) -> Place:
    """Return the zone that is so many hours ahead of UTC all year; IANA's names count the other way."""
    return Place(f"Etc/GMT{-hours:+d}" if hours else "UTC", None)


def _zone_name(zone: str, language: str) -> str:
    """Return the name of a zone that has no city: "UTC+2", or an island in this language."""
    if found := _FIXED.fullmatch(zone):
        return f"UTC{'+' if found[1] == '-' else '−'}{found[2]}"
    known = Locale.parse(language).time_zones.get(zone, {}).get("city")
    return str(known or zone.rpartition("/")[2].replace("_", " "))


def country_name(code: str, language: str) -> str:
    """Return the name of a country (ISO 3166 code) in this language."""
    return str(Locale.parse(language).territories.get(code, code)).replace("\u02bc", "’")

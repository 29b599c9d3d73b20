"""Time zones as people name them: by a city, in any of our languages, or by where they are."""

import asyncio
import sys
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

from bot.errors import InvalidInputError, NotFoundError
from bot.i18n import languages, mark
from bot.subscribers import cities

COMMON = (
    "Europe/Kyiv",
    "Europe/Warsaw",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/Madrid",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Mexico_City",
)
LONGEST_NAME = 80  # characters; the longest name of a place has 85, and nobody types it
_PATIENCE_S = 15.0
_APOSTROPHE = "\u02bc"  # a letter to Unicode, as in "пʼятниця"


@dataclass(frozen=True, slots=True)
class City:
    """A city that a person may have meant; `country` is empty where the city alone is known."""

    city: str
    country: str
    zone: str


def city_of(zone: str, language: str) -> str:
    """The city that a zone is named after, in words of this language: "Kyiv", "Київ"."""
    cities = Locale.parse(language).time_zones
    names = (zone, *_other_names(zone))
    for name in names:
        known = cities.get(name, {}).get("city")
        if known:
            return str(known)
    return zone.rpartition("/")[2].replace("_", " ")


def country_name(code: str, language: str) -> str:
    """A country as this language calls it."""
    return str(Locale.parse(language).territories.get(code, code))


def folded(name: str) -> str:
    """A name without accents, capitals and apostrophes: two that people would call the same agree."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in parts if sign.isalnum() and sign != _APOSTROPHE)


class Timezones:
    """Finds the time zone of a city or of a place. One search at a time."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def named(self, name: str) -> list[City]:
        """Return the places of this name, one a zone, the largest first.

        Raises InvalidInputError for what is no name, NotFoundError where no city has it.
        """
        name = name.strip()
        if not folded(name) or len(name) > LONGEST_NAME:
            raise InvalidInputError(mark("Write the name of a city, such as Kyiv."))
        zone = _by_city().get(folded(name)) or _by_zone().get(name.casefold())
        if zone is not None:
            return [City(name, "", zone)]
        async with self._lock:
            found = await asyncio.to_thread(cities.named, folded(name))
        known = [
            City(city.name, city.country, city.zone) for city in found if city.zone in available_timezones()
        ]
        if not known:
            raise NotFoundError(
                mark("I do not know the city “{city}”. Write the next larger one, such as Kyiv."), city=name
            )
        return known

    async def at(self, latitude: float, longitude: float) -> str:
        """Return the zone of a place. Raises NotFoundError at sea."""
        async with self._lock:
            zone = await _zone_at(latitude, longitude)
        if zone not in available_timezones():
            raise NotFoundError(mark("I know no time zone at this place. Write a city, such as Kyiv."))
        return zone


async def _zone_at(latitude: float, longitude: float) -> str:
    """Ask a process that ends: the borders of the zones would stay in our memory."""
    asking = (sys.executable, "-m", "bot.subscribers.zone_at", str(latitude), str(longitude))
    process = await asyncio.create_subprocess_exec(*asking, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(_PATIENCE_S):
            answer, _ = await process.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return answer.decode().strip()


def offset(zone: str, now: datetime) -> float:
    """By how many seconds clocks there are ahead of UTC at `now`, to put zones in order."""
    ahead = now.astimezone(ZoneInfo(zone)).utcoffset()
    return ahead.total_seconds() if ahead else 0.0


@cache
def _by_city() -> dict[str, str]:
    """Every zone by its city, in each of our languages."""
    canonical, known = get_global("zone_aliases"), available_timezones()
    found: dict[str, str] = {}
    for language in languages():
        for name in map(str, Locale.parse(language).time_zones):
            zone = canonical.get(name, name)
            if zone in known:
                found.setdefault(folded(city_of(name, language)), zone)
    return found


@cache
def _by_zone() -> dict[str, str]:
    return {zone.casefold(): zone for zone in available_timezones()}


@cache
def _other_names(zone: str) -> tuple[str, ...]:
    """Its other names in IANA's table, under one of which Babel may know it."""
    table = files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text("utf-8")
    links = [line.split()[1:] for line in table.splitlines() if line.startswith("L ")]
    return tuple({*(a for a, b in links if b == zone), *(b for a, b in links if a == zone)})

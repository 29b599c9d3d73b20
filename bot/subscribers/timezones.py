"""Find a time zone by what a person gives: the name of a city in any language, or a shared location."""

import asyncio
import sys
import unicodedata
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

from bot.errors import InvalidInputError, NotFoundError
from bot.i18n import languages, mark
from bot.subscribers import cities
from bot.subscribers.cities import City

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
_TIMEOUT_S = 15.0
_APOSTROPHE = "\u02bc"  # a letter to Unicode, as in "пʼятниця"


def city_of(zone: str, language: str) -> str:
    """Return the city that a zone is named after, as this language calls it: "Kyiv", "Київ"."""
    named = Locale.parse(language).time_zones
    for name in (zone, *_other_names(zone)):
        known = named.get(name, {}).get("city")
        if known:
            return str(known)
    return zone.rpartition("/")[2].replace("_", " ")


def country_name(code: str, language: str) -> str:
    """Return the name of a country (ISO 3166 code) in this language."""
    return str(Locale.parse(language).territories.get(code, code))


def folded(name: str) -> str:
    """Return a name without accents, capitals, spaces and apostrophes: spellings of one name agree."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in parts if letter.isalnum() and letter != _APOSTROPHE)


class Timezones:
    """Finds the time zone of a city or of a location, one search at a time."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def named(self, name: str) -> list[City]:
        """Return the cities of this name, at most one in each zone, the largest first.

        Raises InvalidInputError if this is no name, NotFoundError if no city has it.
        """
        name = name.strip()
        if not folded(name) or len(name) > LONGEST_NAME:
            raise InvalidInputError(mark("Write the name of a city, such as Kyiv."))
        zone = _by_city().get(folded(name)) or _by_zone().get(name.casefold())
        if zone is not None:
            return [City(name, "", zone)]
        async with self._lock:
            found = await asyncio.to_thread(cities.named, folded(name))
        known = [city for city in found if city.zone in available_timezones()]
        if not known:
            raise NotFoundError(
                mark("I do not know the city “{city}”. Write the next larger one, such as Kyiv."), city=name
            )
        return known

    async def at(self, latitude: float, longitude: float) -> str:
        """Return the zone at these degrees. Raises NotFoundError at sea."""
        async with self._lock:
            zone = await _zone_at(latitude, longitude)
        if zone not in available_timezones():
            raise NotFoundError(mark("I know no time zone at this place. Write a city, such as Kyiv."))
        return zone


async def _zone_at(latitude: float, longitude: float) -> str:
    """Ask a process that ends, since the borders of the zones would stay in our memory."""
    command = (sys.executable, "-m", "bot.subscribers.timezone_lookup", str(latitude), str(longitude))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            answer, _ = await process.communicate()
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return answer.decode().strip()


def offset(zone: str, now: datetime) -> float:
    """Return by how many seconds clocks in the zone are ahead of UTC at `now`; it puts zones in order."""
    ahead = now.astimezone(ZoneInfo(zone)).utcoffset()
    return ahead.total_seconds() if ahead else 0.0


@cache
def _by_city() -> dict[str, str]:
    """Return zones by the folded name of their city, in each language of the bot."""
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
    """Return other names of the zone in IANA's table; Babel may know it by one of them."""
    table = files("tzdata").joinpath("zoneinfo", "tzdata.zi").read_text("utf-8")
    links = [line.split()[1:] for line in table.splitlines() if line.startswith("L ")]
    return tuple({*(a for a, b in links if b == zone), *(b for a, b in links if a == zone)})

"""Find a place with its time zone by what a person gives: words, or a shared location."""

import asyncio
import sys
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.clock import Clock, utc_now
from bot.errors import InvalidInputError, NotFoundError
from bot.i18n import mark
from bot.subscribers.places import place_parser, places
from bot.subscribers.places.cities import LONGEST_NAME, folded
from bot.subscribers.places.places import Place

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
_WHERE_SPOKEN = {
    "uk": (
        "Europe/Kyiv",
        "Europe/Warsaw",
        "Europe/Berlin",
        "Europe/Prague",
        "Europe/London",
        "America/Toronto",
    ),
    "pl": ("Europe/Warsaw", "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/Chicago"),
    "de": ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich", "Europe/Luxembourg"),
    "fr": (
        "Europe/Paris",
        "Europe/Brussels",
        "America/Toronto",
        "Africa/Abidjan",
        "Africa/Kinshasa",
        "Africa/Algiers",
    ),
    "es": (
        *("Europe/Madrid", "America/Mexico_City", "America/Bogota", "America/Lima", "America/Santiago"),
        *("America/Argentina/Buenos_Aires", "America/Caracas", "America/New_York"),
    ),
    "en": (
        *("Europe/London", "America/New_York", "America/Chicago", "America/Los_Angeles", "America/Toronto"),
        *("Asia/Kolkata", "Australia/Sydney", "Africa/Lagos"),
    ),
}
_TIMEOUT_S = 15.0


def where_spoken(language: str) -> tuple[str, ...]:
    """Return the time zones in which most speakers of a language live; of others the common ones."""
    return _WHERE_SPOKEN.get(language, COMMON)


class Timezones:
    """Finds the place that a person names or shares, one search at a time."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._lock = asyncio.Lock()

    async def named(self, text: str) -> list[Place]:
        """Return the places that the text may name, at most one in each zone, the likeliest first.

        Raises InvalidInputError if this is no name, NotFoundError if no place has it.
        """
        text = text.strip()
        if not folded(text) or len(text) > LONGEST_NAME:
            raise InvalidInputError(mark("Write the name of a city, such as Kyiv."))
        async with self._lock:
            found = await asyncio.to_thread(place_parser.parse, text, self._clock())
        if not found:
            raise NotFoundError(
                mark("I do not know the city “{city}”. Name a larger city nearby."), city=text
            )
        return found

    async def at(self, latitude: float, longitude: float) -> Place:
        """Return the place at these degrees. Raises NotFoundError at sea."""
        async with self._lock:
            zone = await _zone_at(latitude, longitude)
        if zone not in places.zones():
            raise NotFoundError(mark("I do not know the time zone of this place. Name a city, such as Kyiv."))
        return places.of_zone(zone)


async def _zone_at(latitude: float, longitude: float) -> str:
    """Ask a process that ends, since the borders of the zones would stay in our memory."""
    command = (sys.executable, "-m", "bot.subscribers.places.timezone_lookup", str(latitude), str(longitude))
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

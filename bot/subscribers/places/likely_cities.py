"""Guess where a new reader may be, by the language of their Telegram: a few cities to tap on."""

from collections.abc import Sequence
from itertools import chain

from babel.core import get_global

from bot.subscribers.places import cities
from bot.subscribers.places.cities import City

MOST = 6  # buttons: three rows of two, which a phone shows at a glance
_OF_A_COUNTRY = 3
_ZONES = {
    "en": "Europe/London America/New_York America/Chicago America/Los_Angeles America/Toronto"
    " Australia/Sydney",
    "uk": "Europe/Kyiv Europe/Warsaw Europe/Berlin Europe/Prague Europe/London America/New_York",
    "pl": "Europe/Warsaw Europe/London Europe/Berlin Europe/Dublin America/New_York America/Chicago",
    "de": "Europe/Berlin Europe/Vienna Europe/Zurich",
    "es": "Europe/Madrid America/Mexico_City America/Bogota America/Lima America/Argentina/Buenos_Aires"
    " America/New_York",
    "fr": "Europe/Paris Europe/Brussels Europe/Zurich America/Montreal Africa/Abidjan Africa/Kinshasa",
    "ru": "Europe/Kyiv Europe/Berlin Europe/Chisinau Europe/Riga Asia/Tbilisi Asia/Almaty",
}
"""Zones where many speakers of a language live; each stands for the city that it is named after."""


def likely(language_code: str | None, language: str) -> list[City]:
    """Return at most `MOST` cities, the likeliest first.

    language_code: Telegram's, such as "de-at" or None; cities of the region that it names come first.
    language: that in which the bot speaks with the reader.
    """
    code, _, region = (language_code or "").lower().replace("_", "-").partition("-")
    of_language = _of_language(code) if code in _ZONES or not code else _of_country(_main_country(code))
    found = chain(_of_country(region.upper()), of_language, _of_language(language))
    return list(dict.fromkeys(found))[:MOST]


def _of_language(language: str) -> Sequence[City]:
    namesakes = map(cities.namesake, _ZONES.get(language, "").split())
    return [city for city in namesakes if city is not None]


def _main_country(language: str) -> str:
    """Return where most speakers of a language live (Unicode's likely subtags); "" if that is unknown."""
    return str(get_global("likely_subtags").get(language, "")).rpartition("_")[2]


def _of_country(country: str) -> Sequence[City]:
    """Return the largest city of each zone of a country, the largest zones first, at most three."""
    largest: dict[str, City] = {}
    for city in cities.of_country(country) if country else ():
        if city.size > (largest[city.zone].size if city.zone in largest else -1):
            largest[city.zone] = city
    return sorted(largest.values(), key=lambda city: -city.size)[:_OF_A_COUNTRY]

"""The cities that a new reader is offered."""

import pytest

from bot.i18n import languages
from bot.subscribers.places import places
from bot.subscribers.places.likely_cities import MOST, likely


@pytest.mark.parametrize(
    ("code", "language", "first"),
    [
        ("en", "en", ["London", "New York"]),
        ("en-US", "en", ["New York", "Los Angeles", "Chicago"]),
        ("en_AU", "en", ["Melbourne", "Sydney"]),
        ("de", "de", ["Berlin", "Wien", "Zürich"]),
        ("de-at", "de", ["Wien", "Berlin", "Zürich"]),
        ("uk", "uk", ["Київ", "Варшава", "Берлін"]),
        ("pl", "pl", ["Warszawa", "Londyn"]),
        ("es-mx", "es", ["Ciudad de México"]),
        ("fr", "fr", ["Paris", "Bruxelles"]),
        ("it", "en", ["Rome", "London"]),
        ("tr", "de", ["Istanbul", "Berlin"]),
        ("xx", "en", ["London"]),
        ("", "uk", ["Київ"]),
        (None, "uk", ["Київ"]),
        ("../../etc", "en", ["London"]),
    ],
)
def test_the_likeliest_cities_come_first(code: str | None, language: str, first: list[str]) -> None:
    """Those of the region, then of the language of Telegram, then of the language that the bot speaks."""
    found = [city.name(language) for city in likely(code, language)]
    assert found[: len(first)] == first
    assert len(found) == len(set(found)) <= MOST


@pytest.mark.parametrize("language", languages())
def test_every_language_of_the_bot_has_cities(language: str) -> None:
    """At least three, each in a time zone that exists."""
    found = likely(language, language)
    assert len(found) >= 3
    assert {city.zone for city in found} <= places.zones()

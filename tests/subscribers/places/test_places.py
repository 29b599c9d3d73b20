"""A place is shown by the name of its own city, in every process alike."""

import os
import subprocess
import sys

import pytest

from bot import i18n
from bot.subscribers.places import places
from bot.subscribers.places.cities import LANGUAGES
from tests.languages import COMPLETE

LEIPZIG = 2879139
ALL_NAMES = """
from zoneinfo import available_timezones
from bot import i18n
from bot.subscribers.places import places
from bot.subscribers.places.cities import LANGUAGES
from tests.languages import COMPLETE
for zone in sorted(available_timezones()):
    print(zone, [places.of_zone(zone).name(language) for language in ("en", "uk", "pl", "de", "es", "fr")])
"""


@pytest.mark.parametrize(
    ("zone", "language", "name"),
    [
        ("Europe/Berlin", "de", "Berlin"),
        ("Europe/Zagreb", "de", "Zagreb"),
        ("Europe/Amsterdam", "fr", "Amsterdam"),
        ("Europe/Rome", "fr", "Rome"),
        ("Europe/Kyiv", "de", "Kyjiw"),
        ("Europe/Kiev", "fr", "Kyiv"),
        ("Europe/Kyiv", "uk", "Київ"),
        ("America/New_York", "de", "New York"),
        ("America/Argentina/Buenos_Aires", "en", "Buenos Aires"),
        ("Asia/Calcutta", "pl", "Kalkuta"),
        ("Asia/Chongqing", "en", "Chongqing"),
        ("Pacific/Fiji", "fr", "Fidji"),
        ("Etc/GMT-2", "uk", "UTC+2"),
        ("Etc/GMT+11", "en", "UTC−11"),
        ("CET", "de", "CET"),
        ("UTC", "en", "UTC"),
    ],
)
def test_a_zone_is_shown_by_its_own_city(zone: str, language: str, name: str) -> None:
    """It is the city that the zone is named after, and never another one with the same time."""
    assert places.of_zone(zone).name(language) == name


def test_the_named_city_counts_in_its_own_zone_alone() -> None:
    """The city that a person named is the one that they see, until they choose another time zone."""
    assert places.of_zone("Europe/Berlin", LEIPZIG).name("uk") == "Лейпциг"
    assert places.of_zone("Europe/Paris", LEIPZIG).name("de") == "Paris"
    assert places.of_zone("Europe/Berlin", 5).name("de") == "Berlin"


@pytest.mark.parametrize(
    ("zone", "is_nowhere", "is_fixed"),
    [
        ("Etc/GMT-2", True, True),
        ("UTC", True, True),
        ("CET", True, False),
        ("Pacific/Fiji", False, True),
        ("Europe/Kyiv", False, False),
    ],
)
def test_zones_that_are_no_place(zone: str, is_nowhere: bool, is_fixed: bool) -> None:
    """UTC and CET are no place; the clocks of UTC and Fiji never change."""
    place = places.of_zone(zone)
    assert (place.is_nowhere, place.is_fixed) == (is_nowhere, is_fixed)


def test_every_language_of_the_bot_has_names_of_cities() -> None:
    """The table has a column for each language whose catalogue is complete."""
    assert {i18n.SOURCE_LANGUAGE, *COMPLETE} <= set(LANGUAGES)


def test_every_process_says_the_same() -> None:
    """The name of each zone in each language does not depend on how a process puts sets in order."""
    said = {
        subprocess.check_output([sys.executable, "-c", ALL_NAMES], env=os.environ | {"PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    }
    assert len(said) == 1

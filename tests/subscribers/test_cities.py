"""The table of cities holds what the library says, and finds cities by any of their names."""

import lzma

import pytest

from bot.subscribers import cities
from bot.subscribers.timezones import folded
from tests.make_cities import table


def test_the_table_is_what_the_library_says() -> None:
    """`make cities` writes the very table that is shipped."""
    assert lzma.decompress(cities.TABLE.read_bytes()).decode() == table()


@pytest.mark.parametrize(
    ("name", "city", "country", "zone"),
    [
        ("Leipzig", "Leipzig", "DE", "Europe/Berlin"),
        ("львів", "Lviv", "UA", "Europe/Kyiv"),
        ("saint etienne", "Saint-Étienne", "FR", "Europe/Paris"),
        ("上海", "Shanghai", "CN", "Asia/Shanghai"),
    ],
)
def test_a_city_is_found_by_any_of_its_names(name: str, city: str, country: str, zone: str) -> None:
    """A city is found in any script, without accents and in small letters."""
    [found] = cities.named(folded(name))
    assert (found.name, found.country, found.zone) == (city, country, zone)


def test_cities_of_one_name_come_by_size() -> None:
    """Of cities with one name, the largest of each time zone comes, the largest first."""
    assert [(one.country, one.zone) for one in cities.named("london")] == [
        ("GB", "Europe/London"),
        ("CA", "America/Toronto"),
    ]


@pytest.mark.parametrize("name", ["de", "europeberlin", "leip", "eipzig", "xyzzyville"])
def test_only_whole_names_count(name: str) -> None:
    """Countries, zones and parts of names are no cities."""
    assert cities.named(name) == []

"""Places with their time zones are found by words and by a location."""

from datetime import UTC, datetime

import pytest
from babel import Locale
from babel.core import get_global

from bot.errors import UserError
from bot.i18n import languages
from bot.subscribers.places import cities, place_parser
from bot.subscribers.places.places import Place
from bot.subscribers.places.timezones import Timezones

WINTER = datetime(2026, 1, 15, tzinfo=UTC)


async def _found(text: str) -> list[str]:
    return [place.zone for place in await Timezones(lambda: WINTER).named(text)]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Kyiv", "Europe/Kyiv"),
        ("київ", "Europe/Kyiv"),
        ("Kyiv, Ukraine", "Europe/Kyiv"),
        ("Київ, Україна", "Europe/Kyiv"),
        ("Київ (Україна)", "Europe/Kyiv"),
        ("Україна, Київ", "Europe/Kyiv"),
        ("м. Київ", "Europe/Kyiv"),
        ("Brovary, Kyiv oblast, Ukraine", "Europe/Kyiv"),
        ("Leipzig", "Europe/Berlin"),
        ("Kraków, Polska", "Europe/Warsaw"),
        ("London", "Europe/London"),
        ("London, UK", "Europe/London"),
        ("London UK", "Europe/London"),
        ("London, Canada", "America/Toronto"),
        ("new york", "America/New_York"),
        ("New York, NY, USA", "America/New_York"),
        ("Portland, OR", "America/Los_Angeles"),
        ("Portland Maine", "America/New_York"),
        ("Los Angeles, CA", "America/Los_Angeles"),
        ("Kolkata", "Asia/Kolkata"),
        ("St. Petersburg, Russia", "Europe/Moscow"),
        ("Germany", "Europe/Berlin"),
        ("Іспанія", "Europe/Madrid"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("CET", "CET"),
        ("GMT+2", "Etc/GMT-2"),
        ("utc +02:00", "Etc/GMT-2"),
        ("−3", "Etc/GMT+3"),
        ("GMT", "UTC"),
        ("GMT+5:45", "Asia/Kathmandu"),
    ],
)
async def test_what_people_write_has_its_zone(text: str, zone: str) -> None:
    """A city is found in any language and with its country or state beside it; so is a distance from UTC."""
    assert await _found(text) == [zone]


async def test_several_cities_of_one_name() -> None:
    """Several cities of one name come by size, one for each zone; far smaller ones do not come."""
    found = await Timezones().named("Springfield")
    assert [(place.zone, place.city.country) for place in found if place.city][:2] == [
        ("America/Chicago", "US"),
        ("America/New_York", "US"),
    ]
    assert await _found("Paris") == ["Europe/Paris"]
    assert await _found("Paris, Texas") == ["America/Chicago"]
    assert "Atlantic/Bermuda" in await _found("Hamilton")  # a capital, although the others are far larger


async def test_a_region_that_nobody_knows() -> None:
    """Beside a word that is no country, all cities of the name are offered: one may lie there."""
    assert await _found("London, Ontario") == ["Europe/London", "America/Toronto"]


async def test_a_country_of_many_zones() -> None:
    """A country stands for the capital, and for the largest cities of other zones where many people live."""
    assert (await _found("USA"))[:3] == ["America/New_York", "America/Chicago", "America/Los_Angeles"]
    assert await _found("Ukraine") == ["Europe/Kyiv"]


@pytest.mark.parametrize("language", sorted(languages()))
def test_the_name_of_a_country_means_the_country(language: str) -> None:
    """Also where a small city elsewhere has that name, or a state of the United States has that code."""
    here = {
        code: list(cities.of_country(code)) for code in get_global("territory_currencies") if len(code) == 2
    }
    assert all(city.country == code for code, found in here.items() for city in found)
    names = Locale.parse(language).territories
    missed = [
        names[code]
        for code, found in here.items()
        if found and code in names and not _in_country(place_parser.parse(names[code], WINTER), code)
    ]
    assert missed == []


def _in_country(found: list[Place], country: str) -> bool:
    return any(place.city is not None and place.city.country == country for place in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "?!",
        "Xyzzyville",
        "x" * 200,
        "-" * 79,
        "\x00",
        "🙂",
        "GMT+15",
        "GMT+4:13",
        "+",
        "London, Ukraine",
        "no",
        "in",
    ],
)
async def test_an_unknown_city(text: str) -> None:
    """An unknown place gets one sentence that says what to write instead."""
    with pytest.raises(UserError, match=r"a larger city nearby\.$|a city, such as Kyiv\.$"):
        await Timezones().named(text)


async def test_a_location_has_its_place() -> None:
    """A location on land has a zone; one at sea has none."""
    timezones = Timezones()
    place = await timezones.at(50.45, 30.52)
    assert (place.zone, place.name("de")) == ("Europe/Kyiv", "Kyjiw")
    with pytest.raises(UserError, match="such as Kyiv"):
        await timezones.at(0, -30)

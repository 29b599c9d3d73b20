"""Time zones are found by a city and by a location."""

import pytest

from bot.errors import UserError
from bot.subscribers.timezones import Timezones, city_of, folded


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Kyiv", "Europe/Kyiv"),
        ("київ", "Europe/Kyiv"),
        ("new york", "America/New_York"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("Leipzig", "Europe/Berlin"),
        ("Львів", "Europe/Kyiv"),
        ("Kolkata", "Asia/Kolkata"),
    ],
)
async def test_a_city_has_its_zone(name: str, zone: str) -> None:
    """A city is found in any language of the bot, with capitals or without, large or small."""
    [place] = await Timezones().named(name)
    assert place.zone == zone


async def test_several_cities_of_one_name() -> None:
    """Several cities of one name come with their countries, one for each zone, the largest first."""
    found = await Timezones().named("Springfield")
    assert [place.zone for place in found][:2] == ["America/Chicago", "America/New_York"]
    assert {place.country for place in found} == {"US"}


@pytest.mark.parametrize("name", ["", "  ", "?!", "Xyzzyville", "x" * 200, "-" * 79, "\x00", "🙂"])
async def test_an_unknown_city(name: str) -> None:
    """An unknown city gets one sentence that says what to write instead."""
    with pytest.raises(UserError, match="such as Kyiv"):
        await Timezones().named(name)


async def test_a_location_has_its_zone() -> None:
    """A location on land has a zone; one at sea has none."""
    timezones = Timezones()
    assert await timezones.at(50.45, 30.52) == "Europe/Kyiv"
    with pytest.raises(UserError, match="such as Kyiv"):
        await timezones.at(0, -30)


def test_a_zone_is_named_after_its_city() -> None:
    """A zone is named after its city in the reader's language, by any of IANA's names for it."""
    assert city_of("Europe/Kyiv", "uk") == "Київ"
    assert city_of("America/Argentina/Buenos_Aires", "en") == "Buenos Aires"
    assert city_of("UTC", "en") == "UTC"


def test_names_that_people_would_call_the_same() -> None:
    """Accents, capitals and kinds of apostrophes do not matter in a name."""
    assert folded("Saint-Étienne") == folded("saint etienne")
    assert folded("п’ятниця") == folded("П'ятниця") == folded("пʼятниця")

"""Time zones by a city's name and by a place. (Those that Babel does not know start a process.)"""

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
    """In any of our languages, with capitals or without, large or not."""
    [place] = await Timezones().named(name)
    assert place.zone == zone


async def test_several_cities_of_one_name() -> None:
    """One for each zone, the largest first, each with its country."""
    found = await Timezones().named("Springfield")
    assert [place.zone for place in found][:2] == ["America/Chicago", "America/New_York"]
    assert {place.country for place in found} == {"US"}


@pytest.mark.parametrize("name", ["", "  ", "?!", "Xyzzyville", "x" * 200, "-" * 79, "\x00", "🙂"])
async def test_a_city_that_nobody_knows(name: str) -> None:
    """One sentence that says what to write instead."""
    with pytest.raises(UserError, match="such as Kyiv"):
        await Timezones().named(name)


async def test_a_place_has_its_zone() -> None:
    """On land; at sea there is none that anybody lives by."""
    atlas = Timezones()
    assert await atlas.at(50.45, 30.52) == "Europe/Kyiv"
    with pytest.raises(UserError, match="such as Kyiv"):
        await atlas.at(0, -30)


def test_a_zone_is_told_by_its_city() -> None:
    """In the reader's language, under whichever name Babel knows it."""
    assert city_of("Europe/Kyiv", "uk") == "Київ"
    assert city_of("America/Argentina/Buenos_Aires", "en") == "Buenos Aires"
    assert city_of("UTC", "en") == "UTC"


def test_names_that_people_would_call_the_same() -> None:
    """Accents, capitals and the many apostrophes do not matter."""
    assert folded("Saint-Étienne") == folded("saint etienne")
    assert folded("п’ятниця") == folded("П'ятниця") == folded("пʼятниця")

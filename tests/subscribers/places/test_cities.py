"""The table of cities holds what the libraries say, and finds cities by any of their names."""

import lzma
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from babel.core import get_global

from bot.subscribers.places import cities
from bot.subscribers.places.cities import LANGUAGES, City, folded
from bot.subscribers.places.place_parser import parse
from tests.import_city_names import by_hand, german, romanised
from tests.make_cities import Row, capitals, cldr_name, namesakes, rows, table

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def _looked_for() -> list[Row]:
    """Return the 500 largest cities, and the capitals."""
    largest = sorted(rows(), key=lambda row: -int(row["population"]))[:500]
    return list({row["geonameid"]: row for row in (*largest, *capitals())}.values())


def _city(row: Row) -> City:
    found = cities.by_id(row["geonameid"])
    assert found is not None
    return found


def test_the_table_is_what_the_libraries_say() -> None:
    """`make cities` writes the very table that is shipped, and it is small."""
    shipped = cities.TABLE.read_bytes()
    assert lzma.decompress(shipped).decode() == table()
    assert len(shipped) < 600_000


def test_every_large_city_and_capital_has_names_that_are_known() -> None:
    """Each name that is shown is known: to GeoNames or CLDR, by the rules of Ukraine, or checked by hand."""
    zones = {city.id: zone for zone, city in _namesakes()}
    unknown = []
    for row in _looked_for():
        city, zone = _city(row), zones.get(row["geonameid"], "")
        known = {folded(name) for name in (row["name"], *row["alternatenames"])}
        known |= {folded(cldr_name(zone, language)) for language in LANGUAGES if zone}
        known |= {folded(name) for name in by_hand().get(str(city.id), {}).values()}
        if city.country == "UA":
            known |= {folded(romanised(city.name("uk"))), folded(german(city.name("uk")))}
        unknown += [(city.id, name) for name in map(city.name, LANGUAGES) if folded(name) not in known]
    assert unknown == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_large_city_and_capital_is_found_by_the_name_that_is_shown(language: str) -> None:
    """Who writes the name of one in their language finds it, or a larger one of its name and zone."""
    lost = []
    for row in _looked_for():
        city = _city(row)
        found = [place.city for place in parse(city.name(language), NOW) if place.city]
        same = [one for one in found if one.zone == city.zone and one.name(language) == city.name(language)]
        if city not in found and not same:
            lost.append(city.name(language))
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_cities_of_time_zones_are_called_as_cldr_calls_them(language: str) -> None:
    """A city that a zone is named after has CLDR's name, if that is one of a city and needs no remark."""
    others = [
        (zone, city.name(language), cldr)
        for zone, city in _namesakes()
        if city.country != "UA"
        and str(city.id) not in by_hand()
        and (cldr := cldr_name(zone, language))
        and folded(cldr_name(zone, "en") or zone.rpartition("/")[2]) == folded(city.names[0])
        and city.name(language) != cldr.partition(" (")[0].replace("\u00ad", "").replace("\u02bc", "’")
    ]
    assert others == []


@pytest.mark.parametrize(
    ("typed", "language", "shown"),
    [
        ("Chicago", "uk", "Чикаго"),
        ("Чікаґо", "uk", "Чикаго"),
        ("Johannesburg", "uk", "Йоганнесбург"),
        ("Zürich", "fr", "Zurich"),
        ("Zürich", "en", "Zurich"),
        ("Zurich", "de", "Zürich"),
        ("Камянець-Подільський", "uk", "Кам’янець-Подільський"),
    ],
)
def test_cities_are_called_as_newspapers_call_them(typed: str, language: str, shown: str) -> None:
    """However a city was typed, its name is the usual one in the language, with our apostrophe."""
    found = cities.named(typed)
    assert shown in {city.name(language) for city in found}


def test_names_in_ukraine_do_not_come_by_way_of_russian() -> None:
    """Cities in Ukraine have their Ukrainian names in Latin letters: Kyiv, Kyjiw, and never Kiev or Kiew."""
    here = [city for city in cities.of_country("UA") if str(city.id) not in by_hand()]
    spelt = [city for city in here if city.name("uk") != city.name("en")]
    assert len(spelt) > 300
    for city in spelt:
        assert city.name("en") == city.name("es") == romanised(city.name("uk"))
        assert city.name("de") == german(city.name("uk"))
        assert not city.name("uk").endswith(
            ("ск", "цк", "ец")
        )  # Russian endings: Ukrainian has ськ, цьк, ець
    [kyiv] = cities.named("Kiev")
    assert [kyiv.name(language) for language in LANGUAGES] == [
        "Kyiv",
        "Київ",
        "Kijów",
        "Kyjiw",
        "Kyiv",
        "Kyiv",
    ]


@pytest.mark.parametrize(
    ("name", "in_english", "in_german"),
    [
        ("Київ", "Kyiv", "Kyjiw"),
        ("Запоріжжя", "Zaporizhzhia", "Saporischschja"),
        ("Черкаси", "Cherkasy", "Tscherkassy"),
        ("Згурівка", "Zghurivka", "Shuriwka"),
        ("Ялта", "Yalta", "Jalta"),
        ("Кам'янське", "Kamianske", "Kamjanske"),
    ],
)
def test_the_rules_of_ukraine_and_of_german(name: str, in_english: str, in_german: str) -> None:
    """A Ukrainian name is romanised by the rules of 2010, and written in German by those of German."""
    assert (romanised(name), german(name)) == (in_english, in_german)


def _namesakes() -> Iterator[tuple[str, City]]:
    """Yield each zone that is not another name of a zone, with the city that it is named after."""
    for zone in namesakes().keys() - get_global("zone_aliases").keys():
        city = cities.namesake(zone)
        assert city is not None
        yield zone, city


@pytest.mark.parametrize(
    ("name", "city", "country", "zone"),
    [
        ("Leipzig", "Leipzig", "DE", "Europe/Berlin"),
        ("львів", "Lviv", "UA", "Europe/Kyiv"),
        ("Lemberg", "Lviv", "UA", "Europe/Kyiv"),
        ("saint etienne", "Saint-Etienne", "FR", "Europe/Paris"),
        ("上海", "Shanghai", "CN", "Asia/Shanghai"),
        ("Бровары", "Brovary", "UA", "Europe/Kyiv"),
    ],
)
def test_a_city_is_found_by_any_of_its_names(name: str, city: str, country: str, zone: str) -> None:
    """A city is found in any script, without accents and in small letters."""
    [found] = cities.named(name)
    assert (found.names[0], found.country, found.zone) == (city, country, zone)


def test_a_city_weighs_more_by_the_name_that_is_shown() -> None:
    """Manhattan is Manhattan, although New York is larger and has that name too."""
    weights = cities.named("Manhattan")
    assert max(weights, key=lambda city: weights[city]).names[0] == "Manhattan"
    assert "New York" in {city.names[0] for city in weights}


@pytest.mark.parametrize("name", ["", "de", "europeberlin", "leip", "eipzig", "xyzzyville", "\t", "\n"])
def test_only_whole_names_count(name: str) -> None:
    """Countries, zones and parts of names are no cities."""
    assert cities.named(name) == {}


def test_an_unknown_number() -> None:
    """A number that the table lacks is no city."""
    assert [cities.by_id(number) for number in (0, 5, 2**31)] == [None, None, None]


def test_names_that_people_would_call_the_same() -> None:
    """Accents, capitals and kinds of apostrophes do not matter in a name."""
    assert folded("Saint-Étienne") == folded("saint etienne")
    assert folded("п’ятниця") == folded("П'ятниця") == folded("пʼятниця")

"""Cities: find them by any name; each knows its names in our languages and its time zone.

The table `cities.tsv.xz` lies beside this module. It holds the 34,000 cities with more than 15,000 people,
and the capitals, that GeoNames lists (geonames.org, CC BY 4.0); `make cities` writes it. It is unpacked when
it is first needed (0.05 s), and then stays in memory: 7 MB, and 12 MB after the first search.
"""

import lzma
import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate, chain

LANGUAGES = ("en", "uk", "pl", "de", "es", "fr")
"""The languages in which the table has names; every other language gets the English ones."""
LONGEST_NAME = 80  # characters; the longest name of a place has 85, and nobody types it
TABLE = files(__package__).joinpath("cities.tsv.xz")
_BY_ANOTHER_NAME = -12  # as if a sixteenth of the people lived there
_NO_LETTERS = re.compile(r"[^\w\t\n]|[_\u02bc]")  # \u02bc is a letter to Unicode, as in "пʼятниця"


@dataclass(frozen=True, slots=True)
class City:
    """A city: its number at GeoNames, its country (ISO 3166 code) and its time zone (IANA).

    `state` is the code of a state of the United States, else "". `size` is larger by 3 if twice as many
    people live there. `names` are in the order of LANGUAGES; one that is empty or missing is the English one.
    """

    id: int
    country: str
    zone: str
    state: str
    size: int
    is_capital: bool
    names: tuple[str, ...]

    def name(self, language: str) -> str:
        """Return the name in this language."""
        number = LANGUAGES.index(language) if language in LANGUAGES else 0
        return (self.names[number] if number < len(self.names) else "") or self.names[0]


def by_id(number: int) -> City | None:
    """Return the city with this number at GeoNames; None if the table has none."""
    ids = _table().ids
    row = bisect_left(ids, number)
    return _city(row) if row < len(ids) and ids[row] == number else None


def named(name: str) -> dict[City, int]:
    """Return all cities with this name, written in any way that `folded` makes equal, and the weight of each.

    The weight is the size of a city that is shown by this name, and less than that of one which also has it:
    "Manhattan" is Manhattan, and New York only by another name.
    """
    wanted = folded(name)
    if not wanted:
        return {}
    weights = {_city(row): 0 for row in _folded_names().with_cell(wanted)}
    for row in _table().others.with_cell(wanted):
        weights.setdefault(_city(row), _BY_ANOTHER_NAME)
    return {city: city.size + weight for city, weight in weights.items()}


def of_country(country: str) -> Iterator[City]:
    """Yield the cities of a country (ISO 3166 code)."""
    # A state of the United States may have the same code, and stands in the same column.
    found = map(_city, _table().places.with_cell(country))
    return (city for city in found if city.country == country)


def namesake(zone: str) -> City | None:
    """Return the city that a time zone is named after; None if it is named after something else."""
    number = _table().zones.get(zone)
    return None if number is None else by_id(int(number))


def states() -> dict[str, str]:
    """Return the English names of the states of the United States by their codes."""
    return _table().states


def folded(name: str) -> str:
    """Return a name without accents, capitals, spaces and apostrophes: spellings of one name agree."""
    return "".join(_folded(name).split())


def _folded(cells: str) -> str:
    """Fold many names at once; tabs and line ends between them stay."""
    return _NO_LETTERS.sub("", unicodedata.normalize("NFKD", cells.casefold()))


class _Column:
    """One column of the table: a line for each city, with a tab before and after each cell; in UTF-8."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        starts = (found.end() for found in re.finditer(b"\n", text))
        self._starts = array("I", chain([0], starts, [len(text) + 1]))

    def cells(self, row: int) -> list[str]:
        """Return the cells of a line."""
        line = self._text[self._starts[row] + 1 : self._starts[row + 1] - 2]
        return line.decode().split("\t")

    def with_cell(self, cell: str) -> Iterator[int]:
        """Yield the numbers of the lines that have this cell."""
        wanted = f"\t{cell}\t".encode()
        at = self._text.find(wanted)
        while at >= 0:
            yield bisect_right(self._starts, at) - 1
            at = self._text.find(wanted, at + 1)

    def folded(self) -> "_Column":
        """Return the column with all its cells folded."""
        return _Column(_folded(self._text.decode()).encode())


@dataclass(frozen=True, slots=True)
class _Table:
    """The unpacked table. `ids` ascend; `sizes` and the columns have an entry for each of them.

    A line of `places` has country, zone and state. `zones` has the id of the namesake of a zone.
    """

    ids: "array[int]"
    places: _Column
    sizes: bytes
    names: _Column
    others: _Column
    zones: dict[str, str]
    capitals: frozenset[int]
    states: dict[str, str]


@cache
def _table() -> _Table:
    parts = lzma.decompress(TABLE.read_bytes()).split(b"\f")
    steps, places, sizes, names, others, zones, capitals, states = parts
    return _Table(
        array("I", accumulate(map(int, steps.split()))),
        _column(places),
        sizes,
        _column(names),
        _column(others),
        _pairs(zones),
        frozenset(map(int, capitals.split())),
        _pairs(states),
    )


@cache
def _folded_names() -> _Column:
    return _table().names.folded()


def _column(lines: bytes) -> _Column:
    return _Column(b"\t" + lines.replace(b"\n", b"\t\n\t") + b"\t")


def _pairs(lines: bytes) -> dict[str, str]:
    return dict(line.split("\t", 1) for line in lines.decode().splitlines())


def _city(row: int) -> City:
    table = _table()
    number, size = table.ids[row], table.sizes[row] - ord("0")
    country, zone, state = table.places.cells(row)
    return City(number, country, zone, state, size, number in table.capitals, tuple(table.names.cells(row)))

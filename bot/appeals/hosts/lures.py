"""Lures: the words that stand beside a trusted name in a host that only pretends to be of it."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from babel import Locale

from bot.appeals.hosts.known_hosts import fold

_CODE = 2  # letters of a country's code; the other territories of Unicode are continents


def is_lure(word: str, *, countries: bool) -> bool:
    """Return whether a word is a lure: donate, help, official, an ending such as "org", a place in need.

    `countries`: so are the names and codes of all countries. Branches have those in their own hosts.
    """
    return word in _lures() or (countries and word in _countries())


def is_ending(word: str) -> bool:
    """Return whether a word is the ending of a host: org, com, gov."""
    return word in _table()["endings"]


def are_lures(letters: str, *, countries: bool) -> bool:
    """Return whether letters, folded as names are, are lures in a row; also if there are none."""
    return not letters or _pattern(countries).fullmatch(letters) is not None


@cache
def _table() -> dict[str, frozenset[str]]:
    text = files(__package__).joinpath("lures.toml").read_text("utf-8")
    return {name: frozenset(words) for name, words in tomllib.loads(text).items()}


@cache
def _lures() -> frozenset[str]:
    return frozenset().union(*_table().values())


@cache
def _countries() -> frozenset[str]:
    """Return the English names of countries without blanks, and their codes."""
    territories = {str(code).lower(): str(name).lower() for code, name in Locale("en").territories.items()}
    codes = [code for code in territories if len(code) == _CODE]
    return frozenset({*codes, *(re.sub("[^a-z]", "", territories[code]) for code in codes)})


@cache
def _pattern(countries: bool) -> re.Pattern[str]:
    """Return the pattern of one or more lures in a row. Codes are too short to be seen in a row."""
    words = _lures() - _table()["codes"]
    if countries:
        words |= {name for name in _countries() if len(name) > _CODE}
    return re.compile(f"(?:{'|'.join(sorted(re.escape(fold(word)) for word in words))})+")

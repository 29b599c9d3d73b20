"""Lures: the words that stand beside a trusted name in a host that only pretends to be of it."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from babel import Locale

from bot.appeals.known_hosts import fold

_CODE = 2  # letters of a country's code; the other territories of Unicode are continents


def is_lure(word: str) -> bool:
    """Return whether a word is a lure: donate, help, official, an ending such as "org", a country."""
    return word in _lures()


def is_ending(word: str) -> bool:
    """Return whether a word is the ending of a host: org, com, gov."""
    return word in _table()["endings"]


def is_country_code(word: str) -> bool:
    """Return whether a word is the code of a country: ua, pl."""
    return word in _country_codes()


def are_lures(letters: str) -> bool:
    """Return whether letters, folded as names are, are lures in a row; also if there are none."""
    return not letters or _pattern().fullmatch(letters) is not None


@cache
def _table() -> dict[str, frozenset[str]]:
    text = files(__package__).joinpath("lures.toml").read_text("utf-8")
    return {name: frozenset(words) for name, words in tomllib.loads(text).items()}


@cache
def _country_codes() -> frozenset[str]:
    return frozenset(code.lower() for code in Locale("en").territories if len(code) == _CODE)


@cache
def _lures() -> frozenset[str]:
    names = (name.lower() for code, name in Locale("en").territories.items() if len(code) == _CODE)
    countries = frozenset(re.sub("[^a-z]", "", name) for name in names)
    return frozenset().union(*_table().values(), countries)


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted({re.escape(fold(word)) for word in _lures()})
    return re.compile(f"(?:{'|'.join(words)})+")

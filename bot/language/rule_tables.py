"""Tables of words and patterns, kept as TOML files beside the code in `rules/`.

A pattern is a regular expression in which {name} stands for the alternatives listed under that name in
[words]. Letter case never counts.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_PLACE = re.compile(r"\{([a-z_]+)\}")


@cache
def table(name: str) -> dict[str, Any]:
    """The table `rules/<name>.toml`, read once. Raises FileNotFoundError where there is none."""
    return tomllib.loads(files(__package__).joinpath("rules", f"{name}.toml").read_text("utf-8"))


def names(prefix: str) -> frozenset[str]:
    """What follows the prefix in the names of the tables: "en" for the prefix "help." and help.en.toml."""
    stems = (entry.name.removesuffix(".toml") for entry in files(__package__).joinpath("rules").iterdir())
    return frozenset(stem.removeprefix(prefix) for stem in stems if stem.startswith(prefix))


def alternatives(words: str | list[str]) -> str:
    """A list of alternatives as one pattern: "a|b|c"."""
    return words if isinstance(words, str) else "|".join(words)


def pattern(source: str, words: dict[str, str | list[str]]) -> re.Pattern[str]:
    """The pattern with its places filled, two levels deep: a word list may name another."""
    for _ in range(2):
        source = _PLACE.sub(lambda place: alternatives(words[place[1]]), source)
    return re.compile(source, re.IGNORECASE)

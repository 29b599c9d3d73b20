"""Rule tables: load the TOML files of words and patterns in `rules/`.

A pattern is a regular expression in which {name} stands for the alternatives that [words] lists under that
name. Letter case is ignored.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_PLACE = re.compile(r"\{([a-z_]+)\}")


@cache
def table(name: str) -> dict[str, Any]:
    """Load the table `rules/<name>.toml`, once. Raises FileNotFoundError if there is none."""
    return tomllib.loads(files(__package__).joinpath("rules", f"{name}.toml").read_text("utf-8"))


def names(prefix: str) -> frozenset[str]:
    """Return what follows the prefix in the tables' names: "en" for the prefix "help." and help.en.toml."""
    stems = (entry.name.removesuffix(".toml") for entry in files(__package__).joinpath("rules").iterdir())
    return frozenset(stem.removeprefix(prefix) for stem in stems if stem.startswith(prefix))


def alternatives(words: str | list[str]) -> str:
    """Return a list of alternatives as one pattern: "a|b|c"."""
    return words if isinstance(words, str) else "|".join(words)


def pattern(source: str, words: dict[str, str | list[str]]) -> re.Pattern[str]:
    """Compile a pattern with its {names} replaced, two levels deep, since a word list may name another."""
    for _ in range(2):
        source = _PLACE.sub(lambda place: alternatives(words[place[1]]), source)
    return re.compile(source, re.IGNORECASE)

"""The few words of each language that the rules of sentences.py and readability.py turn on.

They stand in `lexicons/<language>.toml`, phrases parted by commas, in lower case, written from grammars and
from the boilerplate seen in news. To add a language, add a file. A language without one gets an empty
Lexicon: layout, quotes and links are still read; pronouns, connectives and credits are not.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

# One Norwegian: its two written forms, and what some call either, are near enough to share words and rules.
_SAME = {"no": "nb", "nn": "nb"}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words of one language.

    abbreviations: take a full stop that ends no sentence (written without the last stop).
    back_pointers: open a sentence that is understood only after another one (pronouns and the like).
    persons: those of them that stand for a person; near the opening they do the same.
    connectives: open a sentence that goes on with, or speaks against, the one before.
    answers: do so where a comma follows ("No, they did not").
    credits: open a line that says whose picture, text or video this is.
    calls: open a sentence or clause that asks the reader to follow, click, share or subscribe.
    notices: stand anywhere in what a publisher says about itself or about the text.
    asking, helping: a sentence with a word of each tells that somebody asks for help.
    ordinals_take_a_stop: whether "3." may stand before a capital within a sentence, as in "am 3. Oktober".
    """

    abbreviations: frozenset[str] = frozenset()
    back_pointers: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()
    connectives: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    credits: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    asking: frozenset[str] = frozenset()
    helping: frozenset[str] = frozenset()
    ordinals_take_a_stop: bool = False


def plain_code(language: str | None) -> str | None:
    """The code used here ("en", "pt", "nb") for a tag as pages write it ("en-GB", "pt_BR", "no")."""
    if not language:
        return None
    code = language.replace("_", "-").split("-")[0].strip().lower()
    return _SAME.get(code, code) or None


@lru_cache(maxsize=64)
def lexicon_of(language: str | None) -> Lexicon:
    """The Lexicon of a language tag; English where it is None, an empty one where there is no file."""
    code = plain_code(language) or "en"
    file = resources.files(__package__) / "lexicons" / f"{code}.toml"
    if not (code.isalpha() and file.is_file()):
        return Lexicon()
    values = tomllib.loads(file.read_text(encoding="utf-8"))
    ordinals = bool(values.pop("ordinals_take_a_stop", False))
    return Lexicon(ordinals_take_a_stop=ordinals, **{name: _phrases(text) for name, text in values.items()})


def _phrases(text: str) -> frozenset[str]:
    return frozenset(filter(None, (phrase.strip() for phrase in text.replace("\n", " ").split(","))))

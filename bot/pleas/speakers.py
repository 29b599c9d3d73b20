"""Speakers: find who says each quotation of a story.

A name beside the quotation counts, whatever the verb: "…", sighs Anna Koval. Without one, a pronoun, a
description or a verb alone ("…", просить вона; woła do każdego) stands for the person who was named last. A
quotation without any such words goes on after another one, or after words that lead to it. Otherwise the
speaker is unknown: a wrong name is worse than none.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from bot.pleas.cues import language_table, table_language
from bot.pleas.quotations import Quotation, quotations
from bot.pleas.typical_words import typical_words

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽΑ-ΩЀ-ЯҐ"
# A title with a full stop stands before the name ("Ärztin Dr. Anna Koch"), and is no part of it.
_WORD = rf"(?!(?:Dr|Prof|Dipl|Ing|Fr|Rev|Sr|Mr|Mrs|Ms)\.)[{_UPPER}](?:[\w'’ʼ-]{{0,40}}\w)?"
_PARTICLE = "of|van|von|der|de|del|da|di|du|la|le|bin|al|el|ibn|ter|dos|zu|y"
_PARTICLES = frozenset(_PARTICLE.split("|"))
_NAME = rf"{_WORD}(?:\s(?:(?:{_PARTICLE})\s){{0,2}}{_WORD}){{0,4}}"
# Titles that belong to the name as it is said; others ("manager", "Leiterin") are left out.
_TITLES = (
    "Sister|Father|Fr|Sr|Mother|Brother|Rev|Reverend|Canon|Bishop|Rabbi|Imam|Mama|Dr|Doctor|Prof|Professor|Dame|Sir"
    "|Pfarrer(?:in)?|Bischof|Bischöfin|Schwester|Pater|Bruder|Pastor(?:in)?|Familie|Diakon(?:in)?|Rabbiner"
    "|ks|[Kk]siądz|[Ss]iostra|[Bb]rat|[Oo]jciec|o|bp|abp|[Bb]iskup|[Pp]astor|dr|prof|lek"
    "|[Оо]тець|о|[Сс]естра|[Вв]ладика|[Пп]ан|[Пп]ані|[Тт]ітка|[Бб]абуся|[Дд]ядько"
    "|[Ss]or|[Ff]ray|[Pp]adre|[Pp]\\. |[Dd]on|[Dd]oña|[Hh]ermana|[Hh]ermano|[Oo]bispo|Dra|[Dd]octora?"
    "|[Pp]ère|[Ss]œur|[Ff]rère|[Aa]bbé|[Dd]octeure?|[Mm]onseigneur|[Pp]asteur|M|Mme|Mlle|Mr|Mrs|Ms|Herr|Frau|Sra|Pan|Pani|pan|pani"
)
_COURTESY = re.compile(r"^(?:Mr|Mrs|Ms|Miss|M|Mme|Mlle|Herr|Frau|Sra?|Pan|Pani|pan|pani|[Пп]ан|[Пп]ані)\.?\s")
_PERSON = re.compile(rf"(?<![\w-])(?P<title>(?:{_TITLES})\.?\s){{0,2}}(?P<name>{_NAME})")
_SENTENCE_END = re.compile(
    rf"(?<![{_UPPER}\W])(?<!Dr)(?<!Fr)(?<!Mr)(?<!Ms)(?<!Mrs)(?<!ks)(?<!dr)(?<!Dra)(?<!Sra)(?<!św)(?<!St)[.!?…][\"“”»’)]?\s+(?=[{_UPPER}«„“\"–—])"
)
_NAME_AND_VERB = re.compile(rf"{_NAME} [^\W_{_UPPER}]+[.,]?(?:\s|$)")
_ATTACHED = re.compile(r"[\s,;–—-]*")
_OPENS_SENTENCE = re.compile(r"(?:^|[.!?…][\"“”»’)]?\s)(?:[\w’']{1,13},?\s){0,3}$")
_OPENING = 52  # characters, the most that _OPENS_SENTENCE can take
_FULL = 2  # words of a full name
_PLACE = 15  # characters before a name that may hold "near the"
_LONGEST_NAME = 3
_BESIDE_VERB = 30  # characters between a verb of saying and a name after it
_SHORT = 60  # characters of a sentence that only names the speaker
_NEAR = 170  # characters beside a quotation


class _Person(NamedTuple):
    """A person's name in a text, with the place where it begins."""

    name: str
    at: int
    titled: bool


class _Words:
    """The words and patterns of one language."""

    def __init__(self, language: str) -> None:
        words, names = language_table(language)["attribution"], language_table(language)["organisation"]
        self.nouns_are_capitalised = language == "de"
        self.not_names = frozenset(words["not_names"].split())
        self.addressed = frozenset(words.get("addressed", "").split())
        self.nouns = typical_words(language)
        self.verb = re.compile(rf"\b(?:{words['verbs']})\b", re.IGNORECASE)
        self.leads = re.compile(rf"\b(?:{words['verbs']}|{words['leads']})\b", re.IGNORECASE)
        places = "|".join(filter(None, (names["places"], words.get("of"))))
        self.place = re.compile(rf"\b(?:{places})(?:\s\w{{1,3}})?['’\s]$")
        self.no_person = frozenset(words["no_person"].split())
        self.article = re.compile(rf"\b(?:{names['articles']})\s$", re.IGNORECASE)
        self.pronoun = re.compile(rf"\b(?:{words['pronouns']})\b", re.IGNORECASE)


@cache
def _words(language: str) -> _Words:
    """Return the words of a language that has a table."""
    return _Words(language)


class Speakers:
    """The speakers of all quotations of a story.

    people: all names that were found beside quotations.
    """

    def __init__(self, paragraphs: Sequence[str], language: str | None) -> None:
        self._words = _words(table_language(language))
        self._full = self._full_names("\n".join(paragraphs))
        self._found: dict[tuple[int, int], str | None] = {}
        self._last: str | None = None
        self._walk(paragraphs)
        self.people = frozenset(filter(None, self._found.values()))

    def of(self, paragraph: int, quotation: Quotation) -> str | None:
        """Return who says a quotation of a paragraph; None if it is unknown."""
        return self._found.get((paragraph, quotation.start))

    def _walk(self, paragraphs: Sequence[str]) -> None:
        goes_on = False  # whether a quotation without words beside it continues what was said before
        for number, paragraph in enumerate(paragraphs):
            end = 0
            for quotation in quotations(paragraph):
                between = paragraph[end : max(end, quotation.start - 1)]
                self._found[number, quotation.start] = self._speaker(
                    paragraph, quotation, between, goes_on=goes_on or end > 0
                )
                goes_on = self._found[number, quotation.start] is not None
                end = quotation.end + 1
            if not end:
                goes_on = self._led(paragraph)
            else:
                self._note(paragraph[end:])

    def _speaker(self, paragraph: str, quotation: Quotation, between: str, *, goes_on: bool) -> str | None:
        after, before = _after(paragraph, quotation), _before(paragraph, quotation)
        named = self._named_after(after) or self._named_before(before)
        if named:
            self._last = self._full.get(named, named)
            return self._last
        in_paragraph = self._note(between) or self._words.leads.search(between) is not None
        if self._refers_back(after) or self._refers_back(before):
            return self._last
        return self._last if in_paragraph or goes_on else None

    def _named_after(self, after: str) -> str | None:
        """Return the person in the words after a quotation: a full name, or one beside a verb of saying."""
        people = self._people(after)
        full = [person for person in people if self._is_known(person)]
        if full:
            return full[0].name
        verb = self._words.verb.search(after)
        if verb is None or self._words.nouns_are_capitalised:
            return None  # a single word with a capital may be any noun
        near = [one for one in people if one.at < verb.end() + _BESIDE_VERB]
        return near[0].name if near else None

    def _named_before(self, before: str) -> str | None:
        """Return the person in the words that lead to a quotation in the same sentence."""
        if not before.strip():
            return None
        people = self._people(before)
        if self._words.verb.search(before) or before.rstrip().endswith((":", ",")):
            full = [person for person in people if self._is_known(person)]
            return (full or people)[0].name if people else None
        return None

    def _refers_back(self, beside: str) -> bool:
        return (
            bool(beside)
            and (self._words.verb.search(beside) or self._words.pronoun.search(beside)) is not None
        )

    def _led(self, paragraph: str) -> bool:
        """Return whether a paragraph leads to a quotation ("Anna made a plea:"), and note the person."""
        named = self._note(paragraph)
        return named and self._words.leads.search(paragraph) is not None

    def _note(self, text: str) -> bool:
        """Note of whom the storyteller's words speak last; return whether they name anybody.

        That is the first person in the last sentence that opens with one, or else the person named last.
        """
        people = [person for person in self._people(text) if self._is_known(person)]
        chosen: _Person | None = None
        for person in people:
            if _opens_sentence(text, person.at) and not (
                chosen and _SENTENCE_END.search(text, chosen.at, person.at + 1) is None
            ):
                chosen = person
        if chosen is None and people and not self._words.nouns_are_capitalised:
            chosen = people[-1]
        if chosen:
            self._last = self._full.get(chosen.name, chosen.name)
        return chosen is not None

    def _is_known(self, person: _Person) -> bool:
        """Return whether this is surely a person: a full name, a title, or a part of such a name."""
        return len(person.name.split()) >= _FULL or person.titled or person.name in self._full

    def _people(self, text: str) -> list[_Person]:
        found = []
        for match in _PERSON.finditer(text):
            words = match["name"].split()
            while words and words[0].lower().rstrip(".") in self._words.not_names:
                words.pop(0)
            title = " ".join(text[match.start() : match.start("name")].split())
            before = text[max(0, match.start() - _PLACE) : match.start()]
            if self._names_a_person(words, before):
                name = _without_possessive(" ".join(self._without_role(words, before)))
                whole = _COURTESY.sub("", f"{title} {name}".strip())
                found.append(_Person(whole, match.start(), bool(title)))
        return found

    def _names_a_person(self, words: list[str], before: str) -> bool:
        """Return whether words with capitals can be a person's name, and what precedes them."""
        if not words or words[-1].lower() in self._words.addressed:  # "Schenken Sie" is an order
            return False
        shouted = any(len(word) > 1 and word.isupper() for word in words)
        place = words[0].lower() in self._words.no_person or self._words.place.search(before)
        return not (shouted or place or self._words.nouns.search(" ".join(words)))

    def _without_role(self, words: list[str], before: str) -> list[str]:
        """Return the words of a name; in German, without a noun before it ("Leiterin Svenja Block").

        After an article the first of two words is a noun: "die Ärztin Block".
        """
        if not self._words.nouns_are_capitalised:
            return words[-_LONGEST_NAME:]
        if len(words) == _FULL and self._words.article.search(before):
            return words[1:]
        surname = len(words) - 1
        while surname > 0 and words[surname - 1] in _PARTICLES:
            surname -= 1
        return words[max(surname - 1, 0) :]

    def _full_names(self, text: str) -> dict[str, str]:
        """Map each single name to its first fuller form in the text: "Maksim" → "Maksim Chmerkovskiy"."""
        full: dict[str, str] = {}
        for person in self._people(text):
            words = person.name.split()
            for start in range(len(words) - 1):
                form = " ".join(words[start:])
                full.setdefault(words[start], form)
                full.setdefault(words[-1], form)
        return full


def _opens_sentence(text: str, place: int) -> bool:
    """Return whether at most three words stand between the beginning of a sentence and this place."""
    return _OPENS_SENTENCE.search(text, max(0, place - _OPENING), place) is not None


def _after(paragraph: str, quotation: Quotation) -> str:
    """Return the storyteller's words that belong to a quotation, up to the sentence's end."""
    rest = paragraph[quotation.end : quotation.end + _NEAR]
    rest = rest[1:] if rest[:1] in "\"“”»«’'" else rest
    start = _ATTACHED.match(rest).end()  # type: ignore[union-attr]
    words = rest[start:]
    joined = start and rest[:start].strip(" ") != ""
    said = quotation.text.rstrip()
    if not words or (not joined and said[-1:] in ".!?…" and words[:1].isupper()):
        ends = _SENTENCE_END.search(words)
        words = words[: ends.start() if ends else len(words)]
        return words if len(words) < _SHORT and _NAME_AND_VERB.match(words) else ""
    ends = _SENTENCE_END.search(words)
    opens = re.search(r"[\"“„«»]", words)
    return words[: min(ends.start() if ends else len(words), opens.start() if opens else len(words))]


def _before(paragraph: str, quotation: Quotation) -> str:
    """Return the words that lead to a quotation in its sentence."""
    text = paragraph[max(0, quotation.start - 1 - _NEAR) : max(0, quotation.start - 1)]
    ends = [match.end() for match in _SENTENCE_END.finditer(text + "X")]
    return text[ends[-1] if ends else 0 :]


def _without_possessive(name: str) -> str:
    return name.removesuffix("'s").removesuffix("’s")

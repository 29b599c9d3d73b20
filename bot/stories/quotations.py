"""Quotations in a story: where they stand, and who says them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.stories.cues import Cues, fold_marks

_PAIRS = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "‚": "‘", "'": "'", "”": "”", "»": "«"}
_SINGLE = {"'", "‘"}
_OPENS_AFTER = re.compile(r"[\s(\[—–:-]")
_PUNCTUATION = ".,!?…;"

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽΑ-ΩЀ-ЯҐ"
_WORD = rf"[{_UPPER}][\w'’ʼ.-]*[\w]|[{_UPPER}]\."
_PARTICLE = "van|von|der|de|del|da|di|la|le|bin|al|el|ibn|ter|dos"
_NAME = rf"(?:{_WORD})(?:\s(?:(?:{_PARTICLE})\s){{0,2}}(?:{_WORD})){{0,4}}"
_TITLES = (
    "Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|President|Prof|Professor|Herr|Frau|Pan|Pani|Mme|Sr|Sra|пан|пані"
)
_TITLE = rf"(?:{_TITLES})\.?\s"
_NAMES = re.compile(_NAME)
_NEAR = 160  # characters between a quotation and the words that say whose it is


@dataclass(frozen=True, slots=True)
class Quotation:
    """What stands between two marks of one paragraph; where no mark closes it, `end` is the paragraph's."""

    text: str
    start: int
    end: int


def quotations(paragraph: str) -> Iterator[Quotation]:
    """The quotations of a paragraph in order. One that opens and is not closed runs to the paragraph's end,
    as quotations over several paragraphs do; a mark that only closes is passed over.
    """
    place = 0
    while place < len(paragraph):
        mark = paragraph[place]
        if mark in _PAIRS and _opens(paragraph, place):
            end = _closing(paragraph, place)
            text = paragraph[place + 1 : end].strip()
            if text:
                yield Quotation(text, place + 1, end)
            place = end
        place += 1


def _opens(paragraph: str, place: int) -> bool:
    following = paragraph[place + 1 : place + 2]
    free = place == 0 or _OPENS_AFTER.match(paragraph[place - 1]) is not None
    return free and bool(following) and not following.isspace()


def _closing(paragraph: str, place: int) -> int:
    """Where the quotation that opens at `place` ends. A single mark closes after punctuation, else it is an
    apostrophe, unless it is the only one that could close before the next one opens.
    """
    mark = paragraph[place]
    fallback = None
    for at in range(place + 1, len(paragraph)):
        if paragraph[at] not in _PAIRS[mark]:
            continue
        following = paragraph[at + 1 : at + 2]
        if mark not in _SINGLE:
            return at
        if _opens(paragraph, at):
            break
        if following.isalnum():
            continue
        if paragraph[at - 1] in _PUNCTUATION:
            return at
        fallback = fallback or at
    return fallback or len(paragraph)


def speakers(paragraphs: Sequence[str], cues: Cues) -> list[str | None]:
    """Who is quoted in each paragraph, by full name: None where nobody is, or nobody is named.

    A pronoun or a description ("the husband and father continued"), and a quotation that goes on in the next
    paragraph without a word of its own, belong to whoever spoke last.
    """
    attribution = _Attribution(cues)
    text = "\n".join(paragraphs)
    found: list[str | None] = []
    last: str | None = None
    for paragraph in paragraphs:
        quoted = list(quotations(paragraph))
        named = attribution.speaker(paragraph, quoted) if quoted else attribution.subject(paragraph)
        if named:
            last = full_name(named, text)
        found.append(last if quoted else None)
    return found


class _Attribution:
    """The patterns of one language that say whose a quotation is."""

    def __init__(self, cues: Cues) -> None:
        verbs, pronouns = cues.attribution["verbs"], cues.attribution["pronouns"]
        self._not_names = frozenset(cues.attribution["not_names"].split())
        who = rf"((?:{_TITLE})?{_NAME})"
        aside = r"(?:,[^\"“”«»]{1,140},|\s\([^)]{1,40}\),?)?"
        said = rf"(?i:{verbs})"
        self._after = re.compile(
            rf"[\s,—–-]*(?:{said}\s{who}|{who}{aside}\s(?:\w+\s){{0,2}}?{said}\b)",
        )
        self._before = re.compile(rf"{who}{aside}\s(?:[\w']+\s){{0,6}}?{said}\b[^\"“”«».!?]{{0,120}}$")
        self._subject = re.compile(rf"{who}{aside}\s(?:[\w']+\s){{0,6}}?(?:{said})\b")
        self._pronoun = re.compile(rf"(?i:(?:{pronouns})\s(?:{verbs})|(?:{verbs})\s(?:{pronouns}))\b")

    def speaker(self, paragraph: str, quoted: Sequence[Quotation]) -> str | None:
        """The name beside the first quotation that has one, after it or before it."""
        for quotation in quoted:
            after = self._after.match(paragraph[quotation.end + 1 : quotation.end + 1 + _NEAR])
            name = self._name(after)
            if name:
                return name
            before = paragraph[max(0, quotation.start - 1 - _NEAR) : quotation.start - 1]
            name = self._name(self._before.search(before))
            if name:
                return name
        return None

    def subject(self, paragraph: str) -> str | None:
        """Who begins a paragraph without quotation that leads to one: "Maksim then made a plea…"."""
        match = _NAMES.match(paragraph)
        return self._stripped(match[0]) if match else None

    def _name(self, match: re.Match[str] | None) -> str | None:
        if match is None:
            return None
        groups = (value for value in match.groups() if value)
        return next((name for value in groups if (name := self._stripped(value))), None)

    def _stripped(self, name: str) -> str | None:
        """The name without a capitalised first word that is none ("Meanwhile Anna" → "Anna")."""
        words = name.split()
        while words and words[0].lower().rstrip(".") in self._not_names:
            words.pop(0)
        return " ".join(words).removesuffix("'s").removesuffix("’s") or None


def full_name(name: str, text: str) -> str:
    """The longest form under which the story first names a person that it later calls by one name."""
    words = name.split()
    if len(words) > 1:
        return name
    for match in _NAMES.finditer(text):
        candidate = match[0].removesuffix("'s").removesuffix("’s").split()
        for start in range(len(candidate)):
            form = candidate[start:]
            if len(form) in (2, 3) and (form[0] == name or (form[-1] == name and start == 0)):
                return " ".join(form)
    return name


def balanced(text: str) -> bool:
    """Whether every quotation mark of the text has its partner."""
    folded = fold_marks(text)
    return folded.count('"') % 2 == 0

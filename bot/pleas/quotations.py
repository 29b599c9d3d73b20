"""Quotations in a story: where they stand, and who says them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.pleas.help_sentences import Cues, fold_marks

_PAIRS = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "‚": "‘", "'": "'", "”": "”", "»": "«"}
_MARK = re.compile("[" + "".join(_PAIRS) + "]")
_SINGLE = {"'", "‘"}
_OPENS_AFTER = re.compile(r"[\s(\[—–:-]")
_NEVER_AFTER = ",.;:!?)]”»"  # what cannot follow a mark that opens
_PUNCTUATION = ".,!?…;"

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽΑ-ΩЀ-ЯҐ"
_WORD = rf"[{_UPPER}][\w'’ʼ.-]{{0,40}}\w|[{_UPPER}]\."
_PARTICLE = "of|van|von|der|de|del|da|di|la|le|bin|al|el|ibn|ter|dos"
_NAME = rf"(?:{_WORD})(?:\s(?:(?:{_PARTICLE})\s){{0,2}}(?:{_WORD})){{0,4}}"
_TITLES = (
    "Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|President|Prof|Professor|Herr|Frau|Pan|Pani|Mme|Sr|Sra|пан|пані"
)
_TITLE = rf"(?:{_TITLES})\.?\s"
_NAMES = re.compile(_NAME)
_LONGEST_NAME = 3  # words of a person's name
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
    while mark := _MARK.search(paragraph, place):
        place = mark.end()
        if _opens(paragraph, mark.start()):
            end = _closing(paragraph, mark.start())
            text = paragraph[place:end].strip()
            if text:
                yield Quotation(text, place, end)
            place = end + 1


def _opens(paragraph: str, place: int) -> bool:
    """Whether a mark begins a quotation: free before it, a word after it. French sets a space after «."""
    following = paragraph[place + 1 : place + 2]
    free = place == 0 or _OPENS_AFTER.match(paragraph[place - 1]) is not None
    spaced = paragraph[place] == "«" and following.isspace()
    return free and (
        spaced or (bool(following) and not following.isspace() and following not in _NEVER_AFTER)
    )


def _closing(paragraph: str, place: int) -> int:
    """Where the quotation that opens at `place` ends. A single mark closes after punctuation, else it is an
    apostrophe, unless it is the only one that could close before the next one opens.
    """
    mark = paragraph[place]
    fallback = None
    for match in _MARK.finditer(paragraph, place + 1):
        at = match.start()
        if paragraph[at] not in _PAIRS[mark]:
            continue
        if mark not in _SINGLE:
            return at
        if _opens(paragraph, at):
            break
        if paragraph[at + 1 : at + 2].isalnum():
            continue
        if paragraph[at - 1] in _PUNCTUATION:
            return at
        fallback = fallback or at
    return fallback or len(paragraph)


def speakers(paragraphs: Sequence[str], cues: Cues) -> list[str | None]:
    """Who is quoted in each paragraph, by full name: None where nobody is, or it cannot be told.

    A pronoun or a description ("the husband and father continued") belongs to whoever spoke last. So does a
    quotation without any such words, but only right after another quotation or after a paragraph that leads
    to it ("Maksim then made a plea…"): a wrong name under a quotation is worse than none.
    """
    attribution = _Attribution(cues)
    known = _full_names("\n".join(paragraphs))
    found: list[str | None] = []
    last: str | None = None
    leads = False  # whether the paragraph before was a quotation, or led to one
    for paragraph in paragraphs:
        quoted = list(quotations(paragraph))
        if quoted:
            name = attribution.name(paragraph, quoted)
            last = known.get(name, name) if name else last
            told = name is not None or attribution.referred(paragraph, quoted) or leads
            found.append(last if told else None)
            leads = told
        else:
            name = attribution.leading(paragraph)
            last = known.get(name, name) if name else last
            found.append(None)
            leads = name is not None
    return found


class _Attribution:
    """The patterns of one language that say whose a quotation is."""

    def __init__(self, cues: Cues) -> None:
        words = cues.attribution
        self._not_names = frozenset(words["not_names"].split())
        said = rf"(?i:{words['verbs']})"
        who = rf"((?:{_TITLE})?{_NAME})"
        aside = r"(?:,[^\"“”«»]{1,140},|\s\([^)]{1,40}\),?)?"
        described = r"(?:[^\"“”«».!?]{1,60},\s|(?:[a-z'’-]+\s){1,4})?"
        self._after = re.compile(
            rf"[\s,—–-]*(?:{said}\s{described}{who}|{described}{who}{aside}\s(?:[a-z]+\s){{0,2}}?{said}\b)"
        )
        self._before = re.compile(rf"{who}{aside}\s(?:[\w']+\s){{0,6}}?{said}\b[^\"“”«».!?]{{0,120}}$")
        self._leading = re.compile(rf"{who}{aside}\s(?:[\w']+\s){{0,3}}?(?:{said}|(?i:{words['leads']}))\b")
        self._referred = re.compile(
            rf"[\s,—–-]*(?i:(?:{words['pronouns']})\s(?:\w+\s)?{said}|{said}\s(?:{words['pronouns']})"
            rf"|(?:{words['descriptions']})\s[^\"“”«».!?,]{{1,60}}?\s{said})\b"
        )
        self._referred_before = re.compile(
            rf"\b(?i:{words['pronouns']})\s(?:\w+\s){{0,3}}?{said}\b"
            r"[^\"“”«».!?]{0,60}$"
        )

    def name(self, paragraph: str, quoted: Sequence[Quotation]) -> str | None:
        """The name beside the first quotation that has one, after it or before it."""
        for quotation in quoted:
            for match in (
                self._after.match(_after(paragraph, quotation)),
                self._before.search(_before(paragraph, quotation)),
            ):
                name = self._stripped(match)
                if name:
                    return name
        return None

    def referred(self, paragraph: str, quoted: Sequence[Quotation]) -> bool:
        """Whether a pronoun or a description beside a quotation says that somebody known goes on."""
        return any(
            self._referred.match(_after(paragraph, quotation))
            or self._referred_before.search(_before(paragraph, quotation))
            for quotation in quoted
        )

    def leading(self, paragraph: str) -> str | None:
        """Who begins a paragraph without quotation that leads to one."""
        return self._stripped(self._leading.match(paragraph))

    def _stripped(self, match: re.Match[str] | None) -> str | None:
        """The first name of the match, without a capital that is none ("Meanwhile Anna" → "Anna")."""
        words = next(filter(None, match.groups()), "").split() if match else []
        while words and words[0].lower().rstrip(".") in self._not_names:
            words.pop(0)
        return _without_possessive(" ".join(words)) or None


def _after(paragraph: str, quotation: Quotation) -> str:
    return paragraph[quotation.end + 1 : quotation.end + 1 + _NEAR]


def _before(paragraph: str, quotation: Quotation) -> str:
    return paragraph[max(0, quotation.start - 1 - _NEAR) : quotation.start - 1]


def _without_possessive(name: str) -> str:
    return name.removesuffix("'s").removesuffix("’s")


def _full_names(text: str) -> dict[str, str]:
    """For each single name the first fuller form in the text: "Maksim" → "Maksim Chmerkovskiy"."""
    full: dict[str, str] = {}
    for match in _NAMES.finditer(text):
        words = _without_possessive(match[0]).split()[-_LONGEST_NAME:]
        for start in range(len(words) - 1):
            form = " ".join(words[start:])
            full.setdefault(words[start], form)
            full.setdefault(words[-1], form)
    return full


def balanced(text: str) -> bool:
    """Whether every double quotation mark of the text has its partner."""
    return fold_marks(text).count('"') % 2 == 0

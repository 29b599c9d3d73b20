"""Quotations: find them in a story's paragraphs, and find who says them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.pleas.help_sentences import LanguageRules, fold_marks

_PAIRS = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "‚": "‘", "'": "'", "”": "”", "»": "«"}
_MARK = re.compile("[" + "".join(_PAIRS) + "]")
_SINGLE = {"'", "‘"}
_OPENS_AFTER = re.compile(r"[\s(\[—–:-]")
_NEVER_AFTER = ",.;:!?)]”»"  # characters that cannot follow an opening mark
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
_NEAR = 160  # characters beside a quotation that are searched for its speaker


@dataclass(frozen=True, slots=True)
class Quotation:
    """The text between two quotation marks; without a closing one, `end` is the end of its paragraph."""

    text: str
    start: int
    end: int


def quotations(paragraph: str) -> Iterator[Quotation]:
    """Yield the quotations of a paragraph in order.

    A quotation without a closing mark runs to the paragraph's end, as one over several paragraphs does; a
    closing mark without an opening one is ignored.
    """
    position = 0
    while mark := _MARK.search(paragraph, position):
        position = mark.end()
        if _opens(paragraph, mark.start()):
            end = _closing(paragraph, mark.start())
            text = paragraph[position:end].strip()
            if text:
                yield Quotation(text, position, end)
            position = end + 1


def _opens(paragraph: str, position: int) -> bool:
    """Return whether a mark opens a quotation: a space before it, a word after it (French: « and a space)."""
    following = paragraph[position + 1 : position + 2]
    free = position == 0 or _OPENS_AFTER.match(paragraph[position - 1]) is not None
    spaced = paragraph[position] == "«" and following.isspace()
    return free and (
        spaced or (bool(following) and not following.isspace() and following not in _NEVER_AFTER)
    )


def _closing(paragraph: str, start: int) -> int:
    """Return the end of the quotation that opens at `start`.

    A single mark closes it only after punctuation, since it is an apostrophe elsewhere. If none does, the
    first that may close it before another one opens ends the quotation.
    """
    mark = paragraph[start]
    fallback = None
    for match in _MARK.finditer(paragraph, start + 1):
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


def speakers(paragraphs: Sequence[str], rules: LanguageRules) -> list[str | None]:
    """Return the full name of the person quoted in each paragraph; None if there is none or it is unknown.

    A pronoun or a description ("the husband and father continued") stands for the last speaker. So does a
    quotation without any such words, but only right after another quotation or after a paragraph that leads
    to it ("Maksim then made a plea…"), because a wrong name is worse than none.
    """
    attribution = _Attribution(rules)
    full_names = _full_names("\n".join(paragraphs))
    found: list[str | None] = []
    last: str | None = None
    leads = False  # whether the paragraph before was a quotation with a known speaker, or led to one
    for paragraph in paragraphs:
        quoted = list(quotations(paragraph))
        if quoted:
            name = attribution.name(paragraph, quoted)
            last = full_names.get(name, name) if name else last
            known_speaker = name is not None or attribution.refers_back(paragraph, quoted) or leads
            found.append(last if known_speaker else None)
            leads = known_speaker
        else:
            name = attribution.leading(paragraph)
            last = full_names.get(name, name) if name else last
            found.append(None)
            leads = name is not None
    return found


class _Attribution:
    """The patterns of one language that find a quotation's speaker."""

    def __init__(self, rules: LanguageRules) -> None:
        words = rules.attribution
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
        """Return the name after or before the first quotation that has one."""
        for quotation in quoted:
            for match in (
                self._after.match(_after(paragraph, quotation)),
                self._before.search(_before(paragraph, quotation)),
            ):
                name = self._stripped(match)
                if name:
                    return name
        return None

    def refers_back(self, paragraph: str, quoted: Sequence[Quotation]) -> bool:
        """Return whether a pronoun or a description beside a quotation refers to the last speaker."""
        return any(
            self._referred.match(_after(paragraph, quotation))
            or self._referred_before.search(_before(paragraph, quotation))
            for quotation in quoted
        )

    def leading(self, paragraph: str) -> str | None:
        """Return the name at the start of a paragraph without quotation that leads to one."""
        return self._stripped(self._leading.match(paragraph))

    def _stripped(self, match: re.Match[str] | None) -> str | None:
        """Return the first name of the match, without words before it ("Meanwhile Anna" → "Anna")."""
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
    """Map each single name to its first fuller form in the text: "Maksim" → "Maksim Chmerkovskiy"."""
    full: dict[str, str] = {}
    for match in _NAMES.finditer(text):
        words = _without_possessive(match[0]).split()[-_LONGEST_NAME:]
        for start in range(len(words) - 1):
            form = " ".join(words[start:])
            full.setdefault(words[start], form)
            full.setdefault(words[-1], form)
    return full


def balanced(text: str) -> bool:
    """Return whether the text has an even number of double quotation marks."""
    return fold_marks(text).count('"') % 2 == 0

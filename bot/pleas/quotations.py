"""Quotations: find what is said in a paragraph, between quotation marks or after a dash."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PAIRS = {'"': '"', "“": "”", "„": '“”"', "«": "»", "‘": "’", "‚": "‘", "'": "'", "”": "”", "»": "«"}
_OPENING = re.compile("[" + "".join(_PAIRS) + "]")
_MARK = re.compile("[" + "".join({*_PAIRS, *"".join(_PAIRS.values())}) + "]")
_SINGLE = {"'", "‘"}
_OPENS_AFTER = re.compile(r"[\s(\[—–:-]")
_NEVER_AFTER = ",.;:!?)]”»"  # characters that cannot follow an opening mark
_PUNCTUATION = ".,!?…;"
# What is said after a dash, and the storyteller's words between two: "– Proszę – mówi Anna. – Chodźcie."
_LOWER = "a-zà-ÿа-яіїєґąćęłńóśźż"
_SPEECH_OPENS = re.compile(rf"^[–—] ?(?=[¿¡]?[^\W\d_])|(?<=[^\W\d_][.!?…] )[–—] ?(?=[¿¡]?[^\W\d_{_LOWER}])")
_SPEECH_ENDS = re.compile(rf"\s[–—]\s?(?=[^\W\d_])(?=\w*[{_LOWER}])")
_SENTENCE_ENDS = re.compile(r"[.!?…](?=\s|$)")
_INSERTED = re.compile(r"(?<=[,.!?…])\s[–—]\s?(?=[^\W\d_A-ZА-ЯІЇЄҐ])[^–—«»“”\"]{3,120}?[.,]?\s[–—]\s?")
_DATELINE = 40  # characters; a dash this near to a paragraph's start may follow the place and the day
_SAID = re.compile(
    r",\s(?=(?:dit|lance|demande|explique|répète|ajoute|souffle|murmure|crie|insiste|supplie|raconte|confie|soupire"
    r"|écrit|prévient|glisse|reprend|répond|plaide|implore|résume|appelle|poursuit|conclut|promet)(?:-t-[a-z]+)?\s)"
)  # French leaves out the second dash: "— Venez, dit Anne."


@dataclass(frozen=True, slots=True)
class Quotation:
    """The text between two quotation marks; without a closing one, `end` is the end of its paragraph."""

    text: str
    start: int
    end: int


def quotations(paragraph: str) -> Iterator[Quotation]:
    """Yield the quotations of a paragraph in order.

    A quotation without a closing mark runs to the paragraph's end, as one over several paragraphs does; a
    closing mark without an opening one is ignored. The storyteller's words ("— asked Anna —") cut it in two.
    """
    marked = list(_marked(paragraph))
    parts = (part for quotation in marked for part in _parts(quotation))
    yield from sorted((*parts, *_spoken(paragraph, marked)), key=lambda quotation: quotation.start)


def _marked(paragraph: str) -> Iterator[Quotation]:
    """Yield what stands between quotation marks."""
    position = 0
    while mark := _OPENING.search(paragraph, position):
        position = mark.end()
        if _opens(paragraph, mark.start()):
            end = _closing(paragraph, mark.start())
            text = paragraph[position:end].strip()
            if text:
                yield Quotation(text, position, end)
            position = end + 1


def _parts(quotation: Quotation) -> Iterator[Quotation]:
    """Yield the parts of a quotation before and after the storyteller's words."""
    start, text = 0, quotation.text
    for inserted in _INSERTED.finditer(text):
        yield Quotation(
            text[start : inserted.start()], quotation.start + start, quotation.start + inserted.start()
        )
        start = inserted.end()
    yield Quotation(text[start:], quotation.start + start, quotation.end) if start else quotation


def _spoken(paragraph: str, marked: list[Quotation]) -> Iterator[Quotation]:
    """Yield what is said after a dash, outside of quotation marks."""
    openings = list(_SPEECH_OPENS.finditer(paragraph))
    if not openings:
        return
    nowhere = len(paragraph)
    dashes = [dash.start() for dash in openings]
    ends = sorted(match.start() for pattern in (_SPEECH_ENDS, _SAID) for match in pattern.finditer(paragraph))
    stops = [stop.end() for stop in _SENTENCE_ENDS.finditer(paragraph)]
    position, spoke = 0, False
    for opening in openings:
        start, leads = opening.end(), opening.start() == 0
        if opening.start() < position or _covered(start, marked):
            continue
        end = _first_from(start, ends, nowhere)
        if not leads and not spoke and (end == nowhere or _follows_a_day(paragraph, opening.start())):
            continue
        following = _first_from(start, dashes, nowhere)
        if end >= following:
            end = min(following, nowhere if leads else _first_from(start + 1, stops, nowhere))
        yield Quotation(paragraph[start:end].strip(), start, end)
        position, spoke = end, True


def _follows_a_day(paragraph: str, place: int) -> bool:
    """Return whether a dash may follow the place and the day of the news: "Lyon, 29 nov. — Trente"."""
    return place < _DATELINE and any(letter.isdigit() for letter in paragraph[:place])


def _first_from(place: int, places: Sequence[int], otherwise: int) -> int:
    """Return the first of the places, which are in order, that is not before this one."""
    number = bisect_left(places, place)
    return places[number] if number < len(places) else otherwise


def _covered(place: int, marked: Sequence[Quotation]) -> bool:
    """Return whether one of the quotations, which are in order, holds this place."""
    number = bisect_right(marked, place, key=lambda quotation: quotation.start)
    return number > 0 and place <= marked[number - 1].end


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
    first that may close it before another one opens ends the quotation. Guillemets may hold guillemets.
    """
    mark = paragraph[start]
    fallback, depth = None, 0
    for match in _MARK.finditer(paragraph, start + 1):
        at = match.start()
        if mark == "«" and paragraph[at] == "«":
            depth += 1
        if paragraph[at] not in _PAIRS[mark]:
            continue
        if depth:
            depth -= 1
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


def balanced(text: str) -> bool:
    """Return whether the text has an even number of double quotation marks."""
    marks = sum(text.count(mark) for mark in '"“”„«»')
    return marks % 2 == 0

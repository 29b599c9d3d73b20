"""Datelines: take off the place, date and agency that news agencies put before a story's first sentence."""

import re

from bot.language.lexicon import Lexicon

_CAPITAL = "A-ZÀ-ÞА-ЯІЇЄҐŁŚŻŹĆ"
# Place, date and agency before the first sentence: "(CNN)", "LONDON (Reuters) - ", "WASHINGTON, Sept 12 — ",
# "КИЇВ, 12 вересня (Укрінформ) – ", "ISLAMABAD: ", "London, June 7, IRNA - ".
_DATELINE = re.compile(
    rf"""(?:[{_CAPITAL}][\w.'’-]*,?\s+){{0,6}}\((?:CNN(?:\s\w+)?|AP|AFP|UPI|Reuters|CBS|BBC)\)\s*[-–—:]*\s*
    |(?:[{_CAPITAL}\d][\w.'’-]*,?\s+(?:\w+,?\s+)?){{1,6}}\([{_CAPITAL}][^()]{{1,25}}\)\s*[-–—]+\s*
    |[{_CAPITAL}]{{3}}[{_CAPITAL} .,'’]*(?:,\s[^—–()]{{1,30}})?\s*(?:[—–]|--|\s-\s)\s*
    |[{_CAPITAL}]{{4}}[{_CAPITAL} ]*:\s+
    |[{_CAPITAL}][\w. ]{{2,30}},\s\w+\.?\s\d{{1,2}}(?:,\s\w{{2,10}})?\s*(?:[—–]|--|\s-\s)\s*""",
    re.VERBOSE,
)
_DATELINE_END = re.compile(r"[(—–:]|--| - ")
_DATELINE_REACH = 70


# Places alone, before a word that has a capital only at the beginning: "Kabul, Afghanistan A hospital".
_PLACES = re.compile(rf"(?:[{_CAPITAL}][\w.’'-]+,? ){{1,4}}(?=([{_CAPITAL}]\w*) [^{_CAPITAL}])")


def without_dateline(text: str) -> str:
    """Return the sentence without place, date and agency."""
    start = text[:_DATELINE_REACH]
    if _DATELINE_END.search(start) is None:
        return text
    match = _DATELINE.match(text)
    rest = text[match.end() :].lstrip() if match else text
    return rest if rest[:1].isupper() or rest[:1] in "\"“„«'‘" else text


def without_places(text: str, lexicon: Lexicon) -> str:
    """Return a story's first sentence without the places that were glued to it with no mark between."""
    match = _PLACES.match(text)
    if match is None or not _opens(match[1], lexicon):
        return text
    glued = not any(_opens(word.strip(","), lexicon) for word in match[0].split())
    return text[match.end() :] if glued else text


def _opens(word: str, lexicon: Lexicon) -> bool:
    return lexicon.opens(word) or word.lower() in lexicon.openers  # "A" is no name here

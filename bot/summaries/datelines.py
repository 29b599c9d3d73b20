"""Datelines: take off the place, date and agency that news agencies put before a story's first sentence."""

import re

from bot.language.lexicon import Lexicon

_CAPITAL = "A-ZÀ-ÞА-ЯІЇЄҐŁŚŻŹĆ"
_REGION = rf"\s\([{_CAPITAL}][\w ]+\)|,\s[{_CAPITAL}][\w. ]{{1,20}}"
_PLACE = rf"[{_CAPITAL}][\w.’'/-]*(?:\s[\w.’'-]+){{0,3}}(?:{_REGION})?"
_DASH = r"(?:[—–]|--|\s-\s|(?<=\.)-\s)"
_DAY = r"(?:\w+\.?\s)?\d{1,2}(?:\.\d{1,2})?\.?(?:\s(?:de\s)?[^\W\d]{3,12}\.?)?(?:\s\d{4})?"
# Place, date and agency before a story's first sentence, as in "(CNN)", "LONDON (Reuters) - ", "ISLAMABAD: "
# or "КИЇВ, 12 вересня (Укрінформ) – ". Others are "(Rolling Stone)", "Amman (dpa) – ",
# "London, June 7, IRNA - " and in Spanish "Mendoza (Argentina), 22 nov.- ".
_DATELINE = re.compile(
    rf"""(?:[{_CAPITAL}][\w.'’-]*,?\s+){{0,6}}\((?:CNN(?:\s\w+)?|AP|AFP|UPI|Reuters|CBS|BBC)\)\s*[-–—:]*\s*
    |\([{_CAPITAL}][\w ]{{2,30}}\)\s*
    |(?:[{_CAPITAL}\d][\w.'’-]*,?\s+(?:\w+,?\s+)?){{1,6}}\(\w[^()]{{1,25}}\)\s*[-–—]+\s*
    |[{_CAPITAL}]{{3}}[{_CAPITAL} .,'’/-]*(?:,\s[^—–()]{{1,30}})?\s*(?:[—–]|--|\s-\s)\s*
    |[{_CAPITAL}]{{4}}[{_CAPITAL} ]*:\s+
    |{_PLACE},\s{_DAY}(?:,?\s\([^()]{{2,25}}\)|,\s\w{{2,12}})?\s*{_DASH}\s*""",
    re.VERBOSE,
)
# A dateline that ends in a full stop, before a sentence behind a dash: "Gdynia, 26.11. – …".
_DATELINE_ALONE = re.compile(rf"{_PLACE},\s{_DAY}\.?$")
_LEADING_DASH = re.compile(r"[-–—]+\s*")
# A town and its state: "New York, NY – ".
_TOWN = re.compile(rf"[{_CAPITAL}][\w.’'-]*(?:\s[\w.’'-]+){{0,2}},\s[{_CAPITAL}][\w.]{{1,15}}\s[–—]\s")
_DATELINE_END = re.compile(r"[(—–:]|--| - |\.- ")
_DATELINE_REACH = 70  # characters
# Places before a word that has a capital only where a sentence begins: "Kabul, Afghanistan A hospital".
_PLACES = re.compile(rf"(?:[{_CAPITAL}][\w.’'-]+,? ){{1,4}}(?=([{_CAPITAL}]\w*) (?![{_CAPITAL}]{{2}}))")
# "London Lewis Hamilton has signed", "Tripoli, Libya Libyan lawmakers".
_PLACE_AND_NAME = re.compile(
    rf"((?:[{_CAPITAL}][\w.’'-]+ ){{1,2}})([{_CAPITAL}][\w’'-]+ [{_CAPITAL}][\w’'-]+)"
)
_TOWN_AND_COUNTRY = re.compile(rf"[{_CAPITAL}]\w+, [{_CAPITAL}]\w+ (?=[{_CAPITAL}]\w+ )")


def without_dateline(text: str) -> str:
    """Return the sentence without place, date and agency."""
    start = text[:_DATELINE_REACH]
    if _DATELINE_END.search(start) is None:
        return text
    return _behind(_DATELINE.match(text), text)


def drop_opening_dateline(texts: list[str]) -> int:
    """Remove the dateline from a story's first sentences, in place; return how many of them are removed."""
    if len(texts) > 1 and _DATELINE_ALONE.match(texts[0]) and _LEADING_DASH.match(texts[1]):
        del texts[0]
        texts[0] = _LEADING_DASH.sub("", texts[0], count=1)
        return 1
    texts[0] = _behind(_TOWN.match(texts[0]), texts[0])
    return 0


def _behind(match: re.Match[str] | None, text: str) -> str:
    """Return what stands behind the match, if that is the beginning of a sentence; else the text."""
    rest = text[match.end() :].lstrip() if match else text
    return rest if not rest or rest[0].isupper() or rest[0].isdigit() or rest[0] in "\"“„«'‘" else text


def without_places(text: str, headline: str, lexicon: Lexicon) -> str:
    """Return a story's first sentence without places that stand before it with no mark between.

    What follows them shows that they are a dateline: a word that only the beginning of a sentence writes with
    a capital, a name that the headline gives without them, or a capital behind a town and its country.
    """
    match = _PLACES.match(text)
    if match is not None and _opens(match[1], lexicon):
        glued = not any(_opens(word.strip(","), lexicon) for word in match[0].split())
        return text[match.end() :] if glued else text
    name = _PLACE_AND_NAME.match(text)
    if (
        name is not None
        and name[2] in headline
        and not any(word in headline or _opens(word, lexicon) for word in name[1].split())
    ):
        return text[name.end(1) :]
    town = _TOWN_AND_COUNTRY.match(text)
    return text[town.end() :] if town else text


def _opens(word: str, lexicon: Lexicon) -> bool:
    return lexicon.opens(word) or word.lower() in lexicon.openers  # "A" is no name here

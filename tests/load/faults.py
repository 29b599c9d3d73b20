"""Counts the faults that a reader would see in a summary, apart from the rules that try to avoid them.

Written from the reader's side, without a look at `bot.summaries.readability` and sharing no code or word list
with it, so that the measure is not the thing that is optimised. Every counter errs on the strict side.
"""

import re
import unicodedata
from collections.abc import Sequence

FAULTS = ("quote", "bare quote", "opener", "boilerplate", "fragment", "repeat")

# Words that cannot open a text: what do they go back to?
_BACKWARD = {
    "en": (
        "he she it they him her them his hers its their theirs this that these those such both but and or"
        " so however also then therefore thus moreover furthermore meanwhile instead nevertheless"
        " nonetheless yet besides otherwise similarly likewise additionally consequently there here still"
        " indeed hence which who"
    ),
    "fr": (
        "il elle ils elles lui leur leurs son sa ses ce cet cette ces cela ça celui celle ceux celles mais"
        " et ou donc or car cependant pourtant toutefois néanmoins aussi alors puis ensuite ainsi enfin"
        " c'est c'était"
    ),
    "nb": (
        "han hun de det den dette disse denne hans hennes deres men og eller så likevel imidlertid også da"
        " deretter derfor dermed dessuten samtidig derimot"
    ),
    "de": (
        "er sie es ihr ihre sein seine dieser diese dieses das dies beide aber und oder doch jedoch auch"
        " dann deshalb daher also allerdings außerdem zudem trotzdem dennoch dabei dort"
    ),
    "pl": (
        "on ona oni one ono jego jej ich ten ta to ci te ale a i lub jednak także również też wtedy potem"
        " dlatego więc zatem natomiast ponadto tymczasem"
    ),
    "es": (
        "él ella ellos ellas su sus este esta estos estas esto ese esa eso ambos pero y o sino además"
        " también entonces luego después así asimismo sin"
    ),
    "uk": (
        "він вона вони воно його її їх їхній цей ця це ці такий така таке але а і та або проте однак також"
        " тоді потім тому отже натомість водночас утім втім"
    ),
}
_BACKWARD_PHRASES = re.compile(
    r"(in addition|as a result|for example|for instance|on the other hand|by contrast|in contrast|in turn"
    r"|after that|at the same time|at the time|the (two|pair|latter|former)\b)",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"^\W*(photo|image|picture|video|credit|source|caption|fot|foto|bilde|kilde|quelle|fuente|джерело|фото)"
    r"\w*\s*[:/|©]"
    r"|photo(graph)?s? (by|credit|courtesy)|\bgetty\b|shutterstock|\bAP photo|reuters pic|file photo|©"
    r"|screengrab|\((left|right|above|below|pictured)\)|\bpictured (left|right|above|below)\b",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"^(By|Von|Par|Por)\s+([A-Z][\w.'-]+\s*){1,4}\.?$|\bStaff (Writer|Reporter)\b")
_DATELINE = re.compile(
    r"^\((CNN|AP|Reuters|AFP|AFX|UPI)\)|^[A-Z][\w., ]{1,40}\((CNN|AP|Reuters|AFP|UPI|Reuters Health)\)"
    r"|^[A-Z]{4,}[A-Z ,.]*(, [A-Z][\w .]{2,20})?\s?(—|–|--| - )"
)
_INVITATION = re.compile(
    r"\b(click (here|on|the)|follow (us|me|him|her|@|\w+ on (twitter|facebook|instagram))"
    r"|subscribe (to|now|here)|sign up (for|to|here)|read (more|also|next)\b|share this|newsletter"
    r"|download (the|our) app|scroll down|all rights reserved|terms of (use|service)"
    r"|(article|story|post) (was|is|has been|originally|first)"
    r" (originally|first|published|appeared|updated|written|part|licensed)"
    r"|contributed to this|originally appeared|for more (information|details|on)"
    r"|visit (our|us|the website|www)|stay tuned for|like us on"
    r"|lire aussi|abonnez-vous|cliquez|les også|følg oss|klikk her|saken fortsetter|czytaj też|kliknij"
    r"|читайте також|підписуйтесь|lesen sie auch|klicken sie|síguenos|haga clic)",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(^|[\s(])[@#]\w\w+|https?:|www\.|\w\.(com|org|net|ie|co\.uk)\b")
_END = re.compile(r"[.!?…。！？]\W*$")
_WORD = re.compile(r"\w+")


def faults(summary: Sequence[str], story: str, language: str) -> frozenset[str]:
    """Names of the faults, out of FAULTS, that this summary of `story` shows."""
    text = _plain(story)
    found: set[str] = set()
    for index, sentence in enumerate(map(_plain, summary)):
        if _unpaired(sentence):
            found.add("quote")
        if _only_spoken(sentence):
            found.add("bare quote")
        if _opens_backward(sentence, language) and not _follows(summary, index, text):
            found.add("opener")
        if any(pattern.search(sentence) for pattern in (_CREDIT, _BYLINE, _DATELINE, _INVITATION, _HANDLE)):
            found.add("boilerplate")
        if _is_broken_off(sentence):
            found.add("fragment")
    if _repeats(summary):
        found.add("repeat")
    return frozenset(found)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _unpaired(sentence: str) -> bool:
    """Double quotes, guillemets and brackets pair up; German and Polish lower quotes close with an upper."""
    lower, left, right = sentence.count("„"), sentence.count("“"), sentence.count("”")
    curly = lower != left + right if lower else left != right
    paired = all(sentence.count(a) == sentence.count(b) for a, b in ("«»", "()", "[]"))
    return curly or not paired or sentence.count('"') % 2 == 1


def _only_spoken(sentence: str) -> bool:
    """Every word lies between quotation marks."""
    if sentence[:1] not in set("\"“„«'‘"):
        return False
    rest = re.sub(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|^['‘].*['’]\W*$", "", sentence)
    return not _WORD.search(rest)


def _opens_backward(sentence: str, language: str) -> bool:
    if sentence[:1] in set('"“„«'):
        return False
    words = re.findall(r"[\w'’]+", sentence.lower())
    stems = {words[0].replace("’", "'"), re.split(r"['’]", words[0])[0]} if words else set()
    if stems & set(_BACKWARD.get(language, "").split()):
        return True
    return language == "en" and _BACKWARD_PHRASES.match(sentence) is not None


def _follows(summary: Sequence[str], index: int, text: str) -> bool:
    """Whether the sentence before it in the summary is also the one before it in the story."""
    if index == 0:
        return False
    before, here = _plain(summary[index - 1]), _plain(summary[index])
    at = text.find(before)
    return at >= 0 and 0 <= text.find(here, at) - (at + len(before)) <= 3


def _is_broken_off(sentence: str) -> bool:
    letters = [char for char in sentence if char.isalpha()]
    starts_low = bool(letters) and letters[0].islower()
    return not _END.search(sentence) or starts_low or len(_WORD.findall(sentence)) < 4 or sentence.isupper()


def _repeats(summary: Sequence[str]) -> bool:
    sets = [set(_WORD.findall(sentence.lower())) for sentence in summary]
    pairs = ((a, b) for i, a in enumerate(sets) for b in sets[:i] if a and b)
    return any(len(a & b) / min(len(a), len(b)) >= 0.8 for a, b in pairs)

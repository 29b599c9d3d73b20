"""Counts the faults that a reader sees in a summary, who has the headline and the summary and nothing else.

    dangling     a pronoun, a bare surname or a definite noun that neither headline nor summary introduced
    connective   an opening "But", "However", "That …" that refers to a sentence which is not there
    speakerless  a quotation without a speaker
    boilerplate  a caption, heading, credit, invitation or dateline
    day          a weekday, today or yesterday without its date
    broken       half a quotation, a fragment
    repeat       two sentences that say the same

Written from the reader's side: it shares no code and no word list with `bot.summaries`, so that the measure
is not the thing that is optimised. It looks at the story only to see whether a surname or noun was introduced
there. `fault_labels.jsonl` holds what a reader found in 100 summaries; `bench_summaries` prints how far the
counter agrees.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from tests.load.dangling import Reader, dangles
from tests.load.fault_words import WORDS, FaultWords

FAULTS = ("dangling", "connective", "speakerless", "boilerplate", "day", "broken", "repeat")

_TURNING_PHRASES = re.compile(
    r"(in addition|as a result|for example|for instance|on the other hand|by contrast|in contrast|in turn"
    r"|after that|at the same time|at the time|at that|to that end|that said|that is|that's|that was|since"
    r" then|the (next|following) day|that"
    r" means|this is|this was|this means|this comes|these are|those are|such a|not only that|even so)\b",
    re.IGNORECASE,
)
_THOUGH = re.compile(
    r"[^,]{1,30}, (though|however|too|meanwhile),", re.IGNORECASE
)  # "In this poll, though, …"
_CREDIT = re.compile(
    r"^\W*(photo|image|picture|video|credit|source|caption|fot|foto|bilde|kilde|quelle|fuente|джерело|фото)"
    r"\w*\s*[:/|©]"
    r"|photo(graph)?s? (by|credit|courtesy)|\bgetty\b|shutterstock|\bAP photo|reuters pic|file photo|©"
    r"|screengrab|\||\bfile (photo|picture|image)\b|\d:\d\d ?[AP]M [A-Z]"
    r"|\((left|right|above|below|pictured|centre|center|file)\)"
    r"|\bpictured,? (left|right|above|below|here|in|at|with)\b"
    r"|\b(is|are) (photographed|pictured|seen here)\b",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"^[A-Z][\w'’-]*( [\w'’-]+){0,2}: \w|^[^\"“]*\w \.$")  # "Heartbroken: The father of …"
_BYLINE = re.compile(r"^(By|Von|Par|Por)\s+([A-Z][\w.'-]+\s*){1,4}\.?$|\bStaff (Writer|Reporter)\b")
_DATELINE = re.compile(
    r"^\([A-Z][\w ]{1,30}\)"
    r"|^[^\W\d_a-z][\w -]{2,25}(, \d{1,2}\.? [a-z]{3,10})?\.?( ?\([a-z]{2,5}\))? ?(\.-|[—–]) "
    r"|^[A-Z][\w., ]{1,40}\((CNN|AP|Reuters|AFP|UPI|Reuters Health)\)"
    r"|^[A-Z]{4,}[A-Z ,.]*(, [A-Z][\w .]{2,20})?\s?(—|–|--| - )"
    r"|^([A-Z][a-z]+,? ){1,3}(A|An|The|It|In|Two|When|After|For|More|At|As|On|It's|There|They|He|She) [a-z]"
)
_INVITATION = re.compile(
    r"\b(click (here|on|the)|follow (us|me|him|her|@|\w+ on (twitter|facebook|instagram))"
    r"|subscribe (to|now|here)|sign up (for|to|here)|read (more|also|next)\b|share this|newsletter"
    r"|download (the|our) app|scroll down|all rights reserved|terms of (use|service)"
    r"|(article|story|post) (was|is|has been|originally|first)"
    r" (originally|first|published|appeared|updated|written|part|licensed)"
    r"|contributed to this|originally appeared|for more (information|details|on)"
    r"|sponsored by|is produced (weekly|daily)|comments section|^below, we|thank you for using"
    r"|visit (our|us|the website|www)|stay tuned for|like us on|this link"
    r"|lire aussi|abonnez-vous|cliquez|les også|følg oss|klikk her|saken fortsetter|czytaj też|kliknij"
    r"|читайте також|підписуйтесь|lesen sie auch|klicken sie|síguenos|haga clic)",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(^|[\s(])[@#]\w\w+|https?:|www\.|\w\.(com|org|net|ie|co\.uk)\b")
_THIS_WEEK = re.compile(
    r"\b(this|last|next) (week|weekend|month)\b|la semaine dernière|letzte woche|forrige uke"
)
_MONTH = (
    r"(?:jan|feb|fév|mar|mär|apr|avr|abr|may|mai|maj|jun|jui|jul|aug|aoû|ago|sep|oct|okt|nov|dec|dez|déc|des|dic"
    r"|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru|січ|лют|бер|кві|тра|чер|лип|сер|вер|жов|лис|гру)"
)
_DATED = re.compile(
    rf"\b(19|20)\d\d\b|\b\d{{1,2}}(st|nd|rd|th|er|\.)? (of |de )?{_MONTH}|\b{_MONTH}[\w.]* \d", re.IGNORECASE
)
_END = re.compile(r"[.!?…。！？]\W*$")
_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"[\w]+(?:[-'’.]\w+)*")
_NO_WORDS = FaultWords()


def faults(summary: Sequence[str], story: str, language: str, headline: str = "") -> frozenset[str]:
    """Return the names of the faults, out of FAULTS, that this summary of `story` shows below `headline`."""
    text, words = _plain(story), WORDS.get(language, _NO_WORDS)
    reader = Reader()
    reader.read(_plain(headline))
    found: set[str] = set()
    shown = [_plain(sentence) for sentence in summary]
    for index, sentence in enumerate(shown):
        follows = index > 0 and _is_next(shown[index - 1], sentence, text)
        found.update(_of_form(sentence), _of_reference(sentence, words, follows=follows))
        earlier = text[: max(0, text.find(sentence))]
        if dangles(sentence, words, reader, earlier, follows=follows):
            found.add("dangling")
        reader.read(sentence)
        reader.has_begun = True
    if _repeats(summary):
        found.add("repeat")
    return frozenset(found)


def _of_form(sentence: str) -> Iterator[str]:
    """Yield what is wrong with the sentence whatever stands around it."""
    if _only_spoken(sentence):
        yield "speakerless"
    if any(sign.search(sentence) for sign in (_CREDIT, _CAPTION, _BYLINE, _DATELINE, _INVITATION, _HANDLE)):
        yield "boilerplate"
    if _unpaired(sentence) or _is_broken_off(sentence):
        yield "broken"


def _of_reference(sentence: str, words: FaultWords, *, follows: bool) -> Iterator[str]:
    low = sentence.lower().replace("’", "'")
    tokens = _TOKEN.findall(low)
    if (words.days.intersection(tokens) or _THIS_WEEK.search(low)) and not _DATED.search(sentence):
        yield "day"
    opens = (tokens[:1] and tokens[0] in words.turning) or _TURNING_PHRASES.match(low) or _THOUGH.match(low)
    if opens and not follows and sentence[:1] not in "\"“„«'‘":
        yield "connective"


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_next(before: str, here: str, text: str) -> bool:
    """Return whether `here` comes right behind `before` in the story."""
    at = text.find(before)
    return at >= 0 and 0 <= text.find(here, at) - (at + len(before)) <= 3


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


def _is_broken_off(sentence: str) -> bool:
    letters = [char for char in sentence if char.isalpha()]
    starts_low = bool(letters) and letters[0].islower()
    return not _END.search(sentence) or starts_low or len(_WORD.findall(sentence)) < 4 or sentence.isupper()


def _repeats(summary: Sequence[str]) -> bool:
    sets = [set(_WORD.findall(sentence.lower())) for sentence in summary]
    pairs = ((a, b) for i, a in enumerate(sets) for b in sets[:i] if a and b)
    return any(len(a & b) / min(len(a), len(b)) >= 0.8 for a, b in pairs)

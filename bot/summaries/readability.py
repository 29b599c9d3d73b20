"""What a reader should not have to see in a summary: each fault is one rule with a name, tested alone.

A rule looks at one sentence and says whether it is broken. What follows depends on the rule's kind:
`NEVER` keeps the sentence out; `WITH_ANTECEDENT` lets it in only behind the sentence that it leans on;
`LAST_RESORT` keeps it out unless the story offers nothing else.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from bot.language.lexicon import Lexicon
from bot.language.phrases import phrases_of, words_of


class Consequence(Enum):
    """What follows when a rule is broken."""

    NEVER = "never"
    WITH_ANTECEDENT = "with antecedent"
    LAST_RESORT = "last resort"


class Candidate(NamedTuple):
    """One sentence as the rules see it.

    bare: in lower case, straight apostrophes, without what precedes the first letter or digit. words: those
    of it.
    """

    text: str
    bare: str
    words: frozenset[str]
    lexicon: Lexicon


def _passage(text: str, lexicon: Lexicon) -> Candidate:
    bare = text.replace("’", "'").lower()
    if not bare[:1].isalnum():
        bare = _LEADING_MARKS.sub("", bare)
    return Candidate(text, bare, words_of(bare), lexicon)


@dataclass(frozen=True, slots=True)
class ReadabilityRule:
    """A fault by name, what follows from it, and how it is told."""

    name: str
    kind: Consequence
    is_broken_by: Callable[[Candidate], bool]


_LEADING_MARKS = re.compile(r"^[\W_]+")
_TOKEN = re.compile(r"\w+(?:['.-]\w+)*")
# Each pattern begins with a character that is rare, which makes a search ten times quicker.
_HANDLE = re.compile(r"@(?<![\w.+-].)[^\W\d]\w+")
_HASHTAG = re.compile(r"#(?<![\w&].)[^\W\d]\w+")
_ADDRESS = re.compile(r"://|www\.|pic\.twitter|@\w+\.\w")
_HOST = re.compile(r"\.(?<=\w.)(?:com|org|net|co\.uk|gov|info)\b")
_CLAUSES = re.compile(r"[,:;–—(|]\s")
_CREDIT_MARK = re.compile(r"^\s*[:|/–—©-]|^\s*(?:by|via|from|von|par|por|przez)\s*:?\s", re.IGNORECASE)
_AGENCIES = ("afp", "ap", "reuters", "pti", "ani", "uni", "bernama", "xinhua", "dpa", "pap", "ntb", "efe")
_AGENCY_SIGN_OFF = re.compile(
    rf"[—–/|-]\s*(?:{'|'.join(_AGENCIES)})\b[^.!?]{{0,20}}$|©|\(c\) ?\d{{4}}", re.IGNORECASE
)
_SIGN_OFF_WORDS = frozenset({*_AGENCIES, "c"})
_STOPS = frozenset(".!?…。！？।॥؟۔።။")
_CLOSERS = "'\"”’»“)]』」）"
_HALF_STOPS = frozenset(":;,]")  # ":." is what is left of a list
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_OPENING_MARKS = frozenset("-–—•·*>|")
_QUOTED = re.compile(
    r"\"[^\"]*\"|“[^”]*”|„[^”“]*[”“]|«[^»]*»|(?<!\w)['‘](?:[^'’]|['’](?=\w))*['’](?!\w)|「[^」]*」"
)
_PAIRS = (("(", ")"), ("[", "]"), ("«", "»"), ("「", "」"))
_SINGLE_OPENS = re.compile(r"‘(?!\s?s\b)|'(?<![^\s(—–]')(?=\w)(?!\d0s)")
_SINGLE_CLOSES = re.compile(r"'(?<=[\w.,!?…]')(?!\w)|’(?!\w)(?!\s(?:s|t|re|ve|ll|d|m)\b)")
_SPEAKER = 2  # words: "he said"
_FIRST_QUOTE = re.compile(
    r"^\s*(?:\"[^\"]+\"|“[^”]+”|„[^”“]+[”“]|«[^»]+»|'[^']+'(?!\w)|‘.+?’(?!\w))[\s,–—-]*"
)
_QUOTE_MARKS = "\"“„«'‘「"
_LONG = 60  # words; half of a screen on a phone
_LONG_CHARACTERS = 500
_GLANCE = 60  # characters, in which the first words stand
_OPENING = 2  # words; a third costs 0.15 ROUGE-1 on CNN
_LEAST_LOWER = 2  # words in lower case, which a sentence with a verb has
_SHORT = 4  # words; "Hotel Monaco (Portland)."


def _is_handle(passage: Candidate) -> bool:
    return _HANDLE.search(passage.text) is not None


def _is_address(passage: Candidate) -> bool:
    return _ADDRESS.search(passage.bare) is not None


def _has_hashtag(passage: Candidate) -> bool:
    return _HASHTAG.search(passage.text) is not None


def _names_host(passage: Candidate) -> bool:
    """Mostly a reader is sent there; but Booking.com can be what the story is about."""
    return _HOST.search(passage.bare) is not None


def _is_credit(passage: Candidate) -> bool:
    signed = "©" in passage.text or not _SIGN_OFF_WORDS.isdisjoint(passage.words)
    if signed and _AGENCY_SIGN_OFF.search(passage.text):
        return True
    credit = phrases_of(passage.lexicon.credits).opening(passage.bare)
    return credit is not None and _CREDIT_MARK.match(passage.bare[credit.end() :]) is not None


def _is_call(passage: Candidate) -> bool:
    calls = phrases_of(passage.lexicon.calls)
    return calls.may_stand_in(passage.words) and any(
        calls.opening(_LEADING_MARKS.sub("", clause)) for clause in _CLAUSES.split(passage.bare)
    )


def _is_notice(passage: Candidate) -> bool:
    return phrases_of(passage.lexicon.notices).stand_in(passage.bare, passage.words)


def _is_fragment(passage: Candidate) -> bool:
    """No end, no beginning, or too short to say anything."""
    text = passage.text
    if not text.isascii() and _UNSPACED.search(text):
        return False
    if text.rstrip(_CLOSERS)[-1:] not in _STOPS or text[:1] in _OPENING_MARKS:
        return True
    if text.endswith(".") and text[:-1].rstrip()[-1:] in _HALF_STOPS:
        return True
    if "|" in text or " > " in text:
        return True
    first = next((char for char in text if char.isalpha()), "")
    return first.islower() or (_only_names(text) and _IDEOGRAPH.search(text) is None)


def _only_names(text: str) -> bool:
    """Fewer than four words ("Un succès."), or hardly one in lower case ("Minister Elena Kountoura.")."""
    count = lower = upper = 0
    for word in _TOKEN.finditer(text):
        count += 1
        lower += word[0][0].islower()
        upper += word[0][0].isupper()
        if count >= _SHORT and lower >= _LEAST_LOWER:
            return False
    return count < _SHORT or upper > 0


def _is_shouted(passage: Candidate) -> bool:
    return passage.text.isupper()


def _has_broken_quote(passage: Candidate) -> bool:
    """A quotation mark or bracket without its partner; the single ones are told from apostrophes by place."""
    text = passage.text
    if text.count('"') % 2 or any(text.count(left) != text.count(right) for left, right in _PAIRS):
        return True
    lower, left, right = text.count("„"), text.count("“"), text.count("”")
    if (lower != left + right) if lower else (left != right):  # „so“ and „tak” close with an upper mark
        return True
    opens = _SINGLE_OPENS.findall(text)
    return bool(opens) and len(opens) > len(_SINGLE_CLOSES.findall(text))


def _is_bare_quote(passage: Candidate) -> bool:
    """Spoken words with nobody to speak them."""
    if passage.text[:1] not in _QUOTE_MARKS:
        return False
    return len(_TOKEN.findall(_QUOTED.sub(" ", passage.text))) < _SPEAKER


def _points_back(passage: Candidate) -> bool:
    if passage.text[:1] in _QUOTE_MARKS and not _is_bare_quote(passage):
        return False  # "We need help," Olena Koval said: the speaker is named
    if phrases_of(passage.lexicon.back_pointers).opening(passage.bare):
        return True
    return not passage.lexicon.persons.isdisjoint(passage.words) and _person_comes_early(passage)


def _person_comes_early(passage: Candidate) -> bool:
    """A pronoun among the first words with no name before it: "Unfortunately, she …", "When he …"."""
    words = _TOKEN.findall(passage.text[:_GLANCE])[:_OPENING]
    for place, word in enumerate(words):
        if word.lower() in passage.lexicon.persons:
            return not any(before[0].isupper() for before in words[1:place])
    return False


def _connects(passage: Candidate) -> bool:
    if phrases_of(passage.lexicon.connectives).opening(passage.bare):
        return True
    opening, comma, _ = passage.bare[:_GLANCE].partition(",")
    return bool(comma) and opening in passage.lexicon.answers


def _has_unnamed_speaker(passage: Candidate) -> bool:
    """'"…," she said.': who?"""
    after = _FIRST_QUOTE.sub("", passage.text, count=1)
    if after == passage.text:
        return False
    return any(word in passage.lexicon.back_pointers for word in _TOKEN.findall(after.lower())[:2])


def _is_too_long(passage: Candidate) -> bool:
    return passage.bare.count(" ") >= _LONG or len(passage.text) > _LONG_CHARACTERS


def _asks(passage: Candidate) -> bool:
    return passage.text.rstrip('"”’»)').endswith("?")


RULES: tuple[ReadabilityRule, ...] = (
    ReadabilityRule("handle", Consequence.NEVER, _is_handle),
    ReadabilityRule("address", Consequence.NEVER, _is_address),
    ReadabilityRule("credit", Consequence.NEVER, _is_credit),
    ReadabilityRule("call", Consequence.NEVER, _is_call),
    ReadabilityRule("notice", Consequence.NEVER, _is_notice),
    ReadabilityRule("shouted", Consequence.LAST_RESORT, _is_shouted),
    ReadabilityRule("hashtag", Consequence.LAST_RESORT, _has_hashtag),
    ReadabilityRule("host", Consequence.LAST_RESORT, _names_host),
    ReadabilityRule("fragment", Consequence.LAST_RESORT, _is_fragment),
    ReadabilityRule("broken quote", Consequence.LAST_RESORT, _has_broken_quote),
    ReadabilityRule("bare quote", Consequence.LAST_RESORT, _is_bare_quote),
    ReadabilityRule("too long", Consequence.LAST_RESORT, _is_too_long),
    ReadabilityRule("question", Consequence.LAST_RESORT, _asks),
    ReadabilityRule("points back", Consequence.WITH_ANTECEDENT, _points_back),
    ReadabilityRule("connects", Consequence.WITH_ANTECEDENT, _connects),
    ReadabilityRule("unnamed speaker", Consequence.WITH_ANTECEDENT, _has_unnamed_speaker),
)


def verdict(text: str, lexicon: Lexicon, rules: Iterable[ReadabilityRule] = RULES) -> Consequence | None:
    """What follows for this sentence from the first rule that it breaks; None where it breaks none.

    The gravest rules stand first, so that the others need not be asked.
    """
    passage = _passage(text, lexicon)
    for rule in rules:
        if rule.is_broken_by(passage):
            return rule.kind
    return None


def broken_rules(
    text: str, lexicon: Lexicon, rules: Iterable[ReadabilityRule] = RULES
) -> tuple[ReadabilityRule, ...]:
    """All rules that this sentence breaks, in their order: what --explain shows."""
    passage = _passage(text, lexicon)
    return tuple(rule for rule in rules if rule.is_broken_by(passage))


_CAPITAL = "A-ZÀ-ÞА-ЯІЇЄҐŁŚŻŹĆ"
# What a newsroom puts before its first sentence: "(CNN)", "LONDON (Reuters) - ", "WASHINGTON, Sept 12 — ",
# "КИЇВ, 12 вересня (Укрінформ) – ", "ISLAMABAD: ", "London, June 7, IRNA - ".
_DATELINE = re.compile(
    rf"""(?:[{_CAPITAL}][\w.'’-]*,?\s+){{0,6}}\((?:CNN(?:\s\w+)?|AP|AFP|UPI|Reuters|CBS|BBC)\)\s*[-–—:]*\s*
    |(?:[{_CAPITAL}\d][\w.'’-]*,?\s+(?:\w+,?\s+)?){{1,6}}\([{_CAPITAL}][^()]{{1,25}}\)\s*[-–—]+\s*
    |[{_CAPITAL}]{{3}}[{_CAPITAL} .,'’]*(?:,\s[^—–()]{{1,30}})?\s*(?:[—–]|--|\s-\s)\s*
    |[{_CAPITAL}]{{4}}[{_CAPITAL} ]*:\s+
    |[{_CAPITAL}][\w. ]{{2,30}},\s\w+\.?\s\d{{1,2}}(?:,\s\w{{2,10}})?\s*(?:[—–]|--|\s-\s)\s*""",
    re.VERBOSE,
)
_DATELINE_ENDS = ("(", "—", "–", "--", " - ", ":")
_DATELINE_REACH = 70


def without_dateline(text: str) -> str:
    """The sentence without the place, date and agency that a newsroom puts in front of its first."""
    start = text[:_DATELINE_REACH]
    if not any(mark in start for mark in _DATELINE_ENDS):
        return text
    match = _DATELINE.match(text)
    rest = text[match.end() :].lstrip() if match else text
    return rest if rest[:1].isupper() or rest[:1] in "\"“„«'‘" else text

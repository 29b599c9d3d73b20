"""Readability: rules that keep sentences with a fault (a credit, a broken quote …) out of Summaries.

Each rule has a name, looks at one sentence alone, and names a consequence: `NEVER` keeps the sentence out;
`WITH_ANTECEDENT` allows it only after the sentence that it depends on; `LAST_RESORT` allows it only if the
story has no better sentence.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from bot.language.lexicon import Lexicon
from bot.language.phrases import phrases_of
from bot.summaries.candidate import TOKEN, Candidate, candidate_of, without_marks
from bot.summaries.echoes import connects, has_unnamed_speaker, is_bare_quote, points_back


class Consequence(Enum):
    """What happens to a sentence that breaks a rule."""

    NEVER = "never"
    WITH_ANTECEDENT = "with antecedent"
    LAST_RESORT = "last resort"


@dataclass(frozen=True, slots=True)
class ReadabilityRule:
    """A fault: its name, its consequence, and the function that recognises it."""

    name: str
    consequence: Consequence
    is_broken_by: Callable[[Candidate], bool]


# Each pattern begins with a rare character, which makes a search ten times faster.
_HANDLE = re.compile(r"@(?<![\w.+-].)[^\W\d]\w+")
_HASHTAG = re.compile(r"#(?<![\w&].)[^\W\d]\w+")
_ADDRESS = re.compile(r"://|www\.|pic\.twitter|@\w+\.\w")
_HOST = re.compile(r"\.(?<=\w.)(?:com|org|net|co\.uk|gov|info)\b")
_CLAUSES = re.compile(r"[,:;–—(|]\s")
_LABEL = re.compile(r"[^\W\d_][\w'’-]*(?: [\w'’-]+){0,2}: (?![\"“„«'‘])")
_INNER_CAPITAL = re.compile(r"[A-ZÀ-ÞА-ЯІЇЄҐ](?<=[a-zà-ÿа-яіїєґ]{3}.)\w*(?= )")
_CREDIT_MARK = re.compile(r"^\s*[:|/–—©-]|^\s*(?:by|via|from|von|par|por|przez)\s*:?\s", re.IGNORECASE)
_AGENCIES = ("afp", "ap", "reuters", "pti", "ani", "uni", "bernama", "xinhua", "dpa", "pap", "ntb", "efe")
_AGENCY_SIGN_OFF = re.compile(
    rf"[—–/|-]\s*(?:{'|'.join(_AGENCIES)})\b[^.!?]{{0,20}}$|©|\(c\) ?\d{{4}}", re.IGNORECASE
)
_SIGN_OFF_WORDS = frozenset({*_AGENCIES, "c"})
_STOPS = frozenset(".!?…。！？।॥؟۔።။")
_CLOSERS = "'\"”’»“)]』」）"
_HALF_STOPS = frozenset(":;,]")  # ":." is the remainder of a list
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_OPENING_MARKS = frozenset("-–—•·*>|")
_PAIRS = (("(", ")"), ("[", "]"), ("«", "»"), ("「", "」"))
_SINGLE_OPENS = re.compile(r"‘(?!\s?s\b)|'(?<![^\s(—–]')(?=\w)(?!\d0s)")
_SINGLE_CLOSES = re.compile(r"'(?<=[\w.,!?…]')(?!\w)|’(?!\w)(?!\s(?:s|t|re|ve|ll|d|m)\b)")
_LONG = 60  # words; half of a phone's screen
_LONG_CHARACTERS = 500
_LEAST_LOWER = 2  # words in lower case that a sentence with a verb has
INSERTED_STOP = " ."
_SHORT = 4  # words; "Hotel Monaco (Portland)."


def _is_handle(candidate: Candidate) -> bool:
    return _HANDLE.search(candidate.text) is not None


def _is_address(candidate: Candidate) -> bool:
    return _ADDRESS.search(candidate.bare) is not None


def _has_hashtag(candidate: Candidate) -> bool:
    return _HASHTAG.search(candidate.text) is not None


def _names_host(candidate: Candidate) -> bool:
    """Find a host name: mostly it sends the reader there, but a story may be about Booking.com."""
    return _HOST.search(candidate.bare) is not None


def _is_credit(candidate: Candidate) -> bool:
    signed = "©" in candidate.text or not _SIGN_OFF_WORDS.isdisjoint(candidate.words)
    if signed and _AGENCY_SIGN_OFF.search(candidate.text):
        return True
    credit = phrases_of(candidate.lexicon.credits).match_start(candidate.bare)
    return credit is not None and _CREDIT_MARK.match(candidate.bare[credit.end() :]) is not None


def _is_call(candidate: Candidate) -> bool:
    calls = phrases_of(candidate.lexicon.calls)
    return calls.may_occur_in(candidate.words) and any(
        calls.match_start(without_marks(clause)) for clause in _CLAUSES.split(candidate.bare)
    )


def _is_notice(candidate: Candidate) -> bool:
    return phrases_of(candidate.lexicon.notices).occur_in(candidate.bare, candidate.words)


def _is_fragment(candidate: Candidate) -> bool:
    """Find a sentence without a beginning or an end, or one that is too short to say anything."""
    text = candidate.text
    if not text.isascii() and _UNSPACED.search(text):
        return False
    if _has_no_end(text) or _has_no_beginning(text) or "|" in text or " > " in text:
        return True
    return _only_names(text) and _IDEOGRAPH.search(text) is None


def _has_no_beginning(text: str) -> bool:
    first = next((char for char in text if char.isalpha()), "")
    return first.islower() or text[:1] in _OPENING_MARKS


def _has_no_end(text: str) -> bool:
    if text.rstrip(_CLOSERS)[-1:] not in _STOPS:
        return True
    return text.endswith(".") and text[:-1].rstrip()[-1:] in _HALF_STOPS


def _only_names(text: str) -> bool:
    """Find a name ("Minister Elena Kountoura.") or a sentence of fewer than four words ("Un succès.")."""
    count = lower = upper = 0
    for word in TOKEN.finditer(text):
        count += 1
        lower += word[0][0].islower()
        upper += word[0][0].isupper()
        if count >= _SHORT and lower >= _LEAST_LOWER:
            return False
    return count < _SHORT or upper > 0


def _is_label(candidate: Candidate) -> bool:
    """Find words and a colon before the sentence, as in captions and interviews."""
    return _LABEL.match(candidate.text) is not None


def _is_inserted(candidate: Candidate) -> bool:
    """Find a heading of another story that was put between the sentences, with its stop apart."""
    return candidate.text.endswith(INSERTED_STOP)


def _is_glued(candidate: Candidate) -> bool:
    """Find a heading that runs into the sentence, its line break lost: "Pas d’enquête ouverteLe maire"."""
    return any(candidate.lexicon.opens(word[0]) for word in _INNER_CAPITAL.finditer(candidate.text))


def _is_shouted(candidate: Candidate) -> bool:
    return candidate.text.isupper()


def _has_broken_quote(candidate: Candidate) -> bool:
    """Find a quotation mark or bracket without its partner; position tells single ones from apostrophes."""
    text = candidate.text
    if text.count('"') % 2 or any(text.count(left) != text.count(right) for left, right in _PAIRS):
        return True
    lower, left, right = text.count("„"), text.count("“"), text.count("”")
    if (lower != left + right) if lower else (left != right):  # „so“ and „tak” close with an upper mark
        return True
    opens = _SINGLE_OPENS.findall(text)
    return bool(opens) and len(opens) > len(_SINGLE_CLOSES.findall(text))


def _is_too_long(candidate: Candidate) -> bool:
    return candidate.bare.count(" ") >= _LONG or len(candidate.text) > _LONG_CHARACTERS


def _asks(candidate: Candidate) -> bool:
    return candidate.text.rstrip('"”’»)').endswith("?")


CREDIT = ReadabilityRule("credit", Consequence.NEVER, _is_credit)
INSERTED = ReadabilityRule("inserted", Consequence.LAST_RESORT, _is_inserted)
BROKEN_QUOTE = ReadabilityRule("broken quote", Consequence.LAST_RESORT, _has_broken_quote)
RULES: tuple[ReadabilityRule, ...] = (
    ReadabilityRule("handle", Consequence.NEVER, _is_handle),
    ReadabilityRule("address", Consequence.NEVER, _is_address),
    CREDIT,
    ReadabilityRule("call", Consequence.NEVER, _is_call),
    ReadabilityRule("notice", Consequence.NEVER, _is_notice),
    ReadabilityRule("shouted", Consequence.LAST_RESORT, _is_shouted),
    ReadabilityRule("hashtag", Consequence.LAST_RESORT, _has_hashtag),
    ReadabilityRule("host", Consequence.LAST_RESORT, _names_host),
    ReadabilityRule("fragment", Consequence.LAST_RESORT, _is_fragment),
    ReadabilityRule("label", Consequence.LAST_RESORT, _is_label),
    INSERTED,
    ReadabilityRule("glued", Consequence.LAST_RESORT, _is_glued),
    BROKEN_QUOTE,
    ReadabilityRule("bare quote", Consequence.LAST_RESORT, is_bare_quote),
    ReadabilityRule("too long", Consequence.LAST_RESORT, _is_too_long),
    ReadabilityRule("question", Consequence.LAST_RESORT, _asks),
    ReadabilityRule("points back", Consequence.WITH_ANTECEDENT, points_back),
    ReadabilityRule("connects", Consequence.WITH_ANTECEDENT, connects),
    ReadabilityRule("unnamed speaker", Consequence.WITH_ANTECEDENT, has_unnamed_speaker),
)


def consequence_of(
    text: str, lexicon: Lexicon, rules: Iterable[ReadabilityRule] = RULES
) -> Consequence | None:
    """Return the consequence of the first rule that this sentence breaks; None if it breaks none.

    The strictest rules come first, so that the others need not be tried.
    """
    candidate = candidate_of(text, lexicon)
    for rule in rules:
        if rule.is_broken_by(candidate):
            return rule.consequence
    return None


def broken_rules(
    text: str, lexicon: Lexicon, rules: Iterable[ReadabilityRule] = RULES
) -> tuple[ReadabilityRule, ...]:
    """Return all rules that this sentence breaks, in order, for `comeback summarize --explain`."""
    candidate = candidate_of(text, lexicon)
    return tuple(rule for rule in rules if rule.is_broken_by(candidate))

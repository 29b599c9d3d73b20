"""Echoes: find the words by which a sentence refers to the one before it ("she", "however", "that day").

In a quotation such words do not count, because they refer to what the speaker sees. Only the speaker must
have a name.
"""

import re

from bot.language.lexicon import Lexicon
from bot.language.phrases import phrases_of
from bot.summaries.candidate import QUOTE_MARKS, TOKEN, Candidate, without_quotations

_SPEAKER = 2  # words outside the quotation: "he said"
_FIRST_QUOTE = re.compile(
    r"^\s*(?:\"[^\"]+\"|“[^”]+”|„[^”“]+[”“]|«[^»]+»|'[^']+'(?!\w)|‘.+?’(?!\w))[\s,–—-]*"
)
_START = 60  # characters that hold the first words
_FIRST_WORDS = 2  # in which a pronoun has nothing before it: "Unfortunately, she …"
_EARLY = 6  # words before which a noun or name may stand that a pronoun means


def is_bare_quote(candidate: Candidate) -> bool:
    """Return whether the sentence is a quotation without a speaker."""
    if candidate.text[:1] not in QUOTE_MARKS:
        return False
    return len(TOKEN.findall(without_quotations(candidate.text))) < _SPEAKER


def points_back(candidate: Candidate) -> bool:
    """Return whether a pronoun or a similar word stands for what was named before."""
    lexicon = candidate.lexicon
    if candidate.text[:1] in QUOTE_MARKS:  # "We need help," Olena Koval said: it names the speaker
        return is_bare_quote(candidate)
    is_empty = phrases_of(lexicon.empty).match_start(candidate.bare) is not None
    if not is_empty and phrases_of(lexicon.back_pointers).match_start(candidate.bare):
        return True
    has_pronoun = not lexicon.persons.isdisjoint(candidate.words) or not (
        is_empty or lexicon.plurals.isdisjoint(candidate.words)
    )
    if has_pronoun and _pronoun_comes_first(candidate):
        return True
    return _echoes(candidate) or _lacks_subject(candidate)


def _pronoun_comes_first(candidate: Candidate) -> bool:
    """Find a pronoun without a name or noun before it: "Unfortunately, she …", "According to his …"."""
    words = TOKEN.findall(without_quotations(candidate.text))
    for number, word in enumerate(words):
        if (number < _EARLY or _speaks(words, number, candidate)) and _is_pronoun(word, candidate):
            if any(_is_antecedent(words, place, word, candidate) for place in range(number)):
                return False
            is_thing = word.lower() in candidate.lexicon.plurals
            return is_thing or number < _FIRST_WORDS or not _is_named_later(words[number + 1 :], candidate)
    return False


def _is_pronoun(word: str, candidate: Candidate) -> bool:
    """Return whether the word is a pronoun, or ends in one: "dit-elle"."""
    low = word.lower().rpartition("-")[2]
    return low in candidate.lexicon.persons or low in candidate.lexicon.plurals


def _speaks(words: list[str], number: int, candidate: Candidate) -> bool:
    """Return whether a verb of speaking stands beside the word, or is a part of it."""
    beside = words[max(0, number - 1) : number + 2]
    return "-" in words[number] or any(word.lower() in candidate.lexicon.speaking for word in beside)


def _is_antecedent(words: list[str], place: int, pronoun: str, candidate: Candidate) -> bool:
    """Return whether the pronoun behind this word may mean it: a name, a person, or for "they" any noun."""
    lexicon, low = candidate.lexicon, words[place].lower()
    if low in lexicon.kinds:
        return True
    if place == 0:
        return not _names_nobody(low, lexicon)
    before = words[place - 1].lower()
    if words[place][0].isupper():
        return low not in lexicon.times and before not in lexicon.locating
    return before in lexicon.counting and (pronoun.lower() in lexicon.plurals or not lexicon.plurals)


def _names_nobody(first: str, lexicon: Lexicon) -> bool:
    """Return whether a sentence's first word is neither a name nor a noun."""
    if any(first in words for words in (lexicon.locating, lexicon.times, lexicon.counting)):
        return True
    return lexicon.opens(first) or any(map(first.endswith, lexicon.empty_ends))


def _is_named_later(words: list[str], candidate: Candidate) -> bool:
    """Return whether a name follows the pronoun in its sentence: "When he came, Jones …"."""
    return any(word[0].isupper() and word.lower() not in candidate.lexicon.times for word in words)


def _echoes(candidate: Candidate) -> bool:
    """Find a phrase anywhere that refers to a sentence before: "that day", "two years later"."""
    echoes = phrases_of(candidate.lexicon.echoes)
    if not echoes.may_occur_in(candidate.words) or not echoes.occur_in(candidate.bare, candidate.words):
        return False
    unquoted = without_quotations(candidate.bare)
    return unquoted == candidate.bare or echoes.occur_in(unquoted, candidate.words)


def _lacks_subject(candidate: Candidate) -> bool:
    """Find a verb at the beginning without a subject: "Llevaba a bordo …", not "Murieron tres …"."""
    lexicon = candidate.lexicon
    if not lexicon.verb_ends:
        return False
    first, _, rest = candidate.bare.partition(" ")
    if not any(map(first.endswith, lexicon.verb_ends)):
        return False
    words = TOKEN.findall(rest[:_START])[:1]
    return bool(words) and words[0] in lexicon.locating


def connects(candidate: Candidate) -> bool:
    """Return whether the sentence goes on from the one before or contradicts it."""
    lexicon = candidate.lexicon
    if phrases_of(lexicon.connectives).match_start(candidate.bare):
        return phrases_of(lexicon.empty).match_start(candidate.bare) is None
    opening, comma, _ = candidate.bare[:_START].partition(",")
    return bool(comma) and opening in lexicon.answers


def has_unnamed_speaker(candidate: Candidate) -> bool:
    """Return whether the speaker of the quotation at the beginning is a pronoun: '"…," she said.'."""
    after = _FIRST_QUOTE.sub("", candidate.text, count=1)
    if after == candidate.text:
        return False
    return any(word in candidate.lexicon.back_pointers for word in TOKEN.findall(after.lower())[:2])

"""Dependencies: which sentences may stand in a Summary, and which others each of them needs before it."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from bot.language.lexicon import Lexicon
from bot.summaries.readability import (
    BROKEN_QUOTE,
    CREDIT,
    INSERTED,
    INSERTED_STOP,
    Consequence,
    ReadabilityRule,
    broken_rules,
    consequence_of,
)
from bot.summaries.references import References

_CAPTION = "caption"
_ALLOWED = (None, Consequence.WITH_ANTECEDENT)
_LONGEST_CREDIT = 80  # characters
# What a sentence loses without the one before it, for each definite noun that the story never mentioned: it
# mostly follows from the sentence before ("the driver" after a crash).
_VAGUE = 0.05
# In a short story, any word may refer to the sentence before. What a sentence loses without that one: all of
# this in a story of at most 12 sentences, nothing from 14 on.
_GAP = 0.25
_GAP_SENTENCES = (12, 14)


class Dependencies:
    """What keeps the sentences of a story out of a Summary, or makes them need others.

    Each is found on demand, since most sentences score too low to be tried. `texts`: the sentences;
    `paragraphs`: the number of each one's paragraph.
    """

    def __init__(
        self,
        texts: Sequence[str],
        paragraphs: Sequence[int],
        references: References,
        lexicon: Lexicon,
        rules: Sequence[ReadabilityRule],
    ) -> None:
        self._texts = texts
        self._paragraphs = paragraphs
        self.references = references
        self._lexicon = lexicon
        is_tokenized = sum(text.endswith(INSERTED_STOP) for text in texts) > len(texts) / 2
        self._rules = [rule for rule in rules if rule is not INSERTED or not is_tokenized]
        self._credits = [rule for rule in rules if rule is CREDIT]
        self._gap = _gap_in(len(texts))
        self._consequences: dict[int, Consequence | None] = {}

    def consequence(self, number: int) -> Consequence | None:
        """Return what follows for this sentence from the rules that it breaks; NEVER for a caption."""
        if number not in self._consequences:
            found = consequence_of(self._texts[number], self._lexicon, self._rules)
            if found in _ALLOWED and self._is_caption(number):
                found = Consequence.NEVER
            elif found is Consequence.WITH_ANTECEDENT and number == 0:
                found = None  # the story begins with it, below its headline
            self._consequences[number] = found
        return self._consequences[number]

    def rules_broken_by(self, number: int) -> tuple[str, ...]:
        """Return the names of all rules that this sentence breaks."""
        names = tuple(rule.name for rule in broken_rules(self._texts[number], self._lexicon, self._rules))
        return (*names, _CAPTION) if self._is_caption(number) else names

    def _is_caption(self, number: int) -> bool:
        """Return whether a credit stands behind the sentence in the same paragraph."""
        behind = number + 1
        if behind >= len(self._texts) or self._paragraphs[behind] != self._paragraphs[number]:
            return False
        text = self._texts[behind]
        return len(text) <= _LONGEST_CREDIT and bool(broken_rules(text, self._lexicon, self._credits))

    def with_antecedents(
        self, number: int, picked: AbstractSet[int], count: int, worth: Sequence[float]
    ) -> set[int]:
        """Return the sentence with those before it that it needs and that are not `picked` yet.

        Of several that introduce a thing it takes the one that is `worth` most. Returns nothing if one of
        them may not stand in a Summary, or if all together are more than `count` with the picked ones.
        """
        needed: set[int] = set()
        to_do = [number]
        while to_do:
            number = to_do.pop()
            if number in needed or number in picked:
                continue
            consequence = self.consequence(number) if number >= 0 else Consequence.NEVER
            if consequence not in _ALLOWED:
                half = self._other_half(number) if consequence is Consequence.LAST_RESORT else None
                if half is None:
                    return set()
                to_do.append(half)
            needed.add(number)
            if len(needed) + len(picked) > count:
                return set()
            if consequence is Consequence.WITH_ANTECEDENT:
                to_do.append(number - 1)
            to_do.extend(
                max(thing.numbers, key=worth.__getitem__)
                for thing in self.references.of(number)
                if picked.isdisjoint(thing.numbers) and needed.isdisjoint(thing.numbers)
            )
        return needed

    def _other_half(self, number: int) -> int | None:
        """Return the neighbour with which the sentence is a whole quotation; None if there is none."""
        if not consequence_of(self._texts[number], self._lexicon, [BROKEN_QUOTE]):
            return None
        for first in (number, number - 1):
            if 0 <= first < len(self._texts) - 1:
                whole = f"{self._texts[first]} {self._texts[first + 1]}"
                if consequence_of(whole, self._lexicon, self._rules) in _ALLOWED:
                    return first + 1 if first == number else first
        return None

    def gap(self, number: int, picked: AbstractSet[int]) -> float:
        """Return what the sentence loses because the one before it is not among the `picked` ones."""
        if number == 0 or number - 1 in picked:
            return 0.0
        return self._gap + _VAGUE * self.references.vague(number)


def _gap_in(count: int) -> float:
    """Return what a sentence loses without the one before it in a story of this many sentences."""
    most, none = _GAP_SENTENCES
    return _GAP * min(1.0, max(0.0, (none - count) / (none - most)))

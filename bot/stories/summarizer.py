"""A Story's Summaries: its own sentences, the ones that say most and read well, at three lengths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sumy.models.dom import ObjectDocumentModel, Paragraph
from sumy.models.dom import Sentence as SumySentence
from sumy.summarizers.luhn import LuhnSummarizer

from bot.errors import InvalidInputError
from bot.stories import sentences
from bot.stories.language import detect
from bot.stories.lexicon import lexicon_of
from bot.stories.readability import RULES, Kind, Rule, broken_rules, without_dateline
from bot.stories.vocabulary import Vocabulary, vocabulary_of
from storage.words import SENTENCES, Length

_MOST = 400
_REPEAT = 0.7
_POSITION = 0.8
_NOVELTY = 0.7


@dataclass(frozen=True)
class Summaries:
    """One Story's Summaries; `language` is what was given or found, None if neither."""

    language: str | None
    of_length: Mapping[Length, tuple[str, ...]]
    sentences: tuple["Scored", ...]

    def __getitem__(self, length: Length) -> tuple[str, ...]:
        return self.of_length[length]


@dataclass(frozen=True)
class Scored:
    """One sentence of the story, and why it was or was not chosen."""

    text: str
    order: int
    position: float
    centrality: float
    score: float
    rules: tuple[str, ...]
    lengths: tuple[Length, ...]


def summarize(text: str, *, language: str | None = None, headline: str = "", rules: Sequence[Rule] = RULES) -> Summaries:
    """Summaries of `text` at every Length, in the story's own sentences and order; the same each time.

    Raises InvalidInputError where the text holds no sentence, or nothing but credits and calls to click.
    """
    language = language or detect(text)
    story = _Story(text, headline, vocabulary_of(language), rules)
    chosen = {length: story.choose(count) for length, count in SENTENCES.items()}
    return Summaries(
        language=language,
        of_length={length: tuple(story.candidates[i].text for i in picks) for length, picks in chosen.items()},
        sentences=tuple(
            Scored(
                c.text,
                c.order,
                c.position,
                c.centrality,
                c.score,
                tuple(rule.name for rule in c.broken),
                tuple(length for length, picks in chosen.items() if i in picks),
            )
            for i, c in enumerate(story.candidates)
        ),
    )


class _Luhn(LuhnSummarizer):  # type: ignore[misc] # sumy ships no types
    """sumy's Luhn, same scores; significant words in a set instead of a tuple that is searched word by word."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__(vocabulary.stem)
        self._stop_words = vocabulary.stop_words

    def _get_significant_words(self, words: Sequence[str]) -> Any:
        return frozenset(super()._get_significant_words(words))


@dataclass
class _Candidate:
    text: str
    order: int
    stems: frozenset[str]
    broken: tuple[Rule, ...]
    position: float = 0.0
    centrality: float = 0.0
    score: float = 0.0

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(rule.kind for rule in self.broken)


class _Story:
    def __init__(self, text: str, headline: str, vocabulary: Vocabulary, rules: Sequence[Rule]) -> None:
        lexicon = lexicon_of(vocabulary.language)
        texts = [without_dateline(s) for s in sentences.split(text, vocabulary.language)[:_MOST]]
        self.sumy = [SumySentence(t, vocabulary) for t in texts]
        self.candidates = [
            _Candidate(t, i, vocabulary.content(s.words), broken_rules(t, lexicon, rules))
            for i, (t, s) in enumerate(zip(texts, self.sumy, strict=True))
        ]
        self.usable = self._usable()
        self._score(vocabulary)

    def _usable(self) -> list[int]:
        clean: list[int] = []
        for limit in ({Kind.NEVER, Kind.LAST_RESORT}, {Kind.NEVER}):
            for i, candidate in enumerate(self.candidates):
                if candidate.kinds & limit or not candidate.stems:
                    continue
                if any(_overlap(candidate.stems, self.candidates[j].stems) >= _REPEAT for j in clean):
                    continue
                clean.append(i)
            if clean:
                return clean
        raise InvalidInputError("There is no sentence in this text that a summary could show.")

    def _score(self, vocabulary: Vocabulary) -> None:
        luhn = _Luhn(vocabulary)
        document = ObjectDocumentModel([Paragraph(self.sumy)])
        words = luhn._get_significant_words(document.words)
        rates = [luhn.rate_sentence(s, words) for s in self.sumy]
        best = max(rates) or 1
        n = len(self.usable)
        for rank, i in enumerate(self.usable):
            c = self.candidates[i]
            c.position = 1 - rank / n
            c.centrality = rates[i] / best
            c.score = _POSITION * c.position + (1 - _POSITION) * c.centrality

    def _bundle(self, rank: int) -> tuple[int, ...]:
        """The sentence with those before it that it leans on; empty where they are not to be had."""
        bundle = [rank]
        while Kind.WITH_ANTECEDENT in self.candidates[self.usable[bundle[0]]].kinds:
            before = bundle[0] - 1
            if before < 0 or self.usable[before] != self.usable[bundle[0]] - 1:
                return ()
            bundle.insert(0, before)
        return tuple(bundle)

    def choose(self, count: int) -> tuple[int, ...]:
        bundles = [b for rank in range(len(self.usable)) if (b := self._bundle(rank))]
        if not bundles:
            bundles = [(0,)]
        picked: set[int] = set()
        while len(picked) < count:
            fitting = [b for b in bundles if 0 < len(set(b) - picked) <= count - len(picked)]
            if not fitting:
                break
            best = max(fitting, key=lambda b: self._value(b, picked))
            picked.update(best)
        return tuple(sorted(self.usable[rank] for rank in picked))

    def _value(self, bundle: tuple[int, ...], picked: set[int]) -> float:
        new = [self.candidates[self.usable[r]] for r in bundle if r not in picked]
        old = [self.candidates[self.usable[r]] for r in picked]
        values = [
            _NOVELTY * c.score - (1 - _NOVELTY) * max((_overlap(c.stems, o.stems) for o in old), default=0.0) for c in new
        ]
        return sum(values) / len(values)


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    """Cosine of two sets of stems."""
    return len(a & b) / (len(a) * len(b)) ** 0.5 if a and b else 0.0

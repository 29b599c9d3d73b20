"""A Story's Summaries: its own sentences, those that say most and read well, at three lengths.

sumy rates what each sentence carries (centrality.py); its place in the story and its length count too; the
rules of readability.py say what may be shown. Figures: `make bench-summaries`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.articles.article import Article
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.language import sentences
from bot.language.detect import detect
from bot.language.lexicon import lexicon_of, plain_code
from bot.language.words import Vocabulary, vocabulary_of
from bot.summaries.centrality import StemReduction, Stems, document_of
from bot.summaries.readability import (
    RULES,
    Consequence,
    ReadabilityRule,
    broken_rules,
    verdict,
    without_dateline,
)
from bot.summaries.scoring import WEIGHINGS, SentenceWeights, features_of
from storage.words import SENTENCES, Length

# News says what matters long before this; what comes later is not read, so that any text takes bounded time.
_MOST_CHARACTERS = 200_000
_MOST_SENTENCES = 400
# A sentence of which this share of stems stands in one that was chosen, or the reverse, says too little that
# is new. From 0.45 to 0.65 ROUGE-1 changes by less than 0.2.
_REPEAT = 0.55
# What one more sentence is worth: 0.7 of its score less 0.3 of its likeness to the nearest one chosen.
_NOVELTY = 0.3
# A text without one showable sentence answers with what it has, cut to what still reads as one.
_LONGEST_LAST_RESORT = 600


_NO_SENTENCE = mark("There is no sentence in this text to make a summary of.")


@dataclass(frozen=True, slots=True)
class Summaries:
    """One Story's Summaries. `language` is what was given or found; None where neither."""

    language: str | None
    of_length: Mapping[Length, tuple[str, ...]]

    def __getitem__(self, length: Length) -> tuple[str, ...]:
        return self.of_length[length]


@dataclass(frozen=True, slots=True)
class Explained:
    """One sentence of the story, and why it stands in a Summary or does not.

    position and centrality are 0 to 1; scores is what it was worth for each Length before any other was
    chosen; rules names those that it breaks; chosen is where it stands.
    """

    text: str
    position: float
    centrality: float
    words: int
    scores: Mapping[Length, float]
    rules: tuple[str, ...]
    chosen: tuple[Length, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Summaries with the reasons: every sentence in the story's order."""

    summaries: Summaries
    sentences: tuple[Explained, ...]


def summarize(
    text: str, *, language: str | None = None, headline: str = "", rules: Sequence[ReadabilityRule] = RULES
) -> Summaries:
    """Summaries of `text` at every Length, in its own sentences and order; the same each time, offline.

    `language` is a tag such as "uk" or "en-GB"; without it, it is found. A Summary has fewer sentences than
    its Length names where the text has no more that read well. `headline` is what readers see above it, so
    it is not told again. `rules` is there to measure what each is worth.
    Raises InvalidInputError where nothing but credits, headings and calls to click is left.
    """
    language = plain_code(language) or detect(text)
    story = _Story(text, headline, vocabulary_of(language), rules)
    return Summaries(language, {length: story.told_in(picks) for length, picks in story.choose_all().items()})


def explain(article: Article, *, language: str | None = None) -> Explanation:
    """All that `comeback summarize --explain` shows of one Article. Raises what summarize() raises."""
    language = plain_code(language or article.language) or detect(article.body)
    story = _Story(article.body, article.headline, vocabulary_of(language), RULES)
    chosen = story.choose_all()
    summaries = Summaries(language, {length: story.told_in(picks) for length, picks in chosen.items()})
    return Explanation(summaries, tuple(story.explain(chosen)))


class _Story:
    """One text on its way to Summaries: sentences by number, what each is worth, which rules it breaks."""

    def __init__(
        self, text: str, headline: str, vocabulary: Vocabulary, rules: Sequence[ReadabilityRule]
    ) -> None:
        split = sentences.split(text[:_MOST_CHARACTERS], vocabulary.language)[:_MOST_SENTENCES]
        self.texts = [without_dateline(sentence) for sentence in split if sentence != headline.strip()]
        if not self.texts:
            raise InvalidInputError(_NO_SENTENCE)
        self._lexicon = lexicon_of(vocabulary.language)
        self._rules = rules
        self._verdicts: dict[int, Consequence | None] = {}
        document = document_of(self.texts, vocabulary)
        self._stems = Stems(document, vocabulary)
        ratings = StemReduction(vocabulary).ratings(self._stems)
        self.features = features_of(self.texts, self._stems, ratings, self._lexicon)

    def _verdict(self, number: int) -> Consequence | None:
        """What the rules say of a sentence; asked of few, since most are never in the running."""
        if number not in self._verdicts:
            self._verdicts[number] = verdict(self.texts[number], self._lexicon, self._rules)
        return self._verdicts[number]

    def choose_all(self) -> dict[Length, tuple[int, ...]]:
        """The numbers of the sentences of each Length, in order."""
        chosen = {length: self._choose(count, WEIGHINGS[length]) for length, count in SENTENCES.items()}
        if all(chosen.values()):
            return chosen
        resort = self._last_resort()
        return {length: picks or (resort,) for length, picks in chosen.items()}

    def _choose(self, count: int, weighing: SentenceWeights) -> tuple[int, ...]:
        """Greedily the best that is left, each with what it leans on, until `count` or none reads well."""
        scores = (1 - _NOVELTY) * self.features.scores(weighing)
        worth = scores.tolist()
        standing = scores.copy()
        nearest = np.zeros_like(scores)
        picked: set[int] = set()
        while len(picked) < count:
            best = int(np.argmax(standing - nearest))
            if standing[best] == -np.inf:
                break
            new = sorted(self._bundle(best) - picked)
            if not new or len(picked) + len(new) > count or self._says_again(new, picked):
                standing[best] = -np.inf
            elif (weakest := min(map(worth.__getitem__, new))) < standing[best]:
                standing[best] = weakest  # what it leans on is worth less; others may now come first
            else:
                standing[best] = -np.inf
                picked.update(new)
                if len(picked) < count:
                    for number in new:
                        nearest = np.maximum(nearest, _NOVELTY * self._stems.likenesses(number))
        return tuple(sorted(picked))

    def _bundle(self, number: int) -> set[int]:
        """The sentence and those before it that it leans on; empty where one of them must not be shown."""
        bundle: set[int] = set()
        while number >= 0 and (kind := self._verdict(number)) in (None, Consequence.WITH_ANTECEDENT):
            bundle.add(number)
            if kind is None:
                return bundle
            number -= 1
        return set()

    def _says_again(self, new: list[int], picked: set[int]) -> bool:
        return any(
            self._stems.overlap(one, other) >= _REPEAT
            for one in new
            for other in (*picked, *new)
            if other != one
        )

    def _last_resort(self) -> int:
        """Where none reads well: the first that leans on others, else the first that is not boilerplate."""
        for kind in (Consequence.WITH_ANTECEDENT, Consequence.LAST_RESORT):
            for number in range(len(self.texts)):
                if self.features.words[number] and self._verdict(number) is kind:
                    return number
        raise InvalidInputError(_NO_SENTENCE)

    def told_in(self, picks: tuple[int, ...]) -> tuple[str, ...]:
        """The chosen sentences; one that is no sentence's length is cut, and says so with its dots."""
        return tuple(_cut(self.texts[number]) for number in picks)

    def explain(self, chosen: Mapping[Length, tuple[int, ...]]) -> Iterator[Explained]:
        scores = {length: self.features.scores(weighing) for length, weighing in WEIGHINGS.items()}
        for number, text in enumerate(self.texts):
            yield Explained(
                text=text,
                position=float(self.features.position[number]),
                centrality=float(self.features.centrality[number]),
                words=int(self.features.words[number]),
                scores={length: float(each[number]) for length, each in scores.items()},
                rules=tuple(rule.name for rule in broken_rules(text, self._lexicon, self._rules)),
                chosen=tuple(length for length, picks in chosen.items() if number in picks),
            )


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_LAST_RESORT:
        return text
    return text[:_LONGEST_LAST_RESORT].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + " …"

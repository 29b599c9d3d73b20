"""The summarizer: choose a story's own sentences for its Summaries, at three Lengths.

A sentence's score comes from sumy's rating (centrality.py), its position and its length (scoring.py); the
rules of readability.py exclude sentences. For measurements see `make bench-summaries`.
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
    consequence_of,
    without_dateline,
)
from bot.summaries.scoring import WEIGHTS, SentenceWeights, features_of
from storage.words import SENTENCES, Length

# The rest of a longer text is ignored, so that any text takes bounded time; news says what matters first.
_MOST_CHARACTERS = 200_000
_MOST_SENTENCES = 400
# The share of stems from which a sentence repeats one that is chosen, or the reverse. From 0.45 to 0.65
# ROUGE-1 changes by less than 0.2.
_REPEAT = 0.55
# A further sentence is worth 0.7 of its score, less 0.3 of its similarity to the most similar chosen one.
_NOVELTY = 0.3
# Characters; a longer sentence, which only a text without a good one gives, is cut.
_LONGEST_SENTENCE = 600

_NO_SENTENCE = mark("There is no sentence in this text to make a summary of.")


@dataclass(frozen=True, slots=True)
class Summaries:
    """One Story's Summaries. `language` is the given or detected one, or None."""

    language: str | None
    of_length: Mapping[Length, tuple[str, ...]]

    def __getitem__(self, length: Length) -> tuple[str, ...]:
        return self.of_length[length]


@dataclass(frozen=True, slots=True)
class ExplainedSentence:
    """One sentence of the story, and why it is in a Summary or not.

    position and centrality are 0 to 1; scores is its worth for each Length before any sentence is chosen;
    rules names those that it breaks; chosen lists the Summaries that it is in.
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
    """Summaries with the reasons: all sentences in the story's order."""

    summaries: Summaries
    sentences: tuple[ExplainedSentence, ...]


def summarize(
    text: str, *, language: str | None = None, headline: str = "", rules: Sequence[ReadabilityRule] = RULES
) -> Summaries:
    """Return the Summaries of `text`: its own sentences in their order. Deterministic and offline.

    `language` is a tag such as "uk" or "en-GB"; None means to detect it. A Summary has fewer sentences than
    its Length names if the text has no more that read well. The `headline` stands above the Summary, so that
    a sentence that repeats it is left out. `rules` may be given to measure the effect of each.
    Raises InvalidInputError if the text has only credits, headings and calls to click.
    """
    language = plain_code(language) or detect(text)
    story = _Story(text, headline, vocabulary_of(language), rules)
    return story.summaries(language, story.choose_all())


def explain(article: Article, *, language: str | None = None) -> Explanation:
    """Summarize an Article with reasons for `comeback summarize --explain`. Raises as `summarize` does."""
    language = plain_code(language or article.language) or detect(article.body)
    story = _Story(article.body, article.headline, vocabulary_of(language), RULES)
    chosen = story.choose_all()
    return Explanation(story.summaries(language, chosen), tuple(story.explain(chosen)))


class _Story:
    """A text to summarize: its sentences by number, their scores, and the rules that they break."""

    def __init__(
        self, text: str, headline: str, vocabulary: Vocabulary, rules: Sequence[ReadabilityRule]
    ) -> None:
        split = sentences.split(text[:_MOST_CHARACTERS], vocabulary.language)[:_MOST_SENTENCES]
        self.texts = [without_dateline(sentence) for sentence in split if sentence != headline.strip()]
        if not self.texts:
            raise InvalidInputError(_NO_SENTENCE)
        self._lexicon = lexicon_of(vocabulary.language)
        self._rules = rules
        self._consequences: dict[int, Consequence | None] = {}
        document = document_of(self.texts, vocabulary)
        self._stems = Stems(document, vocabulary)
        ratings = StemReduction(vocabulary).ratings(self._stems)
        self.features = features_of(self.texts, self._stems, ratings, self._lexicon)

    def _consequence(self, number: int) -> Consequence | None:
        """Try the rules on a sentence; on demand, since most sentences score too low to be tried."""
        if number not in self._consequences:
            self._consequences[number] = consequence_of(self.texts[number], self._lexicon, self._rules)
        return self._consequences[number]

    def choose_all(self) -> dict[Length, tuple[int, ...]]:
        """Return the numbers of the chosen sentences for each Length, in order."""
        chosen = {length: self._choose(count, WEIGHTS[length]) for length, count in SENTENCES.items()}
        if all(chosen.values()):
            return chosen
        fallback = self._last_resort()
        return {length: picks or (fallback,) for length, picks in chosen.items()}

    def _choose(self, count: int, weights: SentenceWeights) -> tuple[int, ...]:
        """Choose the best sentence with those it depends on, until there are `count` or none is left."""
        scores = (1 - _NOVELTY) * self.features.scores(weights)
        initial = scores.tolist()
        current = scores.copy()
        similarity = np.zeros_like(scores)
        picked: set[int] = set()
        while len(picked) < count:
            best = int(np.argmax(current - similarity))
            if current[best] == -np.inf:
                break
            new = sorted(self._with_antecedents(best) - picked)
            if not new or len(picked) + len(new) > count or self._repeats(new, picked):
                current[best] = -np.inf
            elif (weakest := min(map(initial.__getitem__, new))) < current[best]:
                current[best] = weakest  # a sentence it depends on is worth less; others may now be better
            else:
                current[best] = -np.inf
                picked.update(new)
                if len(picked) < count:
                    for number in new:
                        similarity = np.maximum(similarity, _NOVELTY * self._stems.similarities(number))
        return tuple(sorted(picked))

    def _with_antecedents(self, number: int) -> set[int]:
        """Return the sentence and those before it that it depends on; nothing if one of them is excluded."""
        needed: set[int] = set()
        while number >= 0:
            consequence = self._consequence(number)
            if consequence not in {None, Consequence.WITH_ANTECEDENT}:
                break
            needed.add(number)
            if consequence is None:
                return needed
            number -= 1
        return set()

    def _repeats(self, new: list[int], picked: set[int]) -> bool:
        return any(
            self._stems.overlap(one, other) >= _REPEAT
            for one in new
            for other in (*picked, *new)
            if other != one
        )

    def _last_resort(self) -> int:
        """Return the first sentence that depends on others, else the first that is not excluded for good."""
        for consequence in (Consequence.WITH_ANTECEDENT, Consequence.LAST_RESORT):
            for number in range(len(self.texts)):
                if self.features.words[number] and self._consequence(number) is consequence:
                    return number
        raise InvalidInputError(_NO_SENTENCE)

    def summaries(self, language: str | None, chosen: Mapping[Length, tuple[int, ...]]) -> Summaries:
        """Return the chosen sentences of each Length; one that is too long is cut and ends in dots."""
        texts = {length: tuple(_cut(self.texts[n]) for n in numbers) for length, numbers in chosen.items()}
        return Summaries(language, texts)

    def explain(self, chosen: Mapping[Length, tuple[int, ...]]) -> Iterator[ExplainedSentence]:
        scores = {length: self.features.scores(weights) for length, weights in WEIGHTS.items()}
        for number, text in enumerate(self.texts):
            yield ExplainedSentence(
                text=text,
                position=float(self.features.position[number]),
                centrality=float(self.features.centrality[number]),
                words=int(self.features.words[number]),
                scores={length: float(each[number]) for length, each in scores.items()},
                rules=tuple(rule.name for rule in broken_rules(text, self._lexicon, self._rules)),
                chosen=tuple(length for length, picks in chosen.items() if number in picks),
            )


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_SENTENCE:
        return text
    return text[:_LONGEST_SENTENCE].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + " …"

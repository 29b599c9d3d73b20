"""The summarizer: choose a story's own sentences for its Summaries, at three Lengths.

A sentence's score comes from sumy's rating (centrality.py), its position and its length (scoring.py). The
rules of readability.py exclude sentences. A sentence that refers to the one before it (echoes.py) or
presupposes a name or thing (references.py) is chosen with the sentences that it needs (dependencies.py).
Each Summary has all sentences of the shorter ones. For measurements see `make bench-summaries`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from bot.articles.article import Article
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.language import sentences
from bot.language.detect import detect
from bot.language.lexicon import lexicon_of, plain_code
from bot.language.words import Vocabulary, vocabulary_of
from bot.summaries.centrality import Column, StemReduction, Stems, document_of
from bot.summaries.datelines import drop_opening_dateline, without_dateline, without_places
from bot.summaries.dependencies import Dependencies
from bot.summaries.readability import RULES, Consequence, ReadabilityRule
from bot.summaries.references import References
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
# What each name or thing that `brief` presupposes costs: 0.1 costs 0.6 ROUGE-1 on CNN, 0.05 nothing.
_STRANGE = 0.05
# In a story of so many sentences its first is `brief`, unless another one is worth this much more.
_SHORT_STORY = 15
_LEAD = 0.1
# Characters; a longer sentence, which only a text without a good one gives, is cut.
_LONGEST_SENTENCE = 600

_NO_SENTENCE = mark("There is no complete sentence in this text to make a summary from.")


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
    rules names those that it breaks; introduced gives, for each thing that it presupposes, the number of
    the sentence (from 0) that introduces it; chosen lists the Summaries that it is in.
    """

    text: str
    position: float
    centrality: float
    words: int
    scores: Mapping[Length, float]
    rules: tuple[str, ...]
    introduced: Mapping[str, int]
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
    """A text to summarize: its sentences by number, their scores, and what they depend on."""

    def __init__(
        self, text: str, headline: str, vocabulary: Vocabulary, rules: Sequence[ReadabilityRule]
    ) -> None:
        self.texts: list[str] = []
        paragraphs: list[int] = []
        for paragraph, sentence in sentences.placed(text[:_MOST_CHARACTERS], vocabulary.language):
            if sentence != headline.strip() and len(self.texts) < _MOST_SENTENCES:
                self.texts.append(without_dateline(sentence))
                paragraphs.append(paragraph)
        if not self.texts:
            raise InvalidInputError(_NO_SENTENCE)
        lexicon = lexicon_of(vocabulary.language)
        del paragraphs[: drop_opening_dateline(self.texts)]
        self.texts[0] = without_places(self.texts[0], headline, lexicon)
        self._stems = Stems(document_of(self.texts, vocabulary), vocabulary)
        ratings = StemReduction(vocabulary).ratings(self._stems)
        self._features = features_of(self.texts, self._stems, ratings, lexicon)
        references = References(self.texts, self._stems.of, headline, vocabulary)
        self._needs = Dependencies(self.texts, paragraphs, references, lexicon, rules)

    def choose_all(self) -> dict[Length, tuple[int, ...]]:
        """Return the numbers of the chosen sentences for each Length, which grows from the shorter one."""
        chosen = {Length.BRIEF: (grown := self._brief())}
        for length in (Length.SHORT, Length.LONG):
            chosen[length] = grown = self._grown(grown, SENTENCES[length], WEIGHTS[length])
        if all(chosen.values()):
            return chosen
        fallback = self._last_resort()
        return {length: picks or (fallback,) for length, picks in chosen.items()}

    def _brief(self) -> tuple[int, ...]:
        """Return the best sentence that depends on no other; what it presupposes lowers its worth."""
        scores = self._features.scores(WEIGHTS[Length.BRIEF]).tolist()
        if len(scores) <= _SHORT_STORY:
            scores[0] += _LEAD
        best, most = -1, -inf
        for number in sorted(range(len(scores)), key=scores.__getitem__, reverse=True):
            if scores[number] <= most:
                break
            if self._needs.consequence(number) is None:
                worth = scores[number] - _STRANGE * len(self._needs.references.of(number))
                if worth > most:
                    best, most = number, worth
        return (best,) if best >= 0 else ()

    def _grown(self, given: tuple[int, ...], count: int, weights: SentenceWeights) -> tuple[int, ...]:
        """Add the best sentences to the `given` ones, with those they depend on, until there are `count`."""
        scores = (1 - _NOVELTY) * self._features.scores(weights)
        worth = scores.tolist()
        picked = set(given)
        for number in given:
            picked |= self._needs.with_antecedents(number, picked - {number}, count, worth)
        scores[list(picked)] = -inf
        similarity = self._similarity_to(picked)
        found: dict[int, list[int]] = {}  # what a sentence needs, while no other is picked
        while len(picked) < count:
            best = int(np.argmax(scores - similarity))
            if scores[best] == -inf:
                break
            new = found.pop(best, None) or sorted(self._needs.with_antecedents(best, picked, count, worth))
            if not new or self._repeats(new, picked):
                scores[best] = -inf
            elif (shared := self._shared(new, picked, worth)) < scores[best]:
                found[best] = new
                scores[best] = shared  # a sentence it depends on is worth less; others may now be better
            else:
                scores[new] = -inf
                picked.update(new)
                found.clear()
                if len(picked) < count:
                    similarity = np.maximum(similarity, self._similarity_to(new))
        return tuple(sorted(picked))

    def _shared(self, new: Sequence[int], picked: set[int], worth: Sequence[float]) -> float:
        """Return what these sentences are worth on average beside the picked ones.

        A request for help loses nothing: it needs no sentence before it, and readers come for it.
        """
        shown, asks = picked.union(new), self._features.asks_for_help
        gaps = sum(self._needs.gap(number, shown) for number in new if not asks[number])
        return (sum(map(worth.__getitem__, new)) - gaps) / len(new)

    def _similarity_to(self, numbers: Iterable[int]) -> Column:
        """Return what each sentence loses for its similarity to the most similar of these."""
        columns = [_NOVELTY * self._stems.similarities(number) for number in numbers]
        return np.max(np.stack(columns), axis=0) if columns else np.zeros(len(self.texts))

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
                if self._features.words[number] and self._needs.consequence(number) is consequence:
                    return number
        raise InvalidInputError(_NO_SENTENCE)

    def summaries(self, language: str | None, chosen: Mapping[Length, tuple[int, ...]]) -> Summaries:
        """Return the chosen sentences of each Length; one that is too long is cut and ends in dots."""
        texts = {length: tuple(_cut(self.texts[n]) for n in numbers) for length, numbers in chosen.items()}
        return Summaries(language, texts)

    def explain(self, chosen: Mapping[Length, tuple[int, ...]]) -> Iterator[ExplainedSentence]:
        scores = {length: self._features.scores(weights) for length, weights in WEIGHTS.items()}
        longest = chosen[Length.LONG]
        for number, text in enumerate(self.texts):
            things = self._needs.references.of(number)
            yield ExplainedSentence(
                text=text,
                position=float(self._features.position[number]),
                centrality=float(self._features.centrality[number]),
                words=int(self._features.words[number]),
                scores={length: float(each[number]) for length, each in scores.items()},
                rules=self._needs.rules_broken_by(number),
                introduced={
                    thing.words: next((n for n in thing.numbers if n in longest), thing.numbers[0])
                    for thing in things
                },
                chosen=tuple(length for length, picks in chosen.items() if number in picks),
            )


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_SENTENCE:
        return text
    return text[:_LONGEST_SENTENCE].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + " …"

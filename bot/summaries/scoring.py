"""Scoring: what each sentence of a story is worth for a Summary before any sentence is chosen."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.language.lexicon import Lexicon
from bot.summaries.centrality import Column, Stems
from storage.words import Length

_QUOTE_MARK = re.compile('["“”„«»「」]')


@dataclass(frozen=True, slots=True)
class SentenceWeights:
    """The weights of a sentence's features for one Length.

    words: the best number of words; a sentence that stands alone must say more than one of five.
    misfit: what a sentence loses if it has no words, or twice that number.
    asking: what a sentence gains if it reports a request for help, because readers come for these stories; it
    is 0 for the shortest Length, where such a sentence would not say what happened. Few stories have one, so
    that ROUGE changes by less than 0.1.
    """

    words: float
    misfit: float
    asking: float


# Each weight is the median of the 30 best of 400 random draws for each Length, by their mean gain over six
# data sets (CNN twice, Daily Mail, freelance writers, French, Norwegian). The medians from the two halves of
# the data differ by at most 0.06 of a weight and 3 words.
WEIGHTS: Mapping[Length, SentenceWeights] = {
    Length.BRIEF: SentenceWeights(words=32, misfit=0.25, asking=0.0),
    Length.SHORT: SentenceWeights(words=18, misfit=0.15, asking=0.35),
    Length.LONG: SentenceWeights(words=14, misfit=0.25, asking=0.2),
}
_CENTRALITY = 0.4  # the share of sumy's rating; the rest is the sentence's position in the story
_QUOTE_COST = 0.1  # for a quotation, which says less in as many words
_DENSITY_GAIN = 0.12  # for a sentence of distinct words without any stop word


@dataclass(frozen=True, slots=True)
class Features:
    """The features of all sentences, one array for each feature, in the story's order.

    position: 1 for the first sentence, falling evenly to the last. centrality: 0 to 1. words: their number.
    density: the number of distinct stems by the number of words. quotes: 1 with a quotation mark, else 0.
    asks_for_help: 0, 0.5 or 1.
    """

    position: Column
    centrality: Column
    words: Column
    density: Column
    quotes: Column
    asks_for_help: Column

    def scores(self, weights: SentenceWeights) -> Column:
        """Return what each sentence is worth by itself: about 1 at best, and possibly below 0."""
        misfit = np.minimum(1, np.abs(self.words / weights.words - 1))
        scores: Column = (
            (1 - _CENTRALITY) * self.position
            + _CENTRALITY * self.centrality
            + _DENSITY_GAIN * self.density
            - weights.misfit * misfit
            - _QUOTE_COST * self.quotes
            + weights.asking * self.asks_for_help
        )
        return scores


def features_of(texts: Sequence[str], stems: Stems, ratings: Column, lexicon: Lexicon) -> Features:
    """Return the Features of these sentences from their stems and sumy's ratings."""
    counts = np.array([len(words) for words in stems.words], dtype=float)
    return Features(
        position=1 - np.arange(len(texts)) / len(texts),
        centrality=ratings / (np.max(ratings) or 1),
        words=counts,
        density=stems.counts / np.maximum(1, counts),
        quotes=np.array([_QUOTE_MARK.search(text) is not None for text in texts], dtype=float),
        asks_for_help=np.array([_asks_for_help(words, lexicon) for words in stems.words]),
    )


def _asks_for_help(words: tuple[str, ...], lexicon: Lexicon) -> float:
    """Return 1 if somebody asks for help, 0.5 if two words are about helping, else 0."""
    helping = lexicon.helping.intersection(words)
    if helping and not lexicon.asking.isdisjoint(words):
        return 1.0
    return 0.5 if len(helping) > 1 else 0.0

"""What each sentence of a story is worth to a reader, before any is chosen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sumy.models.dom import ObjectDocumentModel

from bot.stories.centrality import Matrix
from bot.stories.lexicon import Lexicon
from storage.words import Length

Column = npt.NDArray[np.float64]

_QUOTE_MARKS = frozenset('"“”„«»「」')


@dataclass(frozen=True, slots=True)
class Weighing:
    """How sentences are weighed for one Length.

    centrality: the share of sumy's rating in the score; the rest is the place in the story.
    words: how long a sentence does best. One that stands alone has to say more than one of five.
    asking: what it gains by telling that somebody asks for help. Comeback keeps readers with such stories,
    so it is why one matters; but alone it would not say what happened. Few stories have such a sentence:
    ROUGE changes by less than 0.1.
    """

    centrality: float
    words: int
    asking: float


# All weights lie in the middle of a plateau that both halves of six sets share (CNN twice, Daily Mail,
# freelance writers, French, Norwegian): ± 0.1 of a weight or ± 4 words change ROUGE-1 by less than 0.3.
WEIGHINGS: Mapping[Length, Weighing] = {
    Length.BRIEF: Weighing(centrality=0.35, words=30, asking=0.0),
    Length.SHORT: Weighing(centrality=0.35, words=22, asking=0.35),
    Length.LONG: Weighing(centrality=0.20, words=16, asking=0.2),
}
_MISFIT_COST = 0.15  # a sentence of twice the best length, or of none
_QUOTE_COST = 0.1  # spoken words say less in as many


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of each sentence, one column each, in the story's order.

    position: 1 for the first, falling evenly to the last. centrality: 0 to 1. words: how many.
    """

    position: Column
    centrality: Column
    words: Column
    quotes: Column
    asks_for_help: Column

    def scores(self, weighing: Weighing) -> Column:
        """What each sentence is worth by itself; 1 at best, may fall below 0."""
        misfit = np.minimum(1, np.abs(self.words / weighing.words - 1))
        scores: Column = (
            (1 - weighing.centrality) * self.position
            + weighing.centrality * self.centrality
            - _MISFIT_COST * misfit
            - _QUOTE_COST * self.quotes
            + weighing.asking * self.asks_for_help
        )
        return scores


def features_of(document: ObjectDocumentModel, likenesses: Matrix, lexicon: Lexicon) -> Features:
    """The Features of sumy's document, whose sentences are as like each other as `likenesses` says."""
    words: list[tuple[str, ...]] = [sentence.words for sentence in document.sentences]
    ratings = likenesses.sum(axis=1)
    return Features(
        position=1 - np.arange(len(words)) / len(words),
        centrality=ratings / (ratings.max() or 1),
        words=np.array([len(each) for each in words], dtype=float),
        quotes=np.array([not _QUOTE_MARKS.isdisjoint(str(s)) for s in document.sentences], dtype=float),
        asks_for_help=np.array([_asks_for_help(each, lexicon) for each in words]),
    )


def _asks_for_help(words: tuple[str, ...], lexicon: Lexicon) -> float:
    """1 where somebody asks for help; a half where the sentence is about helping, in two words for it."""
    helping = lexicon.helping.intersection(words)
    if helping and not lexicon.asking.isdisjoint(words):
        return 1.0
    return 0.5 if len(helping) > 1 else 0.0

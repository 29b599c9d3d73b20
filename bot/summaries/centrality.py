"""How much of the story each sentence carries: sumy's Reduction, counted stem by stem."""

from collections import Counter
from itertools import chain
from math import fsum, sqrt

import numpy as np
import numpy.typing as npt
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.summarizers.reduction import ReductionSummarizer

from bot.language.words import Vocabulary

Column = npt.NDArray[np.float64]

# By which power of the number of its stems a sentence's sum is divided. 0.5 to 0.8 do equally well; 0 favours
# long sentences and 1 short ones, and both cost 0.3 to 1 ROUGE-1 on CNN stories at three sentences.
_LENGTH_POWER = 0.6


class Stems:
    """The words of each sentence of a document, their stems, each once, and how many sentences hold each."""

    def __init__(self, document: ObjectDocumentModel, vocabulary: Vocabulary) -> None:
        self.words: list[tuple[str, ...]] = [sentence.words for sentence in document.sentences]
        self.of = [vocabulary.stems(words) for words in self.words]
        self.counts: Column = np.array([len(each) for each in self.of], dtype=float)
        self.holders = Counter(chain.from_iterable(self.of))
        self._likenesses: dict[int, Column] = {}

    def likenesses(self, number: int) -> Column:
        """The cosine of this sentence with every other, 0 to 1; with itself it counts as 0."""
        if number not in self._likenesses:
            shared = np.array([len(self.of[number] & other) for other in self.of], dtype=float)
            shared[number] = 0
            self._likenesses[number] = shared / np.sqrt(np.maximum(1, self.counts * self.counts[number]))
        return self._likenesses[number]

    def overlap(self, one: int, other: int) -> float:
        """Which share of the stems of the sentence with fewer stands in the other, 0 to 1."""
        shared = len(self.of[one] & self.of[other])
        return shared / max(1, min(len(self.of[one]), len(self.of[other])))


class StemReduction(ReductionSummarizer):  # type: ignore[misc] # sumy ships no types
    """Rates a sentence by what it shares with all others.

    sumy adds up, pair by pair, how many words two sentences share. The same sum is found stem by stem, from
    the number of other sentences that hold each: linear in the story, not quadratic. The root of that number
    counts, so that one frequent word does not outweigh all others, and the sum is divided by a power of the
    sentence's length instead of a logarithm. At three sentences that gives 0.1 to 0.3 more ROUGE-1 than
    cosines on CNN and French stories, 0.2 less on Daily Mail.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def rate_sentences(self, document: ObjectDocumentModel) -> dict[Sentence, float]:
        """What sumy's own selection asks for: each sentence's rating."""
        ratings = self.ratings(Stems(document, self._vocabulary))
        return dict(zip(document.sentences, map(float, ratings), strict=True))

    def ratings(self, stems: Stems) -> Column:
        """The rating of each sentence in order."""
        worth = {stem: sqrt(holders - 1) for stem, holders in stems.holders.items()}
        # fsum, because a set has another order in each process and a plain sum depends on it.
        sums = np.array([fsum(map(worth.__getitem__, each)) for each in stems.of])
        ratings: Column = sums / np.maximum(1, stems.counts) ** _LENGTH_POWER
        return ratings


def document_of(texts: list[str], vocabulary: Vocabulary) -> ObjectDocumentModel:
    """These sentences as sumy's document, one paragraph."""
    return ObjectDocumentModel([Paragraph([Sentence(text, vocabulary) for text in texts])])

"""Centrality: similarities and ratings equal those computed by hand."""

from math import sqrt

import pytest
from sumy.summarizers.reduction import ReductionSummarizer

from bot.language.words import Vocabulary, vocabulary_of
from bot.summaries.centrality import StemReduction, Stems, document_of

TEXTS = ["The red bridge opened.", "A red bridge closed.", "Nobody sang.", "The red bridge opened."]


@pytest.fixture
def stems() -> Stems:
    return Stems(document_of(TEXTS, vocabulary_of("en")), vocabulary_of("en"))


def test_similarity_is_the_cosine_of_stems(stems: Stems) -> None:
    """The similarity is the shared stems by the root of both counts; 0 with itself, 1 with a copy."""
    assert stems.similarities(0) == pytest.approx([0, 2 / sqrt(3 * 3), 0, 1])
    for one in range(len(TEXTS)):
        for other in range(len(TEXTS)):
            assert stems.similarities(one)[other] == stems.similarities(other)[one]


def test_overlap_is_the_share_of_the_shorter() -> None:
    """A sentence that is part of a longer one has an overlap of 1, in either order."""
    texts = ["The red bridge opened.", "The red bridge opened over the wide river on Monday.", "It is."]
    stems = Stems(document_of(texts, vocabulary_of("en")), vocabulary_of("en"))
    assert stems.overlap(0, 1) == stems.overlap(1, 0) == 1
    assert stems.overlap(0, 2) == 0


def test_rating_counts_the_other_holders_of_each_stem(stems: Stems) -> None:
    """The rating sums the roots of how many others have each stem, by a power of the sentence's length."""
    ratings = StemReduction(vocabulary_of("en")).ratings(stems)
    opened = (sqrt(2) + sqrt(2) + sqrt(1)) / 3**0.6  # two others have red and bridge, one has opened
    assert ratings == pytest.approx([opened, 2 * sqrt(2) / 3**0.6, 0, opened])


def test_it_is_a_sumy_summarizer() -> None:
    """The selection of sumy works with these ratings."""
    vocabulary = vocabulary_of("en")
    summarizer = StemReduction(vocabulary)
    assert isinstance(summarizer, ReductionSummarizer)
    texts = ["Nobody sang.", "The red bridge opened.", "A red bridge closed.", "The bridge opened."]
    assert str(summarizer(document_of(texts, vocabulary), 1)[0]) == texts[1]


@pytest.mark.parametrize(
    ("language", "text", "stems"),
    [
        ("en", "The dancers danced in 1.2 million homes", {"dancer", "danc", "1.2", "million", "home"}),
        ("nb", "Jenta leser bøkene", {"jent", "les", "bøk"}),
        ("zh", "医院需要帮助", {"医院", "院需", "需要", "要帮", "帮助"}),
        ("sw", "Hospitali ya mji", {"hospi"}),
        ("pl", "W szpitalach", {"szpital"}),
    ],
)
def test_words_become_stems(language: str, text: str, stems: set[str]) -> None:
    """Words are stemmed, or pairs of characters without spaces; without a list, short words are dropped."""
    vocabulary = vocabulary_of(language)
    assert vocabulary.stems(vocabulary.to_words(text)) == stems


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache of stems never exceeds its limit."""
    monkeypatch.setattr("bot.language.words._REMEMBERED", 10)
    vocabulary = Vocabulary("en")
    words = [f"word{n}x" for n in range(95)]
    assert len(vocabulary.stems(words)) == 95
    assert len(vocabulary._stems) <= 10

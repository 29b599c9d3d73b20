"""sumy's model and our edges: the same numbers as counting by hand."""

from math import sqrt

import pytest
from sumy.summarizers.reduction import ReductionSummarizer

from bot.stories.centrality import CosineReduction, document_of
from bot.stories.vocabulary import Vocabulary, vocabulary_of

TEXTS = ["The red bridge opened.", "A red bridge closed.", "Nobody sang.", "The red bridge opened."]


def test_likeness_is_the_cosine_of_stems() -> None:
    """Shared stems over the root of both counts; nothing with itself, all with its copy."""
    matrix = CosineReduction(vocabulary_of("en")).likenesses(document_of(TEXTS, vocabulary_of("en")))
    assert matrix[0, 1] == pytest.approx(2 / sqrt(3 * 3))
    assert matrix[0, 2] == 0
    assert matrix[0, 3] == pytest.approx(1)
    assert (matrix == matrix.T).all()
    assert not matrix.diagonal().any()


def test_it_is_a_sumy_summarizer() -> None:
    """The selection that sumy has works on it as on any other."""
    vocabulary = vocabulary_of("en")
    summarizer = CosineReduction(vocabulary)
    assert isinstance(summarizer, ReductionSummarizer)
    assert str(summarizer(document_of(TEXTS[:3], vocabulary), 1)[0]) == TEXTS[0]


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
    """Stemmed where sumy can, pairs of characters without spaces, short words dropped without a list."""
    vocabulary = vocabulary_of(language)
    assert vocabulary.stems(vocabulary.to_words(text)) == stems


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that sees new words for months keeps only so many."""
    monkeypatch.setattr("bot.stories.vocabulary._REMEMBERED", 10)
    vocabulary = Vocabulary("en")
    words = [f"word{n}x" for n in range(95)]
    assert len(vocabulary.stems(words)) == 95
    assert len(vocabulary._meanings) <= 10

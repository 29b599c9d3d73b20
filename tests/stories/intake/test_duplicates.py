"""The same story is recognised in a shortened, reworded or extended copy, and no other story is."""

import json
import random
import re

import pytest

from bot.stories.intake import duplicates
from bot.stories.intake.duplicates import Likeness
from tests.paths import SHARED_DATA

STORIES = SHARED_DATA / "summaries" / "cnn_val.jsonl"
CHINESE = "春天来了河边的柳树发出了新芽孩子们在草地上奔跑老人们坐在长椅上晒太阳远处的山上还有没有融化的雪"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """A few hundred different real stories."""
    if not STORIES.exists():
        pytest.skip(f"no stories at {STORIES}")
    with STORIES.open() as lines:
        found = [json.loads(line)["text"] for line in lines]
    return [text for text in found if len(text) > 1_500][:200]


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text)


def _likeness(one: str, other: str) -> Likeness | None:
    return duplicates.compare(duplicates.shingles(one), duplicates.shingles(other))[0]


def _share_a_band(one: str, other: str) -> bool:
    """Return whether the database would offer one text for comparison with the other."""
    return bool(
        {*duplicates.bands(duplicates.signature(one))} & {*duplicates.bands(duplicates.signature(other))}
    )


def _reworded(text: str, rng: random.Random, share: float) -> str:
    """Return the text with this share of its words replaced."""
    words = text.split()
    for place in rng.sample(range(len(words)), int(share * len(words))):
        words[place] = f"{rng.choice(words)}x"
    return " ".join(words)


@pytest.mark.parametrize("kept", [0.4, 0.6, 0.8])
def test_a_shortened_copy_is_recognised(texts: list[str], kept: float) -> None:
    """Of copies that lack their end, 99 in 100 share a band with the whole story, and all are alike."""
    copies = [" ".join(_sentences(text)[: max(4, int(kept * len(_sentences(text))))]) for text in texts]
    met = sum(_share_a_band(text, copy) for text, copy in zip(texts, copies, strict=True))
    assert met >= 0.99 * len(texts)
    assert all(_likeness(text, copy) is Likeness.ALIKE for text, copy in zip(texts, copies, strict=True))


def test_a_reworded_copy_is_recognised(texts: list[str]) -> None:
    """A copy in which one word of twenty was replaced shares a band and is alike."""
    rng = random.Random(4)  # the same words each time
    copies = [_reworded(text, rng, 0.05) for text in texts]
    assert all(_share_a_band(text, copy) for text, copy in zip(texts, copies, strict=True))
    assert all(_likeness(text, copy) is Likeness.ALIKE for text, copy in zip(texts, copies, strict=True))


def test_the_next_story_of_a_thread_is_related(texts: list[str]) -> None:
    """A story with a third of news and two thirds of an older story is related, not alike."""
    tried = 0
    for older, other in zip(texts[::2], texts[1::2], strict=False):
        words, news = older.split(), other.split()
        follow_up = " ".join([*news[: len(words) * 3 // 10], *words[: len(words) * 6 // 10]])
        if len(news) > len(words) * 3 // 10:
            tried += 1
            assert _likeness(older, follow_up) is Likeness.RELATED
            assert _share_a_band(older, follow_up)
    assert tried > 50


def test_other_stories_are_not_taken_for_the_same(texts: list[str]) -> None:
    """Of 19,900 pairs of real stories one is related, and fewer than 1 % share a band."""
    shingles = [duplicates.shingles(text) for text in texts]
    bands = [{*duplicates.bands(duplicates.signature(text))} for text in texts]
    pairs = [(one, other) for one in range(len(texts)) for other in range(one)]
    likenesses = [duplicates.compare(shingles[one], shingles[other])[0] for one, other in pairs]
    assert [one for one in likenesses if one] == [Likeness.RELATED]
    assert sum(bool(bands[one] & bands[other]) for one, other in pairs) < 0.01 * len(pairs)


def test_the_estimated_similarity_is_close_to_the_real_one(texts: list[str]) -> None:
    """The estimate is within four standard deviations (.044) of the real Jaccard similarity."""
    rng = random.Random(5)  # the same words each time
    for text in texts:
        copy = _reworded(text, rng, rng.uniform(0, 0.3))
        own, other = duplicates.shingles(text), duplicates.shingles(copy)
        real = len(own & other) / len(own | other)
        estimated = duplicates.estimated_jaccard(duplicates.signature(text), duplicates.signature(copy))
        assert abs(estimated - real) < 4 * 0.044


def test_a_signature_is_always_the_same() -> None:
    """Signatures are stored, so any version and process must compute the same bytes."""
    text = " ".join(f"word{number}" for number in range(60))
    assert len(duplicates.signature(text)) == 4 + 4 * 128
    assert duplicates.bands(duplicates.signature(text))[:2] == (842756109427921625, 673943744212251681)
    assert all(-(2**63) <= band < 2**63 for band in duplicates.bands(duplicates.signature(text)))


def test_case_and_punctuation_do_not_count() -> None:
    """A copy in another case and punctuation has the same signature."""
    text = " ".join(f"Word{number}," for number in range(60))
    assert duplicates.signature(text) == duplicates.signature(text.lower().replace(",", " –"))


@pytest.mark.parametrize("text", ["", "One two three four.", "word " * 500])
def test_a_text_that_says_too_little_is_not_compared(text: str) -> None:
    """A few words, or one word over and over, have no signature."""
    assert duplicates.signature(text) == b""
    assert duplicates.bands(b"") == ()
    assert duplicates.compare(duplicates.shingles(text), duplicates.shingles("")) == (None, 0.0)


def test_a_script_without_spaces_goes_by_characters() -> None:
    """In Chinese, half a text is alike and another text is not."""
    longer = CHINESE + CHINESE[::-1]
    assert _likeness(longer, CHINESE) is Likeness.ALIKE
    assert _likeness(CHINESE, CHINESE[::-1]) is None
    assert _share_a_band(longer, CHINESE)


def test_a_very_long_text_costs_no_more_than_a_long_one() -> None:
    """Only the first 20,000 words of a text count."""
    text = " ".join(map(str, range(100_000)))
    assert len(duplicates.shingles(text)) == 19_998

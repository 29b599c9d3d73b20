"""Origins: each sentence of a Summary is found in its paragraph of the text."""

import pytest

from bot.stories.origins import paragraphs_of, passages_of

BODY = "The bridge is open. People cross it.\n\nIt was closed for years.Nobody knew why."


@pytest.mark.parametrize(
    ("summary", "numbers"),
    [
        ("The bridge is open.\nIt was closed for years.", (1, 2)),
        ("People cross it.", (1,)),
        ("It was closed for years. Nobody knew why.", (2,)),
        ("It was closed …", (2,)),
        ("An editor wrote this.\nPeople cross it.", (None, 1)),
        ("", (None,)),
    ],
)
def test_sentences_are_found(summary: str, numbers: tuple[int | None, ...]) -> None:
    """White space and the dots of a cut do not matter; what is not in the text has no number."""
    assert paragraphs_of(summary, BODY) == numbers


@pytest.mark.parametrize(
    ("summary", "body", "passages"),
    [
        ("It holds.", "It holds.", ["It holds."]),
        ("It holds.\nNobody came.", "Nobody came. It\nholds. So be it.", ["Nobody came.", "It\nholds."]),
        ("It holds …", "It holds all day.", ["It holds"]),
        ("An editor wrote this.", "It holds.", []),
        ("It holds.\nIt holds.", "It holds. It holds.", ["It holds."]),
        ("", "It holds.", []),
        ("\n", "It holds.", []),
    ],
)
def test_the_sentences_of_a_summary_are_found_in_the_text(
    summary: str, body: str, passages: list[str]
) -> None:
    """In the order of the text; white space does not count."""
    assert [body[begin:end] for begin, end in passages_of(summary, body)] == passages

"""Phrases are found as whole words, at the start or anywhere, as if each were tried."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.phrases import Phrases, words_of

PHRASES = frozenset({"click", "click here", "follow @", "editors' note", "©", "(left", "in fact"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("click here for more", "click here"),
        ("click on", "click"),
        ("clicking is fun", None),
        ("editors' note: this", "editors' note"),
        ("follow @comeback", None),
        ("follow us", None),
        ("we click here", None),
        ("", None),
    ],
)
def test_the_start_matches_the_longest_phrase(text: str, found: str | None) -> None:
    """The longest phrase at the start of the text matches, as whole words."""
    match = Phrases(PHRASES).match_start(text)
    assert (match and match[0]) == found


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("please click here.", True),
        ("© example press", True),
        ("the mayor (left) waved", True),
        ("the mayor left", False),
        ("in factories", False),
        ("clickers", False),
    ],
)
def test_phrases_are_found_as_whole_words(text: str, stands: bool) -> None:
    """Phrases with and without letters are found anywhere, but never inside a word."""
    assert Phrases(PHRASES).occur_in(text, words_of(text)) is stands


@given(st.lists(st.sampled_from(["click", "here", "in", "fact", "facts", "©", "(left", "note", "'", " "])))
def test_the_shortcut_finds_what_trying_each_finds(pieces: list[str]) -> None:
    """For any text, the search by longest words finds what trying each phrase finds."""
    text = " ".join(pieces)
    tried = any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) for phrase in PHRASES)
    phrases = Phrases(PHRASES)
    assert phrases.occur_in(text, words_of(text)) is tried
    if tried and "©" not in text:
        assert phrases.may_occur_in(words_of(text))


def test_no_phrases_find_nothing() -> None:
    """An empty list finds nothing."""
    phrases = Phrases(frozenset())
    assert phrases.match_start("click here") is None
    assert not phrases.occur_in("click here", words_of("click here"))

"""Phrases: found as whole words, at the opening or anywhere, as by trying each."""

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
def test_opening_is_the_longest_phrase(text: str, found: str | None) -> None:
    """The longest phrase that the text opens with, as whole words, or nothing."""
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
def test_phrases_stand_anywhere_as_whole_words(text: str, stands: bool) -> None:
    """Found within the text, with and without letters of their own, never within a word."""
    assert Phrases(PHRASES).occur_in(text, words_of(text)) is stands


@given(st.lists(st.sampled_from(["click", "here", "in", "fact", "facts", "©", "(left", "note", "'", " "])))
def test_the_shortcut_finds_what_trying_each_finds(pieces: list[str]) -> None:
    """Whatever the text, looking only where a phrase's longest word stands misses nothing."""
    text = " ".join(pieces)
    tried = any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", text) for phrase in PHRASES)
    phrases = Phrases(PHRASES)
    assert phrases.occur_in(text, words_of(text)) is tried
    if tried and "©" not in text:
        assert phrases.may_occur_in(words_of(text))


def test_no_phrases_find_nothing() -> None:
    """A language without word lists has none to find."""
    phrases = Phrases(frozenset())
    assert phrases.match_start("click here") is None
    assert not phrases.occur_in("click here", words_of("click here"))

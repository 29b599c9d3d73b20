"""The words of pages for what rows hold."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from bot.web.desk import words
from bot.web.desk.stories import stories, story
from storage.words import DecisionAction, StoryState

BY_ENUM = [
    (name, next(type(key) for key in table), table)
    for name, table in vars(words).items()
    if isinstance(table, Mapping) and isinstance(next(iter(table), None), StrEnum)
]


@pytest.mark.parametrize(("kind", "table"), [one[1:] for one in BY_ENUM], ids=[one[0] for one in BY_ENUM])
def test_each_value_has_words(kind: type[StrEnum], table: Mapping[StrEnum, str]) -> None:
    """A page that lists rows in a state without words would fail."""
    assert set(table) == set(kind)


def test_each_state_and_decision_of_a_story_has_a_sentence() -> None:
    """On its page, in the tabs, and while a decision can be undone."""
    assert set(stories.STATES) == set(stories._TABS) == set(StoryState)
    assert set(story.ABOUT_TO) == set(DecisionAction)

"""Muted words of a reader: how they are typed, kept, counted and removed."""

import pytest

from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.subscribers.muted_words import LONGEST, MOST, added, listed, parts, read, removed
from bot.subscribers.preferences import Preferences
from storage.database import Database
from tests.factories import MovableClock, add_subscribers, get_subscriber


def test_words_are_parted_and_tidied() -> None:
    """Commas, semicolons and lines part words; white space within a name becomes one space."""
    assert [read(one) for one in parts("war,  Jane \n Smith ;дощ")] == ["war", "Jane", "Smith", "дощ"]
    assert read("  Jane   Smith ") == "Jane Smith"


@pytest.mark.parametrize("typed", ["", " ", "x", "…!", "a" * (LONGEST + 1), ","])
def test_what_is_no_word_is_refused(typed: str) -> None:
    """Nothing, one letter, mere signs, or more than forty letters are refused."""
    with pytest.raises(InvalidInputError):
        [read(one) for one in parts(typed)]


def test_a_word_is_kept_once_and_there_is_an_end() -> None:
    """The same word in other letters is not kept twice, and the thirty-first one is refused."""
    column = added(added("", "War"), "wAR")
    assert listed(column) == ("War",)
    for number in range(MOST - 1):
        column = added(column, f"word {number}")
    with pytest.raises(RefusedError):
        added(column, "one more")
    assert added(column, "WAR") == column


def test_a_word_is_removed_however_it_is_written() -> None:
    """Case does not matter; a word that is not there is a NotFoundError."""
    column = added(added("", "War"), "Jane Smith")
    assert removed(column, "jane  SMITH") == "War"
    with pytest.raises(NotFoundError):
        removed(column, "peace")


async def test_they_are_stored_for_one_reader_alone(database: Database, clock: MovableClock) -> None:
    """Muting and unmuting changes one Subscriber; all words of a list are muted, or none."""
    preferences = Preferences(database, clock)
    anna, ben = await add_subscribers(database, 2)
    await preferences.mute(anna, "war, Jane Smith")
    assert (await get_subscriber(database, anna)).muted_words == "war\nJane Smith"
    with pytest.raises(InvalidInputError):
        await preferences.mute(anna, "rain, x")
    await preferences.unmute(anna, "WAR")
    assert (await get_subscriber(database, anna)).muted_words == "Jane Smith"
    assert (await get_subscriber(database, ben)).muted_words == ""

"""The words of a story: found in any form, as whole words, side by side."""

import pytest

from bot.stories.search.story_words import StoryWords

FOUND = [
    ("en", "war", "Two WARS later, the bridge holds."),
    ("en", "Jane Smith", "It was Jane Smith's idea."),
    ("uk", "війна", "Після війни тут виросла школа."),
    ("uk", "смерть", "За рік до смерті він писав листи."),
    ("uk", "Київ", "У Києві відкрили міст."),
    ("uk", "Харків", "Дорога до Харкова вільна."),
    ("uk", "біженець", "Сто біженців чекали на потяг."),
    ("uk", "Олена Коваль", "Листа Олені Коваль не отримали."),
    ("uk", "сім'я", "У цій сім’ї троє дітей."),
    ("pl", "wojna", "Po wojnie odbudowano most."),
    ("pl", "Warszawa", "Pociąg do Warszawy odjechał."),
    ("de", "Krieg", "Die Spuren des Krieges bleiben."),
    ("de", "Überschwemmung", "Nach den Überschwemmungen kam Hilfe."),
    ("de", "uberschwemmung", "Die Überschwemmung ging zurück."),
    ("es", "guerra", "Tras dos guerras, el puente aguanta."),
    ("fr", "guerre", "Après deux guerres, le pont tient."),
    ("ja", "戦争", "あの戦争が終わった。"),
    ("xx", "Krieg", "Der Krieg ist vorbei."),
]
NOT_FOUND = [
    ("en", "war", "The warehouse wards off rain."),
    ("en", "Jane Smith", "Jane met Mr Smith. Smith, Jane: two entries of a list."),
    ("en", "Jane Smith", "Jane"),
    ("uk", "Україна", "Український хор співає."),
    ("uk", "рак", "Ракета не злетіла."),
    ("pl", "kot", "Kotlet był gorący."),
    ("de", "Krieg", "Sie kriegten den Bus noch."),
    ("ja", "戦争", "平和な町。"),
]


@pytest.mark.parametrize(("language", "phrase", "text"), FOUND)
def test_a_word_is_found_in_any_form(language: str, phrase: str, text: str) -> None:
    """Each form of a word, in any case of letters and with or without accents, is found."""
    assert StoryWords(text, language).have(phrase)


@pytest.mark.parametrize(("language", "phrase", "text"), NOT_FOUND)
def test_only_whole_words_side_by_side_are_found(language: str, phrase: str, text: str) -> None:
    """A part of a longer word does not count, nor a name whose parts stand apart."""
    assert not StoryWords(text, language).have(phrase)


def test_what_is_asked_again_is_remembered() -> None:
    """The second question for the same phrase has the first one's answer."""
    words = StoryWords("War and peace", "en")
    assert [words.have(phrase) for phrase in ("war", "war", "rain", "rain")] == [True, True, False, False]

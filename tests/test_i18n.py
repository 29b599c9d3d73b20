"""Words from right to left in a sentence from left to right; dates and hours that no line breaks."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.i18n import in_language, isolated, languages

_LATE = datetime(2026, 11, 25, 22, 5, tzinfo=UTC)
_NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def test_only_text_from_right_to_left_is_isolated() -> None:
    """Hebrew, Arabic and Farsi, also beside Latin; no other alphabet."""
    for words in ("שלום", "مرحبا", "سلام", "Radio שלום 103"):
        assert isolated(words) == f"\u2068{words}\u2069"
    for words in ("", "Bridge", "Міст", "橋", "❤ 12", "Café"):
        assert isolated(words) == words


def test_a_sentence_keeps_its_direction() -> None:
    """The name of an organisation does not move the words after it to its other side."""
    said = in_language("en").say("❤ {organisation} asks for help.", organisation="مساعدة (غزة)")
    assert said == "❤ \u2068مساعدة (غزة)\u2069 asks for help."
    assert in_language("en").say("Page {page} of {pages}", page=1, pages=2) == "Page 1 of 2"


@pytest.mark.parametrize("control", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))])
def test_a_pasted_control_reverses_no_sentence(control: str) -> None:
    """Whatever turns the direction of text is left out of a value, be it Latin or Arabic."""
    said = in_language("en").say("No results for: {words}. See /latest", words=f"a{control}b")
    assert said == "No results for: ab. See /latest"
    assert isolated(f"{control}مرحبا") == "\u2068مرحبا\u2069"


def test_words_that_are_isolated_already_stay_so() -> None:
    """A name in isolates keeps them within a longer value."""
    assert isolated(f"Radio {isolated('שלום')}") == "\u2068Radio \u2068שלום\u2069\u2069"


def test_no_sentence_ends_with_two_full_stops() -> None:
    """A value with a full stop of its own, as Ukrainian dates have, takes that of the sentence."""
    say = in_language("en").say
    assert say("It is {day}.", day="1 p.") == "It is 1 p."
    assert say("{day}. It is so.", day="1 p.") == "1 p. It is so."
    assert say("{day} …", day="1 p.") == "1 p. …"


@pytest.mark.parametrize("language", languages())
def test_no_line_breaks_a_date_or_an_hour(language: str) -> None:
    """Each stays on one line, is at most 28 characters long, and ends a sentence with one full stop."""
    texts = in_language(language)
    written = [
        texts.date(_LATE, UTC),
        texts.day(_LATE, UTC),
        texts.short_moment(_LATE, UTC),
        texts.clock(_LATE, UTC),
        texts.hour(22),
        texts.span(timedelta(hours=11)),
        texts.page(2, 5),
    ]
    assert [each for each in written if " " in each or len(each) > 28 or each.endswith(".")] == []
    assert "2026" in texts.date(_LATE, UTC)
    assert "2026" not in texts.day(_LATE, UTC)


@pytest.mark.parametrize(
    ("language", "date", "day", "moment"),
    [
        ("uk", "27 листопада 2026 року", "п’ятниця, 27 листопада", "пт, 27 листопада, 08:05"),
        ("pl", "27 listopada 2026", "piątek, 27 listopada", "pt., 27 listopada, 08:05"),
        ("de", "27. Nov. 2026", "Freitag, 27. November", "Fr., 27. Nov., 08:05"),
        ("fr", "27 nov. 2026", "vendredi 27 novembre", "ven. 27 nov., 08:05"),
    ],
)
def test_months_are_no_other_words(language: str, date: str, day: str, moment: str) -> None:
    """In Ukrainian "лист." is a leaf and in Polish "lis" a fox: months are written in full there."""
    texts, friday = in_language(language), datetime(2026, 11, 27, 8, 5, tzinfo=UTC)
    written = (texts.date(friday, UTC), texts.day(friday, UTC), texts.short_moment(friday, UTC))
    assert [one.replace("\u00a0", " ") for one in written] == [date, day, moment]


def test_the_first_of_a_month_is_premier_in_french() -> None:
    """Only the first: the eleventh, the 21st and years stay as they are."""
    texts, first = in_language("fr"), datetime(2026, 12, 1, tzinfo=UTC)
    assert texts.date(first, UTC) == "1er\u00a0déc.\u00a02026"
    assert texts.day(first, UTC) == "mardi\u00a01er\u00a0décembre"
    assert texts.short_moment(first, UTC).startswith("mar.\u00a01er\u00a0déc.")
    for number in (11, 21):
        day = texts.day(first.replace(day=number), UTC)
        assert "er" not in day.split("\u00a0")[1]


def test_the_apostrophe_of_names_is_that_of_sentences() -> None:
    """CLDR writes U+02BC in Ukrainian; our sentences have U+2019."""
    texts = in_language("uk")
    written = [texts.weekday(4), texts.day(_LATE + timedelta(days=2), UTC), texts.language_name("vi")]
    assert [("’" in one, "\u02bc" in one) for one in written] == [(True, False)] * 3


@pytest.mark.parametrize("language", languages())
def test_noon_and_midnight_have_names_in_english_sentences(language: str) -> None:
    """Nobody knows whether 12 AM is day or night; other languages count to 24, and all other hours stay."""
    texts = in_language(language)
    named = [texts.spoken_hour(0), texts.spoken_hour(12), texts.spoken_clock(_NOON, UTC)]
    assert (named == ["midnight", "noon", "noon"]) == (language == "en")
    assert texts.spoken_hour(8) == texts.hour(8)
    assert texts.spoken_clock(_LATE, UTC) == texts.clock(_LATE, UTC)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["German and English", "German, Spanish or French"]),
        ("uk", ["німецька та англійська", "німецька, іспанська або французька"]),
        ("es", ["alemán e inglés", "alemán, español o francés"]),
        ("fr", ["allemand et anglais", "allemand, espagnol ou français"]),
    ],
)
def test_lists_are_joined_as_the_language_does(language: str, expected: list[str]) -> None:
    """British without a comma before "and", euphonic in Ukrainian and in Spanish."""
    texts = in_language(language)
    named = [[texts.language_name(code) for code in codes] for codes in (("de", "en"), ("de", "es", "fr"))]
    assert [texts.listed(named[0]), texts.listed(named[1], style="or")] == expected


def test_a_preposition_is_repeated_in_french() -> None:
    """The sentence has the first one; where it is not repeated in a language, nothing is added."""
    codes = ["de", "es", "fr"]
    said = [in_language(language).listed_languages(codes, style="or") for language in ("fr", "es", "en")]
    assert said == [
        "allemand, en espagnol ou en français",
        "alemán, español o francés",
        "German, Spanish or French",
    ]
    sentence = "There are no new stories in {languages}, so you get stories in other languages."
    assert " en allemand, en espagnol ou en français." in in_language("fr").say(sentence, languages=said[0])

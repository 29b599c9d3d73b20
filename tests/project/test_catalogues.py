"""The catalogues: every sentence is translated into every language, with the same fields."""

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel.messages import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot import i18n
from bot.i18n import LOCALES, SOURCE_LANGUAGE
from tests.languages import COMPLETE, TRANSLATED

ROOT = Path(i18n.__file__).parents[1]
# As `make texts` has them.
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "say": None,
    "count": (1, 2),
    "mark": None,
    "UserError": None,
    "InvalidInputError": None,
    "NotFoundError": None,
    "RefusedError": None,
}
every_language = pytest.mark.parametrize("language", TRANSLATED)


@cache
def sentences() -> dict[str, str | tuple[str, ...]]:
    """Return the sentences of the code by msgid: a sentence, or one with its plural."""
    found = {}
    methods = [("**.py", "python"), ("web/**/templates/**.html", "jinja2")]
    for folder in ("bot", "handlers"):
        for _, _, message, _, _ in extract_from_dir(ROOT / folder, methods, keywords=KEYWORDS):
            found[message if isinstance(message, str) else message[0]] = message
    return found


def catalogue_of(language: str) -> dict[str, Message]:
    """Return the messages of a language by msgid."""
    with (LOCALES / language / i18n.CATALOGUE).open("rb") as file:
        catalogue = read_po(file, locale=language)
    assert not catalogue.obsolete
    assert not catalogue.fuzzy or not any(message.fuzzy for message in catalogue)
    return {_first(message.id): message for message in catalogue if message.id}


def _first(texts_of: str | tuple[str, ...] | list[str]) -> str:
    return texts_of if isinstance(texts_of, str) else texts_of[0]


def _forms(texts_of: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [texts_of] if isinstance(texts_of, str) else list(texts_of or ())


def places(sentence: str) -> set[str]:
    """Return the names of the fields of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_sentences_are_found_in_the_code() -> None:
    """With and without a plural, so that the tests below prove something."""
    assert len(sentences()) > 100
    assert any(not isinstance(message, str) for message in sentences().values())
    assert TRANSLATED


def test_every_sentence_has_named_fields_only() -> None:
    """A translator cannot reorder `{}` and `{0}`."""
    for message in sentences().values():
        for sentence in _forms(message):
            assert all(name.isidentifier() for name in places(sentence)), sentence


def missing(language: str) -> list[str]:
    """Return the sentences that a language lacks, or lacks a plural form of."""
    translated = catalogue_of(language)
    return [msgid for msgid in sentences() if msgid not in translated or not all(_said(translated[msgid]))]


def _said(message: Message) -> list[str]:
    return _forms(message.string) or [""]


@pytest.mark.parametrize("language", COMPLETE)
def test_no_sentence_is_missing_in_a_language(language: str) -> None:
    """The failure names each one, for `make texts` and a translator."""
    lacking = missing(language)
    assert not lacking, "\n".join([f"{language} lacks:", *lacking])


@every_language
def test_no_catalogue_has_a_sentence_that_the_code_no_longer_has(language: str) -> None:
    """And each has plurals where the code has them."""
    translated = catalogue_of(language)
    for msgid, message in translated.items():
        if msgid in sentences():
            assert message.pluralizable == (not isinstance(sentences()[msgid], str)), msgid
    if language in COMPLETE:
        assert set(translated) <= set(sentences())


@every_language
def test_every_translation_has_the_same_fields(language: str) -> None:
    """In all plural forms."""
    with (LOCALES / language / i18n.CATALOGUE).open("rb") as file:
        plurals = read_po(file, locale=language).num_plurals
    for message in catalogue_of(language).values():
        forms = _forms(message.string)
        if language not in COMPLETE and not all(forms):
            continue
        assert len(forms) == (plurals if message.pluralizable else 1), message.id
        wanted = places(_forms(message.id)[-1])
        for form in forms:
            assert form.strip(), message.id
            assert places(form) == wanted, message.id


@every_language
def test_commands_and_addresses_in_a_sentence_stay_as_they_are(language: str) -> None:
    """A reader types `/latest` in every language."""
    fixed = re.compile(r"(?<![\w/])/[a-z]+\b|https?://\S+|comeback [a-z]+")
    for message in catalogue_of(language).values():
        for form in filter(None, _forms(message.string)):
            assert set(fixed.findall(form)) == set(fixed.findall(_forms(message.id)[-1])), message.id


def test_every_sentence_has_typographic_apostrophes() -> None:
    """In English and in every translation, as the quotation marks around them are."""
    spoken = [form for message in sentences().values() for form in _forms(message)]
    translated = [
        form
        for language in TRANSLATED
        for message in catalogue_of(language).values()
        for form in _forms(message.string)
    ]
    assert [form for form in (*spoken, *translated) if re.search(r"\w'|'\w|\u02bc", form)] == []


def test_french_marks_stand_after_a_space_that_no_line_breaks() -> None:
    """So no line begins with a colon, a question mark or the end of a quotation."""
    forms = [form for message in catalogue_of("fr").values() for form in _forms(message.string)]
    assert [form for form in forms if re.search(r" [:;?!»]|« |\w[;?!]", form)] == []


def test_no_ukrainian_line_begins_with_a_dash() -> None:
    """A dash stands after a no-break space, and is a long one."""
    forms = [form for message in catalogue_of("uk").values() for form in _forms(message.string)]
    assert [form for form in forms if re.search(r"\w —|\w\s–\s", form)] == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0 речень"),
        (1, "1 речення"),
        (2, "2 речення"),
        (5, "5 речень"),
        (11, "11 речень"),
        (21, "21 речення"),
        (22, "22 речення"),
        (1_000_005, "1\u00a0000\u00a0005 речень"),
    ],
)
def test_ukrainian_counts_in_three_forms(number: int, expected: str) -> None:
    """One, few and many, by the last digits; numbers have the language's separators."""
    ukrainian = i18n.in_language("uk")
    assert ukrainian.count("{number} sentence", "{number} sentences", number) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("pl", ["1 zdanie", "2 zdania", "5 zdań", "12 zdań", "22 zdania", "0 zdań"]),
        ("de", ["1 Satz", "2 Sätze", "5 Sätze", "12 Sätze", "22 Sätze", "0 Sätze"]),
        ("es", ["1 frase", "2 frases", "5 frases", "12 frases", "22 frases", "0 frases"]),
        ("fr", ["1 phrase", "2 phrases", "5 phrases", "12 phrases", "22 phrases", "0 phrase"]),
    ],
)
def test_each_language_counts_in_its_own_forms(language: str, expected: list[str]) -> None:
    """Polish has three; French says nothing at all in the singular."""
    own = i18n.in_language(language)
    said = [own.count("{number} sentence", "{number} sentences", number) for number in (1, 2, 5, 12, 22, 0)]
    assert said == expected


def test_the_three_ukrainian_forms_are_distinguished(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the rule in our catalogue's head, with a word whose three forms all differ."""
    with (LOCALES / "uk" / i18n.CATALOGUE).open("rb") as file:
        catalogue = read_po(file, locale="uk")
    catalogue.add(("{number} year", "{number} years"), ("{number} рік", "{number} роки", "{number} років"))
    copy = tmp_path / "uk" / i18n.CATALOGUE
    copy.parent.mkdir(parents=True)
    with copy.open("wb") as file:
        write_po(file, catalogue)
    monkeypatch.setattr(i18n, "LOCALES", tmp_path)
    ukrainian = i18n.in_language.__wrapped__("uk")
    said = [
        ukrainian.count("{number} year", "{number} years", number) for number in (1, 2, 5, 11, 12, 21, 24)
    ]
    assert said == ["1 рік", "2 роки", "5 років", "11 років", "12 років", "21 рік", "24 роки"]


def test_values_are_filled_in_as_they_are() -> None:
    """Braces in what people wrote are not fields."""
    english = i18n.in_language("en")
    assert english.say("“{words}”", words="{0} {words} {") == "“{0} {words} {”"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("uk", "uk"),
        ("uk-UA", "uk"),
        ("UK_ua", "uk"),
        ("en-GB", "en"),
        ("xx", "en"),
        ("", "en"),
        (None, "en"),
        ("../../etc", "en"),
    ],
)
def test_the_language_follows_telegrams_code(code: str | None, expected: str) -> None:
    """The language of a region counts; an unknown one gets the default."""
    assert i18n.choose(code, "en") == expected


def test_a_language_without_texts_is_answered_in_english() -> None:
    """So every reader gets an answer."""
    assert i18n.in_language("xx").language == SOURCE_LANGUAGE


def test_dates_are_in_the_readers_zone_and_language() -> None:
    """Late in the evening in UTC, it is the next day in Kyiv."""
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert i18n.in_language("en").date(late, UTC) == "Nov\u00a022,\u00a02026"
    assert (
        i18n.in_language("uk").date(late, ZoneInfo("Europe/Kyiv")) == "23\u00a0листопада\u00a02026\u00a0року"
    )


def test_languages_are_named_in_their_own_words() -> None:
    """As a button should read; a language that CLDR does not know has its code for a name."""
    named = [i18n.own_name(language) for language in ("en", "uk", "und", "xx")]
    assert named == ["English", "Українська", "und", "xx"]


def test_a_language_without_a_name_here_has_its_own() -> None:
    """So a sentence names each language: CLDR has no English name for Ladin."""
    texts = i18n.in_language("en")
    named = [texts.language_name(language) for language in ("uk", "lld", "und", "xx")]
    assert named == ["Ukrainian", "Ladin", "und", "xx"]

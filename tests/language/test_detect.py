"""Language detection, offline."""

import pytest

from bot.language.detect import checked, detect
from bot.language.lexicon import plain_code


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("People in the town have asked for blankets and warm clothes.", "en"),
        ("Please visit here to help.", "en"),
        ("Мешканці міста просять про ковдри та теплий одяг.", "uk"),
        ("Як допомогти Україні", "uk"),
        ("Mieszkańcy miasta proszą o koce i ciepłe ubrania.", "pl"),
        ("Die Bewohner der Stadt bitten um Decken und warme Kleidung.", "de"),
        ("Les habitants de la ville demandent des couvertures.", "fr"),
        ("Los vecinos del pueblo piden mantas y ropa de abrigo.", "es"),
        ("Innbyggerne i byen ber om tepper og varme klær.", "nb"),
        ("Жители города просят одеяла и тёплую одежду.", "ru"),
        ("町の人々は毛布を求めています。", "ja"),
    ],
)
def test_short_texts_are_detected(text: str, language: str) -> None:
    """One sentence is enough, also for similar languages such as Ukrainian and Russian."""
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "  ", "12345 67", "!?", "ok", "https"])
def test_too_short_a_text_gives_none(text: str) -> None:
    """A text that is too short or has no letters gives None."""
    assert detect(text) is None


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-GB", "en"), ("pt_BR", "pt"), ("UK", "uk"), ("no", "nb"), ("nn-NO", "nb"), ("", None), (None, None)],
)
def test_tags_of_pages_become_plain_codes(tag: str | None, code: str | None) -> None:
    """Each spelling of a language tag becomes the same code."""
    assert plain_code(tag) == code


UKRAINIAN = (
    "Лікарня в долині залишилася без чистої води після бурі, розповіли медсестри в понеділок. Сорок родин "
    "ночують у спортивній залі школи, а кухня готує для них їжу двічі на день."
)
POLISH = (
    "Szpital w dolinie od soboty nie ma czystej wody, mówią pielęgniarki z oddziału dziecięcego. "
    "Czterdzieści rodzin śpi w szkole, a kuchnia dwa razy dziennie gotuje dla nich ciepły posiłek."
)
NORWEGIAN = (
    "Sykehuset i dalen har ikke hatt rent vann siden lørdag, sier sykepleiere på barneavdelingen. Førti "
    "familier sover på skolen, og kjøkkenet lager varm mat til dem to ganger om dagen."
)


@pytest.mark.parametrize(
    ("claim", "text", "language"),
    [
        ("en-US", UKRAINIAN, "uk"),
        ("en", POLISH, "pl"),
        ("ru", UKRAINIAN, "uk"),
        ("ua", UKRAINIAN, "uk"),
        ("ua", "Коротко.", "uk"),
        ("uk-UA", UKRAINIAN, "uk"),
        ("no", NORWEGIAN, "nb"),
        ("de", "Just a line.", "de"),
        (None, POLISH, None),
        ("", POLISH, None),
    ],
)
def test_a_claimed_language_is_checked(claim: str | None, text: str, language: str | None) -> None:
    """A claim counts unless a text of some length is clearly in another language."""
    assert checked(claim, text) == language

"""Names: speakers and organisations as each language writes them."""

import re

import pytest

from bot.articles.article import Article
from bot.pleas.organisations import Organisations
from bot.pleas.quotations import quotations
from bot.pleas.scenes import scene_of
from bot.pleas.speakers import Speakers
from bot.pleas.spelling import likeness


@pytest.mark.parametrize(
    ("paragraph", "language", "speaker"),
    [
        ("„Helft uns“, seufzt Leiterin Svenja Block.", "de", "Svenja Block"),
        ("„Helft uns“, schreibt Pfarrer Matthias Brehm.", "de", "Pfarrer Matthias Brehm"),
        ("«Echadnos una mano», resume la veterinaria Lucía Ibarra.", "es", "Lucía Ibarra"),
        ("« Aidez-nous », me dicte le docteur Kasongo.", "fr", "docteur Kasongo"),
        ("Anna Zych płacze od rana. „Dajcie nam koce”, woła do każdego.", "pl", "Anna Zych"),
        ("«Допоможіть нам», — зітхає Оксана Гнатюк, мати трьох дітей.", "uk", "Оксана Гнатюк"),
        ("„Helft uns“, bittet Ärztin Dr. Ida Brandt.", "de", "Dr. Ida Brandt"),
        ("Tobias Lenk bittet: „Helft uns.“ Schenken Sie Zeit.", "de", "Tobias Lenk"),
        ("„Helft uns“, bittet Ursula von Stein.", "de", "Ursula von Stein"),
        ("„Helft uns“, bittet Leiterin Ursula von der Stein.", "de", "Ursula von der Stein"),
        ("Am Ende sagt sie etwas. „Vergesst uns nicht“, sagt sie noch.", "de", None),
        (
            "Ida Brandt packt. Vor dem Frost Generatoren zu finden ist schwer. „Helft uns“, sagt sie.",
            "de",
            "Ida Brandt",
        ),
        ("Ana Ruiz, vecina de la Ribera Alta, espera. «Ayúdennos», pide.", "es", "Ana Ruiz"),
        (
            "Maureen Tolan is 71. In October, Storm Bertha took the roof. “Help us,” she says.",
            "en",
            "Maureen Tolan",
        ),
        (
            "Becca Lindqvist, sister of Dan Reyes, has not slept. “Help us,” she said.",
            "en",
            "Becca Lindqvist",
        ),
        ("“Help us,” it says on a sign in Harbour Street.", "en", None),
    ],
)
def test_speakers_after_any_verb(paragraph: str, language: str, speaker: str | None) -> None:
    """A full name beside a quotation is its speaker after any verb; a place, a storm and a noun are none.

    Without a name beside it, the person who opens the last sentence with one is the speaker.
    """
    quotation = list(quotations(paragraph))[-1]
    assert Speakers([paragraph], language).of(0, quotation) == speaker


@pytest.mark.parametrize(
    ("sentence", "body", "language", "url", "name"),
    [
        (
            "The form is on millroadpantry.org.uk.",
            "Bev runs the Mill Road Pantry.",
            "en",
            "https://millroadpantry.org.uk",
            "Mill Road Pantry",
        ),
        ("Les dons vont au Secours populaire.", "", "fr", None, "Secours populaire"),
        ("Les dons vont à la paroisse Saint-Gildas.", "", "fr", None, "paroisse Saint-Gildas"),
        ("Речі приймає Центр «Життя» щодня.", "", "uk", None, "Центр «Життя»"),
        (
            "Карту можна знайти на teplahata.org.ua.",
            "Фонд «Тепла хата» возить хліб.",
            "uk",
            "https://teplahata.org.ua",
            "Тепла хата",
        ),
        ("Geld geht an die Bergheim Stiftung Uri.", "", "de", None, "Bergheim Stiftung Uri"),
        (
            "On donne sur lampeetpain.fr.",
            "Lampe et pain nourrit la rue depuis dix ans.",
            "fr",
            "https://lampeetpain.fr",
            "Lampe et pain",
        ),
        (
            "Wpłaty na jasnybrzeg.pl.",
            "Dom prowadzi Stowarzyszenie Jasny Brzeg.",
            "pl",
            "https://jasnybrzeg.pl",
            "Stowarzyszenie Jasny Brzeg",
        ),
        (
            "Книжки приносьте щодня.",
            "Роменський краєзнавчий музей відкрили в 1920 році.",
            "uk",
            None,
            "Роменський краєзнавчий музей",
        ),
        (
            "Ring 555 0123 about blankets.",
            "The Harbour Lane Shelter is full.",
            "en",
            None,
            "Harbour Lane Shelter",
        ),
        (
            "Der Verein hilft.",
            "Die Kasse vom Verein Heller Morgen ist leer.",
            "de",
            None,
            "Verein Heller Morgen",
        ),
        ("Loaf & Ladle takes tins at its door in Cable Street.", "", "en", None, "Loaf & Ladle"),
        ("Tins can be left in Cable Street or at Mill Lane.", "", "en", None, None),
        (
            "On donne à « Roues pour tous » le samedi.",
            "« Roues pour tous » est né.",
            "fr",
            None,
            "Roues pour tous",
        ),
        ("Das Futter nimmt Arche Kreta täglich an.", "", "de", None, "Arche Kreta"),
        ("Dom można zgłosić schronisku pod 600 555 222.", "", "pl", None, None),
        ("Blut der Gruppe 0 fehlt am Konto DE02 1203 0000 0000 2020 51.", "", "de", None, None),
    ],
)
def test_organisations_as_written(
    sentence: str, body: str, language: str, url: str | None, name: str | None
) -> None:
    """Lower-case parts and names in quotes stay; the host, or the typical word, finds a name elsewhere.

    What takes or asks for something is the organisation. A street is none; digits end no name.
    """
    article = Article(headline="News", body=f"{body} {sentence}".strip(), language=language)
    assert Organisations(article).asked_for(scene_of(sentence, language), url) == name


def test_the_other_case_is_the_same_in_every_run() -> None:
    """Of two other forms of a name that are equally long, the first of the alphabet is proposed."""
    body = "Світанку дякують. Світанок просить. Світанці кажуть. Гроші зі Світанком."
    article = Article(headline="Пожежа", body=body, language="uk")
    assert Organisations(article).base_form("Світанком") == "Світанку"


def test_letters_that_no_host_has_do_not_count() -> None:
    """A name in Greek letters is not what every host spells."""
    anything = re.compile("(?!)")
    assert likeness("Ελπίδα Ζωής", "elmfund", anything) == 0
    assert likeness("Elm Fund Ελπίδα", "elmfund", anything) == likeness("Elm Fund", "elmfund", anything) > 0


def test_the_base_form_is_proposed_too() -> None:
    """A name in another case has its nominative beside it."""
    article = Article(headline="Pożar", body="Wpłaty na konto Fundacji Promień.", language="pl")
    assert Organisations(article).base_form("Fundacji Promień") == "Fundacja Promień"

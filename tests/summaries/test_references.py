"""References: what a sentence presupposes, and which sentence introduces it."""

import pytest

from bot.language.words import vocabulary_of
from bot.summaries.centrality import Stems, document_of
from bot.summaries.references import References


def introduced(texts: list[str], language: str = "en", headline: str = "") -> dict[str, tuple[int, ...]]:
    """Return what the last sentence needs introduced, and where each thing is."""
    vocabulary = vocabulary_of(language)
    stems = Stems(document_of(texts, vocabulary), vocabulary)
    return dict(References(texts, stems.of, headline, vocabulary).of(len(texts) - 1))


@pytest.mark.parametrize(
    ("language", "first", "last", "name"),
    [
        ("en", "Director Olena Koval asked for help.", "Koval left Lviv on Monday.", "Koval"),
        ("en", "Director Olena Koval asked for help.", "Then Mr Koval left Lviv.", "Koval"),
        ("en", "The winner is Angel Di Maria.", "Di Maria was sent off.", "Maria"),
        ("en", "One of them is Maddy, a nurse.", "All is calm, Maddy said.", "Maddy"),
        ("en", "It was signed by a mother called Jade.", "Jade was a man of 44.", "Jade"),
        ("uk", "Директорка Олена Ковальчук просить про допомогу.", "Лікарня дякує Ковальчуку.", "Ковальчуку"),
        ("pl", "Dyrektor Jan Kowalski prosi o pomoc.", "Szpital dziękuje Kowalskiemu.", "Kowalskiemu"),
        ("de", "Die Direktorin Olena Kowal bittet um Hilfe.", "Am Montag fuhr Kowal nach Lwiw.", "Kowal"),
    ],
)
def test_a_surname_is_introduced_by_the_full_name(language: str, first: str, last: str, name: str) -> None:
    """A surname alone, behind a title, or with another ending needs the sentence that gives it in full."""
    assert introduced([first, "Nothing else happened there.", last], language) == {name: (0,)}


def test_a_name_in_the_headline_is_known() -> None:
    """Readers see the headline above every Summary."""
    texts = ["Director Olena Koval asked for help.", "Koval left Lviv on Monday."]
    assert introduced(texts, headline="Koval pleads for Lviv") == {}


@pytest.mark.parametrize(
    "last",
    [
        "Director Olena Koval left Lviv.",
        "Lviv is cold in winter.",
        "The help that Lviv needs is large.",
        "The world looks on.",
        "The only help comes by train.",
    ],
)
def test_what_needs_no_introduction(last: str) -> None:
    """A full name, a name that never had another, what the sentence explains, and what everybody knows."""
    texts = ["In Lviv, director Olena Koval asked the world for help.", last]
    assert introduced(texts) == {}


@pytest.mark.parametrize(
    ("language", "texts", "thing", "number"),
    [
        ("en", ["A bridge was closed.", "Rain fell.", "People miss the old bridge."], "bridge", 0),
        ("en", ["Ann Roe was arrested.", "Rain fell.", "The woman was wanted."], "woman", 1),
        ("en", ["Lviv is dark.", "Rain fell.", "Many left this town."], "town", 1),
        (
            "de",
            ["Eine Brücke wurde gesperrt.", "Es regnet.", "Alle sehen die alte Brücke."],
            "alte brücke",
            0,
        ),
        ("pl", ["Zamknięto most.", "Pada.", "Most był stary."], "Most", 0),
        ("uk", ["Закрили лікарню.", "Йде дощ.", "Лікарня була стара."], "Лікарня", 0),
        ("fr", ["Un pont a été fermé.", "Il pleut.", "On regrette le vieux pont."], "vieux pont", 0),
        ("es", ["Un puente fue cerrado.", "Llueve.", "Todos miran el puente."], "puente", 0),
    ],
)
def test_a_known_noun_is_introduced(language: str, texts: list[str], thing: str, number: int) -> None:
    """A noun with an article needs its first mention; "the woman" and "this town" the sentence before."""
    assert introduced(texts, language)[thing] == (number,)


def test_any_sentence_that_introduces_will_do() -> None:
    """All sentences that give the name in full are returned."""
    texts = ["Ann Roe came.", "Judge Ann Roe spoke.", "Roe left."]
    assert introduced(texts) == {"Roe": (0, 1)}


def test_nouns_that_the_story_never_mentioned_are_counted() -> None:
    """A noun that follows from the sentence before is counted; one that explains itself is not."""
    texts = ["A bus fell into a river.", "The driver lived, the owner of the bus said."]
    vocabulary = vocabulary_of("en")
    stems = Stems(document_of(texts, vocabulary), vocabulary)
    references = References(texts, stems.of, "", vocabulary)
    assert [references.vague(number) for number in range(len(texts))] == [0, 0]
    texts[1] = "The pilot lived, the owner of the bus said. The fence broke."
    assert References(texts, stems.of, "", vocabulary).vague(1) == 1

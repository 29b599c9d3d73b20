"""Cues: the notation of the tables, the shapes, and the scenes that they are found in."""

import pytest

from bot.articles.article import Article
from bot.pleas.addresses import written_addresses
from bot.pleas.cues import Lexicon, lexicon_of
from bot.pleas.quotations import quotations
from bot.pleas.scenes import scenes_of, whole_sentences


@pytest.mark.parametrize(
    ("entry", "text", "found"),
    [
        ("donat*", "Her donations help.", True),
        ("donat*", "The predonation day.", False),
        ("*йте", "Допомагайте дітям.", True),
        ("we … need", "We in the valley need hay.", True),
        ("we … need", "We have seen here that they all need hay.", False),
        ("^bring", "Bring blankets.", True),
        ("^bring", "They bring blankets.", False),
        ("^bring", "The hall is open, bring blankets.", True),
        ("^bring", "Please bring blankets.", True),
        ("ayudennos", "Ayúdennos.", True),
        ("don t forget", "Don’t forget us.", True),
        ("strasse", "In der Straße", True),
    ],
)
def test_the_notation(entry: str, text: str, *, found: bool) -> None:
    """Stems, endings, gaps and clause starts are found as the tables mean them; accents do not matter."""
    lexicon = Lexicon({"cue": entry}, frozenset({"please"}))
    assert [cue.kind for cue in lexicon.find(text)] == ["cue"] * found


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Form at rivertrust.ie/give now", "url"),
        ("Write to help@lapa.com.ua", "mail"),
        ("Ring 026 555 0147", "phone"),
        ("Konto DE44 1605 0000 3637 0142 90", "account"),
        ("A sheet costs £40", "sum"),
        ("щодня з 10:00 до 17:00", "hours"),
        ("на вул. Садовій", "street"),
        ("a letter of 1894", "era"),
    ],
)
def test_shapes_that_every_language_shares(text: str, shape: str) -> None:
    """Addresses, accounts, sums and hours are cues in any language."""
    assert shape in {cue.kind for cue in lexicon_of("de").find(text)}


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "pl", "uk"])
def test_every_language_has_the_same_classes(language: str) -> None:
    """The weights are shared, so that each table has each class."""
    classes = set(lexicon_of(language).classes)
    assert classes == set(lexicon_of("en").classes)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        (
            "Give at lightfund.org.ua/help, or www.light.example.",
            ["https://lightfund.org.ua/help", "https://www.light.example"],
        ),
        ("Das war das Ende.Am Montag z.B. nicht, um 9 p.m. auch nicht.", []),
        ("Mail an info@haus.de oder haus.de", ["https://haus.de"]),
    ],
)
def test_hosts_without_a_scheme_count(text: str, addresses: list[str]) -> None:
    """A host is an address without https:// too; abbreviations, mail addresses and lost spaces are none."""
    assert list(written_addresses(text)) == addresses


@pytest.mark.parametrize(
    ("paragraph", "texts"),
    [
        ("– Prosimy o koce – mówi Anna Zych. – Zima idzie.", ["Prosimy o koce", "Zima idzie."]),
        ("— Прошу вас, прийдіть, — сказала мати.", ["Прошу вас, прийдіть,"]),
        ("—Vengan, por favor —dijo Ana.", ["Vengan, por favor"]),
        ("«Хто прийде? — спитав отець Іван. — Допоможіть нам».", ["Хто прийде?", "Допоможіть нам"]),
        ("Kielce, 18.11. – Dwa szpitale odwołały zabiegi.", []),
    ],
)
def test_speech_after_a_dash(paragraph: str, texts: list[str]) -> None:
    """What is said after a dash is a quotation, without the storyteller's words; a dateline is none."""
    assert [quotation.text for quotation in quotations(paragraph)] == texts


def test_sentences_are_whole() -> None:
    """A question keeps the words that name its speaker; a quotation and the sentence after it are two."""
    assert whole_sentences("«¿Quién viene?», pregunta Ana. “We are cold.” The road is shut.", "es") == [
        "«¿Quién viene?», pregunta Ana.",
        "“We are cold.”",
        "The road is shut.",
    ]


def test_a_scene_knows_its_quotation() -> None:
    """The cues of the quotation are apart from those beside it."""
    body = "The bridge is shut. “Please bring tents,” said the priest to people."
    inside, outside = scenes_of(Article(headline="Flood", body=body, language="en"))[1].kinds()
    assert {"please", "order", "goods"} <= inside
    assert "world" in outside
    assert "please" not in outside

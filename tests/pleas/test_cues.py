"""Cues: the notation of the tables, the shapes, and the scenes that they are found in."""

import re
from collections import Counter

import pytest

from bot.articles.article import Article
from bot.language.rule_tables import names
from bot.pleas.addresses import written_addresses
from bot.pleas.cues import Cues, cues_of, language_table
from bot.pleas.quotations import quotations
from bot.pleas.scenes import scenes_of, whole_sentences

_ENTRY = re.compile(r"\^?\*?[^\W_A-Z]+\*?(?: (?:…|[^\W_A-Z]+\*?))*")  # as bot/pleas/cues.py says


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
    cues = Cues({"cue": entry}, frozenset({"please"}))
    assert [cue.kind for cue in cues.find(text)] == ["cue"] * found


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Form at rivertrust.ie/give now", "url"),
        ("Write to help@lapa.com.ua", "mail"),
        ("Ring 026 555 0147", "phone"),
        ("Konto DE44 1605 0000 3637 0142 90", "account"),
        ("A sheet costs £40", "sum"),
        ("Ein Bett kostet 50 €.", "sum"),
        ("20£ feed a child", "sum"),
        ("Треба 900 ₴", "sum"),
        ("Zebrano 2 mln zł", "sum"),
        ("щодня з 10:00 до 17:00", "hours"),
        ("на вул. Садовій", "street"),
        ("a letter of 1894", "era"),
    ],
)
def test_shapes_that_every_language_shares(text: str, shape: str) -> None:
    """Addresses, accounts, sums and hours are cues in any language."""
    assert shape in {cue.kind for cue in cues_of("de").find(text)}


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "pl", "uk"])
def test_every_language_has_the_same_classes(language: str) -> None:
    """The weights are shared, so that each table has each class."""
    classes = set(cues_of(language).classes)
    assert classes == set(cues_of("en").classes)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        (
            "Give at lightfund.org.ua/help, or www.light.example.",
            ["https://lightfund.org.ua/help", "https://www.light.example"],
        ),
        ("Das war das Ende.Am Montag z.B. nicht, um 9 p.m. auch nicht.", []),
        ("Mail an info@haus.de oder haus.de", ["https://haus.de"]),
        (
            "Dona a vesins.cat, gal at axuda.gal, eu at elkar.eus.",
            ["https://vesins.cat", "https://axuda.gal", "https://elkar.eus"],
        ),
        ("We came home.it was late and no one spoke.is this all", []),
        (
            "Give at www.aid.it, aid.no/give or kozhikodewildlife.in today",
            ["https://www.aid.it", "https://aid.no/give", "https://kozhikodewildlife.in"],
        ),
    ],
)
def test_hosts_without_a_scheme_count(text: str, addresses: list[str]) -> None:
    """A host is an address without https:// too; abbreviations, mail addresses and lost spaces are none.

    An ending that is a common word needs more: www., a path, or a name that is too long for a word.
    """
    assert list(written_addresses(text)) == addresses
    assert [cue.kind for cue in cues_of("en").find(text)].count("url") == len(addresses)


def test_each_shape_counts_wherever_it_stands() -> None:
    """A sentence with two pages has two cues, so that the one in a quotation and the one beside it differ."""
    found = [cue.start for cue in cues_of("en").find("one.org and two.org") if cue.kind == "url"]
    assert found == [0, 12]


def test_the_tables_are_well_formed() -> None:
    """Each entry of a class stands once, in the notation; each list of patterns compiles without doubles."""
    for language in sorted(names("help.")):
        rows = language_table(language)
        assert set(rows) == {"clauses", "cues", "attribution", "organisation"}
        for kind, text in rows["cues"].items():
            entries = [" ".join(entry.split()) for entry in text.split(",") if entry.strip()]
            doubles = [entry for entry, number in Counter(entries).items() if number > 1]
            assert not doubles, (language, kind)
            wrong = [entry for entry in entries if not _ENTRY.fullmatch(entry)]
            assert not wrong, (language, kind)
        for section in ("attribution", "organisation"):
            for key, text in rows[section].items():
                re.compile(text)
                words = text.split("|" if "|" in text else None)
                doubles = [word for word, number in Counter(words).items() if number > 1 and "(" not in word]
                assert not doubles or key == "bases", (language, key, doubles)


def test_pages_cannot_fill_the_caches() -> None:
    """A language is looked up by its table: tags of one language share its cues, unknown ones the English."""
    assert cues_of("de-AT") is cues_of("de_CH") is cues_of("de")
    assert cues_of("xx-made-up-1") is cues_of("xx-made-up-2") is cues_of("en") is cues_of(None)


@pytest.mark.parametrize(
    ("paragraph", "texts"),
    [
        ("– Prosimy o koce – mówi Anna Zych. – Zima idzie.", ["Prosimy o koce", "Zima idzie."]),
        ("— Прошу вас, прийдіть, — сказала мати.", ["Прошу вас, прийдіть,"]),
        ("—Vengan, por favor —dijo Ana.", ["Vengan, por favor"]),
        ("«Хто прийде? — спитав отець Іван. — Допоможіть нам».", ["Хто прийде?", "Допоможіть нам"]),
        ("Anna siedzi na walizce. – Przyjmijcie nas – prosi kobieta.", ["Przyjmijcie nas"]),
        ("Gra „Dom” przy drodze. – Dajcie nam koce – mówi Ewa.", ["Dom", "Dajcie nam koce"]),
        ("Odkryto „Dom”, wiersz M. – poinformował muzeum – w piątek.", ["Dom"]),
        ("— Envoyez-nous des craies, dit Solène Aubry.", ["Envoyez-nous des craies"]),
        ("Lyon, 29 nov. — Trente mineurs attendent — sans nouvelles.", []),
        ("Kielce, 18.11. – Dwa szpitale odwołały zabiegi.", []),
    ],
)
def test_speech_after_a_dash(paragraph: str, texts: list[str]) -> None:
    """What is said after a dash is a quotation, without the storyteller's words; a dateline is none.

    It counts beside a title in quotation marks, and in French without a second dash.
    """
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

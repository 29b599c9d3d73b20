"""Sentence splitting by full stops, in each language, and by layout."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.language import sentences


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Mr. Jones left at 5 p.m. He came back.", ["Mr. Jones left at 5 p.m.", "He came back."]),
        ("en", "The U.S. Army agreed. Dr. Lee did not.", ["The U.S. Army agreed.", "Dr. Lee did not."]),
        ("en", '"Go away!" he said. She went.', ['"Go away!" he said.', "She went."]),
        ("en", "Many fled in Germany.Others stayed.", ["Many fled in Germany.", "Others stayed."]),
        (
            "uk",
            "Він народився у 1980 р. в м. Одеса. «Ми йдемо!» — сказав він.",
            ["Він народився у 1980 р. в м. Одеса.", "«Ми йдемо!» — сказав він."],
        ),
        (
            "pl",
            "Prof. Jan Kowalski z ul. Długiej przyjechał. Ma ok. 100 zł.",
            ["Prof. Jan Kowalski z ul. Długiej przyjechał.", "Ma ok. 100 zł."],
        ),
        (
            "de",
            "Am 3. Oktober kam z. B. Dr. Müller. Die ca. 500 Leute blieben.",
            ["Am 3. Oktober kam z. B. Dr. Müller.", "Die ca. 500 Leute blieben."],
        ),
        (
            "fr",
            "Mme. Dupont porte son nom. Il y a longtemps, M. Petit vint.",
            ["Mme. Dupont porte son nom.", "Il y a longtemps, M. Petit vint."],
        ),
        (
            "es",
            "La Sra. López llegó a EE. UU. ayer. ¿Qué pasó? Nada.",
            ["La Sra. López llegó a EE. UU. ayer.", "¿Qué pasó?", "Nada."],
        ),
        (
            "nb",
            "Den 1. mai kom ca. 500. Kl. 14.30 var det slutt.",
            ["Den 1. mai kom ca. 500.", "Kl. 14.30 var det slutt."],
        ),
        ("ja", "これは本です。そうだ！", ["これは本です。", "そうだ！"]),
        ("zh", "你好。他说：“好。”然后走了。", ["你好。", "他说：“好。”", "然后走了。"]),
        ("hi", "यह घर है। वह गया।", ["यह घर है।", "वह गया।"]),
        (None, "First one. Second one.", ["First one.", "Second one."]),
    ],
)
def test_full_stops_are_read_by_language(language: str | None, text: str, expected: list[str]) -> None:
    """Abbreviations, ordinals, quotes and other scripts' marks end a sentence only where they should."""
    assert sentences.split(text, language) == expected


JOINED = [
    json.loads(line) for line in Path(__file__).with_name("joined.jsonl").read_text("utf-8").splitlines()
]


@pytest.mark.parametrize(
    ("language", "parts"),
    [(row["language"], row["sentences"]) for row in JOINED],
    ids=[f"{row['language']}-{row['sentences'][0][:30]}" for row in JOINED],
)
def test_sentences_that_are_joined_come_apart_again(language: str, parts: list[str]) -> None:
    """Ranks, units, streets, dates, ordinals, initials and guillemets end a sentence where they should."""
    assert sentences.split(" ".join(parts), language) == parts


def test_each_sentence_knows_its_paragraph() -> None:
    """The number counts paragraphs and lines that stand alone, from 0."""
    text = "Big headline\n\nThe story begins. It goes on.\n\nIt ends."
    assert [number for number, _ in sentences.placed(text, "en")] == [0, 1, 1, 2]


def test_lines_stay_apart() -> None:
    """A headline, a byline and a credit are not joined with the sentence below."""
    text = "Big headline\nBy Jane Doe\nPhoto: Reuters\n\nThe story begins. It goes on."
    assert sentences.split(text, "en") == [
        "Big headline",
        "By Jane Doe",
        "Photo: Reuters",
        "The story begins.",
        "It goes on.",
    ]


def test_wrapped_lines_are_one_paragraph() -> None:
    """Wrapped lines are split as if they were one line."""
    text = (
        "The mayor of the small town by the river said on\n"
        "Monday that the bridge would be built again before\n"
        "the winter. People cheered.\r\n"
    )
    assert sentences.split(text, "en") == [
        (
            "The mayor of the small town by the river said on Monday that the bridge would be built again"
            " before the winter."
        ),
        "People cheered.",
    ]


def test_endless_sentence_is_bounded() -> None:
    """A text without a full stop is cut between words into parts below the limit."""
    parts = sentences.split("word, " * 900, "en")
    assert max(map(len, parts)) <= 1200
    assert " ".join(parts).split() == ("word, " * 900).split()


def test_empty_text_has_no_sentence() -> None:
    """An empty text has no sentence."""
    assert sentences.split(" \n\n \t", "en") == []


@settings(deadline=None)
@given(st.text(), st.sampled_from(["en", "uk", "de", "ja", "xx", None]))
def test_every_character_is_kept(text: str, language: str | None) -> None:
    """For any text, splitting changes only white space."""
    parts = sentences.split(text, language)
    assert "".join("".join(part.split()) for part in parts) == "".join(text.split())
    assert all(part == part.strip() and part for part in parts)


@pytest.mark.parametrize("language", ["en", "fr", "uk"])
@given(
    st.lists(
        st.sampled_from(
            [
                "said.",
                "Corp.",
                "the",
                "U.S.",
                "Friday.",
                'home."',
                '"We',
                "Then",
                "no",
                "1.",
                "Mr.",
                "why?",
                "м.",
                "Київ",
            ]
        ),
        max_size=30,
    )
)
def test_cutting_at_words_changes_no_sentence(language: str, words: list[str]) -> None:
    """The cuts before nupunkt are those that nupunkt would make."""
    text = " ".join(words)
    parts = [
        piece
        for part in sentences._parted_at_words(text, language)
        for piece in sentences._split_by_nupunkt(part, language)
    ]
    assert parts == sentences._tokenizer(language).texts(text)


@pytest.mark.parametrize(
    ("text", "language"), [("Am 3. Ok ", "de"), ("O.N.U. y ", "es"), ("5 лют. 2024 ", "uk")]
)
def test_a_sentence_that_grows_is_not_read_again(text: str, language: str) -> None:
    """Hundreds of kilobytes that are joined stop by stop take seconds at most."""
    started = time.process_time()
    sentences.split(text * 20_000, language)
    assert time.process_time() - started < 5

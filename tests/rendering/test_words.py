"""The words for what rows hold: each table has a word for every value, and none stands twice."""

import ast
from collections import Counter
from collections.abc import Mapping
from enum import Enum, StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from bot.appeals import fields
from bot.appeals.fields import AppealField
from bot.appeals.pages.fingerprints import Sign
from bot.i18n import in_language
from bot.rendering import words
from bot.rendering.words.appeals import SIGNS
from bot.rendering.words.broadcasts import purpose
from bot.stories.intake.intake import NOT_ADDED, IntakeResult
from bot.web.desk.people import inbox
from storage.models import Broadcast
from storage.subscribers.letter_pages import LetterState
from storage.words import BroadcastKind
from tests.languages import COMPLETE

MODULES = [import_module(f"{words.__name__}.{one.name}") for one in iter_modules(words.__path__)]
TABLES = [
    (f"{module.__name__.rpartition('.')[2]}.{name}", table)
    for module in MODULES
    for name, table in vars(module).items()
    if isinstance(table, Mapping) and not name.startswith("_")
]
BY_ENUM = [(name, table) for name, table in TABLES if isinstance(next(iter(table)), Enum)]
ROOT = Path(__file__).parents[2]


def test_every_table_is_looked_at() -> None:
    """All but that of the signs of pages go by an enumeration."""
    assert {name for name, _ in TABLES} - {name for name, _ in BY_ENUM} == {"appeals.SIGNS"}
    assert len(BY_ENUM) > 10


@pytest.mark.parametrize(("name", "table"), BY_ENUM, ids=[name for name, _ in BY_ENUM])
def test_each_value_has_words(name: str, table: Mapping[StrEnum, str]) -> None:
    """A screen or a page that shows a row in a state without words would fail."""
    assert set(table) == set(type(next(iter(table)))), name


def test_what_no_other_module_may_know_has_words_too() -> None:
    """Signs of pages, fields of appeals, results of an intake, and states of letters."""
    assert set(SIGNS) == {one.value for one in Sign}
    assert set(fields.FIELDS) == set(AppealField)
    assert set(NOT_ADDED) == set(IntakeResult) - {IntakeResult.NEW}
    assert set(inbox.STATES) == set(LetterState)


@pytest.mark.parametrize("kind", BroadcastKind)
@pytest.mark.parametrize("language", COMPLETE)
def test_each_broadcast_but_news_says_what_it_does(kind: BroadcastKind, language: str) -> None:
    """In every language; pushes and digests need no words."""
    said = purpose(Broadcast(kind=kind, corrects_id=7), in_language(language))
    assert bool(said) == (kind not in (BroadcastKind.PUSH, BroadcastKind.DIGEST))
    assert ("7" in said) == (kind in (BroadcastKind.CORRECTION, BroadcastKind.WITHDRAWAL))


def test_no_table_of_words_stands_twice() -> None:
    """Neither in the chat nor on the desk: no two tables have the same words for the same values."""
    tables = [
        (path.relative_to(ROOT), node.lineno, sentences)
        for folder in ("handlers", "bot")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict) and len(sentences := _sentences(node)) > 1
    ]
    pairs = Counter(
        (f"{one[0]}:{one[1]}", f"{other[0]}:{other[1]}")
        for place, one in enumerate(tables)
        for other in tables[:place]
        for _ in one[2] & other[2]
    )
    assert [pair for pair, number in pairs.items() if number > 1] == []


def _sentences(table: ast.Dict) -> set[tuple[str, str]]:
    """Return the sentences that are marked in a table, each with its key."""
    return {
        (ast.unparse(key), str(value.args[0].value))
        for key, value in zip(table.keys, table.values, strict=True)
        if key is not None
        and isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "mark"
        and isinstance(value.args[0], ast.Constant)
    }

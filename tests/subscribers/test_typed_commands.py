"""Commands are recognised in spite of typing errors and by other names."""

import pytest

from bot.language import rule_tables
from bot.subscribers.typed_commands import meant
from handlers.routes import COMMANDS

NAMES = [one.name for one in COMMANDS if not one.for_editors]


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        *(("follow", "subscribe"), ("story", "summary"), ("sumary", "summary"), ("LATST", "latest")),
        *(("folow", "subscribe"), ("setings", "preferences")),
        *(("Unfollow", "unsubscribe"), ("settings", "preferences"), ("день", None), ("xyzzy", None)),
        *(("налаштування", "preferences"), ("Einstellungen", "preferences"), ("ustawienia", "preferences")),
        *(("ajustes", "preferences"), ("réglages", "preferences"), ("HILFE", "help"), ("", None)),
    ],
)
def test_what_was_meant(typed: str, command: str | None) -> None:
    """A command's other names in each language and near spellings name it; other words name none."""
    assert meant(typed, NAMES, as_command=True) == command


@pytest.mark.parametrize("word", ["bridge", "water", "Kyiv", "peace", "state", "міст", "Wasser", "school"])
def test_a_plain_word_is_no_command(word: str) -> None:
    """A word that people look for is not taken for a command."""
    assert meant(word, NAMES, as_command=False) is None


def test_every_other_name_leads_to_a_command() -> None:
    """Each command of the table exists, no name stands for two, and none hides a command of its own."""
    table = rule_tables.table("commands")
    names = [name for other in table.values() for name in other]
    assert set(table) <= set(NAMES)
    assert len(names) == len(set(names))
    assert not set(names) & set(NAMES)

"""Languages that people name."""

import pytest

from bot.subscribers.language_parser import parse


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("de", "de"),
        (" DE ", "de"),
        ("de-AT", "de"),
        ("en_GB", "en"),
        ("Deutsch", "de"),
        ("german", "de"),
        ("niemiecki", "de"),
        ("Українська", "uk"),
        ("ua", "uk"),
        ("español", "es"),
        ("Xyzzy", None),
        ("", None),
        ("die", None),
    ],
)
def test_a_language_by_code_or_name(text: str, code: str | None) -> None:
    """The name may be in any language of the bot, in any case; what is none gives None."""
    assert parse(text) == code

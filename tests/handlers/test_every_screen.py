"""Every screen that people reach reads well in every language: no seam of a sentence shows."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from bot import i18n
from bot.i18n import LOCALES, SOURCE_LANGUAGE
from tests import screens
from tests.languages import TRANSLATED
from tests.screens import Screen

_SEAMS = re.compile(r"(?<!\.)\.\.(?!\.)|\{\w*\}| {2}|[,;:]\.| [,.](?=\s|$)")
_LONGEST = 4096  # Telegram: characters


def _english_left(language: str) -> frozenset[str]:
    """Return the sentences that this language says in other words than English."""
    if language == SOURCE_LANGUAGE:
        return frozenset()
    with (LOCALES / language / i18n.CATALOGUE).open("rb") as file:
        catalogue = read_po(file, locale=language)
    return frozenset(
        one.id for one in catalogue if isinstance(one.id, str) and one.id and one.string != one.id
    )


def _lines(screen: Screen) -> list[str]:
    return [*screen.text.splitlines(), *screen.labels]


@pytest.mark.timeout(300)  # some seconds, on a machine that does nothing else
@pytest.mark.parametrize("language", [SOURCE_LANGUAGE, *TRANSLATED])
async def test_every_screen(tmp_path: Path, language: str) -> None:
    """No screen shows a seam of a sentence, an empty field, or an English sentence in another language."""
    found = await screens.every_screen(tmp_path, language)
    assert len(found) > 100
    english = _english_left(language)
    faults = [
        line
        for screen in found
        for line in _lines(screen)
        if _SEAMS.search(line) or line in english or len(screen.text) > _LONGEST
    ]
    assert faults == []

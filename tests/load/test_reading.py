"""Stories that judges read: drawn by a fixed rule, and written without saying whose a summary is."""

import json
from pathlib import Path

import pytest

from tests.load import reading
from tests.load.labelled import LANGUAGES, half_of

pytestmark = pytest.mark.skipif(not reading.SUMMARIES.exists(), reason="../shared is not there")


def test_the_same_stories_are_drawn_again() -> None:
    """The same seed draws the same stories, all of their half, and another seed others."""
    drawn = reading.drawn("tune", 10, 1)
    assert drawn == reading.drawn("tune", 10, 1) != reading.drawn("tune", 10, 2)
    assert {half_of(told.id) for told in drawn} == {"tune"}
    assert {told.language for told in drawn} >= set(LANGUAGES)


def test_blocks_do_not_say_whose_they_are(tmp_path: Path) -> None:
    """Each story has a block for each system; only the key names it."""
    reading.write(tmp_path, "tune", 10, 1)
    blocks = (tmp_path / "blocks.txt").read_text("utf-8")
    key = [json.loads(line) for line in (tmp_path / "key.jsonl").read_text("utf-8").splitlines()]
    assert len(key) == len({(row["id"], row["system"]) for row in key}) == 10 * len(reading.SYSTEMS)
    assert all(f"[{row['block']}] " in blocks for row in key)
    assert "lead-3" not in blocks

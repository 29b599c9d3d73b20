"""Read the documents: their sections, tables and code."""

import re
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

README = REPOSITORY / "README.md"
CONTRIBUTING = REPOSITORY / "CONTRIBUTING.md"
DOCS = REPOSITORY / "docs"
PAGES = (README, CONTRIBUTING, REPOSITORY / "CHANGELOG.md", *sorted(DOCS.glob("*.md")))

FENCED = re.compile(r"^ *```\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
"""A block of code."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(page: Path) -> str:
    """Return the text of a file."""
    return page.read_text(encoding="utf-8")


def section_of(page: Path, heading: str) -> str:
    """Return what stands below a heading, up to the next one of its rank or a higher one."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", text_of(page), re.MULTILINE)
    assert found, f"{page.name} has no section {heading}"
    below = text_of(page)[found.end() :]
    return re.split(rf"^#{{1,{len(found[1])}}} ", below, flags=re.MULTILINE)[0]


def rows_of(text: str) -> list[list[str]]:
    """Return the cells of every row of every table, without the heads and the rules below them."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    rules = {
        number for number, cells in enumerate(rows) if all(re.fullmatch(r":?-+:?", cell) for cell in cells)
    }
    heads = {number - 1 for number in rules}
    return [cells for number, cells in enumerate(rows) if number not in rules | heads]


def quoted_in(text: str) -> list[str]:
    """Return what stands between backticks within a sentence or a table."""
    return re.findall(r"`([^`\n]+)`", FENCED.sub("", text))


def code_in(page: Path) -> list[str]:
    """Return what stands between backticks, and each line of the blocks of code."""
    text = text_of(page)
    return [
        *quoted_in(text),
        *(line.strip() for block in FENCED.findall(text) for line in block.splitlines()),
    ]

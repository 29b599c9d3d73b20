"""The lines of a CSV as spreadsheets and other programs write it, each with its number.

Excel parts cells by semicolons where numbers have a comma, and may write `sep=;` above the header. Each line
is read for itself, since no cell of ours holds a line break: a stray quote costs its own line and none below.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from bot.errors import InvalidInputError

_SEPARATORS = ",;\t|"
_SAYS_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")  # no text, or bytes that are not UTF-8 ("surrogateescape")

Line = tuple[int, dict[str, str] | None, str]
"""The number of the line; its cells by the name of their column, or None and a sentence that says why not."""


def read(lines: Iterable[str], known: Sequence[str], required: str) -> Iterator[Line]:
    """Yield the lines below the header that are not empty.

    Raises InvalidInputError if the header names a column that is not `known`, or lacks the `required` one.
    """
    numbered = enumerate(lines, 1)
    _, first = next(numbered, (1, ""))
    said = _SAYS_SEPARATOR.fullmatch(first.lstrip("\ufeff"))
    header = next(numbered, (2, ""))[1] if said else first
    separator, names = _header(header, said[1] if said else _SEPARATORS, required)
    unknown = [name for name in names if name and name not in known]
    if unknown:
        raise InvalidInputError(
            "There is no column {name}. Columns: {known}.",
            name=repr(unknown[0])[:60],
            known=", ".join(known),
        )
    for number, line in numbered:
        cells = _cells(line, separator)
        if cells is None:
            yield (
                number,
                None,
                "this is no line of a CSV in UTF-8: look for a stray quote or a damaged letter",
            )
        elif any(cell.strip() for cell in cells[len(names) :]):
            yield number, None, "there are more cells than columns in the header"
        elif any(cell.strip() for cell in cells):
            yield number, dict(zip(names, cells, strict=False)), ""


def _header(line: str, separators: str, required: str) -> tuple[str, list[str]]:
    """Return the separator and the names of the columns, in lower case with _ for blanks."""
    if _UNREADABLE.search(line):
        raise InvalidInputError("This file is not a CSV in UTF-8: save it as one.")
    for separator in separators:
        cells = _cells(line.lstrip("\ufeff"), separator) or []
        names = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in cells]
        if required in names:
            return separator, names
    raise InvalidInputError("The first line must name the columns, including chat_id.")


def _cells(line: str, separator: str) -> list[str] | None:
    """Return the cells of a line; None if it is none of a CSV."""
    if _UNREADABLE.search(line):
        return None
    try:
        return next(csv.reader([line], delimiter=separator, strict=True), [])
    except csv.Error:
        return None

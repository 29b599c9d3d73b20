"""The 150 real news pages beside the repository, with what people or careful parsers read out of them."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.paths import SHARED_DATA

PAGES = SHARED_DATA / "pages"


@dataclass(frozen=True)
class NewsPage:
    """A page as it was fetched, and the truth about it; headline, authors and day are known of some only."""

    name: str
    source: str
    address: str
    html: str
    body: str
    headline: str | None
    authors: tuple[str, ...]
    day: str | None  # ISO 8601


def news_pages(folder: Path = PAGES) -> Iterator[NewsPage]:
    """All pages of the folder, in the file's order."""
    for line in (folder / "articles.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        data = gzip.decompress((folder / row["html"]).read_bytes())
        yield NewsPage(
            name=row["id"],
            source=row["source"],
            address=row["url"],
            html=data.decode(row["charset"] or "utf-8", "replace"),
            body=row["body"],
            headline=row.get("title"),
            authors=tuple(row.get("authors") or ()),
            day=(row.get("date") or "")[:10] or None,
        )

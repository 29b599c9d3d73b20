"""The Article: headline, body and details that were extracted from a page, a file or a text."""

from dataclasses import dataclass
from datetime import datetime

LARGEST = 5 * 1024 * 1024  # bytes of a file; the largest of 150 real news pages has 2.2 MB


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """The body of an HTTP answer, the address that it came from, and the charset that the server named."""

    data: bytes
    address: str
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link in the body: its text, its address, and the number of its paragraph (from 0)."""

    words: str
    url: str
    paragraph: int


@dataclass(frozen=True, slots=True)
class Article:
    """A story before it is stored. The body has no boilerplate; one empty line separates its paragraphs.

    is_doubtful: two readings of the page differ so much that an editor should compare body and page.
    """

    headline: str
    body: str
    byline: str | None = None
    language: str | None = None
    published: datetime | None = None
    address: str | None = None
    picture: str | None = None
    links: tuple[Link, ...] = ()
    is_doubtful: bool = False

    @property
    def paragraphs(self) -> list[str]:
        """Return the body's paragraphs in order."""
        return self.body.split("\n\n") if self.body else []

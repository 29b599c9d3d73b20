"""What was read out of a page, a file or a pasted text, before it becomes a Story."""

from dataclasses import dataclass
from datetime import datetime

LARGEST = 5 * 1024 * 1024  # bytes of a file or page that is read; the largest news page seen has 2.2 MB


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """The bytes that an address gave; `charset` is what the server named."""

    data: bytes
    address: str
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An address in the body, with the words that carry it and the paragraph that they stand in."""

    words: str
    url: str
    paragraph: int


@dataclass(frozen=True, slots=True)
class Article:
    """A story as it came: body paragraphs are parted by one empty line and are free of boilerplate."""

    headline: str
    body: str
    byline: str | None = None
    language: str | None = None
    published: datetime | None = None
    address: str | None = None
    picture: str | None = None
    links: tuple[Link, ...] = ()

    @property
    def paragraphs(self) -> list[str]:
        """The body's paragraphs, in order."""
        return self.body.split("\n\n") if self.body else []

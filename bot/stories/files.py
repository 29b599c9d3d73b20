"""A story file → Article: plain text, HTML or Markdown, told apart by what is in it."""

import re
from collections.abc import Callable
from pathlib import PurePath

from bot.errors import InvalidInputError
from bot.stories import charset, extractor, markdown, plaintext
from bot.stories.article import Article

LARGEST = 5 * 1024 * 1024  # bytes; the longest story seen has 90 KB, the largest news page 2.2 MB

_WHAT_WE_READ = "Save the story as plain text, HTML or Markdown and send that."
_SIGNATURES = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture, sound or film"),
    (b"\xd0\xcf\x11\xe0", "an old Word, Excel or PowerPoint file"),
    (b"{\\rtf", "a rich text file (RTF)"),
    (b"\x1f\x8b", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"Rar!", "a compressed file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
    (b"SQLite format 3", "a database"),
)
_ZIPPED = (
    (b"word/", "a Word document"),
    (b"xl/", "an Excel sheet"),
    (b"ppt/", "a PowerPoint file"),
    (b"opendocument.text", "an OpenDocument text"),
    (b"epub+zip", "an e-book"),
)
_ZIP_NAMES_WITHIN = 4096  # bytes; the first entries of a zip name what it is

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_MOST_CONTROLS = 0.02  # share of characters; a text has none, bytes read as text have a tenth or more

_HTML_DOCUMENT = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*|<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_HTML_BLOCK = re.compile(
    r"</(?:p|div|h[1-6]|article|section|main|ul|ol|table|blockquote)\s*>|<br\s*/?>", re.I
)
_HTML_BLOCKS = 2  # closing tags; a text that mentions one tag stays a text

_ENDED_SENTENCE = re.compile(r"\w[\w\W]{0,3}?[.!?…。！？؟।]")
_LETTERS_WITHOUT_END = 40  # Thai and others end no sentence with a mark


def read(data: bytes, name: str) -> Article:
    """The Article in a file called `name`.

    Raises InvalidInputError, with one sentence that says what to do, for a file that is empty, too large,
    not a text, in an unknown character set, without headline or body, or without a sentence.
    """
    _refuse_size(data, name)
    _refuse_binary(data, name)
    text = charset.decode(data)
    if text is None or len(_CONTROLS.findall(text)) > _MOST_CONTROLS * len(text):
        raise InvalidInputError(
            "{name} is not text that can be read. Save it as UTF-8 plain text, HTML or Markdown and send that.",
            name=name,
        )
    article = _reader(text, name)(text)
    _refuse_unreadable(article, name)
    return article


def _refuse_size(data: bytes, name: str) -> None:
    if not data.strip(b"\0 \t\r\n\f\v\xef\xbb\xbf\xfe\xff"):
        raise InvalidInputError(
            "{name} is empty. Send a file with a headline and the story below it.", name=name
        )
    if len(data) > LARGEST:
        raise InvalidInputError(
            "{name} is larger than {megabytes} MB. Send the story's text alone, without pictures.",
            name=name,
            megabytes=LARGEST // 1024**2,
        )


def _refuse_binary(data: bytes, name: str) -> None:
    kind = next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)
    if data.startswith(b"PK\x03\x04"):
        start = data[:_ZIP_NAMES_WITHIN]
        kind = next((kind for part, kind in _ZIPPED if part in start), "a zip archive")
    elif data[4:8] == b"ftyp":
        kind = "a film or picture"
    if kind:
        raise InvalidInputError("{name} is {kind}. " + _WHAT_WE_READ, name=name, kind=kind)


def _refuse_unreadable(article: Article, name: str) -> None:
    if not article.headline:
        raise InvalidInputError(
            "No headline was found in {name}. Put the headline on the first line and the story below it.",
            name=name,
        )
    if not article.body:
        raise InvalidInputError(
            "{name} has a headline, but no story below it. Put the story's paragraphs after an empty line.",
            name=name,
        )
    letters = sum(map(str.isalpha, article.body))
    if not _ENDED_SENTENCE.search(article.body) and letters < _LETTERS_WITHOUT_END:
        raise InvalidInputError(
            "There is no whole sentence in {name}. Put the story's sentences below the headline.", name=name
        )


def _reader(text: str, name: str) -> Callable[[str], Article]:
    """Who reads this text, by what it looks like; the name only decides where the look is not clear."""
    if _HTML_DOCUMENT.match(text) or len(_HTML_BLOCK.findall(text)) >= _HTML_BLOCKS:
        return extractor.extract
    if markdown.looks_like(text, named=PurePath(name).suffix.lower() in {".md", ".markdown"}):
        return markdown.read
    return plaintext.read

"""File formats: extract an Article from a file of plain text, HTML or Markdown, recognised by its content."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import PurePath

from bot.articles import charset, markdown, plaintext
from bot.articles.article import LARGEST, Article
from bot.articles.page import extract
from bot.articles.page.blocks import has_sentence
from bot.errors import InvalidInputError
from bot.i18n import mark

# The first bytes of files that are not text, and the names of their formats, which need no translation.
_SIGNATURES = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"RIFF", "RIFF (WebP, WAV, AVI)"),
    (b"\xd0\xcf\x11\xe0", "Microsoft Office"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "GZIP"),
    (b"BZh", "BZIP2"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
    (b"ID3", "MP3"),
    (b"OggS", "OGG"),
    (b"SQLite format 3", "SQLite"),
)
_ZIP = b"PK\x03\x04"
_ZIPPED = (
    (b"word/", "Word"),
    (b"xl/", "Excel"),
    (b"ppt/", "PowerPoint"),
    (b"opendocument", "OpenDocument"),
    (b"epub+zip", "EPUB"),
)
_ZIP_NAMES_WITHIN = 4096  # bytes; the first entries of a zip archive show its format

_BLANK = b"\0 \t\r\n\f\v\xef\xbb\xbf\xfe\xff"  # white space and byte order marks
_LONGEST_NAME = 60  # characters of a file name to repeat in a sentence

_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_FEW_CONTROLS = 8  # characters that are dropped silently, even in a short text
_MOST_CONTROLS = 0.02  # share of characters; a text has none, binary data has a tenth or more

_HTML_DOCUMENT = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*|<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML_BLOCK = re.compile(
    r"</(?:p|div|h[1-6]|article|section|main|ul|ol|table|blockquote)\s*>|<br\s*/?>", re.IGNORECASE
)
_HTML_BLOCKS = 2  # closing tags; a plain text may mention one


def read(data: bytes, name: str, *, headless: bool = False) -> Article:
    """Return the Article in a file called `name`; with `headless` it may have no headline.

    Raises InvalidInputError, with one sentence that says what to do, if the file is empty, too large, not a
    text, in an unknown character set, or has no headline, no body or no sentence.
    """
    _refuse_size(data, name)
    _refuse_binary(data, name)
    text = _text(data, name)
    article = _reader(text, name, headless=headless)(text)
    _refuse_unreadable(article, name, headless=headless)
    return article


def _refuse_size(data: bytes, name: str) -> None:
    if not data.strip(_BLANK):
        raise _refusal(mark("{name} is empty. Send a file with a headline and the story below it."), name)
    if len(data) > LARGEST:
        sentence = mark("{name} is larger than {megabytes} MB. Send only the story’s text, without pictures.")
        raise _refusal(sentence, name, megabytes=LARGEST // 1024**2)


def _refuse_binary(data: bytes, name: str) -> None:
    kind = next((kind for signature, kind in _SIGNATURES if data.startswith(signature)), None)
    if data.startswith(_ZIP):
        kind = next((kind for part, kind in _ZIPPED if part in data[:_ZIP_NAMES_WITHIN]), "ZIP")
    elif data[4:8] == b"ftyp":
        kind = "MP4"
    if kind:
        sentence = mark(
            "{name} is a {kind} file. Save the story as plain text, HTML or Markdown and send that."
        )
        raise _refusal(sentence, name, kind=kind)


def _text(data: bytes, name: str) -> str:
    text = charset.decode(data)
    if text is None or len(_CONTROLS.findall(text)) > max(_FEW_CONTROLS, _MOST_CONTROLS * len(text)):
        sentence = mark("{name} cannot be read as text. Save the story as plain text in UTF-8 and send that.")
        raise _refusal(sentence, name)
    return text


def _refuse_unreadable(article: Article, name: str, *, headless: bool) -> None:
    if not article.headline and not headless:
        sentence = mark("No headline was found in {name}. Put it on the first line, and the story below it.")
        raise _refusal(sentence, name)
    if not article.body and not headless:
        sentence = mark("{name} has a headline, but no story. Put the story’s paragraphs below the headline.")
        raise _refusal(sentence, name)
    if not has_sentence(article.body):
        sentence = mark(
            "There is no complete sentence in {name}. Put the story’s sentences below the headline."
        )
        raise _refusal(sentence, name)


def _refusal(sentence: str, name: str, **values: object) -> InvalidInputError:
    return InvalidInputError(sentence, name=PurePath(name).name[:_LONGEST_NAME], **values)


def _reader(text: str, name: str, *, headless: bool) -> Callable[[str], Article]:
    """Choose the reader for this text by its content, and by its name only if the content is ambiguous."""
    if _HTML_DOCUMENT.match(text) or len(_HTML_BLOCK.findall(text)) >= _HTML_BLOCKS:
        return extract.extract
    if markdown.looks_like(text, named=PurePath(name).suffix.lower() in {".md", ".markdown"}):
        return markdown.read
    return partial(plaintext.read, headless=headless)

"""The parser for `parse_mode` HTML (core.telegram.org/bots/api#html-style)."""

import re
import sys
from dataclasses import dataclass
from typing import Any

from bot.sandbox.text.spans import MarkupError, Span, completed, is_url

SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "span": "spoiler",
}
TAGS = frozenset(SIMPLE) | {"a", "blockquote", "tg-emoji", "tg-time"}
SURROGATES = range(0xD800, 0xE000)  # no characters (Unicode 16, section 23.6)
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
# "All numerical HTML entities are supported", but of the named ones only these four.
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,8})|#([0-9]{1,8})|(lt|gt|amp|quot));?")
_PLAIN = re.compile(r"[^<&]+")
_TAG_NAME = re.compile(r"[^\s/>]*")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>/\"']+")
_BARE_VALUE = re.compile(r"[A-Za-z0-9.-]+")
_SPACE = re.compile(r"\s*")


@dataclass(slots=True)
class _Open:
    tag: str
    start: int
    attributes: dict[str, str]


class _Reader:
    """Reads the markup once and collects plain text and spans."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.position = 0
        self.parts: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.spans: list[Span] = []

    def read(self) -> tuple[str, list[Span]]:
        while self.position < len(self.markup):
            here = self.markup[self.position]
            if here == "<":
                self._end_tag() if self.markup.startswith("</", self.position) else self._start_tag()
            elif here == "&":
                self._reference()
            else:
                plain = _match(_PLAIN, self.markup, self.position)
                self._text(plain)
                self.position += len(plain)
        if self.open:
            raise MarkupError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return "".join(self.parts), sorted(self.spans, key=lambda span: (span.start, -span.end))

    def _text(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _reference(self) -> None:
        match = _REFERENCE.match(self.markup, self.position)
        character = _character(match) if match else None
        if match is None or character is None:
            self._text("&")
            self.position += 1
        else:
            self._text(character)
            self.position = match.end()

    def _start_tag(self) -> None:
        begin = self.position
        name = _match(_TAG_NAME, self.markup, begin + 1)
        self.position = begin + 1 + len(name)
        tag = name.lower()
        if self.position >= len(self.markup):
            raise MarkupError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        if tag not in TAGS:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {self._byte(begin)}')
        attributes = self._attributes(begin, tag)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise MarkupError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}')
        self.open.append(_Open(tag, self.length, attributes))

    def _attributes(self, begin: int, tag: str) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            self.position += len(_match(_SPACE, self.markup, self.position))
            if self.position >= len(self.markup):
                raise MarkupError(f"Unclosed start tag at byte offset {self._byte(begin)}")
            if self.markup[self.position] == ">":
                self.position += 1
                return attributes
            name = _match(_ATTRIBUTE_NAME, self.markup, self.position)
            if not name:
                raise MarkupError(
                    f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(begin)}'
                )
            self.position += len(name)
            attributes[name.lower()] = self._attribute_value(begin, tag, name)

    def _attribute_value(self, begin: int, tag: str, name: str) -> str:
        self.position += len(_match(_SPACE, self.markup, self.position))
        if not self.markup.startswith("=", self.position):
            if self.markup[self.position : self.position + 1] in {">", ""} or name == "expandable":
                return ""
            text = f'Expected equal sign in declaration of an attribute of the tag "{tag}"'
            raise MarkupError(f"{text} at byte offset {self._byte(begin)}")
        self.position += 1
        self.position += len(_match(_SPACE, self.markup, self.position))
        quote = self.markup[self.position : self.position + 1]
        if quote not in {'"', "'"}:
            bare = _match(_BARE_VALUE, self.markup, self.position)
            self.position += len(bare)
            return bare.lower()
        end = self.markup.find(quote, self.position + 1)
        if end < 0:
            raise MarkupError(f"Unclosed start tag at byte offset {self._byte(begin)}")
        value = self.markup[self.position + 1 : end]
        self.position = end + 1
        return _REFERENCE.sub(lambda match: _character(match) or match.group(), value)

    def _end_tag(self) -> None:
        begin = self.position
        name = _match(_TAG_NAME, self.markup, begin + 2)
        self.position = begin + 2 + len(name)
        self.position += len(_match(_SPACE, self.markup, self.position))
        if not self.markup.startswith(">", self.position):
            raise MarkupError(f"Unclosed end tag at byte offset {self._byte(begin)}")
        self.position += 1
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {self._byte(begin)}")
        opened = self.open.pop()
        if name and name.lower() != opened.tag:
            expected = f'expected "</{opened.tag}>", found "</{name.lower()}>"'
            raise MarkupError(f"Unmatched end tag at byte offset {self._byte(begin)}, {expected}")
        self._close(opened)

    def _close(self, opened: _Open) -> None:
        if opened.start == self.length:
            return
        kind, extra = self._meaning(opened)
        if kind == "pre" and self._is_language_of_pre(opened):
            return
        if kind:
            self.spans.append(Span(opened.start, self.length, kind, extra))

    def _is_language_of_pre(self, opened: _Open) -> bool:
        """Make `<pre><code class="language-x">` one entity, with the language of the code inside."""
        inner = self.spans[-1] if self.spans else None
        if inner and inner.kind == "code" and (inner.start, inner.end) == (opened.start, self.length):
            language = inner.extra.pop("language", None)
            self.spans[-1] = Span(inner.start, inner.end, "pre", {"language": language} if language else {})
            return True
        return False

    def _meaning(self, opened: _Open) -> tuple[str | None, dict[str, Any]]:
        if opened.tag == "a":
            return self._link(opened)
        if opened.tag == "code" and self.open and self.open[-1].tag == "pre":
            language = opened.attributes.get("class", "").removeprefix("language-")
            return "code", {"language": language} if language else {}
        special = SPECIAL.get(opened.tag)
        return special(opened.attributes) if special else (SIMPLE[opened.tag], {})

    def _link(self, opened: _Open) -> tuple[str | None, dict[str, Any]]:
        url = opened.attributes.get("href") or "".join(self.parts)[opened.start :]
        user = re.fullmatch(r"tg://user\?id=([0-9]{1,15})", url)
        if user:
            return "text_mention", {"user": {"id": int(user[1]), "is_bot": False, "first_name": ""}}
        return ("text_link", {"url": completed(url)}) if is_url(url) else (None, {})

    def _byte(self, position: int) -> int:
        return len(self.markup[:position].encode())


def parse_html(markup: str) -> tuple[str, list[Span]]:
    """Return plain text and spans. Raises MarkupError with Telegram's message."""
    return _Reader(markup).read()


def _match(pattern: re.Pattern[str], text: str, position: int) -> str:
    match = pattern.match(text, position)
    return match.group() if match else ""


def _character(match: re.Match[str]) -> str | None:
    if match[3]:
        return NAMED[match[3]]
    code = int(match[1], 16) if match[1] else int(match[2])
    return chr(code) if 0 < code <= sys.maxunicode and code not in SURROGATES else None


def _blockquote(attributes: dict[str, str]) -> tuple[str, dict[str, Any]]:
    return "expandable_blockquote" if "expandable" in attributes else "blockquote", {}


def _emoji(attributes: dict[str, str]) -> tuple[str, dict[str, Any]]:
    identifier = attributes.get("emoji-id", "")
    if not identifier.isdecimal():
        raise MarkupError("Invalid custom emoji identifier specified")
    return "custom_emoji", {"custom_emoji_id": identifier}


def _time(attributes: dict[str, str]) -> tuple[str, dict[str, Any]]:
    moment = attributes.get("unix", "")
    if not re.fullmatch("[0-9]{1,10}", moment):
        raise MarkupError("Invalid Unix time specified")
    layout = attributes.get("format")
    return "date_time", {"unix_time": int(moment)} | ({"date_time_format": layout} if layout else {})


# Tags whose attributes change their entity.
SPECIAL = {"blockquote": _blockquote, "tg-emoji": _emoji, "tg-time": _time}

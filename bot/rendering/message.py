"""Build the message to send: its text, entities (bold, links …) and buttons, within Telegram's limits.

Entities replace a parse mode, so that there is nothing to escape and nothing that cannot be parsed. Telegram
counts text in UTF-16 units, and so does everything here.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import orjson

from bot.i18n import ELLIPSIS

TEXT_LIMIT = 4096  # units in a message's text (Bot API, sendMessage)
_PARAGRAPH_END = re.compile(r"\n\n")
_DANGLING = " \t\n\u00a0,;:.–—-"
_SPACE = re.compile(r"\s")
_SENTENCE_END = re.compile(r"[.!?…。！？]+[\"'”’»)\]]*(?=\s|$)")
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_TAGS = range(0xE0020, 0xE0080)  # they spell the flags of Scotland, Wales and the like


def units(text: str) -> int:
    """Return the length of `text` as Telegram counts it: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, limit: int, more: str = ELLIPSIS) -> str:
    """Return `text` in at most `limit` units: cut after a sentence if that keeps half, else after a word.

    more: what stands after the last whole word (`Texts.more`); after a part of a word stands "…".
    """
    if units(text) <= limit:
        return text
    if limit <= 0:
        return ""
    head = _head(text, max(0, limit - units(more)))
    sentence = _last(_SENTENCE_END, text, len(head))
    if sentence:
        return head[:sentence]
    word = _last(_SPACE, text, len(head))
    return (head[:word] or head).rstrip(_DANGLING) + (more if word else ELLIPSIS)


def first_words(text: str, limit: int, more: str = ELLIPSIS) -> str:
    """Return the first whole words of `text` in at most `limit` units; `more` as in `shorten`."""
    if units(text) <= limit:
        return text
    head = _head(text, max(0, limit - units(more)))
    spaces = [found.start() for found in _SPACE.finditer(head)]
    if text[len(head)].isspace():
        spaces.append(len(head))
    word = spaces[-1] if spaces else 0
    return (head[:word] or head).rstrip(_DANGLING) + (more if word else ELLIPSIS)


def pages(text: str, limit: int) -> list[str]:
    """Return `text` in pieces of at most `limit` units, cut between paragraphs, else sentences, else words.

    `limit` must be at least 2, so that any character fits.
    """
    parts: list[str] = []
    rest = text.strip()
    while units(rest) > limit:
        end = len(_head(rest, limit)) or len(_whole_characters(rest, limit))
        cut = _last(_PARAGRAPH_END, rest, end) or _last(_SENTENCE_END, rest, end) or _last(_SPACE, rest, end)
        parts.append(rest[: cut or end].strip())
        rest = rest[cut or end :].strip()
    return [*parts, rest]


def _last(pattern: re.Pattern[str], text: str, end: int) -> int:
    """Return where the last match ends in the second half of `text[:end]`; 0 if there is none.

    The pattern sees the character after it too: "3." is no sentence where "14" follows.
    """
    ends = [match.end() for match in pattern.finditer(text, end // 2, end + 1) if match.end() <= end]
    return ends[-1] if ends else 0


def _head(text: str, limit: int) -> str:
    """Return the longest beginning of `text` in `limit` units that does not split a drawn character.

    Empty if the first one alone is longer: a letter can carry any number of marks.
    """
    head = _whole_characters(text, limit)
    end = len(head)
    while 0 < end < len(text) and _joins(text, end):
        end -= 1
    return head[:end]


def _whole_characters(text: str, limit: int) -> str:
    """Return the longest beginning of `text` in `limit` units that does not split a code point."""
    encoded = text.encode("utf-16-le", "surrogatepass")[: limit * 2]
    head = encoded.decode("utf-16-le", "surrogatepass")
    return head if text.startswith(head) else head[:-1]  # it ends with half of a code point


def _joins(text: str, place: int) -> bool:
    """Return whether the characters before and at `place` are drawn as one: marks, joined emoji, flags."""
    before, after = text[place - 1], text[place]
    if _JOINER in {before, after} or unicodedata.category(after).startswith("M"):
        return True
    if ord(after) in _FLAG_LETTERS:  # they are drawn in pairs
        run = next((n for n in range(place) if ord(text[place - 1 - n]) not in _FLAG_LETTERS), place)
        return run % 2 == 1
    return ord(after) in _SKIN_TONES or ord(after) in _TAGS


def ticked(label: str, *, chosen: bool) -> str:
    """Return the label of a choice, with a tick if it is chosen already."""
    return f"✓ {label}" if chosen else label


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button. Exactly one of the three is set.

    `data` comes back to the bot, `url` opens a page, `app` opens one as a Mini App (in private chats alone).
    """

    text: str
    data: str | None = None
    url: str | None = None
    app: str | None = None

    def dump(self) -> dict[str, Any]:
        """Return it as the Bot API's InlineKeyboardButton."""
        if self.app is not None:
            return {"text": self.text, "web_app": {"url": self.app}}
        if self.url is not None:
            return {"text": self.text, "url": self.url}
        return {"text": self.text, "callback_data": self.data or ""}


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of text with a format (`type`). `offset` and `length` are in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str | None = None

    def dump(self) -> dict[str, Any]:
        """Return it as the Bot API's MessageEntity."""
        entity: dict[str, Any] = {"type": self.type, "offset": self.offset, "length": self.length}
        return entity | ({"url": self.url} if self.url else {})


@dataclass(frozen=True)
class Message:
    """A finished message: text, formats, and rows of buttons."""

    text: str
    entities: tuple[Entity, ...] = ()
    rows: tuple[tuple[Button, ...], ...] = ()

    def payload(self) -> dict[str, Any]:
        """Return the parameters of sendMessage and editMessageText, except the chat."""
        keyboard = [[button.dump() for button in row] for row in self.rows]
        return {
            "text": self.text,
            "entities": [entity.dump() for entity in self.entities],
            "link_preview_options": {"is_disabled": True},
            **({"reply_markup": {"inline_keyboard": keyboard}} if keyboard else {}),
        }

    @cached_property
    def body(self) -> bytes:
        """The same as JSON, encoded once: a message that is kept is sent to many."""
        return orjson.dumps(self.payload())


def in_pairs(buttons: Sequence[Button]) -> list[Sequence[Button]]:
    """Return rows of two buttons, the last one of what is left."""
    return [buttons[first : first + 2] for first in range(0, len(buttons), 2)]


@dataclass(slots=True)
class Composer:
    """Builds a Message piece by piece; `used` counts the units so far."""

    pieces: list[str] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    rows: list[tuple[Button, ...]] = field(default_factory=list)
    used: int = 0

    @property
    def room(self) -> int:
        """How many units still fit into the message."""
        return TEXT_LIMIT - self.used

    def text(self, piece: str, *formats: str, url: str | None = None) -> Self:
        """Add `piece` in these formats (Telegram's entity types, such as "bold"; "text_link" has a `url`)."""
        length = units(piece)
        if length:
            self.entities += [Entity(kind, self.used, length, url) for kind in formats]
            self.pieces.append(piece)
            self.used += length
        return self

    def line(self, piece: str = "", *formats: str) -> Self:
        """Add `piece` as `text` does, and end the line."""
        return self.text(piece, *formats).text("\n")

    def append(self, other: Message) -> Self:
        """Add another message: its text, its formats, its buttons."""
        moved = [Entity(one.type, one.offset + self.used, one.length, one.url) for one in other.entities]
        self.entities += moved
        self.pieces.append(other.text)
        self.rows += other.rows
        self.used += units(other.text)
        return self

    def buttons(self, *row: Button | None) -> Self:
        """Add a row of the buttons that are not None; nothing if all are."""
        present = tuple(button for button in row if button is not None)
        if present:
            self.rows.append(present)
        return self

    def pairs(self, buttons: Sequence[Button]) -> Self:
        """Add buttons in rows of two: a third one would break words on a small phone."""
        for row in in_pairs(buttons):
            self.buttons(*row)
        return self

    def message(self) -> Message:
        """Return the Message without white space at its end: Telegram trims text, but not entities."""
        text = "".join(self.pieces).rstrip()
        end = units(text)
        entities = tuple(
            Entity(entity.type, entity.offset, min(entity.length, end - entity.offset), entity.url)
            for entity in self.entities
            if entity.offset < end
        )
        return Message(text, entities, tuple(self.rows))

"""The parser for `parse_mode` MarkdownV2 (core.telegram.org/bots/api#markdownv2-style)."""

import re
from dataclasses import dataclass

from bot.sandbox.text.spans import MarkupError, Span, completed, is_url

MARKS = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
    "`": "code",
    "```": "pre",
}
NAMES = {"bold": "Bold", "italic": "Italic", "underline": "Underline", "strikethrough": "Strikethrough"}
NAMES |= {"spoiler": "Spoiler", "code": "Code", "pre": "Pre", "text_link": "TextUrl"}
# Characters that need a backslash wherever they are not markup.
RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
NOT_ESCAPABLE = frozenset({"", "\0", "\x7f"})  # any other ASCII character may follow a backslash
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]+(?=\n)")


@dataclass(slots=True)
class _Open:
    mark: str
    start: int
    byte: int


class _Reader:
    """Reads the markup once and collects plain text and spans."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.position = 0
        self.parts: list[str] = []
        self.length = 0
        self.open: list[_Open] = []
        self.spans: list[Span] = []
        self.quote: int | None = None

    def read(self) -> tuple[str, list[Span]]:
        while self.position < len(self.markup):
            self._step()
        self._end_quote()
        if self.open:
            last = self.open[-1]
            kind = MARKS.get(last.mark, "text_link")
            raise MarkupError(f"Can't find end of {NAMES[kind]} entity at byte offset {last.byte}")
        return "".join(self.parts), sorted(self.spans, key=lambda span: (span.start, -span.end))

    def _step(self) -> None:
        sign = self.markup[self.position]
        if sign == "\\" and self._escapes():
            self._text(self.markup[self.position + 1], 2)
        elif self._inside_code():
            self._code_step()
        elif sign == ">" and self._at_line_start():
            self.quote = self.length if self.quote is None else self.quote
            self.position += 1
        elif sign == "\n":
            self._line_end()
        elif sign in RESERVED:
            self._reserved(sign)
        else:
            self._text(sign, 1)

    def _escapes(self) -> bool:
        following = self.markup[self.position + 1 : self.position + 2]
        return following.isascii() and following not in NOT_ESCAPABLE

    def _inside_code(self) -> bool:
        return bool(self.open) and self.open[-1].mark in {"`", "```"}

    def _code_step(self) -> None:
        mark = self.open[-1].mark
        if self.markup.startswith(mark, self.position):
            self._close(mark)
        else:
            self._text(self.markup[self.position], 1)

    def _reserved(self, sign: str) -> None:
        if sign == "[":
            self._push("[", 1)
        elif sign == "!" and self.markup.startswith("![", self.position):
            self._push("[", 2)
        elif sign == "]" and any(opened.mark == "[" for opened in self.open):
            self._end_link()
        elif sign == "|" and self._ends_expandable():
            self.position += 2
            self._end_quote("expandable_blockquote")
        elif mark := self._mark():
            self._toggle(mark)
        else:
            text = f"Character '{sign}' is reserved and must be escaped with the preceding '\\'"
            raise MarkupError(text)

    def _mark(self) -> str | None:
        for mark in ("```", "__", "||", "*", "_", "~", "`"):
            if self.markup.startswith(mark, self.position):
                return mark
        return None

    def _toggle(self, mark: str) -> None:
        if self.open and self.open[-1].mark == mark:
            self._close(mark)
            return
        if mark == "__" and self.open and self.open[-1].mark == "_":
            self._close("_")  # reading "__" as one mark would hide the end of the italic
            return
        self._push(mark, len(mark))

    def _push(self, mark: str, width: int) -> None:
        self.open.append(_Open(mark, self.length, len(self.markup[: self.position].encode())))
        self.position += width

    def _close(self, mark: str) -> None:
        opened = self.open.pop()
        self.position += len(mark)
        kind, extra = MARKS[mark], {}
        if kind == "pre":
            extra = self._take_language(opened.start)
        if opened.start < self.length:
            self.spans.append(Span(opened.start, self.length, kind, extra))

    def _take_language(self, start: int) -> dict[str, str]:
        """Remove and return the language: the first line of a pre block if it has no spaces."""
        body = "".join(self.parts)
        match = _LANGUAGE.match(body, start)
        rest = body[match.end() + 1 :] if match else body[start:].removeprefix("\n")
        self.parts = [body[:start], rest]
        self.length = start + len(rest)
        return {"language": match.group()} if match else {}

    def _end_link(self) -> None:
        opened = self.open.pop()
        if opened.mark != "[":
            kind = NAMES[MARKS[opened.mark]]
            raise MarkupError(f"Can't find end of {kind} entity at byte offset {opened.byte}")
        self.position += 1
        url = "".join(self.parts)[opened.start :]
        if self.markup.startswith("(", self.position):
            url = self._address(opened)
        if opened.start < self.length and is_url(url):
            self.spans.append(Span(opened.start, self.length, "text_link", {"url": completed(url)}))

    def _address(self, opened: _Open) -> str:
        match = re.compile(r"\(((?:\\.|[^\\)])*)\)", re.DOTALL).match(self.markup, self.position)
        if match is None:
            raise MarkupError(f"Can't find end of a URL at byte offset {opened.byte}")
        self.position = match.end()
        return re.sub(r"\\(.)", r"\1", match[1])

    def _at_line_start(self) -> bool:
        return self.length == 0 or (self.position > 0 and self.markup[self.position - 1] == "\n")

    def _line_end(self) -> None:
        if self.quote is not None and not self.markup.startswith(">", self.position + 1):
            self._end_quote()
        self._text("\n", 1)

    def _ends_expandable(self) -> bool:
        rest = self.markup[self.position + 2 : self.position + 3]
        inside = any(opened.mark == "||" for opened in self.open)
        return (
            self.quote is not None
            and not inside
            and self.markup.startswith("||", self.position)
            and rest in {"", "\n"}
        )

    def _end_quote(self, kind: str = "blockquote") -> None:
        if self.quote is not None and self.quote < self.length:
            self.spans.append(Span(self.quote, self.length, kind))
        self.quote = None

    def _text(self, text: str, width: int) -> None:
        self.parts.append(text)
        self.length += len(text)
        self.position += width


def parse_markdown(markup: str) -> tuple[str, list[Span]]:
    """Return plain text and spans. Raises MarkupError with Telegram's message."""
    return _Reader(markup).read()

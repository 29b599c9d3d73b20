"""A story as plain text → Article: the headline first, perhaps a byline, then paragraphs."""

import re

from bot.articles import boilerplate
from bot.articles.article import Article
from bot.articles.blocks import LONGEST_HEADLINE, Block, Heading, assemble, clean, fold
from bot.language.sentences import paragraphs

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_WRAPPED_HEADLINE = 200
_FULL_STOP = re.compile(r"[.。۔।][\"'”’»“)]*$")

_CAPITAL = r"[A-ZÀ-ÞĀ-ŽЀ-ЯҐ][\w.'’ʼ-]{0,30}"
_NAME = rf"{_CAPITAL}(?:\s(?:{_CAPITAL}|van|von|de|del|da|di|la|le|bin|al)){{1,4}}"
_NAMES = rf"{_NAME}(?:(?:,\s|\s(?:and|&|und|et|y|i|та|і|й)\s){_NAME}){{0,4}}"
_BY = r"(?i:by|von|par|por|autor(?:ka)?:?|author:?|text:|tekst:|автор(?:ка)?:?|текст:)"
_WITH_BY = re.compile(rf"{_BY}\s(?P<names>{_NAMES})(?:,?\s(?i:for|at|in)\s.{{1,60}}|\s?[|,/–—-]\s.{{1,80}})?")
_NAMES_ONLY = re.compile(rf"(?P<names>{_NAMES})")


def read(text: str, *, headless: bool = False) -> Article:
    """The Article in a plain text.

    The first line is the headline; a line of names right after it is the byline. A headline or body that is
    not there stays empty: the caller decides whether that is refused. `headless`: the text may go without a
    headline, so that a first paragraph that ends in a full stop, or is all there is, belongs to the body.
    """
    groups = [_lines(group) for group in _BLANK_LINES.split(clean(text))]
    groups = [group for group in groups if group]
    if not groups:
        return Article(headline="", body="")
    first = paragraphs("\n".join(groups[0]))
    is_body = headless and (len(groups) == len(first) == 1 or _FULL_STOP.search(first[0]))
    headline, rest = ("", groups[0]) if is_body else _headline(groups[0])
    byline, groups = _byline([group for group in (rest, *groups[1:]) if group])
    blocks = [
        Block(fold(unit)) for group in groups for unit in paragraphs("\n".join(boilerplate.sift(group)))
    ]
    return assemble(Heading(headline=headline, byline=byline), blocks)


def _lines(group: str) -> list[str]:
    return [line for line in map(fold, group.split("\n")) if line]


def _headline(group: list[str]) -> tuple[str, list[str]]:
    """The headline and what is left of the first group of lines."""
    whole = " ".join(group)
    ends_like_a_label = not group[-1].endswith((".", ":", ",")) and all(map(_may_be_headline, group))
    if len(group) > 1 and len(whole) <= _WRAPPED_HEADLINE and ends_like_a_label:
        return whole, []
    if len(group[0]) > LONGEST_HEADLINE:
        return "", group
    return group[0], group[1:]


def _may_be_headline(line: str) -> bool:
    return boilerplate.why(line) is None and not _WITH_BY.fullmatch(line) and not _NAMES_ONLY.fullmatch(line)


def _byline(groups: list[list[str]]) -> tuple[str | None, list[list[str]]]:
    """The names of who wrote it, if the first lines after the headline name them, and the other lines."""
    if not groups:
        return None, groups
    first, *others = groups
    names = names_in(first[0])
    if names is None or (len(first) == 1 and not others):
        return None, groups
    return names, [group for group in (first[1:], *others) if group]


def names_in(line: str) -> str | None:
    """The names in a line that is a byline and nothing else, without "By"; None for any other line."""
    match = _WITH_BY.fullmatch(line) or _NAMES_ONLY.fullmatch(line)
    return match["names"] if match else None

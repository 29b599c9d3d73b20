"""Plain text: extract an Article from a text of headline, perhaps byline, and paragraphs."""

import re

from bot.articles import boilerplate
from bot.articles.article import Article
from bot.articles.page.blocks import LONGEST_HEADLINE, Block, Heading, assemble, clean, fold
from bot.language.sentences import paragraphs

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_WRAPPED_HEADLINE = 200  # characters; a first paragraph of several lines that is longer is no headline
_FULL_STOP = re.compile(r"[.。۔।][\"'”’»“)]*$")

_CAPITAL = r"[A-ZÀ-ÞĀ-ŽЀ-ЯҐ][\w.'’ʼ-]{0,30}"
_NAME = rf"{_CAPITAL}(?:\s(?:{_CAPITAL}|van|von|de|del|da|di|la|le|bin|al)){{1,4}}"
_NAMES = rf"{_NAME}(?:(?:,\s|\s(?:and|&|und|et|y|i|та|і|й)\s){_NAME}){{0,4}}"
_BY = r"(?i:by|von|par|por|autor(?:ka)?:?|author:?|text:|tekst:|автор(?:ка)?:?|текст:)"
_WITH_BY = re.compile(rf"{_BY}\s(?P<names>{_NAMES})(?:,?\s(?i:for|at|in)\s.{{1,60}}|\s?[|,/–—-]\s.{{1,80}})?")
_NAMES_ONLY = re.compile(rf"(?P<names>{_NAMES})")


def read(text: str, *, headless: bool = False) -> Article:
    """Return the Article in a plain text.

    The first line is the headline; a line of names right after it is the byline. A headline or body that is
    missing is empty; the caller decides whether to refuse that. With `headless` the text may have no
    headline: a first paragraph that ends in a full stop, or is the only one, then belongs to the body.
    """
    groups = _groups_of_lines(text)
    if not groups:
        return Article(headline="", body="")
    headline, rest = ("", groups[0]) if headless and _begins_with_body(groups) else _headline(groups[0])
    byline, groups = _byline([group for group in (rest, *groups[1:]) if group])
    units = (unit for group in groups for unit in paragraphs("\n".join(boilerplate.story_lines(group))))
    return assemble(Heading(headline=headline, byline=byline), [Block(fold(unit)) for unit in units])


def _groups_of_lines(text: str) -> list[list[str]]:
    """Split a text at blank lines into groups of lines, none of them empty."""
    groups = ([*filter(None, map(fold, group.split("\n")))] for group in _BLANK_LINES.split(clean(text)))
    return [group for group in groups if group]


def _begins_with_body(groups: list[list[str]]) -> bool:
    """Return whether the first paragraph is the only one or ends in a full stop."""
    first = paragraphs("\n".join(groups[0]))
    return len(groups) == len(first) == 1 or _FULL_STOP.search(first[0]) is not None


def _headline(group: list[str]) -> tuple[str, list[str]]:
    """Split the first group of lines into the headline and the other lines."""
    whole = " ".join(group)
    ends_like_a_label = not group[-1].endswith((".", ":", ",")) and all(map(_may_be_headline, group))
    if len(group) > 1 and len(whole) <= _WRAPPED_HEADLINE and ends_like_a_label:
        return whole, []
    if len(group[0]) > LONGEST_HEADLINE:
        return "", group
    return group[0], group[1:]


def _may_be_headline(line: str) -> bool:
    return (
        boilerplate.matching_rule(line) is None
        and not _WITH_BY.fullmatch(line)
        and not _NAMES_ONLY.fullmatch(line)
    )


def _byline(groups: list[list[str]]) -> tuple[str | None, list[list[str]]]:
    """Return the authors' names if the first line after the headline gives them, and the other lines."""
    if not groups:
        return None, groups
    first, *others = groups
    names = names_in(first[0])
    if names is None or (len(first) == 1 and not others):
        return None, groups
    return names, [group for group in (first[1:], *others) if group]


def names_in(line: str) -> str | None:
    """Return the names in a line that is only a byline, without "By"; None for any other line."""
    match = _WITH_BY.fullmatch(line) or _NAMES_ONLY.fullmatch(line)
    return match["names"] if match else None

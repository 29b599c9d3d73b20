"""Help sentences: rules, one table a language, that recognise requests for help and ways to help.

The tables are `rules/help.<language>.toml`; `help.en.toml` explains their keys.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.language.rule_tables import names, pattern, table

_FALLBACK = "en"
_STRAIGHT = {
    **dict.fromkeys("’‘ʼ`", "'"),
    **dict.fromkeys("“”„«»", '"'),
    "\xa0": " ",
}
_FOLDED = str.maketrans(_STRAIGHT)
_SAME_WORD = 5  # letters: "donate", "donation" and "donors" count as one word of the topic
_LONGEST_HELP = 500  # characters; the longest of 50 labelled help sentences has 208

Words = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class SentenceRule:
    """One rule: what a sentence must match, and what else it must (`also`) or must not (`unless`) match.

    needs_topic: the story must be about need or giving. needs_quotation: the sentence must be quoted.
    weight: how strong a sign it is. has: plain lower-case strings of which the sentence must contain one,
    which quickly rules out most sentences.
    """

    name: str
    has: tuple[str, ...]
    pattern: re.Pattern[str]
    also: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    needs_topic: bool = False
    needs_quotation: bool = False
    weight: int = 1

    def matches(self, folded: str, *, on_topic: bool, quoted: bool) -> bool:
        """Return whether this rule matches a sentence whose marks are folded."""
        if (self.needs_topic and not on_topic) or (self.needs_quotation and not quoted):
            return False
        if not self.pattern.search(folded) or (self.also and not self.also.search(folded)):
            return False
        return not (self.unless and self.unless.search(folded))


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules of one kind with their exceptions.

    stems: plain strings of which a sentence must contain one to match a rule without its own `has`; if empty,
    such rules are always tried.
    """

    rules: tuple[SentenceRule, ...]
    exceptions: tuple[SentenceRule, ...]
    stems: tuple[str, ...]

    def first_match(self, folded: str, *, on_topic: bool, quoted: bool) -> SentenceRule | None:
        """Return the first rule that matches a folded sentence; None if an exception matches too."""
        lower = folded.lower()
        has_stem = not self.stems or _contains_any(lower, self.stems)
        for rule in self.rules:
            worthwhile = _contains_any(lower, rule.has) if rule.has else has_stem
            if worthwhile and rule.matches(folded, on_topic=on_topic, quoted=quoted):
                return None if self._is_exception(folded) else rule
        return None

    def weight(self, folded: str, *, on_topic: bool) -> int:
        """Return the sum of the weights of all rules that match a folded sentence in a quotation."""
        matching = (rule for rule in self.rules if rule.matches(folded, on_topic=on_topic, quoted=True))
        return sum(rule.weight for rule in matching)

    def _is_exception(self, folded: str) -> bool:
        return any(rule.matches(folded, on_topic=True, quoted=True) for rule in self.exceptions)


@dataclass(frozen=True, slots=True)
class LanguageRules:
    """The rules of one language; `attribution` and `organisation` are the words of these tables."""

    help: RuleSet
    plea: RuleSet
    topic: re.Pattern[str]
    least_topic_words: int
    attribution: dict[str, str]
    organisation: dict[str, str]

    def on_topic(self, text: str) -> bool:
        """Return whether the story is about need or giving: it has enough different words of the topic."""
        found = set()
        for match in self.topic.finditer(fold_marks(text)):
            found.add(match[0].lower()[:_SAME_WORD])
            if len(found) >= self.least_topic_words:
                return True
        return False

    def help_rule(self, folded: str, *, on_topic: bool) -> SentenceRule | None:
        """Return the rule by which a folded sentence says how to help; None if it does not."""
        if len(folded) > _LONGEST_HELP:
            return None
        return self.help.first_match(folded, on_topic=on_topic, quoted=False)

    def plea_rule(self, folded: str, *, on_topic: bool, quoted: bool) -> SentenceRule | None:
        """Return the rule by which a folded sentence asks for help; None if it does not."""
        return self.plea.first_match(folded, on_topic=on_topic, quoted=quoted)


def fold_marks(text: str) -> str:
    """Replace curly and angled quotation marks by straight ones; every character keeps its position."""
    return text.translate(_FOLDED)


@cache
def rules_of(language: str | None) -> LanguageRules:
    """Return the rules of a language; the English ones for None and for a language without a table."""
    rows = table(f"help.{language if language in names('help.') else _FALLBACK}")
    return LanguageRules(
        help=_rule_set(rows, "help"),
        plea=_rule_set(rows, "plea"),
        topic=pattern(rf"\b(?:{rows['topic']['says']})\b", rows["words"]),
        least_topic_words=rows["topic"]["least"],
        attribution=rows["attribution"],
        organisation=rows["organisation"],
    )


def _rule_set(rows: dict[str, Any], kind: str) -> RuleSet:
    words: Words = rows["words"]
    return RuleSet(
        rules=tuple(_rule(row, words) for row in rows[kind]),
        exceptions=tuple(_rule(row, words) for row in rows.get(f"not_{kind}", [])),
        stems=tuple(rows["stems"][kind].split("|")) if "stems" in rows else (),
    )


def _rule(row: dict[str, Any], words: Words) -> SentenceRule:
    def named(key: str) -> re.Pattern[str] | None:
        return pattern(f"{{{row[key]}}}", words) if key in row else None

    return SentenceRule(
        name=row["rule"],
        has=tuple(row["has"].split("|")) if "has" in row else (),
        pattern=pattern(row["says"], words),
        also=named("also"),
        unless=named("unless"),
        needs_topic=row.get("topic", False),
        needs_quotation=row.get("quoted", False),
        weight=row.get("weight", 1),
    )


def _contains_any(text: str, parts: Iterable[str]) -> bool:
    return any(part in text for part in parts)

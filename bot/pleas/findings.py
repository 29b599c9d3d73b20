"""Findings: the pleas and help sentences of one story, as plain data.

This module loads no language rules, so that the bot's own process can import it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plea:
    """A quoted cry for help, without its outer quotation marks; `rule` names the rule that found it."""

    text: str
    speaker: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Help:
    """A sentence that says how to help, with its address and organisation if they are known."""

    sentence: str
    url: str | None
    organisation: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A sentence in which somebody asks for help; `quoted` if it is part of a quotation."""

    sentence: str
    speaker: str | None
    quoted: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Findings:
    """The plea and the help sentence to show, and all sentences that were found, in the story's order."""

    plea: Plea | None = None
    help: Help | None = None
    asks: tuple[Ask, ...] = ()
    helps: tuple[Help, ...] = ()

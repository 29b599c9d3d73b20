"""Findings: the pleas and help sentences of one story, as plain data.

This module loads no language rules, so that the bot's own process can import it.
"""

from dataclasses import dataclass

LONGEST_PLEA = 240  # characters that read well as a quotation below a Summary


@dataclass(frozen=True, slots=True)
class Plea:
    """A quoted cry for help, without its outer quotation marks; `rule` names what spoke for it most."""

    text: str
    speaker: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Help:
    """A sentence that says how to help, with its address and organisation if they are known.

    base_form: the organisation's name in the nominative, if the sentence has another case.
    sure: whether it may be shown, or only proposed to an editor.
    """

    sentence: str
    url: str | None
    organisation: str | None
    rule: str
    base_form: str | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Ask:
    """A sentence that asks for help; `quoted` if it is part of a quotation, `sure` as for Help."""

    sentence: str
    speaker: str | None
    quoted: bool
    rule: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Findings:
    """The plea and the help sentence to show, and all sentences that were found, in the story's order.

    proposed_plea, proposed_help: the best of those that are not sure, if there is none to show.
    """

    plea: Plea | None = None
    help: Help | None = None
    asks: tuple[Ask, ...] = ()
    helps: tuple[Help, ...] = ()
    proposed_plea: Plea | None = None
    proposed_help: Help | None = None

"""Finds a story's plea (a quoted cry for help) and the sentences that say how to help.

Every finding says what spoke for it, and an editor decides about it: a link that is found becomes only a
proposed Appeal.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from bot.articles.article import Article, Link
from bot.language.rule_tables import table
from bot.pleas.addresses import written_addresses
from bot.pleas.findings import LONGEST_PLEA, Ask, Findings, Help, Plea
from bot.pleas.judgement import Judged, Verdict, judge
from bot.pleas.organisations import Organisations
from bot.pleas.quotations import balanced
from bot.pleas.scenes import Scene
from bot.pleas.speakers import Speakers

_SHORTEST_PLEA = 20
_DIRECT = frozenset({"please", "order", "abandon"})  # cues of words that are said to the listener
_CUT = " […]"
_CLAUSE_END = re.compile(r"[,;:—–](?=\s)")


class _Way(NamedTuple):
    """A way to help, the sum of its evidence, and whether its own sentence holds its address."""

    help: Help
    sum: float
    has_address: bool


def find(article: Article) -> Findings:
    """Find the pleas and help sentences in a story, by the cues of its language (English if unknown)."""
    judged = judge(article)
    if not any(one.plea or one.help for one in judged):
        return Findings()
    speakers = Speakers(article.paragraphs, article.language)
    organisations = Organisations(article, speakers.people)
    written = set(written_addresses(article.body))
    only = written.pop() if len(written) == 1 else None
    helps = [_help(one.scene, one.help, article, organisations, only) for one in judged if one.help]
    asks = [one for one in judged if one.plea]
    shown, plea = _best_help(helps, sure=True), _best_plea(asks, speakers, sure=True)
    return Findings(
        plea=plea,
        help=shown,
        asks=tuple(_ask(one.scene, one.plea, speakers) for one in asks if one.plea),
        helps=tuple(one.help for one in helps),
        proposed_plea=None if plea else _best_plea(asks, speakers, sure=False),
        proposed_help=None if shown else _best_help(helps, sure=False),
    )


def _help(
    scene: Scene, verdict: Verdict, article: Article, organisations: Organisations, only: str | None
) -> _Way:
    """Return a way to help; without an address of its own, with the only one that the story has."""
    own = _address(scene, article)
    url = own or only
    name = organisations.asked_for(scene, url)
    found = Help(scene.text, url, name, verdict.why, organisations.base_form(name), verdict.sure)
    return _Way(found, verdict.sum, own is not None)


def _ask(scene: Scene, verdict: Verdict, speakers: Speakers) -> Ask:
    return Ask(scene.text, _speaker(scene, speakers), scene.quoted, verdict.why, verdict.sure)


def _speaker(scene: Scene, speakers: Speakers) -> str | None:
    return speakers.of(scene.paragraph, scene.quotation) if scene.quotation else None


def _address(scene: Scene, article: Article) -> str | None:
    """Return the link in the sentence, else an address written in it, else a link below it."""
    links = [link for link in article.links if link.paragraph == scene.paragraph and link.words in scene.text]
    if links:
        return max(links, key=_invites).url
    written = next(written_addresses(scene.text), None)
    if written:
        return written
    below = (link for link in article.links if link.paragraph == scene.paragraph + 1)
    return next((link.url for link in below if link.words == article.paragraphs[link.paragraph]), None)


def _invites(link: Link) -> tuple[bool, bool]:
    return _inviting().search(link.words) is not None, "." in link.words


@cache
def _inviting() -> re.Pattern[str]:
    """Return the words of links that lead to a way to help."""
    words = "|".join(table("organisations")["inviting"])
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def _best_help(helps: Sequence[_Way], *, sure: bool) -> Help | None:
    """Return the one with an address, or else with its organisation; of equals that with most evidence."""
    best = max(
        (one for one in helps if one.help.sure is sure),
        key=lambda one: (one.has_address, _names_its_organisation(one.help), one.sum),
        default=None,
    )
    return best.help if best else None


def _names_its_organisation(found: Help) -> bool:
    return found.organisation is not None and found.organisation in found.sentence


def _best_plea(asks: Sequence[Judged], speakers: Speakers, *, sure: bool) -> Plea | None:
    """Return the quoted plea with most evidence; one that asks directly before one that talks of asking."""
    best: tuple[tuple[bool, float], Plea] | None = None
    for one in asks:
        text = _quotable(one.scene)
        if text and one.plea and one.plea.sure is sure:
            rank = (bool(one.scene.kinds()[0] & _DIRECT), one.plea.sum)
            if best is None or rank > best[0]:
                best = rank, Plea(text, _speaker(one.scene, speakers), one.plea.why)
    return best[1] if best else None


def _quotable(scene: Scene) -> str | None:
    """Return the quotation if it is short enough, else its sentence, up to the last clause that fits."""
    quotation = scene.quotation
    if quotation is None:
        return None
    text = quotation.text
    if len(text) > LONGEST_PLEA:
        start, end = max(scene.at, quotation.start), min(scene.at + len(scene.text), quotation.end)
        text = text[max(0, start - quotation.start) : max(0, end - quotation.start)].strip()
    text = text.rstrip(",;: ")
    if len(text) > LONGEST_PLEA:
        text = _cut(text)
    return text if len(text) >= _SHORTEST_PLEA and balanced(text) else None


def _cut(text: str) -> str:
    limit = LONGEST_PLEA - len(_CUT) + 1
    ends = [match.start() for match in _CLAUSE_END.finditer(text, 0, limit)]
    return text[: ends[-1] if ends else text.rfind(" ", 0, limit)] + _CUT

"""Finds a story's plea (a quoted cry for help) and the sentences that say how to help.

Every finding names the rule that found it, and an editor decides about it: a link that is found becomes only
a proposed Appeal.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.articles.article import Article, Link
from bot.articles.blocks import bare_addresses
from bot.language.sentences import split
from bot.pleas.findings import Ask, Findings, Help, Plea
from bot.pleas.help_sentences import LanguageRules, SentenceRule, fold_marks, rules_of
from bot.pleas.organisations import Organisations
from bot.pleas.quotations import Quotation, balanced, quotations, speakers

LONGEST_PLEA = 240  # characters that read well as a quotation below a Summary
_SHORTEST_PLEA = 20
_LEAST_WEIGHT = 2  # the sum over its rules; one weak sign is not enough to quote somebody as pleading
_CUT = " […]"
_CLAUSE_END = re.compile(r"[,;:—–](?=\s)")
_INVITING = re.compile(
    r"\b(?:here|donat\w+|help|visit|website|page|give|fund\w*|support|\w+\.(?:org|com)|тут|сайт\w*|tutaj|hier|ici|aquí)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its paragraph, its start there, and the quotation that contains it or a part of it."""

    text: str
    folded: str
    paragraph: int
    start: int
    quotation: Quotation | None
    speaker: str | None


def find(article: Article) -> Findings:
    """Find the pleas and help sentences in a story, by the rules of its language (English if unknown)."""
    rules = rules_of(article.language)
    on_topic = rules.on_topic(f"{article.headline}\n{article.body}")
    sentences = list(_sentences(article, rules))
    organisations = Organisations(article.body, rules)
    helps = tuple(
        Help(s.text, _address(s, article), organisations.asked_for(s.text), rule.name)
        for s in sentences
        if (rule := rules.help_rule(s.folded, on_topic=on_topic))
    )
    pleas = [
        (s, rule)
        for s in sentences
        if (rule := rules.plea_rule(s.folded, on_topic=on_topic, quoted=s.quotation is not None))
    ]
    return Findings(
        plea=_best_plea(pleas, rules, on_topic=on_topic),
        help=_best_help(helps),
        asks=tuple(Ask(s.text, s.speaker, s.quotation is not None, rule.name) for s, rule in pleas),
        helps=helps,
    )


def _sentences(article: Article, rules: LanguageRules) -> Iterator[_Sentence]:
    paragraphs = article.paragraphs
    speaker_of = speakers(paragraphs, rules)
    for number, (paragraph, speaker) in enumerate(zip(paragraphs, speaker_of, strict=True)):
        quoted = deque(quotations(paragraph))
        end = 0
        for text in split(paragraph, article.language):
            start = max(paragraph.find(text, end), end)
            end = start + len(text)
            while quoted and quoted[0].end <= start:
                quoted.popleft()
            inside = quoted[0] if quoted and quoted[0].start < end else None
            yield _Sentence(text, fold_marks(text), number, start, inside, speaker if inside else None)


def _address(sentence: _Sentence, article: Article) -> str | None:
    """Return the link in the sentence, else an address written in it, else a link below it."""
    links = [
        link for link in article.links if link.paragraph == sentence.paragraph and link.words in sentence.text
    ]
    if links:
        return max(links, key=_invites).url
    written = next(bare_addresses(sentence.text), None)
    if written:
        return written[1]
    below = (link for link in article.links if link.paragraph == sentence.paragraph + 1)
    return next((link.url for link in below if link.words == article.paragraphs[link.paragraph]), None)


def _invites(link: Link) -> tuple[bool, bool]:
    return _INVITING.search(link.words) is not None, "." in link.words


def _best_help(helps: Sequence[Help]) -> Help | None:
    """Return the one with an address, or else an organisation; of equals the last, where stories put it."""
    return max(
        reversed(helps),
        key=lambda found: (found.url is not None, found.organisation is not None),
        default=None,
    )


def _best_plea(
    found: Sequence[tuple[_Sentence, SentenceRule]], rules: LanguageRules, *, on_topic: bool
) -> Plea | None:
    """Return the quoted plea with most weight; of equals one with a speaker, then the last."""
    best: tuple[int, bool] = (_LEAST_WEIGHT, False)
    plea = None
    for sentence, rule in found:
        if text := _quotable(sentence):
            rank = (rules.plea.weight(sentence.folded, on_topic=on_topic), sentence.speaker is not None)
            if rank >= best:
                best, plea = rank, Plea(text, sentence.speaker, rule.name)
    return plea


def _quotable(sentence: _Sentence) -> str | None:
    """Return the quotation if it is short enough, else its sentence, up to the last clause that fits."""
    quotation = sentence.quotation
    if quotation is None:
        return None
    text = quotation.text
    if len(text) > LONGEST_PLEA:
        start, end = (
            max(sentence.start, quotation.start),
            min(sentence.start + len(sentence.text), quotation.end),
        )
        text = text[max(0, start - quotation.start) : max(0, end - quotation.start)].strip()
    text = text.rstrip(",;: ")
    if len(text) > LONGEST_PLEA:
        text = _cut(text)
    return text if len(text) >= _SHORTEST_PLEA and balanced(text) else None


def _cut(text: str) -> str:
    limit = LONGEST_PLEA - len(_CUT) + 1
    ends = [match.start() for match in _CLAUSE_END.finditer(text, 0, limit)]
    return text[: ends[-1] if ends else text.rfind(" ", 0, limit)] + _CUT

"""The plea in a story, and how it says one can help.

Nothing here decides: every finding names the rule that found it, and an editor judges. A link that is found
only ever becomes a proposed Appeal.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.stories.article import Article, Link
from bot.stories.blocks import bare_addresses
from bot.stories.cues import Cue, Cues, cues_of, fold_marks
from bot.stories.organisations import organisation
from bot.stories.quotations import Quotation, quotations, speakers
from bot.stories.sentences import split

LONGEST_PLEA = 240  # characters; what reads well as a quotation under a summary
_SHORTEST_PLEA = 20
_LONGEST_HELP = 500  # characters; the longest of 50 labelled help sentences has 240
_CUT = " […]"
_CLAUSE_END = re.compile(r"[,;:—–](?=\s)")
_ENDS = ".!?…。！？؟"


@dataclass(frozen=True, slots=True)
class Plea:
    """Somebody's cry for help: in their own words without the outer quotation marks, with who says it."""

    text: str
    speaker: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Help:
    """A sentence that says how to help, with its address and the organisation, as far as they are known."""

    sentence: str
    url: str | None
    organisation: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A sentence in which somebody asks for help; `quoted` when it is in their own words."""

    sentence: str
    speaker: str | None
    quoted: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found, in the story's order, and the best of each to show."""

    plea: Plea | None = None
    help: Help | None = None
    asks: tuple[Ask, ...] = ()
    helps: tuple[Help, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    folded: str
    paragraph: int
    start: int
    quotation: Quotation | None


def find(article: Article) -> Findings:
    """The pleas and the ways to help in a story, in the language that it says it is in (English if none)."""
    cues = cues_of(article.language)
    on_topic = cues.on_topic(f"{article.headline}\n{article.body}")
    sentences = list(_sentences(article))
    who = speakers(article.paragraphs, cues)
    helps = [
        (sentence, Help(sentence.text, _address(sentence, article), None, cue.rule))
        for sentence in sentences
        if len(sentence.text) <= _LONGEST_HELP and (cue := help_cue(sentence.folded, cues, on_topic=on_topic))
    ]
    helps = [(s, Help(h.sentence, h.url, organisation(s.text, article.body, cues), h.rule)) for s, h in helps]
    found = [
        (sentence, cue)
        for sentence in sentences
        if (cue := plea_cue(sentence.folded, cues, on_topic=on_topic, quoted=sentence.quotation is not None))
    ]
    asks = tuple(
        Ask(s.text, who[s.paragraph] if s.quotation else None, s.quotation is not None, cue.rule)
        for s, cue in found
    )
    return Findings(
        plea=_best_plea(found, who, cues, on_topic=on_topic),
        help=_best_help([found_help for _, found_help in helps]),
        asks=asks,
        helps=tuple(found_help for _, found_help in helps),
    )


def help_cue(folded: str, cues: Cues, *, on_topic: bool) -> Cue | None:
    """The first rule by which a folded sentence says how to help; None if a counter-rule speaks too."""
    return _cue(folded, cues.help, cues.not_help, on_topic=on_topic, quoted=False)


def plea_cue(folded: str, cues: Cues, *, on_topic: bool, quoted: bool) -> Cue | None:
    """The weightiest rule by which a folded sentence asks for help; None if a counter-rule speaks too."""
    by_weight = tuple(sorted(cues.plea, key=lambda cue: -cue.weight))
    return _cue(folded, by_weight, cues.not_plea, on_topic=on_topic, quoted=quoted)


def _cue(
    folded: str, rules: tuple[Cue, ...], against: tuple[Cue, ...], *, on_topic: bool, quoted: bool
) -> Cue | None:
    found = next((cue for cue in rules if cue.fits(folded, on_topic=on_topic, quoted=quoted)), None)
    if found and any(cue.fits(folded, on_topic=on_topic, quoted=quoted) for cue in against):
        return None
    return found


def _sentences(article: Article) -> Iterator[_Sentence]:
    for number, paragraph in enumerate(article.paragraphs):
        quoted = list(quotations(paragraph))
        place = 0
        for text in split(paragraph, article.language):
            start = max(paragraph.find(text, place), place)
            end = start + len(text)
            inside = next((q for q in quoted if q.start < end and start < q.end), None)
            yield _Sentence(text, fold_marks(text), number, start, inside)
            place = end


def _address(sentence: _Sentence, article: Article) -> str | None:
    """The link that the sentence carries; else one written out in it; else a link that follows by itself."""
    links = [
        link for link in article.links if link.paragraph == sentence.paragraph and link.words in sentence.text
    ]
    if links:
        return max(links, key=_invites).url
    written = next(iter(bare_addresses(sentence.text)), None)
    if written:
        return written[1]
    following = [link for link in article.links if link.paragraph == sentence.paragraph + 1]
    alone = (
        link for link in following if len(link.words) >= len(article.paragraphs[link.paragraph].strip()) - 2
    )
    return next((link.url for link in alone), None)


_INVITING = re.compile(
    r"\b(?:here|donat\w+|help|visit|website|page|give|fund\w*|support|тут|hier|ici|aquí|tutaj)\b",
    re.IGNORECASE,
)


def _invites(link: Link) -> tuple[bool, bool]:
    return bool(_INVITING.search(link.words)), "." in link.words


def _best_help(helps: list[Help]) -> Help | None:
    """The one with an address, then with an organisation; among equals the last, where stories put it."""
    return max(
        reversed(helps),
        key=lambda found: (found.url is not None, found.organisation is not None),
        default=None,
    )


def _best_plea(
    found: list[tuple[_Sentence, Cue]], who: list[str | None], cues: Cues, *, on_topic: bool
) -> Plea | None:
    """The weightiest plea in somebody's own words; among equals the one with a speaker, then the last."""
    best: tuple[tuple[int, bool, int], Plea] | None = None
    for number, (sentence, cue) in enumerate(found):
        if sentence.quotation is None:
            continue
        text = _quotable(sentence)
        if text is None:
            continue
        weight = sum(
            rule.weight for rule in cues.plea if rule.fits(sentence.folded, on_topic=on_topic, quoted=True)
        )
        rank = (weight, who[sentence.paragraph] is not None, number)
        if best is None or rank > best[0]:
            best = (rank, Plea(text, who[sentence.paragraph], cue.rule))
    return best[1] if best else None


def _quotable(sentence: _Sentence) -> str | None:
    """The whole quotation if it is short enough, else its sentence, else that up to the last clause that fits."""
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
    return text if len(text) >= _SHORTEST_PLEA and fold_marks(text).count('"') % 2 == 0 else None


def _cut(text: str) -> str:
    ends = [match.start() for match in _CLAUSE_END.finditer(text, 0, LONGEST_PLEA - len(_CUT) + 1)]
    end = ends[-1] if ends else text.rfind(" ", 0, LONGEST_PLEA - len(_CUT))
    return text[:end] + _CUT

"""The plea in a story, and how it says one can help.

Nothing here decides: every finding names the rule that found it, and an editor judges. A link that is found
only ever becomes a proposed Appeal.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.articles.article import Article, Link
from bot.articles.blocks import bare_addresses
from bot.language.sentences import split
from bot.pleas.help_sentences import Cue, Cues, cues_of, fold_marks
from bot.pleas.organisations import Organisations
from bot.pleas.quotations import Quotation, balanced, quotations, speakers

LONGEST_PLEA = 240  # characters; what reads well as a quotation under a summary
_SHORTEST_PLEA = 20
_LEAST_WEIGHT = 2  # of its rules together; one weak sign is not enough to quote somebody as pleading
_LONGEST_HELP = 500  # characters; the longest of 50 labelled help sentences has 208
_CUT = " […]"
_CLAUSE_END = re.compile(r"[,;:—–](?=\s)")
_INVITING = re.compile(
    r"\b(?:here|donat\w+|help|visit|website|page|give|fund\w*|support|\w+\.(?:org|com)|тут|сайт\w*|tutaj|hier|ici|aquí)\b",
    re.IGNORECASE,
)


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
    """A sentence where it stands: its paragraph and place there, and the quotation it is (partly) in."""

    text: str
    folded: str
    paragraph: int
    start: int
    quotation: Quotation | None
    speaker: str | None


def find(article: Article) -> Findings:
    """The pleas and the ways to help in a story, in the language that it says it is in (English if none)."""
    cues = cues_of(article.language)
    on_topic = cues.on_topic(f"{article.headline}\n{article.body}")
    sentences = list(_sentences(article, cues))
    organisations = Organisations(article.body, cues)
    helps = tuple(
        Help(s.text, _address(s, article), organisations.asked_for(s.text), cue.rule)
        for s in sentences
        if (cue := help_cue(s.folded, cues, on_topic=on_topic))
    )
    pleas = [
        (s, cue)
        for s in sentences
        if (cue := plea_cue(s.folded, cues, on_topic=on_topic, quoted=s.quotation is not None))
    ]
    return Findings(
        plea=_best_plea(pleas, cues, on_topic=on_topic),
        help=_best_help(helps),
        asks=tuple(Ask(s.text, s.speaker, s.quotation is not None, cue.rule) for s, cue in pleas),
        helps=helps,
    )


def help_cue(folded: str, cues: Cues, *, on_topic: bool) -> Cue | None:
    """The first rule by which a folded sentence says how to help; None if a counter-rule speaks too."""
    if len(folded) > _LONGEST_HELP:
        return None
    found = _first(cues.help, cues.help_stems, folded, on_topic=on_topic, quoted=False)
    return found if found and not _speaks_against(cues.not_help, folded) else None


def plea_cue(folded: str, cues: Cues, *, on_topic: bool, quoted: bool) -> Cue | None:
    """The first rule by which a folded sentence asks for help; None if a counter-rule speaks too."""
    found = _first(cues.plea, cues.plea_stems, folded, on_topic=on_topic, quoted=quoted)
    return found if found and not _speaks_against(cues.not_plea, folded) else None


def _first(
    rules: tuple[Cue, ...], stems: tuple[str, ...], folded: str, *, on_topic: bool, quoted: bool
) -> Cue | None:
    """The first rule that fits; only those are tried of whose plain letters some are in the sentence."""
    lower = folded.lower()
    common = not stems or _holds(stems, lower)
    return next(
        (
            cue
            for cue in rules
            if (_holds(cue.has, lower) if cue.has else common)
            and cue.fits(folded, on_topic=on_topic, quoted=quoted)
        ),
        None,
    )


def _speaks_against(rules: tuple[Cue, ...], folded: str) -> bool:
    return any(cue.fits(folded, on_topic=True, quoted=True) for cue in rules)


def _holds(stems: tuple[str, ...], lower: str) -> bool:
    return any(stem in lower for stem in stems)


def _sentences(article: Article, cues: Cues) -> Iterator[_Sentence]:
    paragraphs = article.paragraphs
    for number, (paragraph, who) in enumerate(zip(paragraphs, speakers(paragraphs, cues), strict=True)):
        quoted = deque(quotations(paragraph))
        place = 0
        for text in split(paragraph, article.language):
            start = max(paragraph.find(text, place), place)
            place = start + len(text)
            while quoted and quoted[0].end <= start:
                quoted.popleft()
            inside = quoted[0] if quoted and quoted[0].start < place else None
            yield _Sentence(text, fold_marks(text), number, start, inside, who if inside else None)


def _address(sentence: _Sentence, article: Article) -> str | None:
    """The link that the sentence carries; else one written out in it; else a link that follows by itself."""
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
    """The one with an address, then with an organisation; among equals the last, where stories put it."""
    return max(
        reversed(helps),
        key=lambda found: (found.url is not None, found.organisation is not None),
        default=None,
    )


def _best_plea(found: Sequence[tuple[_Sentence, Cue]], cues: Cues, *, on_topic: bool) -> Plea | None:
    """The weightiest plea in somebody's own words; among equals the one with a speaker, then the last."""

    def weight(sentence: _Sentence) -> int:
        return sum(
            cue.weight for cue in cues.plea if cue.fits(sentence.folded, on_topic=on_topic, quoted=True)
        )

    candidates = [
        ((weight(sentence), sentence.speaker is not None, number), Plea(text, sentence.speaker, cue.rule))
        for number, (sentence, cue) in enumerate(found)
        if (text := _quotable(sentence))
    ]
    rank, plea = max(candidates, key=lambda candidate: candidate[0], default=((0, False, 0), None))
    return plea if rank[0] >= _LEAST_WEIGHT else None


def _quotable(sentence: _Sentence) -> str | None:
    """The whole quotation if it is short enough; else its sentence, up to the last clause that fits."""
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

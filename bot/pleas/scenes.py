"""Scenes: a story's sentences with their cues, and with the part of each that is a quotation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.articles.article import Article, Link
from bot.language.sentences import split
from bot.pleas.cues import Cue, cues_of
from bot.pleas.quotations import Quotation, quotations

_LOWER = "a-zà-öø-ÿąćęłńóśźżа-яіїєґ"
# Where the splitter joined two sentences: after a closing mark, an hour, or an address without a full stop.
_JOINED = re.compile(
    rf"(?:(?<=[.!?…][“”\"»«])|(?<=[ap]\.m\.)|(?<=[^\W\d_]{{3}}[.!?])(?= [“\"„«»‘]))"
    rf"\s(?=[^\W\d_{_LOWER}]|[“\"„«»‘])"
    rf"|(?<=://)\S+\w(?P<after> )(?=[^\W\d_{_LOWER}])"
)
_GOES_ON = re.compile(rf"[“”\"»’)]|[–—]\s?[{_LOWER}]")
_LEAD = 2  # sentences, which tell the news
_SHORT = 6  # sentences; a story as short as this has no lead
_LONGEST = 600  # characters; longer "sentences" come from lists, and neither ask nor tell a way


@dataclass(frozen=True, slots=True)
class Scene:
    """One sentence: its cues, whether it leads the story, its paragraph, and its first character there.

    place: where in the story it stands, from 0 (first) to 1 (last); None if no story surrounds it.

    quotation: the one that it has most of.
    start, end: of the quoted part in the sentence; both 0 if nothing is quoted.
    """

    text: str
    cues: tuple[Cue, ...]
    leads: bool = False
    place: float | None = None
    paragraph: int = 0
    at: int = 0
    start: int = 0
    end: int = 0
    quotation: Quotation | None = None

    @property
    def quoted(self) -> bool:
        """Return whether a part of the sentence is a quotation."""
        return self.end > self.start

    def kinds(self) -> tuple[frozenset[str], frozenset[str]]:
        """Return the classes of the cues in the quotation, and those outside of it."""
        inside = frozenset(cue.kind for cue in self.cues if self.start <= cue.start < self.end)
        outside = frozenset(cue.kind for cue in self.cues if not self.start <= cue.start < self.end)
        return inside, outside


def scene_of(text: str, language: str | None) -> Scene:
    """Return a sentence that stands alone."""
    return _scene(text, list(quotations(text)), language)


def scenes_of(article: Article) -> list[Scene]:
    """Return the sentences of a story in order; very long ones are left out."""
    scenes = list(_in_order(article))
    if len(scenes) <= _SHORT:
        return scenes
    last = len(scenes) - 1
    return [replace(scene, leads=number < _LEAD, place=number / last) for number, scene in enumerate(scenes)]


def _in_order(article: Article) -> Iterator[Scene]:
    for number, paragraph in enumerate(article.paragraphs):
        quoted = list(quotations(paragraph))
        links = [link for link in article.links if link.paragraph == number]
        end = 0
        for text in whole_sentences(paragraph, article.language):
            at = max(paragraph.find(text, end), end)
            end = at + len(text)
            if len(text) <= _LONGEST:
                inside = [quotation for quotation in quoted if quotation.start < end and quotation.end > at]
                yield replace(_scene(text, inside, article.language, links, at), paragraph=number)


def _scene(
    text: str,
    inside: list[Quotation],
    language: str | None,
    links: list[Link] | None = None,
    at: int = 0,
) -> Scene:
    cues = cues_of(language).find(text)
    cues += [Cue("link", text.index(link.words)) for link in links or () if link.words in text]
    start = max(inside[0].start - at, 0) if inside else 0
    end = min(inside[-1].end - at, len(text)) if inside else 0
    longest = max(
        inside,
        key=lambda quotation: min(quotation.end, at + len(text)) - max(quotation.start, at),
        default=None,
    )
    return Scene(text, tuple(cues), at=at, start=start, end=end, quotation=longest)


def whole_sentences(paragraph: str, language: str | None) -> list[str]:
    """Return the sentences of a paragraph; "“Why?” she asked." is one, "“Help us.” The road is shut." two."""
    joined: list[str] = []
    for sentence in split(paragraph, language):
        before = joined[-1] if joined else ""
        if before and _GOES_ON.match(sentence):
            spaced = f"{before} {sentence}"
            joined[-1] = spaced if spaced in paragraph else before + sentence
        else:
            joined.append(sentence)
    return [part for sentence in joined for part in _parts(sentence)]


def _parts(sentence: str) -> Iterator[str]:
    start = 0
    for joint in _JOINED.finditer(sentence):
        at = joint.start("after") if joint["after"] else joint.start()
        yield sentence[start:at].strip()
        start = at + 1
    yield sentence[start:].strip()

"""Intake: turns an Analysis into the values to store, and defines the results of adding a story."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.i18n import mark
from bot.stories.intake import duplicates
from bot.stories.intake.analysis import Analysis
from bot.stories.intake.duplicates import Likeness
from bot.stories.search import search_terms
from storage.models import Story
from storage.stories.search import IndexEntry
from storage.stories.stories import StoryText
from storage.words import ContentWarning, Length

DOUBTFUL = mark("This story may be incomplete: compare it with the page before you publish it.")

_AHEAD = timedelta(days=1)  # clocks and time zones differ by less; a later date of publication is wrong


class IntakeResult(Enum):
    """The result of adding a story."""

    NEW = "it is stored as a draft"
    SAME = "its text is stored already"
    CHANGED = "its address is stored already, with another text"
    ALIKE = "nearly the same text is stored already, with another address or none"


NOT_ADDED: Mapping[IntakeResult, str] = {
    IntakeResult.SAME: mark("Story {number} already has this text. Nothing was added."),
    IntakeResult.CHANGED: mark(
        "Story {number} has the same address but a different text. Nothing was added."
    ),
    IntakeResult.ALIKE: mark("Story {number} is almost the same. Nothing was added."),
}
"""Why nothing was added, for the editor; `number`: the stored Story."""


@dataclass(frozen=True, slots=True)
class Added:
    """The Story that was added, or the stored one because of which nothing was added.

    related: for a new Story, an earlier one that shares much with it; perhaps this one continues it.
    """

    story: Story
    result: IntakeResult = IntakeResult.NEW
    related: Story | None = None

    @property
    def fresh(self) -> bool:
        """Return whether the Story was added."""
        return self.result is IntakeResult.NEW


@dataclass(frozen=True, slots=True)
class IncomingStory:
    """An Analysis as it will be stored: the Story's columns, and what goes into other tables.

    checksum: the SHA-256 sum of its file in hexadecimal digits; empty for a page or a text. warnings: the
    content warnings that an editor gave it.
    """

    text: StoryText
    address: str | None
    summaries: dict[Length, str]
    bands: tuple[int, ...]
    index_entry: IndexEntry
    checksum: str
    warnings: str


def prepare(analysis: Analysis, now: datetime, warnings: Collection[ContentWarning] = ()) -> IncomingStory:
    """Return what is to be stored, computed before a transaction begins that keeps other writers waiting."""
    article, plea, proposed = analysis.article, analysis.plea, analysis.proposed_plea
    help_ = analysis.help or analysis.proposed_help  # only editors see it, and they decide
    believable = article.published is None or article.published <= now + _AHEAD
    text = StoryText(
        headline=article.headline,
        byline=article.byline,
        picture=article.picture,
        language=analysis.language,
        body=article.body,
        fingerprint=_fingerprint(article.body),
        signature=analysis.signature or None,
        links=[{"words": link.words, "url": link.url} for link in article.links],
        published=article.published if believable else None,
        plea=plea.text if plea else None,
        plea_speaker=plea.speaker if plea else None,
        proposed_plea=proposed.text if proposed else None,
        proposed_plea_speaker=proposed.speaker if proposed else None,
        help_sentence=help_.sentence if help_ else None,
        help_organisation=help_.organisation if help_ else None,
        help_url=help_.url if help_ else None,
        proposed_warnings=proposed_warnings(analysis, warnings),
    )
    return IncomingStory(
        text=text,
        address=article.address,
        summaries=analysis.summaries,
        bands=duplicates.bands(analysis.signature),
        index_entry=search_terms.index_entry(article.headline, article.body, analysis.language),
        checksum=analysis.checksum,
        warnings=" ".join(one for one in ContentWarning if one in warnings),
    )


def proposed_warnings(analysis: Analysis, agreed: Collection[str]) -> str:
    """Return the content warnings that the words suggest, without those that editors agreed to."""
    return " ".join(one for one in analysis.warnings if one not in agreed)


def most_alike(body: str, others: Iterable[tuple[int, str]]) -> tuple[Likeness | None, int | None]:
    """Return how the most similar of other Stories (id and text) relates to this text, and its id.

    Of two that are equally similar, the older one. (None, None) if none is similar enough.
    """
    own = duplicates.shingles(body)
    compared = [(*duplicates.compare(own, duplicates.shingles(text)), story_id) for story_id, text in others]
    for wanted in (Likeness.ALIKE, Likeness.RELATED):
        found = [(share, -story_id) for likeness, share, story_id in compared if likeness is wanted]
        if found:
            return wanted, -max(found)[1]
    return None, None


def _fingerprint(body: str) -> str:
    """Return a checksum that is the same for texts that differ in case and white space only."""
    return hashlib.sha256(" ".join(body.casefold().split()).encode()).hexdigest()

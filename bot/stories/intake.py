"""An arrival: a story on its way in, worked out before the database is asked; and what became of it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from bot.stories import duplicates, search_terms
from bot.stories.analysis import Analysis
from bot.stories.duplicates import Likeness
from storage.models import Story
from storage.stories.search import IndexEntry
from storage.words import Length

_AHEAD = timedelta(days=1)  # clocks and time zones differ by less; a later date of publication is wrong


class IntakeResult(Enum):
    """What became of a story that was taken in."""

    NEW = "it is kept as a draft"
    SAME = "its text is here already"
    CHANGED = "its address is here already, with another text"
    ALIKE = "nearly its text is here already, under another address or none"


@dataclass(frozen=True, slots=True)
class Added:
    """The Story that was added, or the one that is here already and was left as it is.

    `related` is an earlier Story that shares much with one that was added: perhaps this is its next.
    """

    story: Story
    outcome: IntakeResult = IntakeResult.NEW
    related: Story | None = None

    @property
    def fresh(self) -> bool:
        """It was not here before."""
        return self.outcome is IntakeResult.NEW


@dataclass(frozen=True, slots=True)
class IncomingStory:
    """An Analysis as it will be kept: the Story's columns, and what goes into other tables."""

    values: dict[str, Any]
    address: str | None
    summaries: dict[Length, str]
    bands: tuple[int, ...]
    entry: IndexEntry
    digest: str

    @property
    def fingerprint(self) -> str:
        """The same for texts that differ in case and white space only."""
        return str(self.values["fingerprint"])


def prepare(analysis: Analysis, now: datetime) -> IncomingStory:
    """Work out all that does not need the database: whoever writes to it keeps all others waiting."""
    article = analysis.article
    believable = article.published is None or article.published <= now + _AHEAD
    values = {
        "headline": article.headline,
        "byline": article.byline,
        "picture": article.picture,
        "language": analysis.language,
        "body": article.body,
        "fingerprint": _fingerprint(article.body),
        "signature": analysis.signature or None,
        "links": [{"words": link.words, "url": link.url} for link in article.links],
        "published": article.published if believable else None,
        "plea": analysis.plea.text if analysis.plea else None,
        "plea_speaker": analysis.plea.speaker if analysis.plea else None,
        "help_sentence": analysis.help.sentence if analysis.help else None,
        "help_organisation": analysis.help.organisation if analysis.help else None,
        "help_url": analysis.help.url if analysis.help else None,
    }
    return IncomingStory(
        values=values,
        address=article.address,
        summaries=analysis.summaries,
        bands=duplicates.bands(analysis.signature),
        entry=search_terms.entry(article.headline, article.body, analysis.language),
        digest=analysis.digest,
    )


def most_alike(body: str, others: Iterable[tuple[int, str]]) -> tuple[Likeness | None, int | None]:
    """Which of the other Stories (id and text) is the nearest kin of this text; the older one of equals."""
    own = duplicates.shingles(body)
    kin = [(*duplicates.kinship(own, duplicates.shingles(text)), story_id) for story_id, text in others]
    for wanted in (Likeness.ALIKE, Likeness.RELATED):
        found = [(share, -story_id) for kinship, share, story_id in kin if kinship is wanted]
        if found:
            return wanted, -max(found)[1]
    return None, None


def _fingerprint(body: str) -> str:
    return hashlib.sha256(" ".join(body.casefold().split()).encode()).hexdigest()

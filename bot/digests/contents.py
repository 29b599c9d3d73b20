"""What a Digest shows to one reader. Nothing here reads the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bot.digests.digest_story import DigestStory, Reason, newest_parts
from bot.digests.occasion import Occasion
from bot.rendering.paging import pages_of
from storage.models import Report

PAGE = 7  # entries on a page: a longer message makes readers leave


@dataclass(frozen=True)
class Contents:
    """Ranked Stories, and what comes with them.

    `story_languages` are those that the reader chose. `appeal` is the Story whose Appeal comes with the
    message; `reasons` say why Stories that were in it were withdrawn; `reports` come with the first page.
    """

    stories: Sequence[DigestStory]
    story_languages: str
    occasion: Occasion
    appeal: DigestStory | None = None
    reasons: tuple[Reason, ...] = ()
    reports: tuple[Report, ...] = ()

    @cached_property
    def entries(self) -> Sequence[DigestStory]:
        """All Stories; after an absence only the newest part of each Thread."""
        return newest_parts(self.stories) if self.occasion.is_return else self.stories

    @property
    def pages(self) -> int:
        """How many pages the entries take; Reports alone are a page."""
        return pages_of(len(self.entries), PAGE) or len(self.reports[:1])


def with_appeal(stories: Sequence[DigestStory], *, covers: bool) -> DigestStory | None:
    """Return the Story whose Appeal may come with the message: the first of the most important ones with one.

    With `covers`, Stories with a content warning do not count: their Appeal would say what they are about.
    """
    with_one = (one for one in stories[:PAGE] if one.appeal is not None)
    return next((one for one in with_one if not (covers and one.is_warned)), None)

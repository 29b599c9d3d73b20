"""The use cases that handlers, pages and the command line call: one frozen bundle, built in `bot.app`."""

from dataclasses import dataclass
from datetime import tzinfo

from bot.appeals import Appeals
from bot.delivery.broadcasts import Broadcasts
from bot.delivery.corrections import Corrections
from bot.delivery.drafts import Drafts
from bot.digests.digests import Digests
from bot.feedback import Feedback
from bot.helplinks import HelpLinks
from bot.privacy import Privacy
from bot.roster import Roster
from bot.stories.fetcher import Fetcher
from bot.stories.intake import Stories
from bot.stories.review import Review
from bot.stories.search import Search
from bot.stories.sources import Sources
from bot.stories.workshop import Workshop
from bot.subscribers import Subscribers
from bot.threads import Threads
from bot.zones import Atlas


@dataclass(frozen=True, slots=True)
class Services:
    """What Comeback can do."""

    stories: Stories
    review: Review
    sources: Sources
    search: Search
    appeals: Appeals
    subscribers: Subscribers
    roster: Roster
    privacy: Privacy
    feedback: Feedback
    threads: Threads
    drafts: Drafts
    broadcasts: Broadcasts
    corrections: Corrections
    digests: Digests
    help_links: HelpLinks
    fetcher: Fetcher
    workshop: Workshop
    atlas: Atlas
    owner_ids: frozenset[int]
    zone: tzinfo

    def is_editor(self, person_id: int | None) -> bool:
        """May this person review and publish?"""
        return person_id in self.owner_ids

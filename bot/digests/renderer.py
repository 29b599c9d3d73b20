"""Renders the Bodies of Digests, once for all readers of a slice who get the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import orjson

from bot.digests.digest_story import DigestStory
from bot.digests.view import Occasion, digest
from bot.i18n import in_language
from bot.rendering.buttons import DigestPage
from bot.rendering.render import Reader
from storage.deliveries.recipients import Recipient
from storage.words import WarnedStories


@dataclass(slots=True)
class DigestRenderer:
    """Renders the Digests of one slice; `zone` is for the dates in them."""

    zone: tzinfo
    _known: dict[object, bytes] = field(default_factory=dict)

    def body(
        self,
        recipient: Recipient,
        stories: Sequence[DigestStory],
        at: datetime,
        *,
        occasion: Occasion = Occasion.GATHERED,
        appeal: DigestStory | None = None,
    ) -> bytes:
        """Return the first page of the Stories gathered at that instant, with the Appeal of `appeal`."""
        ids = tuple(story.original_id for story in stories)
        languages = (recipient.language, recipient.story_languages)
        covers = recipient.warned_stories is WarnedStories.WARN
        key = (ids, at, *languages, recipient.length, covers, occasion, appeal is not None)
        if key not in self._known:
            message = digest(
                stories,
                DigestPage(at),
                Reader(in_language(recipient.language), self.zone, recipient.length, covers=covers),
                story_languages=recipient.story_languages,
                occasion=occasion,
                appeal=appeal,
            )
            self._known[key] = orjson.dumps(message.payload())
        return self._known[key]

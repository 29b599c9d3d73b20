"""Renders the Bodies of Digests, once for all readers of a slice who get the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import orjson

from bot.digests.digest_story import DigestStory, Reason
from bot.digests.occasion import Occasion
from bot.digests.welcome import first_message
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
        reasons: tuple[Reason, ...] = (),
    ) -> bytes:
        """Return the message with the Stories gathered at that instant, and the Appeal of `appeal`."""
        ids = tuple(story.original_id for story in stories)
        languages = (recipient.language, recipient.story_languages)
        covers = recipient.warned_stories is WarnedStories.WARN
        key = (ids, at, *languages, recipient.length, covers, occasion, appeal is not None, reasons)
        if key not in self._known:
            message = first_message(
                stories,
                DigestPage(at),
                Reader(in_language(recipient.language), self.zone, recipient.length, covers=covers),
                story_languages=recipient.story_languages,
                occasion=occasion,
                appeal=appeal,
                reasons=reasons,
            )
            self._known[key] = orjson.dumps(message.payload())
        return self._known[key]

"""Draws gathered messages: what is equal for several readers once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import orjson

from bot.digests.digest_story import DigestStory
from bot.digests.view import Occasion, digest
from bot.i18n import in_language
from bot.rendering.buttons import DigestPage
from bot.rendering.render import Reader
from storage.deliveries.deliveries import Recipient


@dataclass(slots=True)
class DigestRenderer:
    """The bodies of one slice of readers; `zone` is for the dates in them."""

    zone: tzinfo
    _known: dict[object, bytes] = field(default_factory=dict)

    def body(
        self,
        one: Recipient,
        tellings: Sequence[DigestStory],
        at: datetime,
        *,
        occasion: Occasion = Occasion.GATHERED,
        appeal: DigestStory | None = None,
    ) -> bytes:
        """The first page of what was gathered at that instant; `appeal` is whose Appeal rides along."""
        told = tuple(telling.original_id for telling in tellings)
        key = (told, at, one.language, one.length, one.story_languages, occasion, appeal is not None)
        if key not in self._known:
            message = digest(
                tellings,
                DigestPage(at),
                Reader(in_language(one.language), self.zone, one.length),
                story_languages=one.story_languages,
                occasion=occasion,
                appeal=appeal,
            )
            self._known[key] = orjson.dumps(message.payload())
        return self._known[key]

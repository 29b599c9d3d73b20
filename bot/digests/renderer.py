"""Renders the Bodies of Digests, once for all readers of a slice who get the same."""

from dataclasses import dataclass, field
from datetime import datetime, tzinfo

import orjson

from bot.digests.contents import Contents
from bot.digests.welcome import first_message
from bot.i18n import in_language
from bot.rendering.buttons import DigestPage
from bot.rendering.render import Reader
from storage.deliveries.recipients import Recipient


@dataclass(slots=True)
class DigestRenderer:
    """Renders the Digests of one slice; `zone` is for the dates in them."""

    zone: tzinfo
    _known: dict[object, bytes] = field(default_factory=dict)

    def body(self, recipient: Recipient, contents: Contents, at: datetime) -> bytes:
        """Return the message with what was gathered for the recipient at that instant."""
        ids = tuple(story.original_id for story in contents.stories)
        covers, in_group = recipient.covers, recipient.chat_id < 0
        of_reader = (recipient.language, contents.story_languages, recipient.length, covers, in_group)
        with_it = (contents.appeal is not None, contents.reasons, *(one.id for one in contents.reports))
        key = (ids, at, *of_reader, contents.occasion, *with_it)
        if key not in self._known:
            texts, languages = in_language(recipient.language), tuple(contents.story_languages.split())
            reader = Reader(
                texts,
                self.zone,
                recipient.length,
                covers=covers,
                languages=languages,
                in_group=in_group,
            )
            self._known[key] = orjson.dumps(first_message(contents, DigestPage(at), reader).payload())
        return self._known[key]

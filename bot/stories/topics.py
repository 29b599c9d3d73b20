"""Topics: their names, the slugs by which people type them, and what editors do with them."""

import re
from collections.abc import Sequence

from bot.articles.page.blocks import fold
from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from storage.audit import AuditLog
from storage.database import Database
from storage.models import Topic
from storage.stories import topics

LONGEST_NAME = 64  # characters that are stored of a Topic's name; a button shows fewer
NAMELESS = mark("A topic’s name needs at least one letter or digit.")
_LONGEST_SLUG = 48  # characters; with a callback's other parts it fits Telegram's 64 bytes


def slug(name: str) -> str:
    """Return a Topic's name as people type it and buttons carry it: lower case, hyphens between words."""
    return "-".join(re.findall(r"\w+", name.lower()))[:_LONGEST_SLUG]


def names_by_slug(names: Sequence[str]) -> dict[str, str]:
    """Return the names as they are stored, by slug.

    Raises InvalidInputError for a name without letters and digits.
    """
    by_slug = {slug(name): fold(name)[:LONGEST_NAME] for name in names}
    if "" in by_slug:
        raise InvalidInputError(NAMELESS)
    return by_slug


class Topics:
    """Use cases around Topics themselves; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, rights: Rights) -> None:
        self._database = database
        self._rights = rights
        self._audit = AuditLog("topic", clock)

    async def page(self, *, limit: int, offset: int = 0) -> tuple[Sequence[tuple[Topic, int]], int]:
        """Return a page of the Topics by name, each with its number of Stories, and how many there are."""
        async with self._database.read() as session:
            found = await topics.listed(session, limit=limit, offset=offset)
            numbers = await topics.story_counts(session, [topic.id for topic in found])
            return [(topic, numbers.get(topic.id, 0)) for topic in found], await topics.count(session)

    async def rename(self, topic_id: int, name: str, *, seen: str, actor: str) -> None:
        """Give a Topic another name. The slug stays: sources, buttons and readers know the Topic by it.

        seen: the name that the editor saw. Raises NotFoundError without the Topic, InvalidInputError for a
        name that cannot be one, RefusedError if another Topic has it, or if somebody else was quicker.
        """
        words = fold(name)
        if not slug(words):
            raise InvalidInputError(NAMELESS)
        if len(words) > LONGEST_NAME:
            raise InvalidInputError(
                mark("A topic’s name has at most {limit} characters."), limit=LONGEST_NAME
            )
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.PUBLISH, actor)
            topic = await topics.get(session, topic_id)
            if topic is None:
                raise NotFoundError(mark("This topic no longer exists."))
            if topic.name not in (seen, words):
                raise RefusedError(
                    mark("Another editor has just called this topic “{name}”."), name=topic.name
                )
            if await topics.is_taken(session, topic_id, slug=slug(words), name=words):
                raise RefusedError(mark("There is a topic of this name already."))
            if await self._audit.record_change(session, actor, "rename", topic_id, name=(topic.name, words)):
                await topics.rename(session, topic_id, name=words)

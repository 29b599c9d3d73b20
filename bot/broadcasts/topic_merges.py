"""Merging two Topics: all that one has goes over to the other one, and the one is gone."""

from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from storage.audit import AuditLog
from storage.broadcasts import broadcasts, lists
from storage.broadcasts.audience import Audience
from storage.database import Database
from storage.models import Topic
from storage.stories import topic_merges, topics
from storage.stories.topic_merges import Belongings
from storage.words import UNDER_WAY, BroadcastState

_A_SLICE = 5_000  # subscribers in one transaction: a part of a second
_WAITING = (BroadcastState.PREPARING, BroadcastState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class TopicMerge:
    """What merging would do: `topic` goes into `other`. `pushes`: those that wait, to readers of `topic`."""

    topic: Topic
    other: Topic
    belongings: Belongings
    pushes: int


class TopicMerges:
    """The use cases around merging Topics.

    The subscribers of a Topic can be hundreds of thousands, so they go over in slices: first they get the
    other Topic too, then all else moves in one transaction, then they lose the one. So nobody misses a
    Story meanwhile, and what a kill interrupts is completed by merging once more.
    """

    def __init__(self, database: Database, clock: Clock, rights: Rights) -> None:
        self._database = database
        self._rights = rights
        self._audit = AuditLog("topic", clock)

    async def preview(self, topic_id: int, other_id: int) -> TopicMerge:
        """Return what merging would do. Raises NotFoundError without both, InvalidInputError for the same."""
        async with self._database.read() as session:
            topic, other = await _both(session, topic_id, other_id)
            pushes = await lists.to_topic(session, topic_id, _WAITING)
            return TopicMerge(topic, other, await topic_merges.belongings(session, topic_id), len(pushes))

    async def find(self, slug: str) -> Topic:
        """Return the Topic that people type like this. Raises NotFoundError without one."""
        async with self._database.read() as session:
            found = await topics.by_slugs(session, [slug])
        if not found:
            raise NotFoundError(mark("There is no topic “{topic}”."), topic=slug)
        return found[0]

    async def merge(self, topic_id: int, other_id: int, *, seen: tuple[str, str], actor: str) -> TopicMerge:
        """Merge a Topic into another one; return what that did. It cannot be undone.

        `seen`: the names of both as the editor saw them. Raises what `preview` raises, and RefusedError for
        other names, or while a push to readers of the Topic is being sent: its Audience is frozen.
        """
        async with self._database.read() as session:
            await self._require(session, topic_id, other_id, seen, actor)
        await self._copy_subscribers(topic_id, other_id)
        async with self._database.transaction() as session:
            topic, other = await self._require(session, topic_id, other_id, seen, actor)
            pushes = await lists.to_topic(session, topic_id, _WAITING)
            done = TopicMerge(topic, other, await topic_merges.belongings(session, topic_id), len(pushes))
            for push in pushes:
                await broadcasts.change(
                    session, push.id, audience=_into(Audience.of(push), topic_id, other_id)
                )
            await topic_merges.move_stories(session, topic_id, into=other_id)
            await self._audit.record(
                session,
                actor,
                "merge",
                topic_id,
                before={"name": topic.name, "slug": topic.slug},
                after={
                    "into": other_id,
                    "name": other.name,
                    "stories": done.belongings.stories,
                    "subscribers": done.belongings.subscribers,
                    "sources": done.belongings.sources,
                    "pushes": done.pushes,
                },
            )
        await self._move_subscribers(topic_id, other_id)
        return done

    async def _require(
        self, session: AsyncSession, topic_id: int, other_id: int, seen: tuple[str, str], actor: str
    ) -> tuple[Topic, Topic]:
        await self._rights.require(session, Right.PUBLISH, actor)
        topic, other = await _both(session, topic_id, other_id)
        for one, name in zip((topic, other), seen, strict=True):
            if one.name != name:
                raise RefusedError(mark("Another editor has just called this topic “{name}”."), name=one.name)
        if await lists.to_topic(session, topic_id, UNDER_WAY):
            raise RefusedError(
                mark("A push to readers of “{name}” is being sent. Merge the topics when it has ended."),
                name=topic.name,
            )
        return topic, other

    async def _copy_subscribers(self, topic_id: int, other_id: int) -> None:
        """Give all subscribers of the Topic the other one too."""
        after = 0
        while True:
            async with self._database.transaction() as session:
                ids = await topic_merges.subscribers_of(session, topic_id, after=after, limit=_A_SLICE)
                if not ids:
                    return
                await topic_merges.copy_subscribers(session, topic_id, ids, into=other_id)
            after = ids[-1]

    async def _move_subscribers(self, topic_id: int, other_id: int) -> None:
        """Take the Topic from its subscribers, with those who chose it meanwhile, and delete it."""
        while True:
            async with self._database.transaction() as session:
                ids = await topic_merges.subscribers_of(session, topic_id, after=0, limit=_A_SLICE)
                if not ids:
                    await topic_merges.drop(session, topic_id)
                    return
                await topic_merges.copy_subscribers(session, topic_id, ids, into=other_id)
                await topic_merges.drop_subscribers(session, topic_id, ids)


async def _both(session: AsyncSession, topic_id: int, other_id: int) -> tuple[Topic, Topic]:
    if topic_id == other_id:
        raise InvalidInputError(mark("Choose another topic to merge it into."))
    topic, other = await topics.get(session, topic_id), await topics.get(session, other_id)
    if topic is None or other is None:
        raise NotFoundError(mark("This topic no longer exists."))
    return topic, other


def _into(audience: Audience, topic_id: int, other_id: int) -> Audience:
    """Return the Audience with the other Topic in place of the one."""
    moved = (other_id if one == topic_id else one for one in audience.topics)
    return replace(audience, topics=tuple(dict.fromkeys(moved)))

"""The embargo: a Story whose push starts at a later hour is shown to nobody before it starts."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.i18n import mark
from bot.stories.review.release import release
from storage import audit
from storage.audit import AuditLog
from storage.models import Broadcast
from storage.stories import stories
from storage.words import BroadcastKind, StoryState

IN_REVIEW = mark("the story is waiting for review again")
STAYS_WITHDRAWN = mark("the story stays withdrawn")

_SCHEDULED = [StoryState.SCHEDULED]


async def lift(session: AsyncSession, broadcast: Broadcast, now: datetime, log: AuditLog) -> None:
    """Let readers see the Story of a push that starts now, if it waited for this hour.

    `log` is that of Stories: it names the editor who chose the hour.
    """
    story_id = broadcast.story_id
    if broadcast.kind is not BroadcastKind.PUSH or story_id is None:
        return
    story = await stories.get(session, story_id)
    if story is not None and await release(session, story, come_from=_SCHEDULED, now=now):
        decided = await audit.last(session, "story", story_id, ["schedule"])
        states = {"before": {"state": "scheduled"}, "after": {"state": "published"}}
        await log.record(session, decided.actor if decided else "worker", "publish", story_id, **states)


async def end(session: AsyncSession, broadcast: Broadcast, log: AuditLog, *, actor: str) -> str | None:
    """Take a Story that waits for its hour back, since its push was cancelled. Return what became of it.

    It is a draft again; one that had been withdrawn stays so. Return None if it did not wait for an hour.
    """
    story_id = broadcast.story_id
    if broadcast.kind is not BroadcastKind.PUSH or story_id is None:
        return None
    story = await stories.lock(session, story_id)
    if story is None or story.state is not StoryState.SCHEDULED:
        return None
    to, action = StoryState.DRAFT, "restore"
    if story.is_withdrawn:
        to, action = StoryState.WITHDRAWN, "withdraw"
    await stories.move(session, story_id, come_from=_SCHEDULED, to=to, released_at=None)
    states = {"before": {"state": "scheduled"}, "after": {"state": to.value}}
    await log.record(session, actor, action, story_id, **states)
    return IN_REVIEW if to is StoryState.DRAFT else STAYS_WITHDRAWN

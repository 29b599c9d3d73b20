"""Pushes: the one way to schedule a Story's Broadcast, so that no Story is pushed twice by mistake."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.agreement import Agreement
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from bot.stories.review.review import FirstPush
from storage.broadcasts import broadcasts, preparation
from storage.broadcasts.broadcasts import Progress
from storage.models import Broadcast
from storage.stories import stories
from storage.words import OPEN

GONE = mark(
    "This push is gone: it was sent, or nobody touched it for a week. To prepare a new one: /broadcasts"
)
_LONGEST_AHEAD = timedelta(days=366)
_JUST_NOW = timedelta(minutes=2)  # an hour that passed while it was typed means now


class SentBeforeError(RefusedError):
    """The Story was pushed or scheduled meanwhile, and the person who pushes it now has not seen that."""


@dataclass(frozen=True, slots=True)
class Push:
    """A push and its progress."""

    broadcast: Broadcast
    progress: Progress

    @property
    def counts(self) -> bool:
        """Whether it reached somebody or still may; one that was cancelled before that does not count."""
        reached = self.progress.sent + self.progress.held
        return self.broadcast.state in OPEN or reached > 0


def require_soon(at: datetime | None, now: datetime) -> None:
    """Raise InvalidInputError for an hour that is past, or more than a year ahead. None means now."""
    if at is not None and at < now - _JUST_NOW:
        raise InvalidInputError(mark("That time has passed. Choose a later time."))
    if at is not None and at > now + _LONGEST_AHEAD:
        raise InvalidInputError(mark("That is more than a year ahead. Choose an earlier time."))


async def of(session: AsyncSession, story_id: int) -> Sequence[Push]:
    """Return the pushes of a Story and of its Translations, newest first."""
    found = await broadcasts.pushes_of(session, story_id)
    return [Push(one, await broadcasts.progress(session, one.id)) for one in reversed(found)]


async def schedule(
    session: AsyncSession,
    broadcast_id: int,
    story_id: int,
    agreement: Agreement,
    *,
    actor: str,
    now: datetime,
    seen: int,
) -> datetime:
    """Let a push in preparation start at its hour, or now where it has none. Return when it starts.

    `seen` is how many pushes of the Story the person was shown. Raises SentBeforeError if there are others by
    now and one of them counts, SecondNeededError if another person has to agree, NotFoundError if the push is
    not in preparation any more. The Story is locked: of two people at once, the second finds the first one's
    push.
    """
    await stories.lock(session, story_id)
    broadcast = await broadcasts.get(session, broadcast_id)
    if broadcast is None:
        raise NotFoundError(GONE)
    await agreement.require(session, broadcast, actor)
    own = [push for push in await of(session, story_id) if push.broadcast.story_id == story_id]
    if len(own) != seen and any(push.counts for push in own):
        raise SentBeforeError(
            mark(
                "Story {number} was sent in the meantime. Look at that push before you send the story again."
            ),
            number=story_id,
        )
    start_at = await preparation.schedule(session, broadcast_id, now=now)
    if start_at is None:
        raise NotFoundError(GONE)
    return start_at


async def schedule_first(
    session: AsyncSession,
    story_id: int,
    broadcast_id: int | None,
    *,
    agreement: Agreement,
    actor: str,
    now: datetime,
    at: datetime | None = None,
    seen: int = 0,
) -> FirstPush:
    """Schedule the push of a Story that this transaction publishes, for the first time or again.

    `broadcast_id` is a push in preparation; None: a new one, to all, which starts at the hour `at`, or now.
    `seen`: see `schedule`. Raises InvalidInputError for an hour that is past.
    """
    if broadcast_id is None:
        require_soon(at, now)
        broadcast_id = (await broadcasts.add(session, story_id=story_id, now=now)).id
        await preparation.change(session, broadcast_id, start_at=at)
    start_at = await schedule(session, broadcast_id, story_id, agreement, actor=actor, now=now, seen=seen)
    return FirstPush(broadcast_id, start_at)

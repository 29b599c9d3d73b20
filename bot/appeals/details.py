"""The details of an Appeal, for editors: the Stories that name it, the readers it touches, its clicks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.appeals.hosts.lookalikes import Comparison
from bot.appeals.namesakes import Namesakes, namesakes
from storage.appeals import appeals, clicks
from storage.deliveries import sent_messages
from storage.models import Appeal

_DAYS = 7


@dataclass(frozen=True, slots=True)
class AppealDetails:
    """An Appeal with what editors ought to know of it.

    - `agreeing`: the ids of the people who may verify this version; nobody: who wrote it may do it alone.
    - `stories`: id and headline of the drafts and published Stories that name it, newest first.
    - `chats`: how many chats have a message with one of them that a correction would change.
    - `clicks`: how many followed its link on each of the last seven days (UTC), today last.
    - `namesakes`: other Appeals that one may take for it.
    """

    appeal: Appeal
    agreeing: Collection[int]
    stories: Sequence[tuple[int, str]]
    chats: int
    clicks: Sequence[tuple[date, int]]
    namesakes: Namesakes


async def read_details(
    session: AsyncSession, appeal: Appeal, agreeing: Collection[int], alike: Comparison | None, today: date
) -> AppealDetails:
    """Return the details of an Appeal as they are now."""
    naming = await appeals.stories_of(session, appeal.id)
    days = [today - timedelta(days=ago) for ago in reversed(range(_DAYS))]
    counted = await clicks.by_day(session, appeal.id, since=days[0])
    return AppealDetails(
        appeal,
        agreeing,
        naming,
        await sent_messages.chats(session, [number for number, _ in naming]),
        [(day, counted.get(day, 0)) for day in days],
        namesakes(appeal, await appeals.every(session), alike),
    )

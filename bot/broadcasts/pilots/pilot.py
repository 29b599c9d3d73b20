"""The rules of pilot waves: which pushes have one, how large it is, and what it shows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any, Self, TypedDict

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts import audiences
from bot.broadcasts.pilots.leavers import Leavers, UsualRate
from bot.errors import InvalidInputError
from bot.i18n import mark
from storage.broadcasts import aftermaths, broadcasts, pilots
from storage.broadcasts.audience import Audience
from storage.models import Broadcast
from storage.stories import stories
from storage.words import ENDED, BroadcastKind, BroadcastState

MINUTES = aftermaths.MINUTES
"""How long the others may wait, in minutes; the first is the usual choice."""

SHARE = 0.01
LEAST = 200
"""A pilot wave is this part of the Audience, and at least so many."""

SMALLEST_AUDIENCE = 2_000
"""A smaller Audience has no pilot wave: it would be a good part of it, and say little."""

_AIM = 250  # chance leaves at least LEAST of them in 999 of 1,000 pushes
_EARLIER = timedelta(days=90)
_MOST_EARLIER = 20
_COUNTED = timedelta(hours=1)  # after its end nobody leaves "within an hour" any more


class PilotChanges(TypedDict, total=False):
    """What changes in a push that starts with a pilot wave; nothing in any other one."""

    pilot_below: int
    pilot: dict[str, Any]


class PilotPhase(StrEnum):
    """chosen → sending → waiting → asking or over; or skipped at the start.

    chosen: the push has not started. sending: the readers of the pilot wave get it. waiting: they have it,
    and the others wait. asking: too many left, and editors decide. over: the others get it. skipped: the
    Audience was too small.
    """

    CHOSEN = "chosen"
    SENDING = "sending"
    WAITING = "waiting"
    ASKING = "asking"
    OVER = "over"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Pilot:
    """The pilot wave of a push, and how far it is.

    - `minutes`: how long the others wait after it. `ends_at`: until when; None: it is not sent yet.
    - `size`: about how many readers it has; None: not known yet.
    - `leavers`: who left within `minutes` after they got it: so far, and in the end as it was judged. None:
      nobody has it yet.
    """

    phase: PilotPhase
    minutes: int
    size: int | None = None
    ends_at: datetime | None = None
    leavers: Leavers | None = None

    @classmethod
    def of(cls, broadcast: Broadcast, reached: int, left: int) -> Self | None:
        """Return the pilot wave of a Broadcast; None where it has none.

        `reached` readers have it, and `left` of them left within `pilot_minutes`.
        """
        if broadcast.pilot_minutes is None or broadcast.urgent:
            return None
        figures = broadcast.pilot or {}
        leavers = _leavers(figures, reached, left)
        return cls(
            _phase(broadcast),
            broadcast.pilot_minutes,
            figures.get("size"),
            broadcast.pilot_ends_at,
            leavers if leavers.reached else None,
        )

    @property
    def is_open(self) -> bool:
        """Whether the others do not get it yet."""
        return self.phase in (PilotPhase.SENDING, PilotPhase.WAITING, PilotPhase.ASKING)


def is_asking(broadcast: Broadcast) -> bool:
    """Return whether too many left, and the others wait until an editor decides."""
    return broadcast.pilot_below is not None and _is_judged(broadcast.pilot)


def judged(broadcast: Broadcast, reached: int, left: int) -> tuple[Leavers, dict[str, Any]]:
    """Return who left, and the figures to store in `broadcasts.pilot`: they do not change any more."""
    figures = broadcast.pilot or {}
    leavers = _leavers(figures, reached, left)
    return leavers, figures | {"reached": leavers.reached, "left": leavers.left}


async def left_of(session: AsyncSession, broadcast: Broadcast) -> int:
    """Return how many left within `pilot_minutes` after it reached them; 0 without a pilot wave."""
    if broadcast.pilot_minutes is None:
        return 0
    found = await aftermaths.left_within(session, [broadcast.id], broadcast.pilot_minutes)
    return found.get(broadcast.id, 0)


def require_minutes(minutes: int | None) -> None:
    """Raise InvalidInputError for a time that cannot be chosen."""
    if minutes is not None and minutes not in MINUTES:
        raise InvalidInputError(
            mark("After a pilot wave the others wait 15, 30 or 60 minutes. Choose one of these.")
        )


def size_of(audience: int) -> int | None:
    """Return about how many readers the pilot wave of such an Audience has; None: it has none."""
    return None if audience < SMALLEST_AUDIENCE else max(_AIM, ceil(audience * SHARE))


async def at_start(session: AsyncSession, broadcast: Broadcast, now: datetime) -> PilotChanges:
    """Return what changes in a push that starts now, if it has a pilot wave.

    This counts the Audience, which takes about a second for 1.2 million Subscribers.
    """
    is_push = broadcast.kind is BroadcastKind.PUSH and not broadcast.urgent
    story = await stories.get(session, broadcast.story_id) if broadcast.story_id else None
    if broadcast.pilot_minutes is None or story is None or not is_push:
        return {}
    audience = await audiences.freeze(session, Audience.of(broadcast), story, now)
    number = await broadcasts.count(session, audience)
    size = size_of(number)
    if size is None:
        return {}
    earlier = await pilots.earlier(
        session,
        minutes=broadcast.pilot_minutes,
        since=now - _EARLIER,
        before=now - _COUNTED,
        limit=_MOST_EARLIER,
    )
    usual = UsualRate.of(earlier)
    figures = {"size": size, "usual": [usual.alpha, usual.beta] if usual else None}
    return {"pilot_below": ceil(size / number * pilots.MIXES), "pilot": figures}


def _phase(broadcast: Broadcast) -> PilotPhase:
    if broadcast.state in (BroadcastState.PREPARING, BroadcastState.SCHEDULED):
        return PilotPhase.CHOSEN
    if broadcast.pilot is None:
        return PilotPhase.SKIPPED
    if broadcast.pilot_below is None or broadcast.state in ENDED:
        return PilotPhase.OVER
    if is_asking(broadcast):
        return PilotPhase.ASKING
    return PilotPhase.SENDING if broadcast.pilot_ends_at is None else PilotPhase.WAITING


def _is_judged(figures: dict[str, Any] | None) -> bool:
    return figures is not None and "left" in figures


def _leavers(figures: dict[str, Any], reached: int, left: int) -> Leavers:
    """Return who left: as it was judged, otherwise so far."""
    alpha_beta = figures.get("usual")
    usual = UsualRate(*alpha_beta) if alpha_beta else None
    if _is_judged(figures):
        reached, left = figures["reached"], figures["left"]
    return Leavers.of(reached, left, usual)

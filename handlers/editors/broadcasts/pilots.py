"""The sentences about a pilot wave: who gets a push first, how many of them left, and what is usual."""

from collections.abc import Sequence
from datetime import tzinfo

from bot.broadcasts.leavers import Leavers
from bot.broadcasts.pilot import SMALLEST_AUDIENCE, Pilot, PilotPhase
from bot.broadcasts.reasons import TooManyLeft
from bot.i18n import Texts


def pilot_lines(pilot: Pilot | None, texts: Texts, zone: tzinfo) -> Sequence[str]:
    """Return the lines of a Card about its pilot wave: none where it has none."""
    if pilot is None:
        return []
    phase = _phase_lines(pilot, texts, zone)
    is_shown = pilot.phase in (PilotPhase.WAITING, PilotPhase.OVER)  # asking: the reason says it
    if pilot.leavers is None or not is_shown:
        return phase
    return [*phase, left(pilot.leavers, pilot.minutes, texts)]


def left(leavers: Leavers, minutes: int, texts: Texts) -> str:
    """Return how many readers of the pilot wave left, beside what is usual."""
    values = {
        "minutes": minutes,
        "left": texts.number(leavers.left),
        "reached": texts.number(leavers.reached),
        "most": texts.number(leavers.most),
    }
    if leavers.usual is None:
        return texts.say(
            "Left within {minutes} minutes: {left} of {reached}. There is no usual rate yet; more than "
            "{most} are too many.",
            **values,
        )
    return texts.say(
        "Left within {minutes} minutes: {left} of {reached}. Usual: {mean} (from {least} to {most})",
        mean=texts.number(round(leavers.usual * leavers.reached, 1)),
        least=texts.number(leavers.least),
        **values,
    )


def too_many(reason: TooManyLeft, texts: Texts) -> str:
    """Return why a push paused itself after its pilot wave."""
    return texts.say(
        "Too many left within {minutes} minutes after the pilot wave: {left} of {reached}. "
        "The usual limit: {most}",
        minutes=reason.minutes,
        left=texts.number(reason.left),
        reached=texts.number(reason.reached),
        most=texts.number(reason.most),
    )


def the_others(minutes: int, texts: Texts) -> str:
    """Return when the others get it."""
    return texts.say("The others get it {minutes} minutes later, unless too many leave.", minutes=minutes)


def no_pilot(texts: Texts) -> str:
    """Return why a push has no pilot wave though somebody chose one."""
    return texts.say(
        "No pilot wave: it takes at least {number} subscribers.", number=texts.number(SMALLEST_AUDIENCE)
    )


def _phase_lines(pilot: Pilot, texts: Texts, zone: tzinfo) -> list[str]:
    match pilot.phase:
        case PilotPhase.CHOSEN:
            return [texts.say("It begins with a pilot wave."), the_others(pilot.minutes, texts)]
        case PilotPhase.SENDING:
            number = texts.number(pilot.size or 0)
            sent_first = texts.say("The pilot wave is being sent: about {number}, at random", number=number)
            return [sent_first, the_others(pilot.minutes, texts)]
        case PilotPhase.WAITING if pilot.ends_at is not None:
            at = texts.clock(pilot.ends_at, zone)
            return [
                texts.say("The pilot wave is sent. Unless too many leave, the others follow: {time}", time=at)
            ]
        case PilotPhase.SKIPPED:
            return [no_pilot(texts)]
    return []

"""Pilot waves in words, for the chat and the desk: who gets it first, how many left, and what is usual."""

from collections.abc import Sequence
from datetime import tzinfo

from bot.broadcasts.pilots.leavers import Leavers
from bot.broadcasts.pilots.pilot import SMALLEST_AUDIENCE, Pilot, PilotPhase
from bot.broadcasts.preparation.preview import Preview
from bot.i18n import Texts


def may_have_pilot(preview: Preview) -> bool:
    """Return whether the choice is offered: it was made, or the Audience is large enough."""
    return preview.broadcast.pilot_minutes is not None or preview.number >= SMALLEST_AUDIENCE


def preview_lines(preview: Preview, texts: Texts) -> list[str]:
    """Return whether it has a pilot wave, or why not."""
    minutes = preview.broadcast.pilot_minutes
    if preview.broadcast.urgent:
        return [texts.say("An urgent push has no pilot wave.")] if may_have_pilot(preview) else []
    if minutes is None:
        return []
    if preview.pilot_size is None:
        return [no_pilot(texts)]
    return [
        texts.say(
            "Pilot wave: about {number} of them, chosen at random, get it first.",
            number=texts.number(preview.pilot_size),
        ),
        the_others(minutes, texts),
    ]


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

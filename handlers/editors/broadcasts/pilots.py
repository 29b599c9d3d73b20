"""Pilot waves on the screens of pushes in preparation: the choice whether there is one."""

from bot.broadcasts.pilots.pilot import LEAST, MINUTES
from bot.broadcasts.pilots.pilot_words import may_have_pilot
from bot.broadcasts.preparation.preview import Preview
from bot.i18n import Texts
from bot.rendering.message import Button, Composer, Message, ticked
from handlers.editors.broadcasts.buttons import PilotButton, PreparationAction, PreparationButton


def choice(preview: Preview, texts: Texts) -> Message:
    """Draw the choice whether a few get it first, and how long the others wait."""
    chosen, number = preview.broadcast.pilot_minutes, preview.broadcast.id
    composer = Composer().line(texts.say("Send it to a few first?"), "bold")
    composer.line(
        texts.say(
            "A pilot wave goes to one in a hundred of them, at least {number}, chosen at random.",
            number=texts.number(LEAST),
        )
    )
    composer.line(texts.say("If more of these leave than usual, the push pauses, and you decide."))
    composer.line(texts.say("Otherwise the others get it without a tap."))
    composer.line().line(texts.say("How long should the others wait?"))
    for minutes in MINUTES:
        label = ticked(texts.say("{number} minutes", number=minutes), chosen=minutes == chosen)
        composer.buttons(Button(label, PilotButton(number, minutes).data()))
    back = Button(texts.say("‹ Back"), PreparationButton(PreparationAction.SHOW, number).data())
    none = ticked(texts.say("No pilot wave"), chosen=chosen is None)
    return composer.buttons(Button(none, PilotButton(number, 0).data()), back).message()


def preview_button(preview: Preview, texts: Texts) -> Button | None:
    """Return the button that opens the choice; None where there is none."""
    if preview.broadcast.urgent or not may_have_pilot(preview):
        return None
    minutes = preview.broadcast.pilot_minutes
    label = texts.say("Pilot: {number} min", number=minutes) if minutes else texts.say("Pilot wave first …")
    return Button(label, PreparationButton(PreparationAction.PILOT, preview.broadcast.id).data())

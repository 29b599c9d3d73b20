"""The screen of sound and urgent news: choose silent pushes, and urgent ones at any hour."""

from bot.i18n import Texts
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from handlers.context import Context
from handlers.preferences.screens import QUIET, Screen, back_button, choice_button, flag_of, open_button


def sentences(context: Context) -> list[str]:
    """Say whether pushes are silent, and whether urgent news comes at any hour."""
    texts, subscriber = context.texts, context.subscriber
    silent = texts.say("New stories arrive without a sound.")
    said = [silent if subscriber.silent else texts.say("New stories arrive with a sound.")]
    if subscriber.allows_urgent:
        said.append(texts.say("Urgent stories may arrive at any hour."))
    elif subscriber.quiet_from is not None:
        said.append(texts.say("Urgent stories wait until your quiet hours end."))
    return said


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Sound, urgent stories"), "silent")


async def _draw(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    composer = Composer().line(texts.say("Sound and urgent stories"), "bold").line()
    composer.line(
        texts.say(
            "Our editors decide what is urgent. If you allow it, urgent stories also arrive during "
            "quiet hours, but never during a break."
        )
    )
    composer.line()
    for sentence in sentences(context):
        composer.line(sentence)
    silent, allowed = subscriber.silent, subscriber.allows_urgent
    composer.buttons(
        choice_button(texts.say("With sound"), PreferencesButton("silent", "0"), chosen=not silent),
        choice_button(texts.say("Without sound"), PreferencesButton("silent", "1"), chosen=silent),
    )
    at_any_hour, can_wait = PreferencesButton("urgent", "1"), PreferencesButton("urgent", "0")
    composer.buttons(choice_button(texts.say("Urgent stories at any hour"), at_any_hour, chosen=allowed))
    composer.buttons(choice_button(texts.say("Urgent stories can wait"), can_wait, chosen=not allowed))
    return composer.buttons(back_button(texts, QUIET)).message()


async def _set_silent(context: Context, tapped: PreferencesButton) -> None:
    silent = flag_of(tapped.choice)
    await context.services.preferences.set_silent(context.subscriber.chat_id, silent=silent)


async def _set_urgent(context: Context, tapped: PreferencesButton) -> None:
    allowed = flag_of(tapped.choice)
    await context.services.preferences.set_allows_urgent(context.subscriber.chat_id, allowed=allowed)


SCREENS = {
    "silent": Screen(_draw, _set_silent, stays=True, parent=QUIET),
    "urgent": Screen(_draw, _set_urgent, stays=True, parent=QUIET),
}

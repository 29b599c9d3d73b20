"""/preferences: what a chat prefers, at a glance, with a button to each group of screens."""

from telegram import Update

from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Composer, Message
from handlers.context import Context
from handlers.guards import require_admin
from handlers.keyboards import read_button
from handlers.preferences import (
    appeals,
    day_off,
    groups,
    languages,
    length,
    muted_words,
    quiet_hours,
    rest_days,
    rhythm,
    sound,
    timezone,
    topics,
    warnings,
)
from handlers.preferences.screens import (
    LANGUAGES,
    OUTDATED,
    OVERVIEW,
    QUIET,
    WHAT,
    WHEN,
    Screen,
    open_button,
    outdated,
)


async def preferences(update: Update, context: Context) -> None:
    """Show all preferences at a glance."""
    await context.show(update, await _overview(context))


async def choose(update: Update, context: Context) -> None:
    """Open the screen of a button, or store what the button chooses."""
    button = read_button(update, PreferencesButton, OUTDATED)
    if button.screen == timezone.ASK:
        await timezone.ask(update, context, button)
    elif button.screen == muted_words.ASK:
        await muted_words.ask(update, context)
    elif button.screen == quiet_hours.UNTIL:
        await context.show(update, await quiet_hours.draw_until(context, button))
    elif button.screen not in SCREENS:
        raise outdated()
    elif button.choice is None:
        await context.show(update, await SCREENS[button.screen].draw(context))
    else:
        await _change(update, context, button)


async def _change(update: Update, context: Context, button: PreferencesButton) -> None:
    screen = SCREENS[button.screen]
    if screen.change is None:
        raise outdated()
    await require_admin(update, context)
    await screen.change(context, button)
    await context.reload()
    shown = screen if screen.stays else SCREENS[screen.parent]
    await context.show(update, await shown.draw(context))


async def _overview(context: Context) -> Message:
    """Return at most six lines: the heading, and one for each group."""
    texts = context.texts
    composer = Composer().line(texts.say("Your preferences"), "bold").line()
    for sentences in (
        groups.when(context),
        [*await topics.sentences(context), *length.sentences(context)],
        languages.sentences(context),
        quiet_hours.sentences(context),
        appeals.sentences(context),
    ):
        composer.line(" ".join(sentences))
    composer.buttons(open_button(texts.say("Timing"), WHEN), open_button(texts.say("Content"), WHAT))
    composer.buttons(open_button(texts.say("Languages"), LANGUAGES), appeals.button(texts))
    away = groups.on_day_off(context)
    return composer.buttons(
        open_button(texts.say("Quiet times"), QUIET), day_off.button(texts, away=away)
    ).message()


SCREENS = {
    OVERVIEW: Screen(_overview),
    **groups.SCREENS,
    **languages.SCREENS,
    **length.SCREENS,
    **topics.SCREENS,
    **rhythm.SCREENS,
    **timezone.SCREENS,
    **quiet_hours.SCREENS,
    **rest_days.SCREENS,
    **appeals.SCREENS,
    **sound.SCREENS,
    **muted_words.SCREENS,
    **warnings.SCREENS,
}
"""Every screen by the name that its buttons carry."""

"""The screen of rest days: the days of the week on which nothing comes."""

from bot.i18n import Texts, capital
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.pacing import WEEKDAYS
from handlers.context import Context
from handlers.preferences.screens import (
    QUIET,
    Screen,
    back_button,
    choice_button,
    number_in,
    open_button,
    outdated,
)


def sentences(context: Context) -> list[str]:
    """Say which days are rest days."""
    texts = context.texts
    days = [texts.weekday(day) for day in sorted(_rest_days(context))]
    return [
        texts.say("Days of rest: {days}.", days=texts.listed(days)) if days else texts.say("No days of rest.")
    ]


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Days of rest"), "rest")


async def _draw(context: Context) -> Message:
    texts, days = context.texts, _rest_days(context)
    composer = Composer().line(texts.say("Days of rest"), "bold").line()
    composer.line(texts.say("No stories arrive on these days. Tap a day to add or remove it.")).line()
    for sentence in sentences(context):
        composer.line(sentence)
    for day in WEEKDAYS:
        tapped = PreferencesButton("rest", str(day), wanted=day not in days)
        composer.buttons(choice_button(capital(texts.weekday(day)), tapped, chosen=day in days))
    return composer.buttons(back_button(texts, QUIET)).message()


async def _set(context: Context, tapped: PreferencesButton) -> None:
    """Add or remove a rest day."""
    if tapped.wanted is None:
        raise outdated()
    days, day = _rest_days(context), number_in(tapped.choice, WEEKDAYS)
    days = days | {day} if tapped.wanted else days - {day}
    await context.services.preferences.set_rest_days(context.subscriber.chat_id, days)


def _rest_days(context: Context) -> set[int]:
    return {day for day in WEEKDAYS if context.subscriber.rest_days >> day & 1}


SCREENS = {"rest": Screen(_draw, _set, stays=True, parent=QUIET)}

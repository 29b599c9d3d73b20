"""The screens of quiet hours: usual hours by one tap, other ones by a first and a last hour."""

import re

from bot.i18n import Texts
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.pacing import HOURS
from handlers.context import Context
from handlers.preferences.screens import (
    QUIET,
    Screen,
    add_hour_buttons,
    back_button,
    choice_button,
    number_in,
    open_button,
    outdated,
)

UNTIL = "quietuntil"
"""The screen that asks for the last hour; its button carries the first one."""

_USUAL = ((22, 8), (21, 9), (23, 7), (0, 6))
_NONE = "none"


def sentences(context: Context) -> list[str]:
    """Say between which hours nothing comes."""
    texts, subscriber = context.texts, context.subscriber
    start, end = subscriber.quiet_from, subscriber.quiet_until
    if start is None or end is None:
        return [texts.say("No quiet hours.")]
    hours = {"start": texts.spoken_hour(start), "end": texts.spoken_hour(end)}
    return [texts.say("Quiet hours: {start} to {end}.", **hours)]


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Quiet hours"), "quiet")


async def _draw(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    now = (subscriber.quiet_from, subscriber.quiet_until)
    composer = Composer().line(texts.say("Quiet hours"), "bold").line()
    composer.line(texts.say("No stories arrive during these hours. New ones wait until the quiet hours end."))
    composer.line()
    for sentence in sentences(context):
        composer.line(sentence)
    for hours in _USUAL if now in (*_USUAL, (None, None)) else (*_USUAL, now):
        start, end = hours
        if start is not None and end is not None:
            label = f"{texts.hour(start)}–{texts.hour(end)}"
            composer.buttons(choice_button(label, _from_until(start, end), chosen=hours == now))
    composer.buttons(open_button(texts.say("Other hours"), "quietfrom"))
    none = PreferencesButton("quiet", _NONE)
    composer.buttons(choice_button(texts.say("None"), none, chosen=now == (None, None)))
    return composer.buttons(back_button(texts, QUIET)).message()


async def _set(context: Context, tapped: PreferencesButton) -> None:
    """Set quiet hours from one hour until another, or none."""
    preferences, chat_id = context.services.preferences, context.subscriber.chat_id
    found = re.fullmatch(r"([0-9]{1,2})-([0-9]{1,2})", tapped.choice or "")
    if found:
        start, end = (number_in(hour, HOURS) for hour in found.groups())
        await preferences.set_quiet(chat_id, start, end)
    elif tapped.choice == _NONE:
        await preferences.set_quiet(chat_id, None, None)
    else:
        raise outdated()


async def _draw_from(context: Context) -> Message:
    texts = context.texts
    composer = Composer().line(texts.say("When should quiet hours start?"), "bold").line()
    for sentence in sentences(context):
        composer.line(sentence)
    start = context.subscriber.quiet_from
    return add_hour_buttons(
        composer, lambda hour: PreferencesButton(UNTIL, str(hour)), start, texts, parent="quiet"
    ).message()


async def draw_until(context: Context, tapped: PreferencesButton) -> Message:
    """Ask for the hour at which quiet hours end, after the hour at which they start was tapped."""
    texts, start = context.texts, number_in(tapped.choice, HOURS)
    composer = Composer().text(
        texts.say("Quiet hours start at {hour}. When should they end?", hour=texts.spoken_hour(start))
    )
    end = context.subscriber.quiet_until
    return add_hour_buttons(
        composer, lambda hour: _from_until(start, hour), end, texts, parent="quiet"
    ).message()


def _from_until(start: int, end: int) -> PreferencesButton:
    return PreferencesButton("quiet", f"{start}-{end}")


SCREENS = {
    "quiet": Screen(_draw, _set, parent=QUIET),
    "quietfrom": Screen(_draw_from, parent="quiet"),
}

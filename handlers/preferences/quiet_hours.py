"""The screens of peace: quiet hours, days of rest, sound and urgent news."""

import re

from bot.rendering.message import Button, Composer, Message
from handlers.context import Context
from handlers.preferences.rhythm import hours
from handlers.preferences.screens import Screen, back, number_in, outdated, ticked

_USUAL = ((22, 8), (21, 9), (23, 7), (0, 6))
_DAYS = range(7)


async def _draw_hours(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    now = (subscriber.quiet_from, subscriber.quiet_until)
    composer = Composer().line(texts.say("Quiet hours"), "bold").line()
    composer.line(texts.say("In these hours nothing comes by itself. It waits for you until they end."))
    for usual in _USUAL if now in (*_USUAL, (None, None)) else (*_USUAL, now):
        start, end = usual
        if start is not None and end is not None:
            label = f"{texts.hour(start)} – {texts.hour(end)}"
            composer.buttons(ticked(label, f"prefs:quiet:{start}-{end}", chosen=usual == now))
    composer.buttons(Button(texts.say("Other hours"), "prefs:quietfrom"))
    composer.buttons(ticked(texts.say("None"), "prefs:quiet:none", chosen=now == (None, None)))
    return composer.buttons(back(texts)).message()


async def _set_hours(context: Context, value: str) -> None:
    """From one hour until another; or none."""
    subscribers, chat_id = context.services.subscribers, context.subscriber.chat_id
    found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", value)
    if found:
        await subscribers.set_quiet(chat_id, *(number_in(hour, range(24)) for hour in found.groups()))
    elif value == "none":
        await subscribers.set_quiet(chat_id, None, None)
    else:
        raise outdated()


async def _draw_from(context: Context) -> Message:
    composer = Composer().text(context.texts.say("From which hour shall it be quiet?"))
    return hours(context, composer, "prefs:quietuntil:", context.subscriber.quiet_from).message()


async def _draw_until(context: Context, start: int) -> Message:
    texts = context.texts
    composer = Composer().text(texts.say("Quiet from {hour}. Until when?", hour=texts.hour(start)))
    return hours(context, composer, f"prefs:quiet:{start}-", context.subscriber.quiet_until).message()


async def draw_until(context: Context, value: str) -> Message:
    """The second question, which carries the answer to the first."""
    return await _draw_until(context, number_in(value, range(24)))


async def _draw_rest(context: Context) -> Message:
    texts, days = context.texts, context.subscriber.rest_days
    composer = Composer().line(texts.say("Days of rest"), "bold").line()
    composer.line(texts.say("On these days nothing comes by itself. Tap a day to add or remove it."))
    for day in _DAYS:
        is_rest = bool(days >> day & 1)
        composer.buttons(ticked(texts.weekday(day), f"prefs:rest:{day}:{int(not is_rest)}", chosen=is_rest))
    return composer.buttons(back(texts)).message()


async def _set_rest(context: Context, value: str) -> None:
    """A day of the week, and 1 or 0."""
    found = re.fullmatch(r"([0-6]):([01])", value)
    if found is None:
        raise outdated()
    day = int(found[1])
    days = {one for one in _DAYS if context.subscriber.rest_days >> one & 1} - {day}
    days |= {day} if found[2] == "1" else set()
    await context.services.subscribers.set_rest_days(context.subscriber.chat_id, days)


async def _draw_sound(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    composer = Composer().line(texts.say("Sound and urgent news"), "bold").line()
    composer.line(
        texts.say(
            "Urgent is what two editors call so. With your leave it comes in quiet hours too, "
            "and never on a day off."
        )
    )
    composer.buttons(
        ticked(texts.say("With sound"), "prefs:silent:0", chosen=not subscriber.silent),
        ticked(texts.say("Silently"), "prefs:silent:1", chosen=subscriber.silent),
    )
    allowed = subscriber.allows_urgent
    composer.buttons(ticked(texts.say("Urgent news at any hour"), "prefs:urgent:1", chosen=allowed))
    composer.buttons(ticked(texts.say("Urgent news can wait too"), "prefs:urgent:0", chosen=not allowed))
    return composer.buttons(back(texts)).message()


async def _set_silent(context: Context, value: str) -> None:
    silent = number_in(value, range(2)) == 1
    await context.services.subscribers.set_silent(context.subscriber.chat_id, silent=silent)


async def _set_urgent(context: Context, value: str) -> None:
    allowed = number_in(value, range(2)) == 1
    await context.services.subscribers.set_allows_urgent(context.subscriber.chat_id, allowed=allowed)


SCREENS = {
    "quiet": Screen(_draw_hours, _set_hours),
    "quietfrom": Screen(_draw_from, _set_hours),
    "rest": Screen(_draw_rest, _set_rest, stays=True),
    "silent": Screen(_draw_sound, _set_silent, stays=True),
    "urgent": Screen(_draw_sound, _set_urgent, stays=True),
}

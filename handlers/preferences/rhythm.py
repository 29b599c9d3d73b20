"""The screens of the rhythm: each story at once, or gathered daily or weekly, at which hour, on which day."""

import re

from bot.rendering.message import Button, Composer, Message
from handlers.context import Context
from handlers.preferences.screens import Screen, back, number_in, outdated, ticked
from storage.words import Rhythm

_HOURS_A_ROW = 4
_DAYS = range(7)


async def _draw(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    composer = Composer().line(texts.say("When shall new stories come?"), "bold").line()
    composer.line(texts.say("Gathered ones come in one message, the most important first."))
    for rhythm, label in (
        (Rhythm.AT_ONCE, texts.say("Each at once")),
        (Rhythm.DAILY, texts.say("Gathered, once a day")),
        (Rhythm.WEEKLY, texts.say("Gathered, once a week")),
    ):
        composer.buttons(ticked(label, f"prefs:rhythm:{rhythm}", chosen=rhythm is subscriber.rhythm))
    day = texts.say("Day: {day}", day=texts.weekday(subscriber.weekday))
    hour = texts.say("Hour: {hour}", hour=texts.hour(subscriber.hour))
    if subscriber.rhythm is Rhythm.WEEKLY:
        composer.buttons(Button(day, "prefs:weekday"))
    if subscriber.rhythm is not Rhythm.AT_ONCE:
        composer.buttons(Button(hour, "prefs:hour"))
    return composer.buttons(back(texts)).message()


async def _set(context: Context, value: str) -> None:
    """A rhythm; an hour `h8`; a weekday `d0`."""
    subscribers, chat_id = context.services.subscribers, context.subscriber.chat_id
    hour, day = re.fullmatch(r"h(\d{1,2})", value), re.fullmatch(r"d(\d)", value)
    if hour:
        rhythm = context.subscriber.rhythm
        await subscribers.set_rhythm(chat_id, rhythm, hour=number_in(hour[1], range(24)))
    elif day:
        await subscribers.set_rhythm(chat_id, Rhythm.WEEKLY, weekday=number_in(day[1], _DAYS))
    elif value in set(Rhythm):
        await subscribers.set_rhythm(chat_id, Rhythm(value))
    else:
        raise outdated()


async def _draw_hours(context: Context) -> Message:
    texts = context.texts
    composer = Composer().text(texts.say("At which hour?"))
    return hours(context, composer, "prefs:rhythm:h", context.subscriber.hour).message()


async def _draw_days(context: Context) -> Message:
    texts = context.texts
    composer = Composer().text(texts.say("On which day of the week?"))
    for day in _DAYS:
        chosen = day == context.subscriber.weekday
        composer.buttons(ticked(texts.weekday(day), f"prefs:rhythm:d{day}", chosen=chosen))
    return composer.buttons(back(texts)).message()


def hours(context: Context, composer: Composer, data: str, chosen: int | None) -> Composer:
    """A button for each hour of the day; its data is `data` and the hour."""
    texts = context.texts
    for first in range(0, 24, _HOURS_A_ROW):
        row = range(first, first + _HOURS_A_ROW)
        composer.buttons(*(ticked(texts.hour(hour), f"{data}{hour}", chosen=hour == chosen) for hour in row))
    return composer.buttons(back(texts))


async def _keep(_context: Context, _value: str) -> None:
    """Nothing is set on these screens themselves: their buttons carry `prefs:rhythm:…`."""
    raise outdated()


SCREENS = {
    "rhythm": Screen(_draw, _set, stays=True),
    "hour": Screen(_draw_hours, _keep),
    "weekday": Screen(_draw_days, _keep),
}

"""The screens of the rhythm: each story at once, or gathered daily or weekly, and at which hour and day."""

from collections.abc import Callable

from bot.i18n import Texts, capital
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message, ticked
from bot.subscribers.pacing import HOURS, WEEKDAYS
from handlers.context import Context
from handlers.preferences import timezone
from handlers.preferences.screens import (
    WHEN,
    Screen,
    add_hour_buttons,
    back_button,
    choice_button,
    number_in,
    open_button,
    outdated,
)
from storage.words import Rhythm

_HOUR, _WEEKDAY = "h", "d"  # in the choice of a button, the letter before an hour (h8) and a weekday (d0)


def sentences(context: Context, *, zone: bool = True) -> list[str]:
    """Say when stories come; with `zone`, in which time zone: not where the next line names it."""
    texts, pacing = context.texts, context.services.preferences.pacing(context.subscriber)
    values = {
        "hour": texts.spoken_hour(pacing.hour),
        "day": texts.weekday(pacing.weekday),
        "zone": timezone.named(context),
    }
    match pacing.rhythm:
        case Rhythm.AT_ONCE:
            return [texts.say("New stories arrive immediately.")]
        case Rhythm.DAILY if zone:
            return [texts.say("New stories arrive daily at {hour} ({zone}).", **values)]
        case Rhythm.DAILY:
            return [texts.say("New stories arrive daily at {hour}.", **values)]
        case Rhythm.WEEKLY if zone:
            return [texts.say("New stories arrive every {day} at {hour} ({zone}).", **values)]
        case Rhythm.WEEKLY:
            return [texts.say("New stories arrive every {day} at {hour}.", **values)]


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("How often"), "rhythm")


def choice_buttons(context: Context, data: Callable[[Rhythm], str]) -> list[Button]:
    """Return a button for each rhythm, with a tick at the chosen one; `data` is what a button carries."""
    texts = context.texts
    labels = {
        Rhythm.AT_ONCE: texts.say("Immediately"),
        Rhythm.DAILY: texts.say("Once a day"),
        Rhythm.WEEKLY: texts.say("Once a week"),
    }
    chosen = context.subscriber.rhythm
    return [Button(ticked(label, chosen=one is chosen), data(one)) for one, label in labels.items()]


async def _draw(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    composer = Composer().line(texts.say("How often should new stories arrive?"), "bold").line()
    composer.line(
        texts.say(
            "If you choose once a day or once a week, you get all stories in one message, the most "
            "important first."
        )
    ).line()
    _add_sentences(composer, context)
    for choice in choice_buttons(context, lambda rhythm: PreferencesButton("rhythm", rhythm).data()):
        composer.buttons(choice)
    day = texts.say("Day: {day}", day=texts.weekday(subscriber.weekday))
    hour = texts.say("Time: {hour}", hour=texts.hour(subscriber.hour))
    if subscriber.rhythm is Rhythm.WEEKLY:
        composer.buttons(open_button(day, "weekday"))
    if subscriber.rhythm is not Rhythm.AT_ONCE:
        composer.buttons(open_button(hour, "hour"))
    return composer.buttons(back_button(texts, WHEN)).message()


async def _set(context: Context, tapped: PreferencesButton) -> None:
    """Set a rhythm, an hour or a weekday."""
    preferences, chat_id = context.services.preferences, context.subscriber.chat_id
    choice = tapped.choice or ""
    if choice in set(Rhythm):
        await preferences.set_rhythm(chat_id, Rhythm(choice))
    elif choice.startswith(_HOUR):
        hour = number_in(choice.removeprefix(_HOUR), HOURS)
        await preferences.set_rhythm(chat_id, context.subscriber.rhythm, hour=hour)
    elif choice.startswith(_WEEKDAY):
        weekday = number_in(choice.removeprefix(_WEEKDAY), WEEKDAYS)
        await preferences.set_rhythm(chat_id, Rhythm.WEEKLY, weekday=weekday)
    else:
        raise outdated()


async def _draw_hours(context: Context) -> Message:
    texts = context.texts
    composer = Composer().line(texts.say("At what time?"), "bold").line()
    _add_sentences(composer, context)
    return add_hour_buttons(
        composer,
        lambda hour: PreferencesButton("rhythm", f"{_HOUR}{hour}"),
        context.subscriber.hour,
        texts,
        parent="rhythm",
    ).message()


async def _draw_weekdays(context: Context) -> Message:
    texts = context.texts
    composer = Composer().line(texts.say("On which day of the week?"), "bold").line()
    _add_sentences(composer, context)
    for day in WEEKDAYS:
        tapped = PreferencesButton("rhythm", f"{_WEEKDAY}{day}")
        is_chosen = day == context.subscriber.weekday
        composer.buttons(choice_button(capital(texts.weekday(day)), tapped, chosen=is_chosen))
    return composer.buttons(back_button(texts, "rhythm")).message()


def _add_sentences(composer: Composer, context: Context) -> None:
    for sentence in sentences(context):
        composer.line(sentence)


SCREENS = {
    "rhythm": Screen(_draw, _set, stays=True, parent=WHEN),
    "hour": Screen(_draw_hours, parent="rhythm"),
    "weekday": Screen(_draw_weekdays, parent="rhythm"),
}

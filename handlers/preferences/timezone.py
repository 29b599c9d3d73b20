"""The screens of the time zone: by button, by a city that is typed, by a shared place that is not kept."""

from datetime import datetime
from zoneinfo import ZoneInfo

from telegram import ForceReply, KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove, Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.timezones import COMMON, City, city_of, country_name, offset
from handlers.context import Context, topic_of
from handlers.guards import require_admin
from handlers.keyboards import parameters
from handlers.preferences.screens import Screen, back, ticked
from storage.words import ChatKind

QUESTION = mark("Reply to this message with the name of your city.")
_LIKELY = "likely"


async def _draw(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    subscribers = context.services.subscribers
    now, zone = subscribers.local_now(subscriber), subscribers.preferences(subscriber).zone.key
    composer = Composer().line(texts.say("Your time zone"), "bold").line()
    composer.line(_time_there(zone, context))
    buttons = [
        ticked(
            f"{city_of(one, texts.language)} · {_clock(now, one, texts)}",
            f"prefs:zone:{one}",
            chosen=one == zone,
        )
        for one in sorted({*COMMON, zone}, key=lambda one: offset(one, now))
    ]
    for place in range(0, len(buttons), 2):
        composer.buttons(*buttons[place : place + 2])
    composer.buttons(Button(texts.say("Write a city"), "prefs:ask:city"))
    if subscriber.kind is ChatKind.PRIVATE:
        composer.buttons(Button(texts.say("Share where I am"), "prefs:ask:place"))
    if subscriber.zone is not None:
        composer.buttons(Button(texts.say("The likely one of my language"), f"prefs:zone:{_LIKELY}"))
    return composer.buttons(back(texts)).message()


async def _set(context: Context, value: str) -> None:
    zone = None if value == _LIKELY else value
    await context.services.subscribers.set_zone(context.subscriber.chat_id, zone)


async def ask_city(update: Update, context: Context) -> None:
    """A question whose reply is the city."""
    placeholder = context.texts.say("Kyiv, for example")
    await _ask(update, context, QUESTION, ForceReply(selective=True, input_field_placeholder=placeholder))


async def ask_place(update: Update, context: Context) -> None:
    """A button at the input that shares the place, once."""
    button = KeyboardButton(context.texts.say("Share where I am"), request_location=True)
    markup = ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
    await _ask(
        update,
        context,
        mark("Tap the button below. I take the time zone of that place, and do not keep the place."),
        markup,
    )


async def city(update: Update, context: Context, name: str) -> None:
    """The city that was written: its zone holds from now on; of several, they choose."""
    await require_admin(update, context)
    found = await context.services.timezones.named(name)
    if len(found) == 1:
        await _take(update, context, found[0].zone)
    else:
        await context.show(update, _which(found, context))


async def place(update: Update, context: Context) -> None:
    """A place that was shared in a private chat: used once, and not kept.

    It may have been meant for somebody: so nothing is changed before they say so.
    """
    message = update.effective_message
    location = message.location if message else None
    if location is None:
        raise InvalidInputError(mark("I know no time zone at this place. Write a city, such as Kyiv."))
    zone = await context.services.timezones.at(location.latitude, location.longitude)
    texts, now = context.texts, context.services.subscribers.local_now(context.subscriber)
    composer = Composer().line(
        texts.say("It is {time} at this place. Is that your time?", time=_clock(now, zone, texts))
    )
    composer.line(texts.say("I did not keep the place. To tell our editors of it, write in words."))
    yes = texts.say("Yes, the time of {city}", city=city_of(zone, texts.language))
    await context.show(update, composer.buttons(Button(yes, f"prefs:zone:{zone}")).message())


async def _take(update: Update, context: Context, zone: str) -> None:
    await context.services.subscribers.set_zone(context.subscriber.chat_id, zone)
    await context.again()
    composer = Composer().line(_time_there(zone, context))
    answer = parameters(composer.message()) | {"reply_markup": ReplyKeyboardRemove()}
    if update.effective_chat is not None:
        await context.bot.send_message(update.effective_chat.id, message_thread_id=topic_of(update), **answer)


async def _ask(
    update: Update, context: Context, question: str, markup: ForceReply | ReplyKeyboardMarkup
) -> None:
    if update.effective_chat is None:
        return
    asked = parameters(Composer().text(context.texts.say(question)).message()) | {"reply_markup": markup}
    await context.bot.send_message(update.effective_chat.id, message_thread_id=topic_of(update), **asked)


def _clock(now: datetime, zone: str, texts: Texts) -> str:
    return texts.clock(now, ZoneInfo(zone))


def _time_there(zone: str, context: Context) -> str:
    texts = context.texts
    now = context.services.subscribers.local_now(context.subscriber)
    return texts.say(
        "Your time is that of {city}: it is {time} there.",
        city=city_of(zone, texts.language),
        time=_clock(now, zone, texts),
    )


def _which(found: list[City], context: Context) -> Message:
    texts = context.texts
    now = context.services.subscribers.local_now(context.subscriber)
    composer = Composer().text(texts.say("There are several cities of this name. Which one?"))
    for one in found:
        country = country_name(one.country, texts.language)
        label = f"{one.city}, {country} · {_clock(now, one.zone, texts)}"
        composer.buttons(Button(label, f"prefs:zone:{one.zone}"))
    return composer.buttons(back(texts)).message()


SCREENS = {"zone": Screen(_draw, _set)}

"""The screens of the time zone: choose it by button, by typing a city, or by sharing a location."""

from datetime import datetime
from zoneinfo import ZoneInfo

from telegram import ForceReply, KeyboardButton, ReplyKeyboardMarkup, ReplyKeyboardRemove, Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.cities import City
from bot.subscribers.timezones import COMMON, city_of, country_name, offset
from handlers.context import Context, topic_of
from handlers.guards import require_admin
from handlers.keyboards import parameters
from handlers.preferences.screens import Screen, back_button, choice_button, open_button, outdated
from storage.words import ChatKind

QUESTION = mark("Reply to this message with the name of your city.")
ASK = "ask"
"""The screen of the buttons that ask for a city or for a location."""

_LIKELY = "likely"
_CITY, _PLACE = "city", "place"


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Time zone"), "zone")


async def _draw(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    preferences = context.services.preferences
    now, zone = preferences.local_now(subscriber), preferences.pacing(subscriber).zone.key
    composer = Composer().line(texts.say("Your time zone"), "bold").line()
    composer.line(_time_there(zone, context))
    buttons = [
        choice_button(
            f"{city_of(other, texts.language)} · {_clock(now, other, texts)}",
            PreferencesButton("zone", other),
            chosen=other == zone,
        )
        for other in sorted({*COMMON, zone}, key=lambda other: offset(other, now))
    ]
    for first in range(0, len(buttons), 2):
        composer.buttons(*buttons[first : first + 2])
    composer.buttons(Button(texts.say("Write a city"), PreferencesButton(ASK, _CITY).data()))
    if subscriber.kind is ChatKind.PRIVATE:
        composer.buttons(Button(texts.say("Share where I am"), PreferencesButton(ASK, _PLACE).data()))
    if subscriber.zone is not None:
        likely = PreferencesButton("zone", _LIKELY)
        composer.buttons(Button(texts.say("The likely one of my language"), likely.data()))
    return composer.buttons(back_button(texts)).message()


async def _set(context: Context, tapped: PreferencesButton) -> None:
    zone = None if tapped.choice == _LIKELY else tapped.choice
    await context.services.preferences.set_zone(context.subscriber.chat_id, zone)


async def ask(update: Update, context: Context, tapped: PreferencesButton) -> None:
    """Ask for a city or for a location, as the button says."""
    if tapped.choice == _CITY:
        await _ask_city(update, context)
    elif tapped.choice == _PLACE:
        await _ask_place(update, context)
    else:
        raise outdated()


async def _ask_city(update: Update, context: Context) -> None:
    placeholder = context.texts.say("Kyiv, for example")
    await _ask(update, context, QUESTION, ForceReply(selective=True, input_field_placeholder=placeholder))


async def _ask_place(update: Update, context: Context) -> None:
    """Show a button below the input that shares the location once."""
    share = KeyboardButton(context.texts.say("Share where I am"), request_location=True)
    markup = ReplyKeyboardMarkup([[share]], resize_keyboard=True, one_time_keyboard=True)
    await _ask(
        update,
        context,
        mark("Tap the button below. I take the time zone of that place, and do not keep the place."),
        markup,
    )


async def city(update: Update, context: Context, name: str) -> None:
    """Set the zone of the city that was typed; if there are several of this name, show a choice."""
    await require_admin(update, context)
    found = await context.services.timezones.named(name)
    if len(found) == 1:
        await _set_typed(update, context, found[0].zone)
    else:
        await context.show(update, _choice_of(found, context))


async def location(update: Update, context: Context) -> None:
    """Offer the time zone of a location that was shared in a private chat. The location is not stored.

    It may have been meant for the editors, so nothing changes before the person confirms.
    """
    message = update.effective_message
    shared = message.location if message else None
    if shared is None:
        raise InvalidInputError(mark("I know no time zone at this place. Write a city, such as Kyiv."))
    zone = await context.services.timezones.at(shared.latitude, shared.longitude)
    texts, now = context.texts, context.services.preferences.local_now(context.subscriber)
    composer = Composer().line(
        texts.say("It is {time} at this place. Is that your time?", time=_clock(now, zone, texts))
    )
    composer.line(texts.say("I did not keep the place. To tell our editors of it, write in words."))
    yes = texts.say("Yes, the time of {city}", city=city_of(zone, texts.language))
    await context.show(
        update, composer.buttons(Button(yes, PreferencesButton("zone", zone).data())).message()
    )


async def _set_typed(update: Update, context: Context, zone: str) -> None:
    await context.services.preferences.set_zone(context.subscriber.chat_id, zone)
    await context.reload()
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
    now = context.services.preferences.local_now(context.subscriber)
    return texts.say(
        "Your time is that of {city}: it is {time} there.",
        city=city_of(zone, texts.language),
        time=_clock(now, zone, texts),
    )


def _choice_of(found: list[City], context: Context) -> Message:
    texts = context.texts
    now = context.services.preferences.local_now(context.subscriber)
    composer = Composer().text(texts.say("There are several cities of this name. Which one?"))
    for place in found:
        country = country_name(place.country, texts.language)
        label = f"{place.name}, {country} · {_clock(now, place.zone, texts)}"
        composer.buttons(Button(label, PreferencesButton("zone", place.zone).data()))
    return composer.buttons(back_button(texts)).message()


SCREENS = {"zone": Screen(_draw, _set)}

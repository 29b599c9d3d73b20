"""The screens of the time zone: choose it by button, by typing a city, or by sharing a location."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from telegram import KeyboardButton, Location, ReplyKeyboardMarkup, Update
from telegram import Message as Answer

from bot.i18n import Texts, mark
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message, in_pairs
from bot.subscribers.places import cities, places
from bot.subscribers.places.places import Place
from bot.subscribers.places.timezones import COMMON, offset, where_spoken
from handlers import dialogues
from handlers.context import Context
from handlers.preferences.screens import WHEN, Screen, back_button, choice_button, open_button, outdated
from storage.words import ChatKind

_QUESTION = mark("Which city are you in, or near?")
_WHAT = "city"
ASK = "ask"
"""The screen of the buttons that ask for a city or for a location."""

_LIKELY = "likely"
_CITY, _PLACE = "city", "place"


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Time zone"), "zone")


def named(context: Context) -> str:
    """Return the reader's time zone in words, for a time that stands before it: "London time", "UTC"."""
    place, texts = context.services.preferences.place(context.subscriber), context.texts
    name = place.name(texts.language)
    return name if place.is_nowhere else texts.say("{city} time", city=name)


def now_there(context: Context) -> str:
    """Say which time zone the reader has, and what time it is there."""
    return _time_there(context.services.preferences.place(context.subscriber), context)


async def _draw(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    composer = Composer().line(texts.say("Which time zone are you in?"), "bold").line()
    composer.line(_time_there(context.services.preferences.place(subscriber), context))
    for row in _city_buttons(context, COMMON):
        composer.buttons(*row)
    composer.buttons(Button(texts.say("Type a city"), PreferencesButton(ASK, _CITY).data()))
    if subscriber.kind is ChatKind.PRIVATE:
        composer.buttons(Button(texts.say("Share my location"), PreferencesButton(ASK, _PLACE).data()))
    if subscriber.zone is not None:
        likely = PreferencesButton("zone", _LIKELY)
        composer.buttons(Button(texts.say("Guess from my language"), likely.data()))
    return composer.buttons(back_button(texts, WHEN)).message()


async def _set(context: Context, tapped: PreferencesButton) -> None:
    await dialogues.end(context)
    await _choose(context, None if tapped.choice == _LIKELY else tapped.choice)


async def _choose(context: Context, key: str | None) -> None:
    """Set a place by its key, or a zone by its name; None: the likely one of the language."""
    preferences, chat_id = context.services.preferences, context.subscriber.chat_id
    if key is not None and key.isascii() and key.isdecimal():
        await preferences.set_city(chat_id, int(key))
    else:
        await preferences.set_zone(chat_id, key)


async def ask(update: Update, context: Context, tapped: PreferencesButton) -> None:
    """Ask for a city or for a location, as the button says."""
    if tapped.choice == _CITY:
        await ask_city(update, context)
    elif tapped.choice == _PLACE:
        await _ask_place(update, context)
    else:
        raise outdated()


async def ask_city(update: Update, context: Context) -> None:
    """Ask for the name of a city."""
    question = Composer().text(context.texts.say(_QUESTION)).message()
    await dialogues.ask(update, context, CityQuestion(), question)


async def _ask_place(update: Update, context: Context) -> None:
    """Show a button below the input that shares the location once. A city may be typed instead."""
    texts = context.texts
    share = KeyboardButton(texts.say("Share my location"), request_location=True)
    markup = ReplyKeyboardMarkup([[share]], resize_keyboard=True, one_time_keyboard=True)
    question = Composer().text(
        texts.say("Tap the button below. I use your location only to find the time zone, and do not keep it.")
    )
    await dialogues.ask(update, context, CityQuestion(), question.message(), markup=markup)


@dataclass(frozen=True, slots=True)
class CityQuestion:
    """Asks for the city, or the location, whose time zone the reader has."""

    for_editors: ClassVar[bool] = False

    @property
    def again(self) -> str:
        return PreferencesButton(ASK, _CITY).data()

    def dump(self) -> dict[str, Any]:
        return {"what": _WHAT}

    def example(self, context: Context) -> str:
        return context.texts.say("Kyiv, for example")

    def reads(self, message: Answer, /) -> bool:
        return bool(message.text or message.location)

    async def use(self, update: Update, context: Context, message: Answer) -> bool:
        """Set the zone of the city; if there are several of this name, show a choice, and stay open."""
        timezones = context.services.timezones
        if message.location:
            found = [await timezones.at(message.location.latitude, message.location.longitude)]
        else:
            found = await timezones.named(dialogues.words_of(message))
        if len(found) == 1:
            await _set_typed(update, context, found[0])
        else:
            await context.show(update, _choice_of(found, context))
        return len(found) == 1

    async def choices(self, context: Context) -> Sequence[Sequence[Button]]:
        return _city_buttons(context, where_spoken(context.texts.language))


def load(stored: Mapping[str, Any]) -> CityQuestion | None:
    """Return the question, if that is what is stored."""
    return CityQuestion() if stored.get("what") == _WHAT else None


async def offer(context: Context, shared: Location) -> Message:
    """Ask whether a location that nobody asked for is where the reader is. It is not stored.

    Raises NotFoundError where there is no time zone, as at sea.
    """
    place = await context.services.timezones.at(shared.latitude, shared.longitude)
    texts, now = context.texts, context.services.preferences.local_now(context.subscriber)
    composer = Composer().line(
        texts.say("It is {time} there. Is that your local time?", time=_spoken_clock(now, place, texts))
    )
    yes = Button(
        texts.say("Yes, {city} time", city=place.name(texts.language)),
        PreferencesButton("zone", place.key).data(),
    )
    return composer.buttons(yes).message()


async def _set_typed(update: Update, context: Context, place: Place) -> None:
    await _choose(context, place.key)
    await context.reload()
    composer = Composer().line(_time_there(place, context))
    if place.is_nowhere and place.is_fixed:
        composer.line(
            context.texts.say(
                "This time zone stays the same all year. If your clocks change in summer, name a "
                "city instead."
            )
        )
    await dialogues.remove_keyboard(update, context, composer.message())


def _city_buttons(context: Context, zones: Sequence[str]) -> list[Sequence[Button]]:
    """Return rows of buttons of these zones' cities and the present one, from west to east."""
    texts, preferences = context.texts, context.services.preferences
    now, here = preferences.local_now(context.subscriber), preferences.place(context.subscriber)
    offered = {place.key: place for place in (*map(places.of_zone, zones), here)}
    buttons = [
        choice_button(
            f"{place.name(texts.language)} · {_clock(now, place, texts)}",
            PreferencesButton("zone", key),
            chosen=place == here,
        )
        for key, place in sorted(offered.items(), key=lambda item: offset(item[1].zone, now))
    ]
    return in_pairs(buttons)


def _clock(now: datetime, place: Place, texts: Texts) -> str:
    return texts.clock(now, ZoneInfo(place.zone))


def _spoken_clock(now: datetime, place: Place, texts: Texts) -> str:
    return texts.spoken_clock(now, ZoneInfo(place.zone))


def _time_there(place: Place, context: Context) -> str:
    texts = context.texts
    now = context.services.preferences.local_now(context.subscriber)
    if place.is_nowhere:
        zone, time = place.name(texts.language), _spoken_clock(now, place, texts)
        return texts.say("Your time zone is {zone}. It is {time} now.", zone=zone, time=time)
    return texts.say(
        "Your time zone is {city}. It is {time} there.",
        city=place.name(texts.language),
        time=_spoken_clock(now, place, texts),
    )


def _choice_of(found: list[Place], context: Context) -> Message:
    """Ask which place was meant; where several lie in the United States, their states tell them apart."""
    texts = context.texts
    now = context.services.preferences.local_now(context.subscriber)
    if len({place.name(texts.language) for place in found}) == 1:
        question = texts.say("There are several cities with this name. Which one is yours?")
    else:
        question = texts.say("Which of these cities is yours?")
    composer = Composer().text(question)
    countries = Counter(place.city.country for place in found if place.city)
    for place in found:
        label = place.name(texts.language)
        if place.city:
            one = countries[place.city.country] == 1 or not place.city.state
            country = places.country_name(place.city.country, texts.language)
            label += f", {country if one else cities.states()[place.city.state]}"
        tapped = PreferencesButton("zone", place.key)
        composer.buttons(Button(f"{label} · {_clock(now, place, texts)}", tapped.data()))
    return composer.buttons(back_button(texts, WHEN)).message()


SCREENS = {"zone": Screen(_draw, _set, parent=WHEN)}

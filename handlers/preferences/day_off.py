"""/dayoff pauses pushes until a day, and gathers them in one message; /catchup sends that message at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from telegram import Message as Answer
from telegram import Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.buttons import DayOffButton, DayOffChoice, PreferencesButton
from bot.rendering.message import Button, Composer, Message, in_pairs
from bot.subscribers.moments import date_parser
from bot.subscribers.pacing import day_off_end, is_away
from bot.subscribers.stop_words import asks_to_end_day_off
from handlers import dialogues
from handlers.context import Context
from handlers.guards import require_admin
from handlers.keyboards import read_button
from handlers.preferences import timezone
from handlers.preferences.screens import back_button

_QUESTION = mark("On which day should I write again?")
_WHAT = "day off"
_OUTDATED = mark("This button is out of date. Try again: /dayoff")
_LENGTHS = {
    DayOffChoice.TODAY: mark("Today"),
    DayOffChoice.THREE_DAYS: mark("3 days"),
    DayOffChoice.WEEK: mark("A week"),
}


async def day_off(update: Update, context: Context) -> None:
    """Ask how long the day off should last; with words after the command, start it until that day."""
    words = " ".join(context.args or [])
    if not words:
        await context.show(update, _screen(context))
        return
    try:
        await _begin_until(update, context, words)
    except InvalidInputError as error:
        await dialogues.ask_again(update, context, DayQuestion(), error, tries=1)


async def choose(update: Update, context: Context) -> None:
    """Do what a button of /dayoff says: open the screen, ask for a day, end or start the day off."""
    choice = read_button(update, DayOffButton, _OUTDATED).choice
    if choice is None:
        await context.show(update, _screen(context))
        return
    await require_admin(update, context)
    if choice is DayOffChoice.ASK:
        await _ask(update, context)
    elif choice is DayOffChoice.END:
        await dialogues.end(context)
        await _end(update, context)
    else:
        await dialogues.end(context)
        zone, now = _local_time(context)
        await _begin(update, context, day_off_end(zone, now, int(choice)))


@dataclass(frozen=True, slots=True)
class DayQuestion:
    """Asks for the day on which a day off ends."""

    for_editors: ClassVar[bool] = False

    @property
    def again(self) -> str:
        return DayOffButton(DayOffChoice.ASK).data()

    def dump(self) -> dict[str, Any]:
        return {"what": _WHAT}

    def example(self, context: Context) -> str:
        _, now = _local_time(context)
        return context.texts.say(
            "{words} or {figures}", **date_parser.example(context.texts.language, now.date())
        )

    def reads(self, message: Answer, /) -> bool:
        return bool(message.text)

    async def use(self, update: Update, context: Context, message: Answer) -> bool:
        """Start a day off until the day that was typed, in words or figures."""
        await _begin_until(update, context, dialogues.words_of(message))
        return True

    async def choices(self, context: Context) -> Sequence[Sequence[Button]]:
        return in_pairs(_length_buttons(context.texts))


def load(stored: Mapping[str, Any]) -> DayQuestion | None:
    """Return the question, if that is what is stored."""
    return DayQuestion() if stored.get("what") == _WHAT else None


async def _begin_until(update: Update, context: Context, words: str) -> None:
    """Start a day off until a day in words. Raises InvalidInputError if that cannot be."""
    if asks_to_end_day_off(words):
        await _end(update, context)
        return
    zone, now = _local_time(context)
    end = date_parser.parse_end(words, context.texts.language, now.date())
    length = (end - now.date()).days
    await _begin(update, context, day_off_end(zone, now, length) if length > 0 else now)


async def catch_up(update: Update, context: Context) -> None:
    """Send what was held now; a day off goes on."""
    digests = context.services.digests
    caught_up = await digests.catch_up(context.subscriber.chat_id)
    message_id = await context.show(update, caught_up.message)
    if message_id is not None:
        newer = await digests.note(context.subscriber, caught_up, message_id)
        if newer is not None:
            await context.edit(context.subscriber.chat_id, message_id, newer)


def button(texts: Texts, *, away: bool) -> Button:
    """Return the button that opens the screen, or ends a day off that is going on."""
    if away:
        return Button(texts.say("End the break"), DayOffButton(DayOffChoice.END).data())
    return Button(texts.say("Day off"), DayOffButton().data())


async def _begin(update: Update, context: Context, end: datetime) -> None:
    await context.services.days_off.start(context.subscriber.chat_id, end)
    await context.reload()
    await context.show(update, _screen(context))


async def _end(update: Update, context: Context) -> None:
    """End the day off, and say what comes now."""
    held = await context.services.days_off.end(context.subscriber.chat_id)
    await context.reload()
    await context.show(update, _ended(context.texts, held))


async def _ask(update: Update, context: Context) -> None:
    question = Composer().text(context.texts.say(_QUESTION)).message()
    await dialogues.ask(update, context, DayQuestion(), question)


def _screen(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    zone, now = _local_time(context)
    away = subscriber.away_until if is_away(subscriber.away_until, now) else None
    if away is None:
        composer = Composer().line(texts.say("A break from stories"), "bold").line()
        composer.line(
            texts.say(
                "You will get no stories until it ends. If you miss any, you will get them in one "
                "message afterwards."
            )
        )
        composer.line(texts.say("How long would you like?"))
    else:
        composer = Composer().line(texts.say("Enjoy your break!"), "bold").line()
        composer.line(
            texts.say(
                "I will be quiet until {day} ({zone}).",
                day=texts.day(away, zone),
                zone=timezone.named(context),
            )
        )
        composer.line(
            texts.say(
                "If you miss any stories, you will get them in one message afterwards. To see them "
                "sooner: /catchup"
            )
        )
        composer.buttons(button(texts, away=True))
    another = Button(texts.say("Until another day …"), DayOffButton(DayOffChoice.ASK).data())
    return composer.pairs([*_length_buttons(texts), another]).buttons(back_button(texts)).message()


def _length_buttons(texts: Texts) -> list[Button]:
    return [Button(texts.say(label), DayOffButton(choice).data()) for choice, label in _LENGTHS.items()]


def _ended(texts: Texts, held: int | None) -> Message:
    """Return the answer to a reader who is back. It promises a message only where something is held."""
    if held is None:
        composer = Composer().line(texts.say("You are not taking a break now."), "bold").line()
        composer.line(texts.say("To take one: /dayoff"))
    elif held == 0:
        composer = Composer().line(texts.say("Your break is over."), "bold").line()
        composer.line(texts.say("You have not missed any stories. New stories arrive as before."))
    else:
        composer = Composer().line(texts.say("Your break is over."), "bold").line()
        composer.line(
            texts.say("You will get the stories you missed in one message, now or after your quiet hours.")
        )
    return composer.buttons(Button(texts.say("Preferences"), PreferencesButton("overview").data())).message()


def _local_time(context: Context) -> tuple[ZoneInfo, datetime]:
    preferences = context.services.preferences
    return preferences.pacing(context.subscriber).zone, preferences.local_now(context.subscriber)

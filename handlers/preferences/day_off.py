"""/dayoff: nothing comes until a day, and then one gathered message. /catchup: the same at once."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from telegram import ForceReply, Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.message import Button, Composer, Message
from bot.subscribers import days
from bot.subscribers.pacing import day_off_end, is_away
from handlers.context import Context, topic_of
from handlers.guards import require_admin
from handlers.keyboards import parameters

QUESTION = mark("Reply to this message with the day on which I may write again.")
_OLD = mark("This button is from an older version. Ask anew: /dayoff")
_DAYS = {"1": mark("Today"), "3": mark("3 days"), "7": mark("A week")}


async def day_off(update: Update, context: Context) -> None:
    """/dayoff: how long, by button; with words behind it, until then."""
    words = " ".join(context.args or [])
    if words:
        await until(update, context, words)
    else:
        await context.show(update, _screen(context))


async def choose(update: Update, context: Context) -> None:
    """A button of /dayoff."""
    query = update.callback_query
    found = re.fullmatch(r"dayoff(?::(1|3|7|end|ask))?", (query.data if query else None) or "")
    if found is None:
        raise InvalidInputError(_OLD)
    if found[1] is None:
        await context.show(update, _screen(context))
        return
    await require_admin(update, context)
    if found[1] == "ask":
        await _ask(update, context)
    elif found[1] == "end":
        await context.services.subscribers.end_day_off(context.subscriber.chat_id)
        await context.again()
        await context.show(update, _ended(context.texts))
    else:
        zone, now = _place_and_time(context)
        await _begin(update, context, day_off_end(zone, now, int(found[1])))


async def until(update: Update, context: Context, words: str) -> None:
    """Until a day that was written in words or figures."""
    await require_admin(update, context)
    zone, now = _place_and_time(context)
    end = days.until(words, context.texts.language, now.date())
    length = (end - now.date()).days
    await _begin(update, context, day_off_end(zone, now, length) if length > 0 else now)


async def catch_up(update: Update, context: Context) -> None:
    """/catchup: what was held comes now; a day off goes on."""
    digests = context.services.digests
    caught_up = await digests.catch_up(context.subscriber.chat_id)
    message_id = await context.show(update, caught_up.message)
    if message_id is not None:
        newer = await digests.note(context.subscriber, caught_up, message_id)
        if newer is not None:
            await context.edit(context.subscriber.chat_id, message_id, newer)


def button(texts: Texts, *, away: bool) -> Button:
    """The way to a day off, or out of it."""
    return (
        Button(texts.say("End the day off"), "dayoff:end") if away else Button(texts.say("Day off"), "dayoff")
    )


async def _begin(update: Update, context: Context, end: datetime) -> None:
    await context.services.subscribers.start_day_off(context.subscriber.chat_id, end)
    await context.again()
    await context.show(update, _screen(context))


async def _ask(update: Update, context: Context) -> None:
    texts = context.texts
    _, now = _place_and_time(context)
    example = days.example(texts.language, now.date())
    placeholder = texts.say("{words}, or {figures}", **example)
    markup = ForceReply(selective=True, input_field_placeholder=placeholder)
    asked = parameters(Composer().text(texts.say(QUESTION)).message()) | {"reply_markup": markup}
    await context.bot.send_message(context.subscriber.chat_id, message_thread_id=topic_of(update), **asked)


def _screen(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    zone, now = _place_and_time(context)
    away = subscriber.away_until if is_away(subscriber.away_until, now) else None
    if away is None:
        composer = Composer().line(texts.say("A day off"), "bold").line()
        composer.line(texts.say("Nothing comes to you meanwhile. Then one message tells what happened."))
        composer.line(texts.say("How long?"))
    else:
        composer = Composer().line(texts.say("Enjoy your day off!"), "bold").line()
        composer.line(texts.say("I will be quiet until {day}.", day=texts.day(away, zone)))
        composer.line(texts.say("Then one message tells what happened. To see it before: /catchup"))
        composer.buttons(button(texts, away=True))
    composer.buttons(*(Button(texts.say(label), f"dayoff:{days}") for days, label in _DAYS.items()))
    return composer.buttons(Button(texts.say("Until another day"), "dayoff:ask")).message()


def _ended(texts: Texts) -> Message:
    composer = Composer().line(texts.say("The day off is over."), "bold").line()
    composer.line(texts.say("What happened meanwhile comes in one message, now or after your quiet hours."))
    return composer.buttons(Button(texts.say("Preferences"), "prefs:overview")).message()


def _place_and_time(context: Context) -> tuple[ZoneInfo, datetime]:
    subscribers = context.services.subscribers
    return subscribers.preferences(context.subscriber).zone, subscribers.local_now(context.subscriber)

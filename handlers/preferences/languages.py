"""/language, and the screens of the languages: the bot's, and those of the stories."""

import re

from telegram import Update

from bot.i18n import languages, own_name
from bot.rendering.message import Button, Composer, Message
from handlers.context import Context
from handlers.preferences.screens import Screen, back, outdated, ticked


async def language(update: Update, context: Context) -> None:
    """The bot's language."""
    await context.show(update, await _draw_own(context))


async def _draw_own(context: Context) -> Message:
    texts = context.texts
    composer = Composer().text(texts.say("In which language shall I speak with you?"))
    for code in languages():
        chosen = code == context.subscriber.language
        composer.buttons(ticked(own_name(code), f"prefs:language:{code}", chosen=chosen))
    return composer.buttons(back(texts)).message()


async def _set_own(context: Context, value: str) -> None:
    await context.services.subscribers.set_language(context.subscriber.chat_id, value)


async def _draw_told(context: Context) -> Message:
    texts, wanted = context.texts, _told(context)
    composer = Composer().line(texts.say("In which languages may stories come?"), "bold").line()
    composer.line(
        texts.say(
            "A story that is told in several comes in one of these. "
            "One that is told in none of them does not come."
        )
    )
    for code in sorted({*languages(), *wanted}):
        data = f"prefs:told:{code}:{int(code not in wanted)}"
        composer.buttons(ticked(own_name(code), data, chosen=code in wanted))
    composer.buttons(ticked(texts.say("Any language"), "prefs:told:any", chosen=not wanted))
    return composer.buttons(back(texts)).message()


async def _set_told(context: Context, value: str) -> None:
    """One language in or out: its code, and 1 or 0; or any."""
    found = re.fullmatch(r"([a-z]{2,3}):([01])", value)
    wanted = _told(context) if found else set()
    if (found[1] not in {*languages(), *wanted}) if found else value != "any":
        raise outdated()
    if found:
        wanted = wanted - {found[1]} | ({found[1]} if found[2] == "1" else set())
    await context.services.subscribers.set_story_languages(context.subscriber.chat_id, wanted)


def _told(context: Context) -> set[str]:
    return set(context.subscriber.story_languages.split())


def buttons(context: Context) -> tuple[Button, Button]:
    """The way to both screens."""
    texts = context.texts
    return Button(texts.say("Language"), "prefs:language"), Button(texts.say("Stories in"), "prefs:told")


SCREENS = {"language": Screen(_draw_own, _set_own), "told": Screen(_draw_told, _set_told, stays=True)}

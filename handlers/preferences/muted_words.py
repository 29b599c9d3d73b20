"""/mute, /unmute and the screen of muted words: words and names whose stories do not come."""

import hashlib

from telegram import ForceReply, Update

from bot.i18n import Texts, mark
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.muted_words import listed
from handlers.context import Context, topic_of
from handlers.guards import require_admin
from handlers.keyboards import parameters
from handlers.preferences.screens import Screen, back_button, open_button, outdated

QUESTION = mark("Reply with words or names to mute, separated by commas.")
ASK = "askword"
"""The screen of the button that asks for a word."""

_A_ROW = 2  # buttons


async def mute(update: Update, context: Context) -> None:
    """Mute the words after the command; without any, show what is muted."""
    words = " ".join(context.args or [])
    if words:
        await add(update, context, words)
    else:
        await context.show(update, await _draw(context))


async def unmute(update: Update, context: Context) -> None:
    """Let stories come again that have the word or name after the command; without one, show the buttons."""
    words = " ".join(context.args or [])
    if words:
        await context.services.preferences.unmute(context.subscriber.chat_id, words)
        await context.reload()
    await context.show(update, await _draw(context))


async def add(update: Update, context: Context, typed: str) -> None:
    """Mute the words or names that were typed, and show what is muted now."""
    await require_admin(update, context)
    await context.services.preferences.mute(context.subscriber.chat_id, typed)
    await context.reload()
    await context.show(update, await _draw(context))


async def ask(update: Update, context: Context) -> None:
    """Ask for a word or a name."""
    texts = context.texts
    markup = ForceReply(selective=True, input_field_placeholder=texts.say("war, Jane Smith"))
    asked = parameters(Composer().text(texts.say(QUESTION)).message()) | {"reply_markup": markup}
    await context.bot.send_message(context.subscriber.chat_id, message_thread_id=topic_of(update), **asked)


def sentences(context: Context) -> list[str]:
    """Say how many words are muted, if there are any."""
    number = len(listed(context.subscriber.muted_words))
    if not number:
        return []
    return [context.texts.count("{number} word is muted.", "{number} words are muted.", number)]


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Muted words"), "muted")


async def _draw(context: Context) -> Message:
    texts, muted = context.texts, listed(context.subscriber.muted_words)
    composer = Composer().line(texts.say("Muted words"), "bold").line()
    composer.line(
        texts.say("A story with a muted word or name does not come to you, not even as urgent news.")
    )
    composer.line(texts.say("You still find it when you look for it: /latest, /search"))
    if muted:
        composer.line().line(texts.say("Tap a word to unmute it."))
    buttons = [
        Button(f"✕ {phrase}", PreferencesButton("muted", _key(phrase), wanted=False).data())
        for phrase in muted
    ]
    for first in range(0, len(buttons), _A_ROW):
        composer.buttons(*buttons[first : first + _A_ROW])
    composer.buttons(Button(texts.say("Mute a word"), PreferencesButton(ASK, "word").data()))
    return composer.buttons(back_button(texts)).message()


async def _remove(context: Context, tapped: PreferencesButton) -> None:
    """Unmute the word of a button; of one that is not muted any more, nothing is left to do."""
    if tapped.wanted is not False:
        raise outdated()
    for phrase in listed(context.subscriber.muted_words):
        if _key(phrase) == tapped.choice:
            await context.services.preferences.unmute(context.subscriber.chat_id, phrase)


def _key(phrase: str) -> str:
    """Return what stands for a word in a button, which may be too small for the word."""
    return hashlib.sha256(phrase.encode()).hexdigest()[:16]


SCREENS = {"muted": Screen(_draw, _remove, stays=True)}

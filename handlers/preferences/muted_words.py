"""/mute, /unmute and the screen of muted words: words and names whose stories do not come."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from telegram import Message as Answer
from telegram import Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.muted_words import listed
from handlers import dialogues
from handlers.context import Context
from handlers.preferences.screens import WHAT, Screen, back_button, open_button, outdated

_QUESTION = mark("Which words or names should I mute? Separate them with commas.")
_WHAT = "muted words"
ASK = "askword"
"""The screen of the button that asks for a word."""


async def mute(update: Update, context: Context) -> None:
    """Mute the words after the command; without any, show what is muted."""
    words = " ".join(context.args or [])
    if not words:
        await context.show(update, await _draw(context))
        return
    try:
        await _add(update, context, words)
    except InvalidInputError as error:
        await dialogues.ask_again(update, context, WordsQuestion(), error, tries=1)


async def unmute(update: Update, context: Context) -> None:
    """Let stories come again that have the word or name after the command; without one, show the buttons."""
    words = " ".join(context.args or [])
    if words:
        await context.services.preferences.unmute(context.subscriber.chat_id, words)
        await context.reload()
    await context.show(update, await _draw(context))


async def _add(update: Update, context: Context, typed: str) -> None:
    """Mute the words or names that were typed, and show what is muted now."""
    await context.services.preferences.mute(context.subscriber.chat_id, typed)
    await context.reload()
    await context.show(update, await _draw(context))


async def ask(update: Update, context: Context) -> None:
    """Ask for words or names."""
    question = Composer().text(context.texts.say(_QUESTION)).message()
    await dialogues.ask(update, context, WordsQuestion(), question)


@dataclass(frozen=True, slots=True)
class WordsQuestion:
    """Asks for words or names to mute."""

    for_editors: ClassVar[bool] = False

    @property
    def again(self) -> str:
        return PreferencesButton(ASK, "word").data()

    def dump(self) -> dict[str, Any]:
        return {"what": _WHAT}

    def example(self, context: Context) -> str:
        return context.texts.say("war, Jane Smith")

    def reads(self, message: Answer, /) -> bool:
        return bool(message.text)

    async def use(self, update: Update, context: Context, message: Answer) -> bool:
        """Mute the words that were typed."""
        await _add(update, context, dialogues.words_of(message))
        return True

    async def choices(self, _context: Context) -> Sequence[Sequence[Button]]:
        """Return none: nobody can guess which words."""
        return ()


def load(stored: Mapping[str, Any]) -> WordsQuestion | None:
    """Return the question, if that is what is stored."""
    return WordsQuestion() if stored.get("what") == _WHAT else None


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
    composer.line(texts.say("You do not get stories with a muted word or name, not even urgent ones."))
    composer.line(texts.say("You can still find them: /latest, /search"))
    if muted:
        composer.line()
        for sentence in sentences(context):
            composer.line(sentence)
        composer.line(texts.say("Tap a word to unmute it."))
    buttons = [
        Button(f"✕ {phrase}", PreferencesButton("muted", _key(phrase), wanted=False).data())
        for phrase in muted
    ]
    composer.pairs(buttons).buttons(Button(texts.say("Mute a word"), PreferencesButton(ASK, "word").data()))
    return composer.buttons(back_button(texts, WHAT)).message()


async def _remove(context: Context, tapped: PreferencesButton) -> None:
    """Unmute the word of a button; of one that is not muted any more, nothing is left to do."""
    if tapped.wanted is not False:
        raise outdated()
    for phrase in listed(context.subscriber.muted_words):
        if _key(phrase) == tapped.choice:
            await context.services.preferences.unmute(context.subscriber.chat_id, phrase)


def _key(phrase: str) -> str:
    """Return a short checksum of a word, for a button: the word itself may be too long."""
    return hashlib.sha256(phrase.encode()).hexdigest()[:16]


SCREENS = {"muted": Screen(_draw, _remove, stays=True, parent=WHAT)}

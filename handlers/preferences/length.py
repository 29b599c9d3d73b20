"""The screen of the Length: choose how many sentences a story's summary has."""

from bot.i18n import Texts
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from handlers.context import Context
from handlers.preferences.screens import WHAT, Screen, back_button, choice_button, open_button, outdated
from storage.words import SENTENCES, Length


def sentences(context: Context) -> list[str]:
    """Say how many sentences a summary has."""
    texts = context.texts
    number = _number_of_sentences(context.subscriber.length, texts)
    return [texts.say("Each summary has {sentences}.", sentences=number)]


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Summary length"), "length")


async def _draw(context: Context) -> Message:
    texts = context.texts
    composer = Composer().line(texts.say("How long should summaries be?"), "bold").line()
    for sentence in sentences(context):
        composer.line(sentence)
    for length in Length:
        chosen = length is context.subscriber.length
        label = _number_of_sentences(length, texts)
        composer.buttons(choice_button(label, PreferencesButton("length", length), chosen=chosen))
    return composer.buttons(back_button(texts, WHAT)).message()


async def _set(context: Context, tapped: PreferencesButton) -> None:
    if tapped.choice not in set(Length):
        raise outdated()
    await context.services.preferences.set_length(context.subscriber.chat_id, Length(tapped.choice))


def _number_of_sentences(length: Length, texts: Texts) -> str:
    return texts.count("{number} sentence", "{number} sentences", SENTENCES[length])


SCREENS = {"length": Screen(_draw, _set, parent=WHAT)}

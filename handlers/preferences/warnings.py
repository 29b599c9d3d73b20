"""The screen of content warnings: show such stories, warn first, or send them by day only."""

from bot.i18n import Texts
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from handlers.context import Context
from handlers.preferences.screens import WHAT, Screen, back_button, choice_button, open_button, outdated
from storage.words import WarnedStories


def sentences(context: Context) -> list[str]:
    """Say how stories with a warning come."""
    texts = context.texts
    match context.subscriber.warned_stories:
        case WarnedStories.SHOW:
            return [texts.say("Stories with a warning arrive as usual, with the warning above them.")]
        case WarnedStories.BY_DAY:
            return [texts.say("Stories with a warning arrive only during the day.")]
        case WarnedStories.WARN:
            return [texts.say("Stories with a warning show the warning first.")]


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Warnings"), "warnings")


async def _draw(context: Context) -> Message:
    texts = context.texts
    composer = Composer().line(texts.say("Warnings"), "bold").line()
    composer.line(texts.say("Our editors mark stories about violence, death and the suffering of children."))
    for sentence in sentences(context):
        composer.line(sentence)
    composer.line().line(texts.say("How would you like to get stories with a warning?"))
    for choice, label in (
        (WarnedStories.WARN, texts.say("The warning first, the story after a tap")),
        (WarnedStories.SHOW, texts.say("The story, with the warning above it")),
        (WarnedStories.BY_DAY, texts.say("Only during the day")),
    ):
        chosen = choice is context.subscriber.warned_stories
        composer.buttons(choice_button(label, PreferencesButton("warnings", choice), chosen=chosen))
    return composer.buttons(back_button(texts, WHAT)).message()


async def _set(context: Context, tapped: PreferencesButton) -> None:
    if tapped.choice not in set(WarnedStories):
        raise outdated()
    choice = WarnedStories(tapped.choice)
    await context.services.preferences.set_warned_stories(context.subscriber.chat_id, choice)


SCREENS = {"warnings": Screen(_draw, _set, parent=WHAT)}

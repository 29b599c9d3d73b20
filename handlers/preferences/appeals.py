"""The screen of the Appeal cap: how often a story may mention how to help."""

from bot.i18n import Texts
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message
from handlers.context import Context
from handlers.preferences.screens import Screen, back_button, choice_button, open_button, outdated
from storage.words import AppealRhythm


def sentences(context: Context) -> list[str]:
    """Say how often help may be mentioned."""
    texts = context.texts
    by_rhythm = {
        AppealRhythm.EVERY_STORY: texts.say("An appeal may come with every story."),
        AppealRhythm.WEEKLY: texts.say("You see an appeal at most once a week."),
        AppealRhythm.MONTHLY: texts.say("You see an appeal at most once a month."),
        AppealRhythm.ON_REQUEST: texts.say("You see appeals only when you ask: /donate"),
    }
    until = context.subscriber.helped_until
    pacing = context.services.preferences
    if not pacing.has_helped(context.subscriber) or until is None:
        return [by_rhythm[context.subscriber.appeal_rhythm]]
    day = texts.date(until, pacing.pacing(context.subscriber).zone)
    return [texts.say("You helped: no appeal comes with your stories before {date}. /helped", date=day)]


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Appeals"), "appeals")


async def _draw(context: Context) -> Message:
    texts = context.texts
    composer = Composer().line(texts.say("How often may I show you an appeal for help?"), "bold").line()
    composer.line(
        texts.say("An appeal may come with a story. You can see all appeals at any time: /donate")
    ).line()
    for sentence in sentences(context):
        composer.line(sentence)
    for rhythm, label in (
        (AppealRhythm.EVERY_STORY, texts.say("With every story")),
        (AppealRhythm.WEEKLY, texts.say("At most weekly")),
        (AppealRhythm.MONTHLY, texts.say("At most monthly")),
        (AppealRhythm.ON_REQUEST, texts.say("Only when I ask")),
    ):
        chosen = rhythm is context.subscriber.appeal_rhythm
        composer.buttons(choice_button(label, PreferencesButton("appeals", rhythm), chosen=chosen))
    return composer.buttons(back_button(texts)).message()


async def _set(context: Context, tapped: PreferencesButton) -> None:
    if tapped.choice not in set(AppealRhythm):
        raise outdated()
    rhythm = AppealRhythm(tapped.choice)
    await context.services.preferences.set_appeal_rhythm(context.subscriber.chat_id, rhythm)


SCREENS = {"appeals": Screen(_draw, _set)}

"""The screens between the overview and the others: when, what, which languages, and when it is quiet."""

from collections.abc import Sequence

from bot.i18n import Texts
from bot.rendering.buttons import FollowedThreads, PreferencesButton
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.pacing import is_away
from handlers.context import Context
from handlers.preferences import (
    languages,
    length,
    muted_words,
    quiet_hours,
    rest_days,
    rhythm,
    sound,
    timezone,
    topics,
    warnings,
)
from handlers.preferences.screens import LANGUAGES, QUIET, WHAT, WHEN, Screen, back_button, outdated
from storage.words import SubscriberState


def when(context: Context, *, zone: bool = True) -> list[str]:
    """Say when stories come; if none come now, say that, or until when the day off lasts.

    zone: whether to name the time zone, as in `rhythm.sentences`.
    """
    texts, subscriber = context.texts, context.subscriber
    if subscriber.state is not SubscriberState.ACTIVE:
        return [texts.say("New stories are turned off.")]
    if subscriber.away_until is not None and on_day_off(context):
        day = texts.day(subscriber.away_until, context.services.preferences.pacing(subscriber).zone)
        return [texts.say("You are taking a break until {day}.", day=day)]
    return rhythm.sentences(context, zone=zone)


def on_day_off(context: Context) -> bool:
    """Return whether a day off is going on."""
    now = context.services.preferences.local_now(context.subscriber)
    return is_away(context.subscriber.away_until, now)


async def _draw_when(context: Context) -> Message:
    texts = context.texts
    rows = ((rhythm.button(texts), timezone.button(texts)), (_pushes_button(context),))
    return _group(texts.say("Timing"), [*when(context, zone=False), timezone.now_there(context)], rows, texts)


async def _draw_what(context: Context) -> Message:
    texts = context.texts
    number = len(await context.services.threads.followed(context.subscriber))
    sentences = [
        *await topics.sentences(context),
        *length.sentences(context),
        *muted_words.sentences(context),
        *warnings.sentences(context),
    ]
    if number:
        sentences.append(
            texts.count("You follow {number} running story.", "You follow {number} running stories.", number)
        )
    followed = Button(texts.say("Stories you follow"), FollowedThreads().data())
    rows = (
        (topics.button(texts), length.button(texts)),
        (muted_words.button(texts), warnings.button(texts)),
        (followed,),
    )
    return _group(texts.say("Content"), sentences, rows, texts)


async def _draw_languages(context: Context) -> Message:
    texts = context.texts
    sentences = [*languages.sentences(context), *await languages.missing(context)]
    return _group(texts.say("Languages"), sentences, (languages.buttons(context),), texts)


async def _draw_quiet(context: Context) -> Message:
    texts = context.texts
    sentences = [
        *quiet_hours.sentences(context),
        *rest_days.sentences(context),
        *sound.sentences(context),
    ]
    rows = ((quiet_hours.button(texts), rest_days.button(texts)), (sound.button(texts),))
    return _group(texts.say("Quiet times"), sentences, rows, texts)


def _group(title: str, sentences: Sequence[str], rows: Sequence[Sequence[Button]], texts: Texts) -> Message:
    """Return a screen that says what is set, with a button to each screen that changes it."""
    composer = Composer().line(title, "bold").line()
    for sentence in sentences:
        composer.line(sentence)
    for row in rows:
        composer.buttons(*row)
    return composer.buttons(back_button(texts)).message()


def _pushes_button(context: Context) -> Button:
    texts = context.texts
    if context.subscriber.state is SubscriberState.ACTIVE:
        return Button(texts.say("Turn new stories off"), PreferencesButton("pushes", "off").data())
    return Button(texts.say("Turn new stories on"), PreferencesButton("pushes", "on").data())


async def _set_pushes(context: Context, button: PreferencesButton) -> None:
    states = {"on": SubscriberState.ACTIVE, "off": SubscriberState.PAUSED}
    if button.choice not in states:
        raise outdated()
    await context.services.subscribers.set_state(context.subscriber.chat_id, states[button.choice])


SCREENS = {
    WHEN: Screen(_draw_when),
    "pushes": Screen(_draw_when, _set_pushes, stays=True),
    WHAT: Screen(_draw_what),
    LANGUAGES: Screen(_draw_languages),
    QUIET: Screen(_draw_quiet),
}

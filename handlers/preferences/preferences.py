"""/preferences: what a chat prefers, in whole sentences, with a button to each screen."""

from telegram import Update

from bot.i18n import Texts
from bot.rendering.buttons import FollowedThreads, PreferencesButton
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.pacing import is_away
from handlers.context import Context
from handlers.guards import require_admin
from handlers.keyboards import read_button
from handlers.preferences import (
    appeals,
    day_off,
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
from handlers.preferences.screens import OUTDATED, Screen, outdated
from storage.words import SubscriberState


async def preferences(update: Update, context: Context) -> None:
    """Show all preferences at a glance."""
    await context.show(update, await _overview(context))


async def choose(update: Update, context: Context) -> None:
    """Open the screen of a button, or store what the button chooses."""
    button = read_button(update, PreferencesButton, OUTDATED)
    if button.screen == timezone.ASK:
        await timezone.ask(update, context, button)
    elif button.screen == muted_words.ASK:
        await muted_words.ask(update, context)
    elif button.screen == quiet_hours.UNTIL:
        await context.show(update, await quiet_hours.draw_until(context, button))
    elif button.screen not in SCREENS:
        raise outdated()
    elif button.choice is None:
        await context.show(update, await SCREENS[button.screen].draw(context))
    else:
        await _change(update, context, button)


async def _change(update: Update, context: Context, button: PreferencesButton) -> None:
    screen = SCREENS[button.screen]
    if screen.change is None:
        raise outdated()
    await require_admin(update, context)
    await screen.change(context, button)
    await context.reload()
    await context.show(update, await (screen.draw if screen.stays else _overview)(context))


async def _overview(context: Context) -> Message:
    texts = context.texts
    followed = len(await context.services.threads.followed(context.subscriber))
    composer = Composer().line(texts.say("Your preferences"), "bold").line()
    for sentence in (
        *_state_sentences(context),
        *languages.sentences(context),
        *length.sentences(context),
        *await topics.sentences(context),
        *_followed_sentences(followed, texts),
        *rhythm.sentences(context),
        *quiet_hours.sentences(context),
        *rest_days.sentences(context),
        *appeals.sentences(context),
        *sound.sentences(context),
        *muted_words.sentences(context),
        *warnings.sentences(context),
    ):
        composer.line(sentence)
    for row in (
        languages.buttons(context),
        (length.button(texts), topics.button(texts)),
        (Button(texts.say("Stories that you follow"), FollowedThreads().data()) if followed else None,),
        (rhythm.button(texts), timezone.button(texts)),
        (quiet_hours.button(texts), rest_days.button(texts)),
        (appeals.button(texts), sound.button(texts)),
        (muted_words.button(texts), warnings.button(texts)),
        (day_off.button(texts, away=_is_away(context)), _pushes_button(context.subscriber.state, texts)),
    ):
        composer.buttons(*row)
    return composer.message()


def _state_sentences(context: Context) -> list[str]:
    """Say that no stories come, or until when the day off lasts, if that is so."""
    texts, subscriber = context.texts, context.subscriber
    if subscriber.state is not SubscriberState.ACTIVE:
        return [texts.say("New stories do not come to you now.")]
    if subscriber.away_until is not None and _is_away(context):
        zone = context.services.preferences.pacing(subscriber).zone
        return [
            texts.say("You have a day off. It ends on {day}.", day=texts.day(subscriber.away_until, zone))
        ]
    return []


def _followed_sentences(number: int, texts: Texts) -> list[str]:
    if not number:
        return []
    return [texts.count("You follow {number} running story.", "You follow {number} running stories.", number)]


def _is_away(context: Context) -> bool:
    now = context.services.preferences.local_now(context.subscriber)
    return is_away(context.subscriber.away_until, now)


def _pushes_button(state: SubscriberState, texts: Texts) -> Button:
    if state is SubscriberState.ACTIVE:
        return Button(texts.say("Turn new stories off"), PreferencesButton("pushes", "off").data())
    return Button(texts.say("Turn new stories on"), PreferencesButton("pushes", "on").data())


async def _set_pushes(context: Context, button: PreferencesButton) -> None:
    states = {"on": SubscriberState.ACTIVE, "off": SubscriberState.PAUSED}
    if button.choice not in states:
        raise outdated()
    await context.services.subscribers.set_state(context.subscriber.chat_id, states[button.choice])


SCREENS = {
    "overview": Screen(_overview),
    "pushes": Screen(_overview, _set_pushes),
    **languages.SCREENS,
    **length.SCREENS,
    **topics.SCREENS,
    **rhythm.SCREENS,
    **timezone.SCREENS,
    **quiet_hours.SCREENS,
    **rest_days.SCREENS,
    **appeals.SCREENS,
    **sound.SCREENS,
    **muted_words.SCREENS,
    **warnings.SCREENS,
}
"""Every screen by the name that its buttons carry."""

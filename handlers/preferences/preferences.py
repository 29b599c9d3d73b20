"""/preferences: what a chat prefers, in whole sentences, with a button for each."""

from telegram import Update

from bot.i18n import Texts
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.pacing import is_away
from handlers.context import Context
from handlers.guards import require_admin
from handlers.preferences import day_off, languages, quiet_hours, rhythm, sentences, timezone, topics
from handlers.preferences.screens import Screen, back, outdated, ticked
from storage.words import AppealRhythm, Length, SubscriberState


async def preferences(update: Update, context: Context) -> None:
    """Everything at a glance, with a button for each."""
    await context.show(update, await _overview(context))


async def choose(update: Update, context: Context) -> None:
    """A button of one of these messages."""
    query = update.callback_query
    _, _, asked = ((query.data if query else None) or "").partition(":")
    noun, has_value, value = asked.partition(":")
    if asked == "overview":
        await preferences(update, context)
    elif asked == "ask:city":
        await timezone.ask_city(update, context)
    elif asked == "ask:place":
        await timezone.ask_place(update, context)
    elif noun == "quietuntil":
        await context.show(update, await quiet_hours.draw_until(context, value))
    elif noun not in _SCREENS:
        raise outdated()
    elif not has_value:
        await context.show(update, await _SCREENS[noun].draw(context))
    else:
        await _change(update, context, _SCREENS[noun], value)


async def _change(update: Update, context: Context, screen: Screen, value: str) -> None:
    await require_admin(update, context)
    await screen.change(context, value)
    await context.again()
    await context.show(update, await (screen.draw if screen.stays else _overview)(context))


async def _overview(context: Context) -> Message:
    texts, subscriber = context.texts, context.subscriber
    subscribers = context.services.subscribers
    now = subscribers.local_now(subscriber)
    choices = sentences.Choices(
        subscriber,
        subscribers.preferences(subscriber),
        await subscribers.choices(subscriber),
        len(await context.services.threads.followed(subscriber)),
        now,
    )
    composer = Composer().line(texts.say("Your preferences"), "bold").line()
    for sentence in sentences.sentences(choices, texts):
        composer.line(sentence)
    follows = Button(texts.say("Stories that you follow"), "followed") if choices.followed else None
    away = is_away(subscriber.away_until, now)
    return (
        composer.buttons(*languages.buttons(context))
        .buttons(Button(texts.say("Length"), "prefs:length"), Button(texts.say("Topics"), "prefs:topics"))
        .buttons(follows)
        .buttons(Button(texts.say("When"), "prefs:rhythm"), Button(texts.say("Time zone"), "prefs:zone"))
        .buttons(
            Button(texts.say("Quiet hours"), "prefs:quiet"), Button(texts.say("Days of rest"), "prefs:rest")
        )
        .buttons(
            Button(texts.say("Help, how often"), "prefs:appeals"),
            Button(texts.say("Sound, urgent news"), "prefs:silent"),
        )
        .buttons(day_off.button(texts, away=away), _pushes(subscriber.state, texts))
        .message()
    )


def _pushes(state: SubscriberState, texts: Texts) -> Button:
    if state is SubscriberState.ACTIVE:
        return Button(texts.say("Turn new stories off"), "prefs:pushes:off")
    return Button(texts.say("Turn new stories on"), "prefs:pushes:on")


async def _set_pushes(context: Context, value: str) -> None:
    states = {"on": SubscriberState.ACTIVE, "off": SubscriberState.PAUSED}
    if value not in states:
        raise outdated()
    await context.services.subscribers.set_state(context.subscriber.chat_id, states[value])


async def _draw_length(context: Context) -> Message:
    texts = context.texts
    composer = Composer().text(texts.say("How long shall a story's summary be?"))
    for length in Length:
        chosen = length is context.subscriber.length
        composer.buttons(ticked(sentences.length(length, texts), f"prefs:length:{length}", chosen=chosen))
    return composer.buttons(back(texts)).message()


async def _set_length(context: Context, value: str) -> None:
    if value not in set(Length):
        raise outdated()
    await context.services.subscribers.set_length(context.subscriber.chat_id, Length(value))


async def _draw_appeals(context: Context) -> Message:
    texts = context.texts
    composer = Composer().line(texts.say("How often may I mention help?"), "bold").line()
    composer.line(texts.say("An appeal then rides along with a story. How to help stands in /donate always."))
    for rhythm_ in AppealRhythm:
        chosen = rhythm_ is context.subscriber.appeal_rhythm
        label = sentences.appeals_button(rhythm_, texts)
        composer.buttons(ticked(label, f"prefs:appeals:{rhythm_}", chosen=chosen))
    return composer.buttons(back(texts)).message()


async def _set_appeals(context: Context, value: str) -> None:
    if value not in set(AppealRhythm):
        raise outdated()
    await context.services.subscribers.set_appeal_rhythm(context.subscriber.chat_id, AppealRhythm(value))


_SCREENS = {
    "length": Screen(_draw_length, _set_length),
    "appeals": Screen(_draw_appeals, _set_appeals),
    "pushes": Screen(_overview, _set_pushes),
    **languages.SCREENS,
    **topics.SCREENS,
    **rhythm.SCREENS,
    **quiet_hours.SCREENS,
    **timezone.SCREENS,
}

"""/topics, /subscribe, /unsubscribe: what a chat's stories are about."""

import re
from collections.abc import Sequence

from telegram import Update

from bot.errors import NotFoundError
from bot.i18n import Texts, mark
from bot.rendering.message import Button, Composer, Message, shorten
from bot.stories.topics import slug
from bot.subscribers.subscribers import Choice
from handlers.context import Context
from handlers.preferences.screens import Screen, back, outdated, ticked
from storage.models import Subscriber
from storage.words import SubscriberState

_SHOWN = 90  # a keyboard holds about 100 buttons
_IN_WORDS = 1000  # leaves room for the rest of the message


async def topics(update: Update, context: Context) -> None:
    """The Topics, each with its tick."""
    await context.show(update, await draw(context))


async def subscribe(update: Update, context: Context) -> None:
    """Get pushes; with a Topic named, about that one too."""
    subscribers = context.services.subscribers
    chat_id = context.subscriber.chat_id
    named = await _named_topic(context)
    if named is not None:
        await subscribers.choose_topic(chat_id, named.topic.id, chosen=True)
    await subscribers.set_state(chat_id, SubscriberState.ACTIVE)
    await context.again()
    await topics(update, context)


async def unsubscribe(update: Update, context: Context) -> None:
    """Leave out the Topic named; without one, choose by buttons."""
    named = await _named_topic(context)
    if named is not None:
        await context.services.subscribers.choose_topic(
            context.subscriber.chat_id, named.topic.id, chosen=False
        )
        await context.again()
    await topics(update, context)


async def draw(context: Context) -> Message:
    """The screen of the Topics."""
    choices = await context.services.subscribers.choices(context.subscriber)
    return _topics(context.subscriber, choices, context.texts)


async def choose(context: Context, value: str) -> None:
    """One Topic in or out: its id, and 1 or 0."""
    found = re.fullmatch(r"(\d{1,9}):([01])", value)
    if found is None:
        raise outdated()
    chat_id = context.subscriber.chat_id
    await context.services.subscribers.choose_topic(chat_id, int(found[1]), chosen=found[2] == "1")


async def choose_all(context: Context, _value: str) -> None:
    await context.services.subscribers.choose_all_topics(context.subscriber.chat_id)


SCREENS = {
    "topics": Screen(draw, choose, stays=True),
    "topic": Screen(draw, choose, stays=True),
    "everything": Screen(draw, choose_all, stays=True),
}


def in_words(subscriber: Subscriber, choices: Sequence[Choice], texts: Texts) -> str:
    """Which Topics they get: "every story", "Food, Schools"."""
    if subscriber.all_topics:
        return texts.say("every story")
    chosen = ", ".join(choice.topic.name for choice in choices if choice.chosen)
    return shorten(chosen, _IN_WORDS) or texts.say("no stories: no topic is chosen")


async def _named_topic(context: Context) -> Choice | None:
    words = " ".join(context.args or [])
    if not words:
        return None
    choices = await context.services.subscribers.choices(context.subscriber)
    for choice in choices:
        if choice.topic.slug == slug(words):
            return choice
    raise NotFoundError(mark("There is no topic “{topic}”. Choose one here: /topics"), topic=words[:64])


def _topics(subscriber: Subscriber, choices: Sequence[Choice], texts: Texts) -> Message:
    composer = Composer().text(texts.say("You get:") + " ")
    composer.line(in_words(subscriber, choices, texts), "bold")
    if subscriber.state is SubscriberState.ACTIVE:
        composer.line().line(texts.say("New stories come to you. To end that: /stop"))
    else:
        composer.line().line(texts.say("New stories do not come to you now. To get them: /subscribe"))
    if choices:
        composer.line().text(texts.say("Tap a topic to add or remove it."))
    for choice in choices[:_SHOWN]:
        data = f"prefs:topic:{choice.topic.id}:{int(not choice.chosen)}"
        composer.buttons(ticked(choice.topic.name, data, chosen=choice.chosen))
    if len(choices) > _SHOWN:
        composer.line(" " + texts.say("More of them by name: /subscribe and the topic."))
    if not subscriber.all_topics:
        composer.buttons(Button(texts.say("Every story"), "prefs:everything:1"))
    return composer.buttons(back(texts)).message()

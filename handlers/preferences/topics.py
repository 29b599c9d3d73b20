"""/topics, /subscribe, /unsubscribe: choose the topics that a chat gets stories about."""

from collections.abc import Sequence

from telegram import Update

from bot.errors import NotFoundError
from bot.i18n import Texts, mark
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message, shorten
from bot.stories.topics import slug
from bot.subscribers.subscriptions import TopicChoice
from handlers.context import Context
from handlers.preferences.screens import (
    WHAT,
    Screen,
    back_button,
    choice_button,
    number_in,
    open_button,
    outdated,
)
from storage.models import Subscriber
from storage.words import SubscriberState

_MOST_BUTTONS = 90  # a keyboard holds about 100 buttons
_LONGEST_LIST = 1000  # units; leaves room for the rest of the message
_TOPIC_IDS = range(1_000_000_000)


async def topics(update: Update, context: Context) -> None:
    """Show every Topic, with a tick at the chosen ones."""
    await context.show(update, await _draw(context))


async def subscribe(update: Update, context: Context) -> None:
    """Turn pushes on; with a Topic named, add that Topic."""
    services = context.services
    chat_id = context.subscriber.chat_id
    named = await _named_topic(context)
    if named is not None:
        await services.subscriptions.choose(chat_id, named.topic.id, chosen=True)
    await services.subscribers.set_state(chat_id, SubscriberState.ACTIVE)
    await context.reload()
    await topics(update, context)


async def unsubscribe(update: Update, context: Context) -> None:
    """Remove the Topic that is named; without one, show the buttons."""
    named = await _named_topic(context)
    if named is not None:
        await context.services.subscriptions.choose(context.subscriber.chat_id, named.topic.id, chosen=False)
        await context.reload()
    await topics(update, context)


async def sentences(context: Context) -> list[str]:
    """Say which Topics this chat gets stories about."""
    choices = await context.services.subscriptions.choices(context.subscriber)
    return [context.texts.say("You get: {topics}.", topics=_list(context.subscriber, choices, context.texts))]


def button(texts: Texts) -> Button:
    """Return the button that opens the screen."""
    return open_button(texts.say("Topics"), "topics")


async def _draw(context: Context) -> Message:
    choices = await context.services.subscriptions.choices(context.subscriber)
    return _topics(context.subscriber, choices, context.texts)


async def _choose(context: Context, tapped: PreferencesButton) -> None:
    """Add or remove one Topic."""
    if tapped.wanted is None:
        raise outdated()
    topic_id = number_in(tapped.choice, _TOPIC_IDS)
    await context.services.subscriptions.choose(context.subscriber.chat_id, topic_id, chosen=tapped.wanted)


async def _choose_all(context: Context, _tapped: PreferencesButton) -> None:
    await context.services.subscriptions.choose_all(context.subscriber.chat_id)


SCREENS = {
    "topics": Screen(_draw, _choose, stays=True, parent=WHAT),
    "topic": Screen(_draw, _choose, stays=True, parent=WHAT),
    "everything": Screen(_draw, _choose_all, stays=True, parent=WHAT),
}


def _list(subscriber: Subscriber, choices: Sequence[TopicChoice], texts: Texts) -> str:
    """Return the chosen Topics in words: "every story", "Food, Schools"."""
    if subscriber.all_topics:
        return texts.say("every story")
    chosen = ", ".join(choice.topic.name for choice in choices if choice.chosen)
    return without_links(shorten(chosen, _LONGEST_LIST, texts.more)) or texts.say(
        "no stories (no topic is chosen)"
    )


async def _named_topic(context: Context) -> TopicChoice | None:
    """Return the Topic that the command names; None without a name. Raises NotFoundError if there is none."""
    words = " ".join(context.args or [])
    if not words:
        return None
    choices = await context.services.subscriptions.choices(context.subscriber)
    for choice in choices:
        if choice.topic.slug == slug(words):
            return choice
    raise NotFoundError(mark("There is no topic “{topic}”. Choose one here: /topics"), topic=words[:64])


def _topics(subscriber: Subscriber, choices: Sequence[TopicChoice], texts: Texts) -> Message:
    composer = Composer().text(texts.say("You get:") + " ")
    composer.line(_list(subscriber, choices, texts), "bold")
    if subscriber.state is SubscriberState.ACTIVE:
        composer.line().line(texts.say("New stories are turned on. To stop everything: /stop"))
    else:
        composer.line().line(texts.say("New stories are turned off. To turn them on: /subscribe"))
    if choices:
        composer.line().text(texts.say("Tap a topic to add or remove it."))
    for choice in choices[:_MOST_BUTTONS]:
        tapped = PreferencesButton("topic", str(choice.topic.id), wanted=not choice.chosen)
        composer.buttons(choice_button(choice.topic.name, tapped, chosen=choice.chosen))
    if len(choices) > _MOST_BUTTONS:
        composer.line(" " + texts.say("For other topics: /subscribe and the topic’s name."))
    if not subscriber.all_topics:
        composer.buttons(Button(texts.say("Every story"), PreferencesButton("everything", "1").data()))
    return composer.buttons(back_button(texts, WHAT)).message()

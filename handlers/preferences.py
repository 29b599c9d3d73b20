"""/preferences, /language, /topics, /subscribe, /unsubscribe: one message, edited in place."""

import re
from collections.abc import Sequence

from telegram import Update

from bot.errors import InvalidInputError, NotFoundError
from bot.message import Button, Composer, Message, shorten
from bot.stories.intake import slug
from bot.subscribers import Choice
from bot.texts import Texts, languages, mark, own_name
from handlers.context import Context
from handlers.guards import require_admin
from storage.models import Subscriber
from storage.words import SENTENCES, Length, SubscriberState

_TOPICS_SHOWN = 90  # a keyboard holds about 100 buttons
_TOPICS_IN_WORDS = 1000  # leaves room for the rest of the message


async def preferences(update: Update, context: Context) -> None:
    """Everything at a glance, with a button for each."""
    choices = await context.services.subscribers.choices(context.subscriber)
    follows = bool(await context.services.threads.followed(context.subscriber))
    await context.show(update, _overview(context.subscriber, choices, context.texts, follows=follows))


async def language(update: Update, context: Context) -> None:
    """The bot's language."""
    await context.show(update, _languages(context.subscriber, context.texts))


async def topics(update: Update, context: Context) -> None:
    """The Topics, each with its tick."""
    choices = await context.services.subscribers.choices(context.subscriber)
    await context.show(update, _topics(context.subscriber, choices, context.texts))


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


async def choose(update: Update, context: Context) -> None:
    """A button of one of these messages."""
    query = update.callback_query
    match ((query.data if query else None) or "").split(":"):
        case ["prefs", "overview"]:
            await preferences(update, context)
        case ["prefs", "language"]:
            await language(update, context)
        case ["prefs", "length"]:
            await context.show(update, _lengths(context.subscriber, context.texts))
        case ["prefs", "topics"]:
            await topics(update, context)
        case ["prefs", what, *value]:
            await require_admin(update, context)
            await _change(context, what, value)
            await context.again()
            await (topics if what in {"topic", "everything"} else preferences)(update, context)


async def _change(context: Context, what: str, value: Sequence[str]) -> None:
    subscribers, chat_id = context.services.subscribers, context.subscriber.chat_id
    match what, *value:
        case "language", code:
            await subscribers.set_language(chat_id, code)
        case "length", ("brief" | "short" | "long") as length:
            await subscribers.set_length(chat_id, Length(length))
        case "pushes", ("on" | "off") as state:
            wanted = SubscriberState.ACTIVE if state == "on" else SubscriberState.PAUSED
            await subscribers.set_state(chat_id, wanted)
        case "everything", _:
            await subscribers.choose_all_topics(chat_id)
        case "topic", number, ("0" | "1") as chosen if re.fullmatch(r"\d{1,9}", number):
            await subscribers.choose_topic(chat_id, int(number), chosen=chosen == "1")
        case _:
            raise InvalidInputError(mark("This button is from an older version. Ask anew: /preferences"))


async def _named_topic(context: Context) -> Choice | None:
    words = " ".join(context.args or [])
    if not words:
        return None
    choices = await context.services.subscribers.choices(context.subscriber)
    for choice in choices:
        if choice.topic.slug == slug(words):
            return choice
    raise NotFoundError(mark("There is no topic “{topic}”. Choose one here: /topics"), topic=words[:64])


def _overview(subscriber: Subscriber, choices: Sequence[Choice], texts: Texts, *, follows: bool) -> Message:
    active = subscriber.state is SubscriberState.ACTIVE
    composer = Composer().line(texts.say("Your preferences"), "bold").line()
    for label, value in (
        (texts.say("Language"), own_name(subscriber.language)),
        (texts.say("Length of a summary"), _sentences(subscriber.length, texts)),
        (texts.say("Topics"), _topics_in_words(subscriber, choices, texts)),
        (texts.say("New stories"), texts.say("come at once") if active else texts.say("do not come")),
    ):
        composer.text(f"{label}: ").line(value, "bold")
    turn_off, turn_on = texts.say("Turn new stories off"), texts.say("Turn new stories on")
    return (
        composer.buttons(Button(texts.say("Language"), "prefs:language"))
        .buttons(Button(texts.say("Length of a summary"), "prefs:length"))
        .buttons(Button(texts.say("Topics"), "prefs:topics"))
        .buttons(Button(texts.say("Stories that you follow"), "followed") if follows else None)
        .buttons(Button(turn_off, "prefs:pushes:off") if active else Button(turn_on, "prefs:pushes:on"))
        .message()
    )


def _languages(subscriber: Subscriber, texts: Texts) -> Message:
    composer = Composer().text(texts.say("In which language shall I speak with you?"))
    for code in languages():
        composer.buttons(
            _ticked(own_name(code), f"prefs:language:{code}", chosen=code == subscriber.language)
        )
    return composer.buttons(_back(texts)).message()


def _lengths(subscriber: Subscriber, texts: Texts) -> Message:
    composer = Composer().text(texts.say("How long shall a story's summary be?"))
    for length in Length:
        chosen = length is subscriber.length
        composer.buttons(_ticked(_sentences(length, texts), f"prefs:length:{length}", chosen=chosen))
    return composer.buttons(_back(texts)).message()


def _topics(subscriber: Subscriber, choices: Sequence[Choice], texts: Texts) -> Message:
    composer = Composer().text(texts.say("You get:") + " ")
    composer.line(_topics_in_words(subscriber, choices, texts), "bold")
    if subscriber.state is SubscriberState.ACTIVE:
        composer.line().line(texts.say("New stories come to you. To end that: /stop"))
    else:
        composer.line().line(texts.say("New stories do not come to you now. To get them: /subscribe"))
    if choices:
        composer.line().text(texts.say("Tap a topic to add or remove it."))
    for choice in choices[:_TOPICS_SHOWN]:
        data = f"prefs:topic:{choice.topic.id}:{int(not choice.chosen)}"
        composer.buttons(_ticked(choice.topic.name, data, chosen=choice.chosen))
    if len(choices) > _TOPICS_SHOWN:
        composer.line(" " + texts.say("More of them by name: /subscribe and the topic."))
    if not subscriber.all_topics:
        composer.buttons(Button(texts.say("Every story"), "prefs:everything:1"))
    return composer.buttons(_back(texts)).message()


def _topics_in_words(subscriber: Subscriber, choices: Sequence[Choice], texts: Texts) -> str:
    if subscriber.all_topics:
        return texts.say("every story")
    chosen = ", ".join(choice.topic.name for choice in choices if choice.chosen)
    return shorten(chosen, _TOPICS_IN_WORDS) or texts.say("no stories: no topic is chosen")


def _sentences(length: Length, texts: Texts) -> str:
    return texts.count("{number} sentence", "{number} sentences", SENTENCES[length])


def _ticked(text: str, data: str, *, chosen: bool) -> Button:
    return Button(f"✓ {text}" if chosen else text, data)


def _back(texts: Texts) -> Button:
    return Button(texts.say("‹ Preferences"), "prefs:overview")

"""/start, /help, /stop, and the answers to unknown commands, texts and buttons."""

import re
from collections.abc import Callable, Sequence

from telegram import Update

from bot.errors import NotFoundError
from bot.i18n import Texts
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import KEEP, START, STOP, StoryView
from bot.rendering.message import Button, Composer, Message
from bot.subscribers.stop_words import asks_to_stop
from handlers.context import Context, Handler, topic_of
from handlers.keyboards import EXPIRED
from handlers.readers.stories import latest, show_story
from handlers.readers.welcome import first_screen
from storage.models import Topic
from storage.words import SubscriberState

HelpGroups = Callable[[Texts, bool], Sequence[tuple[str, Sequence[tuple[str, str]]]]]
"""Returns the title of each group of commands, with their names and descriptions."""


async def start(update: Update, context: Context) -> None:
    """Subscribe this chat: from now on new stories come. Then ask where the reader is, and how often.

    A deep link may name something to open instead. A story and the newest stories do not subscribe the chat;
    a topic subscribes it to that topic. Any other payload is ignored.
    """
    payload = (context.args or [""])[0]
    story = re.fullmatch(r"story_(\d{1,9})", payload)
    if story:
        await show_story(update, context, StoryView(int(story.group(1)), context.subscriber.length))
        await _offer_more(update, context)
    elif payload == "latest":
        await latest(update, context)
        await _offer_more(update, context)
    elif payload.startswith("topic_") and (topic := await _topic(context, payload.removeprefix("topic_"))):
        chat_id = context.subscriber.chat_id
        await context.services.subscribers.start_with(chat_id, topic.id, topic_of(update))
        await _show_first(update, context, _on_topic(topic, context.texts))
    else:
        back = context.subscriber.joined_at is not None
        await context.services.subscribers.start(context.subscriber.chat_id, topic_of(update))
        editor = await context.may(update)
        await _show_first(update, context, _welcome(context.texts, back=back, editor=editor))


async def stop(update: Update, context: Context) -> None:
    """End all pushes at once. The chat's preferences stay."""
    await context.services.subscribers.set_state(context.subscriber.chat_id, SubscriberState.STOPPED)
    texts = context.texts
    composer = Composer().line(texts.say("You will get no more stories from me."), "bold").line()
    composer.line(texts.say("Your preferences are kept. Come back whenever you like: /start"))
    composer.line(texts.say("If you only need a break: /dayoff"))
    await context.show(update, composer.buttons(Button(texts.say("Start again"), START)).message())


def stop_or(otherwise: Handler) -> Handler:
    """Return a handler that offers to stop where a reader asks for that in words, and else runs `otherwise`.

    Nothing is stopped without a tap: the word may be an answer to something. The editors do not get it.
    """

    async def handle(update: Update, context: Context) -> None:
        message, by_editor = update.effective_message, await context.may(update)
        if by_editor or message is None or not asks_to_stop(message.text or ""):
            await otherwise(update, context)
        elif context.subscriber.state is SubscriberState.STOPPED:
            await stop(update, context)
        else:
            await context.show(update, _shall_i_stop(context.texts))

    return handle


async def keep(update: Update, context: Context) -> None:
    """Answer a reader who was asked whether to stop, and wants to go on: nothing changes."""
    await context.show(
        update, Composer().text(context.texts.say("All right. Nothing has changed.")).message()
    )


def help_with(groups: HelpGroups) -> Handler:
    """Return the handler of /help, which lists the same commands as the menu, in groups."""

    async def help_(update: Update, context: Context) -> None:
        texts = context.texts
        composer = Composer()
        for title, commands in groups(texts, await context.may(update)):
            composer.line(title, "bold")
            for name, description in commands:
                composer.line(texts.say("/{command} – {description}", command=name, description=description))
            composer.line()
        await context.show(update, composer.message())

    return help_


async def not_understood(update: Update, context: Context) -> None:
    """Answer a text, picture or sticker that nothing else handles: say what works instead."""
    texts = context.texts
    composer = Composer().line(texts.say("Sorry, I only understand commands."))
    composer.line(
        texts.say(
            "See the latest stories: /latest. Find a story: /search and a few words. All commands: /help"
        )
    )
    await context.show(update, composer.message())


async def expired(_update: Update, _context: Context) -> None:
    """Answer a button that no version knows any more."""
    raise NotFoundError(EXPIRED)


async def _topic(context: Context, name: str) -> Topic | None:
    """Return the Topic that a link names by its slug or its number; None if there is none."""
    for choice in await context.services.subscriptions.choices(context.subscriber):
        if name in {choice.topic.slug, str(choice.topic.id)}:
            return choice.topic
    return None


async def _show_first(update: Update, context: Context, greeting: Composer) -> None:
    person = update.effective_user
    language_code = person.language_code if person else None
    await context.show(update, first_screen(greeting, context, language_code))


async def _offer_more(update: Update, context: Context) -> None:
    """Ask a reader who came by a link, and is not subscribed, whether new stories should come too."""
    if context.subscriber.state is SubscriberState.ACTIVE or update.effective_chat is None:
        return
    composer = Composer().line(context.texts.say("Would you like to get new stories too?"))
    composer.buttons(Button(context.texts.say("Yes, get new stories"), START))
    await context.send(update.effective_chat.id, composer.message(), topic_of(update))


def _shall_i_stop(texts: Texts) -> Message:
    composer = Composer().line(texts.say("Should I stop sending you stories?"), "bold").line()
    composer.line(texts.say("If you only need a break: /dayoff"))
    return composer.buttons(
        Button(texts.say("Yes, stop"), STOP), Button(texts.say("No, keep them coming"), KEEP)
    ).message()


def _on_topic(topic: Topic, texts: Texts) -> Composer:
    composer = Composer()
    composer.line(
        texts.say(
            "You will get new stories on the topic “{topic}” from now on.", topic=without_links(topic.name)
        ),
        "bold",
    ).line()
    return composer.line(texts.say("To stop everything: /stop"))


def _welcome(texts: Texts, *, back: bool, editor: bool) -> Composer:
    composer = Composer()
    composer.line(texts.say("Welcome back!") if back else texts.say("Welcome to Comeback!"), "bold").line()
    composer.line(
        texts.say(
            "I send short summaries of stories about people who need help. You can see what "
            "happened next, and how to help. Our editors check every link."
        )
    )
    composer.line(texts.say("You will get new stories from now on. To stop everything: /stop"))
    if editor:
        composer.line(texts.say("You are an editor. To review new stories: /review"))
    return composer

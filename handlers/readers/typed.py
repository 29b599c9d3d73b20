"""What a person types or sends that is no command: it is looked up first, and goes to nobody unasked."""

from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches

from telegram import Message, Update

from bot.delivery.rate.pacer import Lane
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import Texts
from bot.rendering import lists, render
from bot.rendering import message as messages
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import CommandButton, LatestPage, PreferencesButton
from bot.rendering.message import Button, Composer, ticked
from bot.stories.search.search import SearchPage
from bot.stories.topics import slug
from bot.subscribers.subscriptions import TopicChoice
from bot.subscribers.typed_commands import meant
from handlers.context import Context, Handler
from handlers.preferences import timezone
from handlers.readers import checking, feedback
from storage.words import SubscriberState

LOOK_UP = "look up"
"""The kind of the job that answers. After a push thousands may write at once: nobody else waits for that."""

_LONGEST_SEARCH = 200  # characters; a longer text is no search
_LONGEST_COMMAND = 2  # words, of a text that may be meant for a command
_TELLING, _MOST_TELLING = 5, 2  # letters of a word that may find a story by itself; how many are tried
_TOPICS = 3  # that are offered at most
_SHORTEST = 3  # letters, of a word that may name a topic
_LIKE = 0.8  # difflib's measure, for the name of a topic with a typing error


def look_up_or(names: Sequence[str], otherwise: Handler) -> Handler:
    """Return a handler that looks up what was typed, and asks before anything else goes to the editors.

    `names` are those of the readers' commands, which a typing error may hide.
    `otherwise` handles what means nothing: a story that was shared by the bot, an editor's sticker.
    """

    async def handle(update: Update, context: Context) -> None:
        message, by_editor = update.effective_message, await context.may(update)
        if message is None or message.via_bot or (by_editor and not (message.text or message.location)):
            await otherwise(update, context)
        elif context.job_content is None:
            if feedback.is_first_of_album(message, context):
                await _begin(update, context, message)
        else:
            answer = await _answer(context, message, names, by_editor=by_editor)
            await context.send(message.chat.id, answer, lane=Lane.NOTICE)

    return handle


async def _begin(update: Update, context: Context, message: Message) -> None:
    """Leave the answer to a job: to one of its own where links are followed, which takes longer."""
    if checking.sent_links(message):
        await checking.begin(update, context)
    else:
        context.come_back(LOOK_UP)


def unknown_with(names: Sequence[str]) -> Handler:
    """Return the handler of unknown commands, with a button for the one of `names` that was meant."""

    async def unknown(update: Update, context: Context) -> None:
        message, texts = update.effective_message, context.texts
        asked, *words = ((message.text if message else None) or "/").split() or ["/"]
        asked = asked.partition("@")[0].lstrip("/")
        composer = Composer().line(texts.say("I do not know the command /{command}.", command=asked[:32]))
        _add_command(composer, meant(asked, names, as_command=True), words, texts)
        await context.show(update, composer.line(texts.say("All commands: /help")).message())

    return unknown


async def _answer(
    context: Context, message: Message, names: Sequence[str], *, by_editor: bool
) -> messages.Message:
    """Return what was found, with the button that sends the message to the editors."""
    words, links, composer = message.text or "", checking.sent_links(message), Composer()
    if links:
        await _add_checked(composer, context, links)
    elif words and len(words) <= _LONGEST_SEARCH and message.forward_origin is None:
        await _add_found(composer, context, words, names)
    elif message.location:
        with suppress(NotFoundError):  # at sea
            composer.append(await timezone.offer(context, message.location)).line()
    if context.subscriber.muted and not composer.pieces:
        raise RefusedError(feedback.MUTED)
    if not by_editor and not context.subscriber.muted:
        if not composer.pieces:
            composer.line(context.texts.say("Should I send this to the editors?"))
        await feedback.add_offer(composer, context, message)
    elif not composer.pieces:
        composer.line(context.texts.say("All commands: /help"))
    return composer.message()


async def _add_checked(composer: Composer, context: Context, links: Sequence[str]) -> None:
    """Add the Story of a link, else what we know of the links."""
    with suppress(InvalidInputError):
        story = await context.services.published.at(links[0]) if len(links) == 1 else None
        if story is not None:
            host = without_links(render.host(links[0]))
            composer.append(lists.found([story], [host], 0, 1, context.reader)).line()
            return
    composer.append(await checking.answer(context, links)).line()


async def _add_found(composer: Composer, context: Context, words: str, names: Sequence[str]) -> None:
    """Add the stories, the topics and the command that the words may mean."""
    texts, reader = context.texts, context.reader
    found = await _search(context, words)
    if found.stories:
        composer.append(lists.found(found.stories, found.words, 0, found.total, reader)).line().line()
    else:
        composer.line(texts.say("I found no matching stories."))
        composer.buttons(Button(texts.say("Latest stories"), LatestPage().data()))
    for choice in await _topics(context, words):
        composer.buttons(_topic_button(choice, context))
    typed = words.split()
    if typed and len(typed) <= _LONGEST_COMMAND:
        _add_command(composer, meant(typed[0], names, as_command=False), typed[1:], texts)


async def _search(context: Context, words: str) -> SearchPage:
    """Return the stories with all the words, else those with one of the longest, as of a question."""
    published, language = context.services.published, context.texts.language
    found = await published.find(words, language, limit=lists.STORIES_A_PAGE)
    telling = [word for word in found.words if len(word) >= _TELLING]
    for word in sorted(telling, key=len, reverse=True)[:_MOST_TELLING]:
        if found.stories:
            break
        found = await published.find(word, language, limit=lists.STORIES_A_PAGE)
    return found


def _add_command(composer: Composer, command: str | None, words: Sequence[str], texts: Texts) -> None:
    """Add the question whether this command was meant, and the button that does it."""
    if command is None:
        return
    composer.line(texts.say("Did you mean /{command}?", command=command))
    button = CommandButton(command, " ".join(words)).fitting
    composer.buttons(Button(f"/{command} {button.words}".rstrip(), button.data()))


async def _topics(context: Context, words: str) -> Sequence[TopicChoice]:
    """Return the Topics that the words name, or nearly name."""
    typed = [slug(word) for word in (words, *words.split()) if len(word) >= _SHORTEST]
    choices = await context.services.subscriptions.choices(context.subscriber)
    near = (one for one in choices if get_close_matches(one.topic.slug, typed, n=1, cutoff=_LIKE))
    return list(near)[:_TOPICS]


def _topic_button(choice: TopicChoice, context: Context) -> Button:
    """Return the button that subscribes to a Topic; for its subscribers it opens the list of Topics."""
    texts, topic = context.texts, choice.topic
    if choice.chosen and context.subscriber.state is SubscriberState.ACTIVE:
        return Button(ticked(topic.name, chosen=True), PreferencesButton("topics").data())
    button = CommandButton("subscribe", topic.slug).fitting
    if not button.words:  # too long a name for a button
        return Button(topic.name, PreferencesButton("topics").data())
    return Button(texts.say("Get new stories: {topic}", topic=topic.name), button.data())

"""Editors hand in stories: /new, a pasted link or text, a file. Each is answered with its card."""

import re
from collections.abc import Sequence
from contextlib import suppress

from telegram import Document, Message, MessageEntity, ReplyParameters, Update
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.articles.article import LARGEST
from bot.errors import InvalidInputError, UserError
from bot.i18n import mark
from bot.inbox.priority import without_permit
from bot.rendering import message as messages
from bot.rendering.message import Button, Composer, shorten
from bot.stories import submissions
from bot.stories.analysis import Analysis
from bot.stories.intake import Added, IntakeResult
from bot.stories.submissions import Submission, SubmittedFile
from handlers.callbacks import OUTDATED
from handlers.context import Context, Handler
from handlers.editors import corrections, review
from handlers.guards import actor_of
from handlers.keyboards import parameters
from storage.models import Story
from storage.words import StoryState

READ = "read"  # the job: read it, and show the card of what it became
_A_TEXT = 200  # characters beside the links of a message that is pasted to be taken in itself
_LINKS = 5  # of one message: all are read at the same time
_MB = 1024**2
_COMMAND = re.compile(r"^/\w+(?:@\w+)?\s*")
_HEADLINE = 200
_FILE = "file"  # one without a name

Brought = Submission | Document
"""What a message brings: an address, a text, or a file that Telegram has."""

_TOLD = {
    IntakeResult.SAME: mark("Story {number} has this very text already. Nothing was added."),
    IntakeResult.CHANGED: mark(
        "Story {number} stands at this address already, with another text. Nothing was added."
    ),
    IntakeResult.ALIKE: mark("Story {number} says nearly the same. Nothing was added."),
}


async def new(update: Update, context: Context) -> None:
    """/new and a link or a text: read it, and show the card of the draft that it became."""
    message = update.effective_message
    brought = _brought(message, least=1) if message else ()
    if not brought:
        raise InvalidInputError(
            mark("Send a link or the whole story with it, such as: /new https://example.org/story")
        )
    await _take_in(update, context, brought)


def paste_or(otherwise: Handler) -> Handler:
    """An editor's link, long text or file is taken in; `otherwise` handles any other message."""

    async def handle(update: Update, context: Context) -> None:
        message, person = update.effective_message, update.effective_user
        brought: Sequence[Brought] = ()
        if message and person and context.services.is_editor(person.id):
            brought = _brought(message, least=_A_TEXT)
        await (_take_in(update, context, brought) if brought else otherwise(update, context))

    return handle


async def again(update: Update, context: Context) -> None:
    """A button under what was not added, or was added and may be the next of an earlier story."""
    query = update.callback_query
    found = re.fullmatch(
        r"again:(update|next|anyway|join):(\d{1,9}):(\d{1,9})", (query.data if query else None) or ""
    )
    if found is None:
        raise InvalidInputError(OUTDATED)
    what, story_id, number = found[1], int(found[2]), int(found[3])
    if what == "join":
        await _continue(update, context, story_id, number)
    elif context.job_content is None:
        await _begin(update, context, [_brought_again(update, number)])
    else:
        await _use_again(update, context, what, story_id, number)


async def _use_again(update: Update, context: Context, what: str, story_id: int, number: int) -> None:
    stories, actor = context.services.stories, actor_of(update)
    if what == "update":
        story = await stories.update(story_id, await _read_again(update, context, number), actor=actor)
        await review.show_card(update, context, story_id)
        await _offer_to_mend(context, story)
    else:
        added = await stories.add(await _read_again(update, context, number), actor=actor, anyway=True)
        if added.fresh and what == "next":
            await context.services.review.mark_announced(added.story.id)
            await _continue(update, context, added.story.id, story_id)
        else:
            await _tell(update, context, added, number)


async def _take_in(update: Update, context: Context, brought: Sequence[Brought]) -> None:
    """Say that it is read; and read it as a job, which holds up not even this chat."""
    if context.job_content is None:
        await _begin(update, context, brought)
        return
    for place, analysis in enumerate(await _read(update, context, brought)):
        if isinstance(analysis, UserError):
            await _answer(update, context, _sentence(context, analysis))
        else:
            added = await context.services.stories.add(analysis, actor=actor_of(update))
            await _tell(update, context, added, place)


async def _begin(update: Update, context: Context, brought: Sequence[Brought]) -> None:
    """A text is read in a moment; what has to be fetched may take long, and that is said."""
    shown = None
    if all(isinstance(one, SubmittedFile) for one in brought) and update.effective_chat:
        await context.bot.send_chat_action(update.effective_chat.id, ChatAction.TYPING)
    elif update.effective_chat:
        analysis = Composer().text(context.texts.say("Reading …")).message()
        shown = (await context.bot.send_message(update.effective_chat.id, **parameters(analysis))).message_id
    context.come_back(READ, shown=shown)


async def _tell(update: Update, context: Context, added: Added, place: int) -> None:
    """What became of a story; `place` is where it stands in the message that brought it."""
    if not added.fresh:
        await _answer(update, context, _not_added(context, added, place))
        return
    await context.services.review.mark_announced(added.story.id)
    await review.show_card(update, context, added.story.id)
    if added.related is not None:
        await _answer(update, context, _related(context, added.story, added.related), anew=True)


def _not_added(context: Context, added: Added, place: int) -> messages.Message:
    texts, number = context.texts, added.story.id
    composer = Composer().line(shorten(added.story.headline, _HEADLINE), "bold").line()
    composer.line(texts.say(_TOLD[added.outcome], number=number))
    if added.outcome is not IntakeResult.SAME:
        for words, what in (
            (mark("Make it an update of story {number}"), "update"),
            (mark("Add it as what happened next"), "next"),
            (mark("Add it all the same"), "anyway"),
        ):
            composer.buttons(Button(texts.say(words, number=number), f"again:{what}:{number}:{place}"))
    return composer.buttons(Button(texts.say("Show the story"), f"review:card:{number}")).message()


def _related(context: Context, story: Story, earlier: Story) -> messages.Message:
    texts = context.texts
    composer = Composer().line(shorten(earlier.headline, _HEADLINE), "bold").line()
    composer.line(
        texts.say(
            "Story {number} shares much with that earlier one. Is it what happened next?", number=story.id
        )
    )
    composer.buttons(
        Button(
            texts.say("Yes, it continues story {number}", number=earlier.id),
            f"again:join:{story.id}:{earlier.id}",
        )
    )
    return composer.buttons(
        Button(texts.say("Show the earlier story"), f"review:card:{earlier.id}")
    ).message()


async def _continue(update: Update, context: Context, story_id: int, earlier_id: int) -> None:
    desk = context.services.review
    await desk.continue_story(story_id, earlier_id, version=None, actor=actor_of(update))
    await review.show_card(update, context, story_id)


async def _offer_to_mend(context: Context, story: Story) -> None:
    """Those who have a published story may be shown its new text."""
    if story.state is StoryState.PUBLISHED:
        question = await corrections.offer(context, story.id)
        if question is not None:
            await context.send(context.subscriber.chat_id, question)


def _brought_again(update: Update, place: int) -> Brought:
    """What the message that was answered holds in this place: it is not kept anywhere else."""
    shown = update.effective_message
    origin = shown.reply_to_message if shown else None
    brought = _brought(origin, least=1) if origin else ()
    if place >= len(brought):
        raise InvalidInputError(mark("The message that brought the story is gone: send the story once more."))
    return brought[place]


async def _read_again(update: Update, context: Context, place: int) -> Analysis:
    [analysis] = await _read(update, context, [_brought_again(update, place)])
    if isinstance(analysis, UserError):
        raise analysis
    return analysis


async def _read(
    update: Update, context: Context, brought: Sequence[Brought]
) -> Sequence[Analysis | UserError]:
    """Read it, and take away the words that said so before anything else is said."""
    services = context.services
    try:
        materials = [await _fetched(one, context) for one in brought]
        async with without_permit():
            return await submissions.read_all(materials, services.fetcher, services.pool)
    finally:
        shown = (context.job_content or {}).get("shown")
        if shown and update.effective_chat:
            with suppress(TelegramError):  # the editor has deleted it
                await context.bot.delete_message(update.effective_chat.id, shown)


def _brought(message: Message, *, least: int) -> Sequence[Brought]:
    """What a message brings: its file, or its text where that is long enough, or what its links lead to.

    The text counts if it has `least` characters; beside links it has to be a story by itself.
    """
    if message.document:
        return [_small_enough(message.document)]
    text, links = _COMMAND.sub("", message.text or message.caption or ""), _links(message)
    rest = text
    for link in links:
        rest = rest.replace(link, "")
    if len(rest.strip()) >= (_A_TEXT if links else least):
        return [SubmittedFile(text.encode(), "message.txt")]
    addresses = [link if "://" in link else f"https://{link}" for link in links if "/" in link]
    if len(addresses) > _LINKS:
        raise InvalidInputError(
            mark("Send at most {limit} links in one message; this one has {number}."),
            limit=_LINKS,
            number=len(addresses),
        )
    return list(dict.fromkeys(addresses))


def _small_enough(document: Document) -> Document:
    if (document.file_size or 0) > LARGEST:
        raise InvalidInputError(
            mark("{name} is larger than {megabytes} MB. Send the story's text alone, without pictures."),
            name=shorten(document.file_name or _FILE, 60),
            megabytes=LARGEST // _MB,
        )
    return document


async def _fetched(brought: Brought, context: Context) -> Submission:
    """A file by its contents; addresses and texts as they are."""
    if not isinstance(brought, Document):
        return brought
    file = await context.bot.get_file(brought.file_id)
    return SubmittedFile(bytes(await file.download_as_bytearray()), brought.file_name or _FILE)


def _links(message: Message) -> list[str]:
    """The addresses in a message, those behind words included, in their order."""
    wanted: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK]
    found = message.parse_entities(wanted) if message.text else message.parse_caption_entities(wanted)
    return [entity.url or words for entity, words in found.items()]


def _sentence(context: Context, error: UserError) -> messages.Message:
    return Composer().text(context.texts.say(error.sentence, **error.values)).message()


async def _answer(update: Update, context: Context, answer: messages.Message, *, anew: bool = False) -> None:
    """Answer as a reply to the message that brought the story: a button under the answer finds it there."""
    message, chat = update.effective_message, update.effective_chat
    if update.callback_query and not anew:
        await context.show(update, answer)
    elif message and chat:
        to = ReplyParameters(message.message_id, allow_sending_without_reply=True)
        await context.bot.send_message(chat.id, **parameters(answer), reply_parameters=to)

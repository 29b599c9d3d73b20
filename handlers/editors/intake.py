"""Editors submit stories: /new, a pasted link or text, a file. Each is answered with its card."""

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
from bot.stories.intake import submissions
from bot.stories.intake.analysis import Analysis
from bot.stories.intake.intake import DOUBTFUL, NOT_ADDED, Added, IntakeResult
from bot.stories.intake.submissions import Submission, SubmittedFile
from handlers.context import Context, Handler
from handlers.editors import review
from handlers.editors.broadcasts import corrections
from handlers.editors.buttons import CardButton, ContinueButton, SubmissionAction, SubmissionButton
from handlers.guards import actor_of
from handlers.keyboards import parameters
from storage.models import Story

READ = "read"  # the kind of the job that reads a submission and shows the card of its Story
_STORY_TEXT = 200  # characters, without links, from which a pasted message is a story itself
_LINKS = 5  # at most, of one message: all are read at the same time
_MB = 1024**2
_COMMAND = re.compile(r"^/\w+(?:@\w+)?\s*")
_HEADLINE = 200
_UNNAMED = "file"

Attachment = Submission | Document
"""What a message submits: an address, a text, or a file that Telegram stores."""


async def new(update: Update, context: Context) -> None:
    """/new and a link or a text: read it, and show the card of the new draft."""
    message = update.effective_message
    attachments = _attachments(message, least=1) if message else ()
    if not attachments:
        raise InvalidInputError(
            mark("Add a link or the story’s text. For example: /new https://example.org/story")
        )
    await _take_in(update, context, attachments)


def paste_or(otherwise: Handler) -> Handler:
    """Return a handler that takes in an editor's link, long text or file; `otherwise` handles the rest."""

    async def handle(update: Update, context: Context) -> None:
        message = update.effective_message
        attachments: Sequence[Attachment] = ()
        if message and await context.may(update):
            attachments = _attachments(message, least=_STORY_TEXT)
        await (_take_in(update, context, attachments) if attachments else otherwise(update, context))

    return handle


async def again(update: Update, context: Context, button: SubmissionButton) -> None:
    """Use a submission after all, which was not added since there is a Story like it."""
    if context.job_content is None:
        await _begin(update, context, [_attachment_again(update, button.place)])
        return
    stories, actor = context.services.stories, actor_of(update)
    analysis = await _read_again(update, context, button.place)
    if button.action is SubmissionAction.UPDATE:
        story = await stories.update(button.story_id, analysis, actor=actor)
        await review.show_card(update, context, button.story_id)
        await corrections.offer(context, story)
        return
    added = await stories.add(analysis, actor=actor, anyway=True)
    if added.fresh and button.action is SubmissionAction.NEXT:
        await context.services.review.mark_announced(added.story.id)
        await continue_story(update, context, ContinueButton(added.story.id, button.story_id))
    else:
        await _report(update, context, added, button.place)


async def continue_story(update: Update, context: Context, button: ContinueButton) -> None:
    """Let a Story continue an earlier one, and show its card."""
    await context.services.editing.continue_story(
        button.story_id, button.earlier_id, version=None, actor=actor_of(update)
    )
    await review.show_card(update, context, button.story_id)


async def _take_in(update: Update, context: Context, attachments: Sequence[Attachment]) -> None:
    """Say that it is being read, and read it in a job, which does not delay even this chat."""
    if context.job_content is None:
        await _begin(update, context, attachments)
        return
    for place, analysis in enumerate(await _read(update, context, attachments)):
        if isinstance(analysis, UserError):
            await _answer(update, context, _sentence(context, analysis))
        else:
            added = await context.services.stories.add(analysis, actor=actor_of(update))
            await _report(update, context, added, place)
            if added.fresh and analysis.article.is_doubtful:
                remark = Composer().text(context.texts.say(DOUBTFUL)).message()
                await _answer(update, context, remark, again=True)


async def _begin(update: Update, context: Context, attachments: Sequence[Attachment]) -> None:
    """Leave the reading to a job. Fetching may take long: say so; a text is read in a moment."""
    shown = None
    if all(isinstance(one, SubmittedFile) for one in attachments) and update.effective_chat:
        await context.bot.send_chat_action(update.effective_chat.id, ChatAction.TYPING)
    elif update.effective_chat:
        reading = Composer().text(context.texts.say("Reading …")).message()
        shown = (await context.bot.send_message(update.effective_chat.id, **parameters(reading))).message_id
    context.come_back(READ, shown=shown)


async def _report(update: Update, context: Context, added: Added, place: int) -> None:
    """Show the result of a submission; `place`: which one it is of the message that brought it."""
    if not added.fresh:
        await _answer(update, context, _not_added(context, added, place))
        return
    await context.services.review.mark_announced(added.story.id)
    await review.show_card(update, context, added.story.id)
    if added.related is not None:
        await _answer(update, context, _related(context, added.story, added.related), again=True)


def _not_added(context: Context, added: Added, place: int) -> messages.Message:
    texts, number = context.texts, added.story.id
    composer = Composer().line(shorten(added.story.headline, _HEADLINE), "bold").line()
    composer.line(texts.say(NOT_ADDED[added.result], number=number))
    if added.result is not IntakeResult.SAME:
        for label, action in (
            (mark("Update story {number}"), SubmissionAction.UPDATE),
            (mark("Add as a continuation"), SubmissionAction.NEXT),
            (mark("Add anyway"), SubmissionAction.ANYWAY),
        ):
            button = SubmissionButton(action, number, place)
            composer.buttons(Button(texts.say(label, number=number), button.data()))
    return composer.buttons(Button(texts.say("Show the story"), CardButton(number).data())).message()


def _related(context: Context, story: Story, earlier: Story) -> messages.Message:
    texts = context.texts
    composer = Composer().line(shorten(earlier.headline, _HEADLINE), "bold").line()
    composer.line(
        texts.say("Story {number} is similar to this earlier one. Is it a continuation?", number=story.id)
    )
    composer.buttons(
        Button(
            texts.say("Yes, it continues story {number}", number=earlier.id),
            ContinueButton(story.id, earlier.id).data(),
        )
    )
    show = CardButton(earlier.id)
    return composer.buttons(Button(texts.say("Show the earlier story"), show.data())).message()


def _attachment_again(update: Update, place: int) -> Attachment:
    """Return what the message that was answered submits in this place: it is not stored anywhere else."""
    shown = update.effective_message
    origin = shown.reply_to_message if shown else None
    attachments = _attachments(origin, least=1) if origin else ()
    if place >= len(attachments):
        raise InvalidInputError(mark("The message with the story is gone. Send the story again."))
    return attachments[place]


async def _read_again(update: Update, context: Context, place: int) -> Analysis:
    [analysis] = await _read(update, context, [_attachment_again(update, place)])
    if isinstance(analysis, UserError):
        raise analysis
    return analysis


async def _read(
    update: Update, context: Context, attachments: Sequence[Attachment]
) -> Sequence[Analysis | UserError]:
    """Read what was submitted; then delete the message that says so, before any answer."""
    services = context.services
    try:
        submitted = [await _downloaded(one, context) for one in attachments]
        async with without_permit():
            return await submissions.analyse_all(submitted, services.fetcher, services.pool)
    finally:
        shown = (context.job_content or {}).get("shown")
        if shown and update.effective_chat:
            with suppress(TelegramError):  # the editor has deleted it
                await context.bot.delete_message(update.effective_chat.id, shown)


def _attachments(message: Message, *, least: int) -> Sequence[Attachment]:
    """Return what a message submits: its file, or its text, or the addresses of its links.

    The text counts from `least` characters on; beside links it has to be a story by itself.
    """
    if message.document:
        return [_small_enough(message.document)]
    text, links = _COMMAND.sub("", message.text or message.caption or ""), _links(message)
    if len(_without(links, text).strip()) >= (_STORY_TEXT if links else least):
        return [SubmittedFile(text.encode(), "message.txt")]
    addresses = [link if "://" in link else f"https://{link}" for link in links if "/" in link]
    if len(addresses) > _LINKS:
        raise InvalidInputError(
            mark("Send at most {limit} links in one message; this one has {number}."),
            limit=_LINKS,
            number=len(addresses),
        )
    return list(dict.fromkeys(addresses))


def _without(links: Sequence[str], text: str) -> str:
    for link in links:
        text = text.replace(link, "")
    return text


def _small_enough(document: Document) -> Document:
    """Return the file. Raises InvalidInputError where it is too large to be a story."""
    if (document.file_size or 0) > LARGEST:
        raise InvalidInputError(
            mark("{name} is larger than {megabytes} MB. Send only the story’s text, without pictures."),
            name=shorten(document.file_name or _UNNAMED, 60),
            megabytes=LARGEST // _MB,
        )
    return document


async def _downloaded(attachment: Attachment, context: Context) -> Submission:
    """Return a file with its contents; an address or a text as it is."""
    if not isinstance(attachment, Document):
        return attachment
    file = await context.bot.get_file(attachment.file_id)
    return SubmittedFile(bytes(await file.download_as_bytearray()), attachment.file_name or _UNNAMED)


def _links(message: Message) -> list[str]:
    """Return the addresses in a message in their order, also those behind words."""
    wanted: list[str | None] = [MessageEntity.URL, MessageEntity.TEXT_LINK]
    found = message.parse_entities(wanted) if message.text else message.parse_caption_entities(wanted)
    return [entity.url or words for entity, words in found.items()]


def _sentence(context: Context, error: UserError) -> messages.Message:
    return Composer().text(context.texts.say(error.sentence, **error.values)).message()


async def _answer(update: Update, context: Context, answer: messages.Message, *, again: bool = False) -> None:
    """Answer with a reply to the message that brought the story: the answer's buttons find it there."""
    message, chat = update.effective_message, update.effective_chat
    if update.callback_query and not again:
        await context.show(update, answer)
    elif message and chat:
        to = ReplyParameters(message.message_id, allow_sending_without_reply=True)
        await context.bot.send_message(chat.id, **parameters(answer), reply_parameters=to)

"""Letters: a reader's message that is no command goes to the editors, and their answer comes back."""

import logging
from dataclasses import dataclass
from typing import Any

from telegram import ForceReply, Message, ReplyParameters, Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.errors import NotFoundError, RefusedError
from bot.i18n import Texts, in_language, mark
from bot.rendering import message as messages
from bot.rendering.buttons import LetterAction, LetterButton
from bot.rendering.message import Button, Composer
from bot.services import Services
from bot.subscribers.feedback import LETTERS_A_DAY, LetterKey, Reception
from handlers.context import Context, Handler
from handlers.keyboards import parameters, read_button

log = logging.getLogger(__name__)

THANK = "thank"  # kind of the job that tells a reader that the letter was passed on
_ALBUM = "album"  # key in the chat's data
_TOO_OLD = mark("This message is too old to be answered here.")
_UNREACHABLE = mark("This reader cannot be reached any more: nothing was sent.")


def pass_on_or(otherwise: Handler) -> Handler:
    """Return a handler that stores a reader's message as a letter, and runs `otherwise` for other messages.

    It only stores the letter. `letters.notify` announces it to the editors, and the job `thank` answers the
    reader: after a push thousands may write at once, and no other answer waits for theirs.
    """

    async def handle(update: Update, context: Context) -> None:
        message, person = update.effective_message, update.effective_user
        by_editor = context.services.is_editor(person.id if person else None)
        if message is None or by_editor or not _is_letter(message):
            await otherwise(update, context)
            return
        album = _album(message, context)
        if album.pictures > 1:  # an album is one message to its sender: it is counted and answered once
            if album.passed_on:
                await _accept(context, message, counts=False)
            return
        if context.subscriber.muted:
            raise RefusedError(mark("The editors take no messages from this chat. All commands: /help"))
        await _pass_on(context, message)
        album.passed_on = True

    return handle


async def thank(bot: ExtBot[Lane], services: Services, content: dict[str, Any]) -> None:
    """Run the job: tell a reader that the letter was passed on."""
    letter = LetterKey(content["reader"], content["message"])
    if not await services.feedback.is_stored(letter):
        return
    texts = in_language(content["language"])
    composer = Composer().line(texts.say("Passed on to the editors. Their answer comes here."))
    thanks = parameters(composer.line(texts.say("All commands: /help")).message())
    try:
        await bot.send_message(letter.reader, **thanks, rate_limit_args=Lane.NOTICE)
    except (BadRequest, Forbidden):  # the reader has blocked the bot since
        log.info("nobody to thank", extra={"chat": letter.reader})


async def _pass_on(context: Context, message: Message) -> None:
    """Store the letter, and leave the job that thanks the reader. Raises UserError if it is not accepted."""
    match await _accept(context, message):
        case Reception.REFUSED:
            raise RefusedError(
                mark(
                    "You sent the editors {number} messages today: write again tomorrow. All commands: /help"
                ),
                number=LETTERS_A_DAY,
            )
        case Reception.NOBODY_THERE:
            raise NotFoundError(mark("No editor can read this now: try again later. All commands: /help"))
    language = context.texts.language
    context.leave(THANK, reader=message.chat.id, message=message.message_id, language=language)


async def _accept(context: Context, message: Message, *, counts: bool = True) -> Reception:
    above, services = message.reply_to_message, context.services
    return await services.feedback.accept(
        LetterKey(message.chat.id, message.message_id),
        services.owner_ids,
        replied=above.message_id if above else None,
        album=message.media_group_id,
        counts=counts,
    )


def _is_letter(message: Message) -> bool:
    """Return whether the message is for people to read: no shared story, location or contact."""
    return not (message.via_bot or message.location or message.contact or message.venue)


@dataclass(slots=True)
class _Album:
    """Pictures that were sent together and come one by one. A restart forgets it: the rest is a new album."""

    id: str | None = None
    pictures: int = 0
    passed_on: bool = False


def _album(message: Message, context: Context) -> _Album:
    """Count a message in its album, and return the album; a single message has one of its own."""
    chat_data = context.chat_data
    if message.media_group_id is None or chat_data is None:
        return _Album()
    if chat_data.setdefault(_ALBUM, _Album()).id != message.media_group_id:
        chat_data[_ALBUM] = _Album(message.media_group_id)
    found: _Album = chat_data[_ALBUM]
    found.pictures += 1
    return found


def answer_or(otherwise: Handler) -> Handler:
    """Return a handler that sends an editor's reply to the reader; `otherwise` handles other messages."""

    async def handle(update: Update, context: Context) -> None:
        message, person = update.effective_message, update.effective_user
        question = message.reply_to_message if message else None
        letter = None
        if question and person and context.services.is_editor(person.id):
            letter = await context.services.feedback.letter(
                chat_id=question.chat.id, message_id=question.message_id
            )
        if message is None or letter is None:
            await otherwise(update, context)
            return
        try:
            await _answer(context, message, letter)
        except (BadRequest, Forbidden) as error:
            raise NotFoundError(_UNREACHABLE) from error
        await context.show(update, Composer().text(context.texts.say("Your answer was sent.")).message())
        await _mark_answered(context, letter)

    return handle


async def decide(update: Update, context: Context) -> None:
    """Act on a button above a letter: answer it, mute the reader, or end that."""
    action, shown = read_button(update, LetterButton, _TOO_OLD).action, update.effective_message
    if shown is None:
        return
    feedback = context.services.feedback
    letter = await feedback.letter(chat_id=shown.chat.id, message_id=shown.message_id)
    if letter is None:
        raise NotFoundError(_TOO_OLD)
    if action is LetterAction.ANSWER:
        question = Composer().text(context.texts.say("Reply to this message with your answer.")).message()
        asked = await context.bot.send_message(
            shown.chat.id, **parameters(question) | {"reply_markup": ForceReply()}
        )
        await feedback.remember(letter, chat_id=asked.chat.id, message_ids=[asked.message_id])
        return
    muted = action is LetterAction.MUTE
    await feedback.mute(letter.reader, muted=muted)
    following = await feedback.following(chat_id=shown.chat.id, message_id=shown.message_id)
    await context.show(update, header(context.texts, muted=muted, following=following))


async def _mark_answered(context: Context, letter: LetterKey) -> None:
    """Show every editor that the letter was answered, so that nobody answers it twice by mistake."""
    for chat_id, message_id, following in await context.services.feedback.mark_answered(letter):
        texts = await context.services.subscribers.texts_of(chat_id)
        head = parameters(header(texts, answered=True, following=following))
        try:
            await context.bot.edit_message_text(chat_id=chat_id, message_id=message_id, **head)
        except (
            TelegramError
        ) as error:  # it shows that already, was deleted, or the editor has blocked the bot
            log.debug("a reader's message was not marked", extra={"reason": type(error).__name__})


async def _answer(context: Context, answer: Message, letter: LetterKey) -> None:
    """Copy an editor's message of any kind to the reader, below a header. Its author stays unknown."""
    texts = await context.services.subscribers.texts_of(letter.reader)
    above = parameters(Composer().line(texts.say("The editors answer:"), "bold").message())
    reply = ReplyParameters(letter.message_id, allow_sending_without_reply=True)
    await context.bot.send_message(letter.reader, **above, reply_parameters=reply)
    await context.bot.copy_message(letter.reader, answer.chat.id, answer.message_id)


def header(
    texts: Texts, *, muted: bool = False, answered: bool = False, following: str = ""
) -> messages.Message:
    """Return the message with the buttons above a letter; `following` is the data of the one to the next."""
    composer = Composer().line(texts.say("A reader writes to the editors:"), "bold")
    if answered:
        composer.line(texts.say("✓ Answered by an editor."), "italic")
    answer = Button(texts.say("Answer"), LetterButton(LetterAction.ANSWER).data())
    if muted:
        composer.line(texts.say("This reader is muted: you get no more of what they write."), "italic")
        composer.buttons(
            answer, Button(texts.say("Hear them again"), LetterButton(LetterAction.UNMUTE).data())
        )
    else:
        composer.buttons(answer, Button(texts.say("Mute"), LetterButton(LetterAction.MUTE).data()))
    if following:
        composer.buttons(Button(texts.say("Next message"), following))
    return composer.message()

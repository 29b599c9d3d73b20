"""What a reader writes that is no command goes to the editors, and their answer comes back."""

import logging
import re
from dataclasses import dataclass
from typing import Any

from telegram import ForceReply, Message, ReplyParameters, Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.delivery.pacer import Lane
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import Texts, in_language, mark
from bot.rendering import message as messages
from bot.rendering.message import Button, Composer
from bot.services import Services
from bot.subscribers.feedback import A_DAY, LetterReference, Reception
from handlers.context import Context, Handler
from handlers.keyboards import parameters

log = logging.getLogger(__name__)

THANK = "thank"  # the job: tell the reader that the message was passed on
_ALBUM = "album"
_TOO_OLD = mark("This message is too old to be answered here.")
_UNREACHABLE = mark("This reader cannot be reached any more: nothing was sent.")


def pass_on_or(otherwise: Handler) -> Handler:
    """A reader's message goes to the editors; `otherwise` handles what is none, such as an editor's own.

    It is only kept here. The editors are told of it by `letters.tell`, and the reader that it was passed on
    by `thank`: after a push thousands may write at once, and nobody else's answer waits for that.
    """

    async def handle(update: Update, context: Context) -> None:
        message, person = update.effective_message, update.effective_user
        by_editor = context.services.is_editor(person.id if person else None)
        if message is None or by_editor or not _is_letter(message):
            await otherwise(update, context)
            return
        letter, album = LetterReference(message.chat.id, message.message_id), _album(message, context)
        if album.pictures > 1:  # they are one message to who sends them: answered and counted once
            if album.passed_on:
                await _accept(context, message, letter, counts=False)
            return
        if context.subscriber.muted:
            raise RefusedError(mark("The editors take no messages from this chat. All commands: /help"))
        match await _accept(context, message, letter):
            case Reception.REFUSED:
                raise RefusedError(
                    mark(
                        "You sent the editors {number} messages today: write again tomorrow. "
                        "All commands: /help"
                    ),
                    number=A_DAY,
                )
            case Reception.NOBODY_THERE:
                raise NotFoundError(mark("No editor can read this now: try again later. All commands: /help"))
        album.passed_on = True
        context.leave(THANK, reader=letter.reader, message=letter.message_id, language=context.texts.language)

    return handle


async def thank(bot: ExtBot[Lane], services: Services, content: dict[str, Any]) -> None:
    """Tell a reader that the message was passed on."""
    letter = LetterReference(content["reader"], content["message"])
    if not await services.feedback.is_kept(letter):
        return
    texts = in_language(content["language"])
    composer = Composer().line(texts.say("Passed on to the editors. Their answer comes here."))
    thanks = parameters(composer.line(texts.say("All commands: /help")).message())
    try:
        await bot.send_message(letter.reader, **thanks, rate_limit_args=Lane.NOTICE)
    except (BadRequest, Forbidden):  # they have shut us out since
        log.info("nobody to thank", extra={"chat": letter.reader})


async def _accept(
    context: Context, message: Message, letter: LetterReference, *, counts: bool = True
) -> Reception:
    above, services = message.reply_to_message, context.services
    return await services.feedback.accept(
        letter,
        services.owner_ids,
        replied=above.message_id if above else None,
        album=message.media_group_id,
        counts=counts,
    )


def answer_or(otherwise: Handler) -> Handler:
    """An editor's reply to a reader's message goes to that reader; `otherwise` handles any other message."""

    async def handle(update: Update, context: Context) -> None:
        message, person = update.effective_message, update.effective_user
        question = message.reply_to_message if message else None
        letter = None
        if question and person and context.services.is_editor(person.id):
            place = {"chat_id": question.chat.id, "message_id": question.message_id}
            letter = await context.services.feedback.letter(**place)
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
    """A button under a reader's message: answer it, mute the reader, hear them again."""
    query, shown = update.callback_query, update.effective_message
    found = re.fullmatch(r"feedback:(answer|mute|unmute)", (query.data if query else None) or "")
    if found is None or shown is None:
        raise InvalidInputError(_TOO_OLD)
    feedback = context.services.feedback
    letter = await feedback.letter(chat_id=shown.chat.id, message_id=shown.message_id)
    if letter is None:
        raise NotFoundError(_TOO_OLD)
    if found[1] == "answer":
        question = Composer().text(context.texts.say("Reply to this message with your answer.")).message()
        asked = await context.bot.send_message(
            shown.chat.id, **parameters(question) | {"reply_markup": ForceReply()}
        )
        await feedback.remember(letter, chat_id=asked.chat.id, message_ids=[asked.message_id])
        return
    muted = found[1] == "mute"
    await feedback.mute(letter.reader, muted=muted)
    following = await feedback.following(chat_id=shown.chat.id, message_id=shown.message_id)
    await context.show(update, header(context.texts, muted=muted, following=following))


def _is_letter(message: Message) -> bool:
    """Something for people to read. A story that was shared through us is none, nor is a place."""
    return not (message.via_bot or message.location or message.contact or message.venue)


@dataclass(slots=True)
class _Album:
    """Pictures that were sent together come one by one. Not kept: after a restart the rest counts anew."""

    id: str | None = None
    pictures: int = 0
    passed_on: bool = False


def _album(message: Message, context: Context) -> _Album:
    """The album that a message belongs to, which counts it; one of its own for any other message."""
    chat_data = context.chat_data
    if message.media_group_id is None or chat_data is None:
        return _Album()
    if chat_data.setdefault(_ALBUM, _Album()).id != message.media_group_id:
        chat_data[_ALBUM] = _Album(message.media_group_id)
    found: _Album = chat_data[_ALBUM]
    found.pictures += 1
    return found


async def _mark_answered(context: Context, letter: LetterReference) -> None:
    """Every editor sees that it was answered, so that nobody does it twice without knowing."""
    for chat_id, message_id, following in await context.services.feedback.answered(letter):
        texts = await context.services.subscribers.texts_of(chat_id)
        head = parameters(header(texts, answered=True, following=following))
        try:
            await context.bot.edit_message_text(chat_id=chat_id, message_id=message_id, **head)
        except TelegramError as error:  # shown already, deleted, or that editor is gone
            log.debug("a reader's message was not marked", extra={"reason": type(error).__name__})


async def _answer(context: Context, answer: Message, letter: LetterReference) -> None:
    """Copy an editor's message, whatever it holds, below a header: nobody sees whose it was."""
    texts = await context.services.subscribers.texts_of(letter.reader)
    above = parameters(Composer().line(texts.say("The editors answer:"), "bold").message())
    reply = ReplyParameters(letter.message_id, allow_sending_without_reply=True)
    await context.bot.send_message(letter.reader, **above, reply_parameters=reply)
    await context.bot.copy_message(letter.reader, answer.chat.id, answer.message_id)


def header(
    texts: Texts, *, muted: bool = False, answered: bool = False, following: str = ""
) -> messages.Message:
    """What stands above a reader's message; `following` is the data of the button to the next one."""
    composer = Composer().line(texts.say("A reader writes to the editors:"), "bold")
    if answered:
        composer.line(texts.say("✓ Answered by an editor."), "italic")
    answer = Button(texts.say("Answer"), "feedback:answer")
    if muted:
        composer.line(texts.say("This reader is muted: you get no more of what they write."), "italic")
        composer.buttons(answer, Button(texts.say("Hear them again"), "feedback:unmute"))
    else:
        composer.buttons(answer, Button(texts.say("Mute"), "feedback:mute"))
    if following:
        composer.buttons(Button(texts.say("Next message"), following))
    return composer.message()

"""Letters: a reader's message that is no command is stored for the editors, and its reader is thanked."""

import logging
from dataclasses import dataclass
from typing import Any

from telegram import Message, Update
from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.errors import NotFoundError, RefusedError
from bot.i18n import in_language, mark
from bot.rendering.message import Composer
from bot.services import Services
from bot.subscribers.feedback import LETTERS_A_DAY, LetterKey, Reception
from handlers.context import Context, Handler
from handlers.keyboards import parameters

log = logging.getLogger(__name__)

THANK = "thank"  # kind of the job that tells a reader that the letter was passed on
_ALBUM = "album"  # key in the chat's data


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

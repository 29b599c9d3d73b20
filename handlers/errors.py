"""The error handler of all handlers: people get a sentence, the log gets the details."""

import logging
from collections.abc import Mapping

from telegram import Update
from telegram.constants import CallbackQueryLimit
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.errors import UserError
from bot.i18n import SOURCE_LANGUAGE, Texts, choose, in_language
from bot.inbox import jobs
from bot.rendering.autolinks import without_links
from bot.rendering.message import Composer, shorten
from handlers.context import Context
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)


async def answer(update: object, context: Context) -> None:
    """Log the error; then answer in the reader's language, with an alert if a button was tapped.

    Where the database did not answer, the update is handled a few times again before that is said.
    """
    error = context.error
    if not isinstance(update, Update):
        log.error("an error outside any update", exc_info=error)
        return
    if _has_no_reader(error):
        log.info("nobody to answer", extra={"reason": str(error), "update_id": update.update_id})
        return
    _log(error, update)
    if isinstance(error, DatabaseUnavailableError) and jobs.try_again():
        return
    if update.my_chat_member is not None:  # nobody asked: an answer would come unasked, even at night
        return
    texts = await _texts(update, context)
    if isinstance(error, UserError):
        sentence = texts.say(error.sentence, **_plain(error.values))
    else:
        sentence = texts.say("Something went wrong on our side. Please try again in a minute.")
    try:
        await _tell(update, context, sentence)
    except TelegramError as failure:
        log.warning("the answer did not get through", extra={"reason": str(failure)})


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Return the values of a sentence with no link in them: they may be what somebody typed."""
    return {name: without_links(value) if isinstance(value, str) else value for name, value in values.items()}


def _log(error: Exception | None, update: Update) -> None:
    """Log an error by its kind: only an error that nobody expects gets a traceback."""
    extra = {"update_id": update.update_id}
    if isinstance(error, UserError):
        log.info("refused", extra=extra | {"reason": error.sentence})
    elif isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        log.warning("Telegram did not take an answer", extra={"reason": str(error)})
    elif isinstance(error, DatabaseUnavailableError):
        log.info("the database did not answer", extra=extra)
    else:
        log.error("a handler failed", exc_info=error, extra=extra)


def _has_no_reader(error: Exception | None) -> bool:
    """Return whether nobody can get an answer: a late tap, or a chat that has blocked the bot."""
    is_stale_tap = isinstance(error, BadRequest) and "query is too old" in error.message.lower()
    return is_stale_tap or isinstance(error, Forbidden)


async def _tell(update: Update, context: Context, sentence: str) -> None:
    """Show the sentence as an alert if a button was tapped, else as a message.

    A tap that left a job was answered then, and Telegram takes no second answer.
    """
    query = update.callback_query
    if query is not None and context.job_content is None:
        limit = CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH
        await query.answer(shorten(sentence, limit), show_alert=True)
    elif update.effective_chat is not None:
        await context.answer(update, update.effective_chat, Composer().text(sentence).message())


async def _texts(update: Update, context: Context) -> Texts:
    """Return the texts in the chat's language; this is not the Context that the handler had."""
    chat, person = update.effective_chat, update.effective_user
    code = person.language_code if person else None
    try:
        return await context.services.subscribers.texts_of(chat.id if chat else 0, code)
    except Exception:  # it may be the database itself that failed
        log.debug("the language of a chat was not found", exc_info=True)
        return in_language(choose(code, SOURCE_LANGUAGE))

"""The one error handler: people get a sentence, the log gets the rest."""

import logging

from telegram import Update
from telegram.constants import CallbackQueryLimit
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.errors import UserError
from bot.i18n import SOURCE_LANGUAGE, Texts, choose, in_language
from bot.rendering.message import Composer, shorten
from handlers.context import Context, topic_of
from storage.engine.unavailable import DatabaseUnavailableError

log = logging.getLogger(__name__)


async def answer(update: object, context: Context) -> None:
    """Log first; then answer in the reader's language, by a toast where a button was tapped."""
    error = context.error
    if not isinstance(update, Update):
        log.error("an error outside any update", exc_info=error)
        return
    texts = await _texts(update, context)
    if isinstance(error, UserError):
        log.info("refused", extra={"reason": error.sentence, "update_id": update.update_id})
        sentence = texts.say(error.sentence, **error.values)
    elif _is_stale(error) or isinstance(error, Forbidden):
        log.info("nobody to answer", extra={"reason": str(error), "update_id": update.update_id})
        return
    elif isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        log.warning("Telegram did not take an answer", extra={"reason": str(error)})
        sentence = texts.say("Something went wrong on our side. Please try again in a minute.")
    elif isinstance(error, DatabaseUnavailableError):
        log.info("the database did not answer", extra={"update_id": update.update_id})
        sentence = texts.say("Something went wrong on our side. Please try again in a minute.")
    else:
        log.error("a handler failed", exc_info=error, extra={"update_id": update.update_id})
        sentence = texts.say("Something went wrong on our side. Please try again in a minute.")
    try:
        await _tell(update, context, sentence)
    except TelegramError as failure:
        log.warning("the answer did not get through", extra={"reason": str(failure)})


async def _tell(update: Update, context: Context, sentence: str) -> None:
    query = update.callback_query
    if query is not None:
        limit = CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH
        await query.answer(shorten(sentence, limit), show_alert=True)
    elif update.effective_chat is not None:
        await context.send(update.effective_chat.id, Composer().text(sentence).message(), topic_of(update))


def _is_stale(error: Exception | None) -> bool:
    """A tap that came too late to be answered (Telegram: about 15 minutes)."""
    return isinstance(error, BadRequest) and "query is too old" in error.message.lower()


async def _texts(update: Update, context: Context) -> Texts:
    """Those that the chat chose; the library hands us another Context than the handler had."""
    chat, person = update.effective_chat, update.effective_user
    code = person.language_code if person else None
    try:
        return await context.services.subscribers.texts_of(chat.id if chat else 0, code)
    except Exception:  # it may be the database itself that failed
        log.debug("the language of a chat was not found", exc_info=True)
        return in_language(choose(code, SOURCE_LANGUAGE))

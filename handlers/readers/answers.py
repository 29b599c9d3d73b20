"""Replies to the bot's questions (which city, which day): find the question that was replied to."""

from telegram import Message, Update
from telegram.ext import filters

from bot.errors import InvalidInputError
from bot.i18n import in_language, languages, mark
from handlers.context import Context
from handlers.preferences import day_off, muted_words, timezone

_QUESTIONS = {
    timezone.QUESTION: timezone.city,
    day_off.QUESTION: day_off.until,
    muted_words.QUESTION: muted_words.add,
}


class IsAnswer(filters.MessageFilter):
    """Matches a reply to one of these questions, in any language."""

    def filter(self, message: Message) -> bool:
        return _question(message) is not None


async def answer(update: Update, context: Context) -> None:
    """Hand the reply to the screen that asked."""
    message = update.effective_message
    question = _question(message) if message else None
    if message is not None and question is not None:
        if not (message.text or "").strip():
            raise InvalidInputError(mark("I can only use a text here. Reply with one."))
        await _QUESTIONS[question](update, context, message.text or "")


def _question(message: Message) -> str | None:
    above = message.reply_to_message
    if above is None or above.from_user is None or not above.from_user.is_bot:
        return None
    by_text = {in_language(code).say(question): question for code in languages() for question in _QUESTIONS}
    return by_text.get(above.text or "")

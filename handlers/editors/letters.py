"""Letters: shows editors the messages of readers, and sends their answers back."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date

from telegram import ForceReply, Message, ReplyParameters, Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.roles import Right
from bot.errors import NotFoundError
from bot.i18n import Texts, mark
from bot.rendering import message as messages
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import LetterAction, LetterButton
from bot.rendering.message import Button, Composer, shorten
from bot.services import Services
from bot.subscribers.feedback import LetterKey
from handlers.context import Context, Handler
from handlers.editors.buttons import ALL, NO_STORY, LettersButton
from handlers.guards import actor_of
from handlers.keyboards import parameters, read_button
from storage.subscribers.letters import LetterGroup, StoredLetter

log = logging.getLogger(__name__)

TOO_OLD = mark("This message is too old to answer.")
UNREACHABLE = mark("This reader can no longer be reached. Nothing was sent.")
_HEADLINE = 100  # characters
_GROUPS = 8  # that a message lists, the largest ones; a further button leads to all


async def notify(bot: ExtBot[Lane], services: Services) -> bool:
    """Send each editor one message about the letters since the last one. Return False without letters."""
    news = await services.feedback.unannounced(await services.editors.with_right(Right.WRITE))
    for editor, groups in news:
        try:
            await _notify(bot, services, editor, groups)
        except Forbidden:
            log.info("an editor has blocked the bot")
            await services.subscribers.blocked(editor)
            await services.feedback.mark_announced(editor, groups)
        except BadRequest:  # trying again would change nothing
            log.exception("an editor cannot be notified")
            await services.feedback.mark_announced(editor, groups)
        except TelegramError as error:  # the next round tries again
            log.warning("an editor was not notified", extra={"reason": type(error).__name__})
        else:
            await services.feedback.mark_announced(editor, groups)
    return bool(news)


async def read(update: Update, context: Context, button: LettersButton) -> None:
    """Show the next letter, with a button to the one after it."""
    chat = update.effective_chat
    if chat is None:
        return
    about = [] if button.about == ALL else [int(button.about) if button.about else None]
    found, more = await context.services.feedback.next_of(
        after=button.after, until=button.until, story_ids=about
    )
    if found is None:
        raise NotFoundError(mark("There are no more messages."))
    following = LettersButton(found.id, button.until, button.about).data() if more else ""
    await show_letter(context.bot, context.services, chat.id, [found], lane=Lane.REPLY, following=following)


async def _notify(bot: ExtBot[Lane], services: Services, editor: int, groups: Sequence[LetterGroup]) -> None:
    first, last = min(group.first_id for group in groups), max(group.last_id for group in groups)
    if sum(group.number for group in groups) == 1:
        await show_letter(
            bot, services, editor, await services.feedback.between(first, last), lane=Lane.NOTICE
        )
        return
    gathered = _gathered(groups, first - 1, last, await services.subscribers.texts_of(editor))
    await bot.send_message(editor, **parameters(gathered), rate_limit_args=Lane.NOTICE)


def _gathered(groups: Sequence[LetterGroup], after: int, until: int, texts: Texts) -> messages.Message:
    """Return a message that says how many letters there are about each Story, with buttons to read them."""
    composer = Composer().line(texts.say("Messages from readers:"), "bold").line()
    for group in groups[:_GROUPS]:
        composer.line(_line(group, texts))
        if group.story_id is None:
            label, about = texts.say("Read general messages"), NO_STORY
        else:
            label = texts.say("Read messages about story {number}", number=group.story_id)
            about = str(group.story_id)
        composer.buttons(Button(label, LettersButton(after, until, about).data()))
    if len(groups) > _GROUPS:
        number = sum(group.number for group in groups)
        label = texts.say("Read all {number}", number=texts.number(number))
        composer.buttons(Button(label, LettersButton(after, until, ALL).data()))
    return composer.message()


def _line(group: LetterGroup, texts: Texts) -> str:
    if group.story_id is None:
        return texts.count("{number} general message", "{number} general messages", group.number)
    return texts.count(
        "{number} message about story {story}: {headline}",
        "{number} messages about story {story}: {headline}",
        group.number,
        story=group.story_id,
        headline=shorten(group.headline or "", _HEADLINE),
    )


async def show_letter(
    bot: ExtBot[Lane],
    services: Services,
    editor: int,
    parts: Sequence[StoredLetter],
    *,
    lane: Lane,
    following: str = "",
) -> None:
    """Copy a letter, whatever it holds, below a message with its buttons. An album has several parts."""
    if not parts:
        return
    texts = await services.subscribers.texts_of(editor)
    letter = LetterKey(parts[0].reader, parts[0].message_id)
    head = parameters(header(texts, parts[0], services.feedback.today(), following=following))
    above = (await bot.send_message(editor, **head, rate_limit_args=lane)).message_id
    shown = [above]
    for part in parts:
        with suppress(BadRequest):  # the reader has deleted it
            copy = await bot.copy_message(editor, part.reader, part.message_id, rate_limit_args=lane)
            shown.append(copy.message_id)
    if len(shown) == 1:
        gone = Composer().text(texts.say("The reader has deleted this message."))
        gone.buttons(Button(texts.say("Next message"), following) if following else None)
        nothing = parameters(gone.message())
        await bot.edit_message_text(chat_id=editor, message_id=above, **nothing, rate_limit_args=lane)
        return
    await services.feedback.remember(
        letter, chat_id=editor, message_ids=shown, head=above, following=following
    )


def answer_or(otherwise: Handler) -> Handler:
    """Return a handler that sends an editor's reply to the reader; `otherwise` handles other messages."""

    async def handle(update: Update, context: Context) -> None:
        message = update.effective_message
        question = message.reply_to_message if message else None
        letter = None
        if question and await context.may(update):
            letter = await context.services.feedback.letter(
                chat_id=question.chat.id, message_id=question.message_id
            )
        if message is None or letter is None:
            await otherwise(update, context)
            return
        try:
            await _answer(context, message, letter)
        except (BadRequest, Forbidden) as error:
            raise NotFoundError(UNREACHABLE) from error
        await context.show(update, Composer().text(context.texts.say("Your answer was sent.")).message())
        await mark_answered(context.bot, context.services, letter)

    return handle


async def decide(update: Update, context: Context) -> None:
    """Act on a button above a letter: answer it, mute or unmute the reader."""
    action, shown = read_button(update, LetterButton, TOO_OLD).action, update.effective_message
    if shown is None:
        return
    feedback = context.services.feedback
    letter = await feedback.letter(chat_id=shown.chat.id, message_id=shown.message_id)
    if letter is None:
        raise NotFoundError(TOO_OLD)
    if action is LetterAction.ANSWER:
        question = Composer().text(context.texts.say("Reply to this message with your answer.")).message()
        asked = await context.bot.send_message(
            shown.chat.id, **parameters(question) | {"reply_markup": ForceReply()}
        )
        await feedback.remember(letter, chat_id=asked.chat.id, message_ids=[asked.message_id])
        return
    muted = action is LetterAction.MUTE
    await feedback.mute(letter.reader, muted=muted, actor=actor_of(update))
    following = await feedback.following(chat_id=shown.chat.id, message_id=shown.message_id)
    stored = await feedback.stored(letter)
    await context.show(
        update, header(context.texts, stored, feedback.today(), muted=muted, following=following)
    )


async def mark_answered(bot: ExtBot[Lane], services: Services, letter: LetterKey) -> None:
    """Show every editor that the letter was answered, so that nobody answers it twice by mistake."""
    feedback = services.feedback
    shown_at, stored = await feedback.mark_answered(letter), await feedback.stored(letter)
    for chat_id, message_id, following in shown_at:
        texts = await services.subscribers.texts_of(chat_id)
        head = parameters(header(texts, stored, feedback.today(), following=following))
        try:
            await bot.edit_message_text(chat_id=chat_id, message_id=message_id, **head)
        except TelegramError as error:  # it was deleted, or the editor has blocked the bot
            log.debug("a reader's message was not marked", extra={"reason": type(error).__name__})


async def _answer(context: Context, answer: Message, letter: LetterKey) -> None:
    """Copy an editor's message of any kind to the reader, below a header. Its author stays unknown."""
    await announce_answer(context.bot, context.services, letter)
    await context.bot.copy_message(letter.reader, answer.chat.id, answer.message_id)


async def announce_answer(bot: ExtBot[Lane], services: Services, letter: LetterKey) -> None:
    """Send the reader the line above an answer, as a reply to the letter."""
    texts = await services.subscribers.texts_of(letter.reader)
    above = parameters(Composer().line(texts.say("The editors answer:"), "bold").message())
    reply = ReplyParameters(letter.message_id, allow_sending_without_reply=True)
    await bot.send_message(letter.reader, **above, reply_parameters=reply)


def header(
    texts: Texts, letter: StoredLetter | None, today: date, *, muted: bool = False, following: str = ""
) -> messages.Message:
    """Return the message with the buttons above a letter; `following` is the data of the one to the next."""
    composer = Composer().line(_writer(texts, letter, today), "bold")
    if letter and letter.headline:
        headline = without_links(shorten(letter.headline, _HEADLINE))
        composer.line(
            texts.say("About story {number}: {headline}", number=letter.story_id, headline=headline)
        )
    if letter and letter.answered:
        composer.line(texts.say("✓ Answered by an editor."), "italic")
    answer = Button(texts.say("Answer"), LetterButton(LetterAction.ANSWER).data())
    if muted:
        composer.line(texts.say("This reader is muted. You will get no more messages from them."), "italic")
        composer.buttons(answer, Button(texts.say("Unmute"), LetterButton(LetterAction.UNMUTE).data()))
    else:
        composer.buttons(answer, Button(texts.say("Mute"), LetterButton(LetterAction.MUTE).data()))
    if following:
        composer.buttons(Button(texts.say("Next message"), following))
    return composer.message()


def _writer(texts: Texts, letter: StoredLetter | None, today: date) -> str:
    """Say which reader of the day wrote: two letters with one number are from one reader."""
    if letter is None or letter.number is None:
        return texts.say("Message from a reader:")
    if letter.written_at.date() == today:
        return texts.say("Message from reader {number} today:", number=letter.number)
    day = texts.date(letter.written_at, UTC)
    return texts.say("Message from reader {number} on {day}:", number=letter.number, day=day)

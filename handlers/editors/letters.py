"""Letters: shows editors the messages of readers, a single one as it is, several as a list."""

import logging
from collections.abc import Sequence
from contextlib import suppress

from telegram import Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.errors import NotFoundError
from bot.i18n import Texts, mark
from bot.rendering import message as messages
from bot.rendering.message import Button, Composer, shorten
from bot.services import Services
from bot.subscribers.feedback import LetterKey
from handlers.context import Context
from handlers.editors.buttons import ALL, NO_STORY, LettersButton
from handlers.keyboards import parameters
from handlers.readers.feedback import header
from storage.subscribers.letters import LetterGroup, StoredLetter

log = logging.getLogger(__name__)

_HEADLINE = 100
_GROUPS = 8  # that a message lists, the largest ones; a further button leads to all


async def notify(bot: ExtBot[Lane], services: Services) -> bool:
    """Send each editor one message about the letters since the last one. Return False without letters."""
    news = await services.feedback.unannounced(services.owner_ids)
    for editor, groups in news:
        try:
            await _notify(bot, services, editor, groups)
        except Forbidden:
            log.info("an editor has blocked the bot", extra={"chat": editor})
            await services.subscribers.blocked(editor)
            await services.feedback.mark_announced(editor, groups)
        except BadRequest:  # trying again would change nothing
            log.exception("an editor cannot be notified", extra={"chat": editor})
            await services.feedback.mark_announced(editor, groups)
        except TelegramError as error:  # the next round tries again
            log.warning("an editor was not notified", extra={"chat": editor, "reason": type(error).__name__})
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
        raise NotFoundError(mark("There are no more of these messages."))
    following = LettersButton(found.id, button.until, button.about).data() if more else ""
    await _show(context.bot, context.services, chat.id, [found], lane=Lane.REPLY, following=following)


async def _notify(bot: ExtBot[Lane], services: Services, editor: int, groups: Sequence[LetterGroup]) -> None:
    first, last = min(group.first_id for group in groups), max(group.last_id for group in groups)
    if sum(group.number for group in groups) == 1:
        await _show(bot, services, editor, await services.feedback.between(first, last), lane=Lane.NOTICE)
        return
    gathered = _gathered(groups, first - 1, last, await services.subscribers.texts_of(editor))
    await bot.send_message(editor, **parameters(gathered), rate_limit_args=Lane.NOTICE)


def _gathered(groups: Sequence[LetterGroup], after: int, until: int, texts: Texts) -> messages.Message:
    """Return a message that says how many letters there are about each Story, with buttons to read them."""
    composer = Composer().line(texts.say("Readers write to the editors:"), "bold").line()
    for group in groups[:_GROUPS]:
        composer.line(_line(group, texts))
        if group.story_id is None:
            label, about = texts.say("Read those about no story"), NO_STORY
        else:
            label = texts.say("Read those about story {number}", number=group.story_id)
            about = str(group.story_id)
        composer.buttons(Button(label, LettersButton(after, until, about).data()))
    if len(groups) > _GROUPS:
        number = sum(group.number for group in groups)
        label = texts.say("Read all {number}", number=texts.number(number))
        composer.buttons(Button(label, LettersButton(after, until, ALL).data()))
    return composer.message()


def _line(group: LetterGroup, texts: Texts) -> str:
    if group.story_id is None:
        return texts.count(
            "{number} message about no story", "{number} messages about no story", group.number
        )
    return texts.count(
        "{number} message about story {story}: {headline}",
        "{number} messages about story {story}: {headline}",
        group.number,
        story=group.story_id,
        headline=shorten(group.headline or "", _HEADLINE),
    )


async def _show(
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
    head = parameters(header(texts, answered=parts[0].answered, following=following))
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

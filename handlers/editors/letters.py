"""Readers' messages as the editors get them: one alone as it is, many gathered, to be read one by one."""

import logging
import re
from collections.abc import Sequence
from contextlib import suppress

from telegram import Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.delivery.pacer import Lane
from bot.errors import InvalidInputError, NotFoundError
from bot.i18n import Texts, mark
from bot.rendering import message as messages
from bot.rendering.message import Button, Composer, shorten
from bot.services import Services
from bot.subscribers.feedback import LetterKey
from handlers.callbacks import OUTDATED, data_of
from handlers.context import Context
from handlers.keyboards import parameters
from handlers.readers.feedback import header
from storage.subscribers.letters import LetterGroup, StoredLetter

log = logging.getLogger(__name__)

_HEADLINE = 100
_PILES = 8  # that a message names, the highest ones; a further button leads to all
_ALL = "all"
_THESE = rf"letters:(\d{{1,18}}):(\d{{1,18}}):(\d{{0,9}}|{_ALL})"


async def tell(bot: ExtBot[Lane], services: Services) -> bool:
    """Tell each editor what readers have written since, in one message; False where there is nothing."""
    news = await services.feedback.unannounced(services.owner_ids)
    for editor, piles in news:
        try:
            await _tell(bot, services, editor, piles)
        except Forbidden:
            log.info("an editor has shut us out", extra={"chat": editor})
            await services.subscribers.blocked(editor)
            await services.feedback.mark_announced(editor, piles)
        except BadRequest:  # trying again would change nothing
            log.exception("an editor cannot be told", extra={"chat": editor})
            await services.feedback.mark_announced(editor, piles)
        except TelegramError as error:  # the next round tries again
            log.warning("an editor was not told", extra={"chat": editor, "reason": type(error).__name__})
        else:
            await services.feedback.mark_announced(editor, piles)
    return bool(news)


async def read(update: Update, context: Context) -> None:
    """The next message of a pile, with its buttons; below it the way to the one after it."""
    found, chat = re.fullmatch(_THESE, data_of(update)), update.effective_chat
    if found is None or chat is None:
        raise InvalidInputError(OUTDATED)
    after, until, pile = int(found[1]), int(found[2]), found[3]
    about = [] if pile == _ALL else [int(pile) if pile else None]
    place, more = await context.services.feedback.next_of(after=after, until=until, story_ids=about)
    if place is None:
        raise NotFoundError(mark("There are no more of these messages."))
    following = _these(place.id, until, pile) if more else ""
    await _show(context.bot, context.services, chat.id, [place], lane=Lane.REPLY, following=following)


async def _tell(bot: ExtBot[Lane], services: Services, editor: int, piles: Sequence[LetterGroup]) -> None:
    first, last = min(pile.first_id for pile in piles), max(pile.last_id for pile in piles)
    if sum(pile.number for pile in piles) == 1:
        await _show(bot, services, editor, await services.feedback.between(first, last), lane=Lane.NOTICE)
        return
    gathered = _gathered(piles, first - 1, last, await services.subscribers.texts_of(editor))
    await bot.send_message(editor, **parameters(gathered), rate_limit_args=Lane.NOTICE)


def _gathered(piles: Sequence[LetterGroup], after: int, until: int, texts: Texts) -> messages.Message:
    """How many there are about each story, and a button to read those."""
    composer = Composer().line(texts.say("Readers write to the editors:"), "bold").line()
    for pile in piles[:_PILES]:
        composer.line(_line(pile, texts))
        label = texts.say("Read those about story {number}", number=pile.story_id)
        if pile.story_id is None:
            label = texts.say("Read those about no story")
        composer.buttons(Button(label, _these(after, until, str(pile.story_id or ""))))
    if len(piles) > _PILES:
        number = sum(pile.number for pile in piles)
        label = texts.say("Read all {number}", number=texts.number(number))
        composer.buttons(Button(label, _these(after, until, _ALL)))
    return composer.message()


def _line(pile: LetterGroup, texts: Texts) -> str:
    if pile.story_id is None:
        return texts.count("{number} message about no story", "{number} messages about no story", pile.number)
    return texts.count(
        "{number} message about story {story}: {headline}",
        "{number} messages about story {story}: {headline}",
        pile.number,
        story=pile.story_id,
        headline=shorten(pile.headline or "", _HEADLINE),
    )


def _these(after: int, until: int, pile: str) -> str:
    """The data of a button that shows the next message of a pile: a story's number, none, or all."""
    return f"letters:{after}:{until}:{pile}"


async def _show(
    bot: ExtBot[Lane],
    services: Services,
    editor: int,
    places: Sequence[StoredLetter],
    *,
    lane: Lane,
    following: str = "",
) -> None:
    """Copy a reader's message, whatever it holds, below its buttons; of an album all that is there."""
    if not places:
        return
    texts, letter = (
        await services.subscribers.texts_of(editor),
        LetterKey(places[0].reader, places[0].message_id),
    )
    head = parameters(header(texts, answered=places[0].answered, following=following))
    above = (await bot.send_message(editor, **head, rate_limit_args=lane)).message_id
    shown = [above]
    for place in places:
        with suppress(BadRequest):  # the reader has deleted it
            copy = await bot.copy_message(editor, place.reader, place.message_id, rate_limit_args=lane)
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

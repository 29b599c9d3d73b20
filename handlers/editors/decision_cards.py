"""Shows editors what came of their decisions about Stories, once those could not be undone any more."""

import logging
from contextlib import suppress

from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.actors import person_of
from bot.services import Services
from bot.stories.conflicts import ConflictError
from bot.stories.review import refusals
from handlers.editors.decisions import outcome, refused
from handlers.editors.names import named
from handlers.keyboards import parameters
from storage.models import PendingDecision
from storage.words import DecisionAction

log = logging.getLogger(__name__)


class DecisionCards:
    """Edits the message of each decision that acted, and notifies its editor of one that could not.

    The scheduler runs it in one process at a time. Neither a kill nor an outage loses one.
    """

    def __init__(self, bot: ExtBot[Lane], services: Services) -> None:
        self._bot = bot
        self._services = services

    async def update(self) -> None:
        """Show what came of each decision that its editor has not seen yet."""
        for decision in await self._services.decisions.unshown():
            try:
                await self._show(decision)
            except (BadRequest, Forbidden) as error:  # the message is gone, or they blocked the bot
                log.info("an outcome cannot be shown", extra={"reason": error.message})
            except TelegramError as error:  # the next turn tries again
                log.warning("an outcome was not shown", extra={"reason": str(error)})
                continue
            await self._services.decisions.mark_shown(decision.id)

    async def _show(self, decision: PendingDecision) -> None:
        editor = person_of(decision.actor)
        if editor is None:
            return
        if decision.refusal is not None:
            await self._notify(editor, decision)
        elif decision.message_id is not None and decision.action is not DecisionAction.PUSH:
            # The message of a push is a Card by now: ProgressCards edits it.
            texts = await self._services.subscribers.texts_of(editor)
            made = [decision.broadcast_id] if decision.broadcast_id else []
            drawn = await outcome(self._services, texts, decision.action, decision.story_id, made)
            await self._bot.edit_message_text(
                chat_id=editor, message_id=decision.message_id, **parameters(drawn)
            )

    async def _notify(self, editor: int, decision: PendingDecision) -> None:
        """Send the editor why the decision could not act, in place of the message that says it will."""
        subscribers, error = self._services.subscribers, refusals.load(decision.refusal or {})
        texts, zone = await subscribers.texts_of(editor), await subscribers.timezone_of(editor)
        if isinstance(error, ConflictError):
            error = await named(self._bot, error, texts, zone, reader=editor)
        story = await self._services.stories.inspect(decision.story_id)
        message = refused(story, texts.say(error.sentence, **error.values), texts)
        await self._bot.send_message(editor, **parameters(message))
        if decision.message_id is not None:
            await self._services.cards.remove(editor, decision.message_id)
            with suppress(BadRequest, Forbidden):  # it is gone
                await self._bot.delete_message(editor, decision.message_id)

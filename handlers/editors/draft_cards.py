"""Sends editors the review cards of new drafts, such as those that come from feeds."""

from collections.abc import Sequence

from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.roles import Right
from bot.rendering.message import Composer, Message
from bot.rendering.render import Reader
from bot.services import Services
from handlers.editors.notices import Notices
from handlers.editors.review import card
from handlers.keyboards import parameters
from storage.words import StoryState

_CARDS = 3  # editors are notified of more drafts than this at once in one message, without cards


class DraftCards:
    """Sends every editor the card of each new draft. Neither a kill nor an outage loses one."""

    def __init__(self, bot: ExtBot[Lane], services: Services) -> None:
        self._bot = bot
        self._services = services
        self._notices = Notices(self._notify)

    async def announce(self) -> None:
        """Send the cards of the drafts that were not announced yet."""
        drafts = await self._services.review.unannounced()
        self._notices.forget_all_but(drafts)
        if not drafts:
            return
        known = await self._notices.send(drafts, await self._services.editors.with_right(Right.WRITE))
        await self._services.review.mark_announced(*known)

    async def _notify(self, editor: int, drafts: Sequence[int]) -> None:
        for message in await self._messages(editor, drafts):
            await self._bot.send_message(editor, **parameters(message))

    async def _messages(self, editor: int, drafts: Sequence[int]) -> list[Message]:
        services = self._services
        reader = Reader(await services.subscribers.texts_of(editor), services.zone)
        if len(drafts) > _CARDS:
            number = len(drafts)
            text = reader.texts.count(
                "{number} new story is waiting for review: /review",
                "{number} new stories are waiting for review: /review",
                number,
            )
            return [Composer().text(text).message()]
        found = [await services.review.look(story_id) for story_id in drafts]
        return [
            await card(services, reader, item, reader.length)
            for item in found
            if item.story.state is StoryState.DRAFT
        ]

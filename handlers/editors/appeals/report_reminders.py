"""Reminds editors once of each Appeal that has been verified for long and has no Report."""

from collections import defaultdict
from collections.abc import Sequence

from telegram.ext import ExtBot

from bot.appeals.reports import REMINDED_AFTER
from bot.delivery.rate.pacer import Lane
from bot.editors.actors import person_of
from bot.editors.roles import Right
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, Message, first_words, shorten
from bot.services import Services
from handlers.editors.appeals.buttons import ReportAction, ReportButton
from handlers.editors.notices import Notices
from handlers.keyboards import parameters
from storage.models import Appeal

_SHOWN = 8
_ORGANISATION = 80
_LABEL = 30


class ReportReminders:
    """Sends the reminders. The scheduler runs it in one process at a time."""

    def __init__(self, bot: ExtBot[Lane], services: Services) -> None:
        self._bot = bot
        self._services = services
        self._notices = Notices(self._notify)
        self._appeals: dict[int, Appeal] = {}

    async def remind(self) -> None:
        """Remind the editor who wrote each Appeal; all editors where that one is none any more."""
        self._appeals = {one.id: one for one in await self._services.reports.to_remind()}
        self._notices.forget_all_but(self._appeals)
        if not self._appeals:
            return
        editors = await self._services.editors.with_right(Right.WRITE)
        by_editors: dict[frozenset[int], list[int]] = defaultdict(list)
        for appeal in self._appeals.values():
            writer = person_of(appeal.written_by)
            own = frozenset({writer}) if writer is not None else frozenset[int]()
            by_editors[(own & editors) or editors].append(appeal.id)
        for concerned, ids in by_editors.items():
            known = await self._notices.send(ids, concerned)
            await self._services.reports.mark_reminded(*known)

    async def _notify(self, editor: int, appeal_ids: Sequence[int]) -> None:
        appeals = [self._appeals[one] for one in appeal_ids]
        await self._bot.send_message(editor, **parameters(await self._message(editor, appeals)))

    async def _message(self, editor: int, appeals: Sequence[Appeal]) -> Message:
        texts = await self._services.subscribers.texts_of(editor)
        composer = Composer().line(
            texts.count(
                "Readers have had no report on an appeal for {days} days:",
                "Readers have had no report on {number} appeals for {days} days:",
                len(appeals),
                days=REMINDED_AFTER.days,
            ),
            "bold",
        )
        for one in appeals[:_SHOWN]:
            composer.line(without_links(shorten(one.organisation, _ORGANISATION)))
            label = texts.say("Report: {organisation}", organisation=first_words(one.organisation, _LABEL))
            composer.buttons(Button(label, ReportButton(ReportAction.SHOW, one.id).data()))
        if len(appeals) > _SHOWN:
            composer.line(texts.count("… and {number} more", "… and {number} more", len(appeals) - _SHOWN))
        composer.line(texts.say("Tell those who helped what became of it: it keeps them with you."))
        return composer.message()

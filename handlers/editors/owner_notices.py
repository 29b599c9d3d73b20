"""Sends owners notices about the bot itself: a failed backup or webhook, a restore, a late test chat."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.roles import Right
from bot.i18n import Texts, mark
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.words import canaries as words
from bot.services import Services
from handlers.editors.broadcasts.buttons import BROADCASTS
from handlers.editors.moments import moment_there
from handlers.editors.notices import Notices
from handlers.keyboards import parameters
from storage.models import OwnerNotice
from storage.words import CanaryFault, OwnerNews

_REASON = 300  # characters

_GONE = mark("Webhook {number} ({host}) answered that it is gone, so nothing more is sent there.")
_SILENT = mark("Webhook {number} ({host}) has not taken an event for three days: it was given up.")


class OwnerMessages:
    """Sends each notice once to each owner."""

    def __init__(self, bot: ExtBot[Lane], services: Services) -> None:
        self._bot = bot
        self._services = services
        self._notices = Notices(self._notify)

    async def tell(self) -> None:
        """Send the notices that wait."""
        untold = await self._services.owner_notices.untold()
        self._notices.forget_all_but([one.id for one in untold])
        owners = await self._services.editors.with_right(Right.MANAGE) if untold else ()
        for notice in untold:
            if await self._notices.send([notice.id], owners):
                await self._services.owner_notices.mark_told(notice.id)

    async def _notify(self, owner: int, numbers: Sequence[int]) -> None:
        subscribers = self._services.subscribers
        texts, zone = await subscribers.texts_of(owner), await subscribers.timezone_of(owner)
        for notice in await self._services.owner_notices.untold():
            if notice.id in numbers:
                message = drawn(notice, texts, zone)
                await self._bot.send_message(owner, **parameters(message), rate_limit_args=Lane.NOTICE)


def drawn(notice: OwnerNotice, texts: Texts, zone: tzinfo) -> Message:
    """Draw what happened, and what to do."""
    if notice.news is OwnerNews.RESTORED:
        return _restored(datetime.fromisoformat(notice.details["made_at"]), texts, zone)
    if notice.news is OwnerNews.CANARY:
        return _alarms(notice.details["alarms"], texts)
    if notice.news is OwnerNews.WEBHOOK:
        return _webhooks(notice.details["alarms"], texts)
    reason = shorten(without_links(notice.details["reason"]), _REASON)
    return (
        Composer()
        .line(texts.say("The nightly backup failed"), "bold")
        .line(reason)
        .line()
        .line(
            texts.say(
                "Comeback tries again every hour. Please ask the operator of this bot to look at its backup "
                "folder."
            )
        )
        .message()
    )


def _alarms(alarms: Sequence[dict[str, Any]], texts: Texts) -> Message:
    composer = Composer().line(texts.say("Something did not reach a test chat"), "bold")
    for alarm in alarms:
        name = shorten(without_links(alarm["name"]), _REASON)
        composer.line(f"• {words.alarm(CanaryFault(alarm['fault']), name, alarm['push'], texts)}")
    composer.line().line(
        texts.say(
            "Other readers may be affected too. See how the push is doing, and ask the operator of this bot."
        )
    )
    return composer.buttons(Button(texts.say("All broadcasts"), BROADCASTS)).message()


def _webhooks(alarms: Sequence[dict[str, Any]], texts: Texts) -> Message:
    composer = Composer().line(texts.say("A webhook takes nothing any more"), "bold")
    for alarm in alarms:
        values = {"number": alarm["number"], "host": shorten(without_links(alarm["host"]), _REASON)}
        sentence = _GONE if alarm["gone"] else _SILENT
        composer.line(f"• {texts.say(sentence, **values)}")
    composer.line().line(texts.say("Ask the person who runs this bot to look at the program behind it."))
    return composer.message()


def _restored(made_at: datetime, texts: Texts, zone: tzinfo) -> Message:
    moment = moment_there(made_at, zone, texts)
    return (
        Composer()
        .line(texts.say("The database was restored"), "bold")
        .line(texts.say("It is as it was in a backup: {moment}.", moment=moment))
        .line()
        .line(
            texts.say("Everything after that is lost here: new readers, /stop, corrections, changed roles.")
        )
        .line(texts.say("What was being sent or scheduled waits until you decide about it."))
        .buttons(Button(texts.say("All broadcasts"), BROADCASTS))
        .message()
    )

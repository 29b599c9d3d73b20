"""News of Appeals: tells editors what a daily check found, or that nobody has looked for long."""

from collections.abc import Collection, Mapping, Sequence

from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.roles import Right
from bot.i18n import Texts, mark
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.render import host
from bot.rendering.words.appeals import SIGNS
from bot.services import Services
from handlers.editors.appeals import cards, reports
from handlers.editors.appeals.buttons import LookAction, LookButton
from handlers.editors.appeals.screens import view_of
from handlers.editors.names import name_of
from handlers.editors.notices import Notices
from handlers.keyboards import parameters
from storage.models import Appeal, AppealNotice
from storage.words import AppealNews, AppealState

_ORGANISATION = 100  # characters
_VALUE = 200  # characters of what was there before, or is there now
_NOTHING = "–"

_HEADS = {
    AppealNews.CHANGED: mark("The page of {organisation} may belong to others now. The appeal is suspended."),
    AppealNews.ODD: mark("Something has changed on the page of {organisation}. Please look at it."),
}


class AppealNewsNotices:
    """Tells everyone who may verify links, each of them once."""

    def __init__(self, bot: ExtBot[Lane], services: Services) -> None:
        self._bot = bot
        self._services = services
        self._notices = Notices(self._notify)

    async def announce(self) -> None:
        """Tell what is still to be told."""
        untold = await self._services.rechecks.untold()
        self._notices.forget_all_but([one.id for one in untold])
        for notice in untold:
            if await self._notices.send([notice.id], await self._concerned(notice)):
                await self._services.rechecks.mark_told(notice.id)

    async def _concerned(self, notice: AppealNotice) -> Collection[int]:
        """Return the editors who are notified: of what waits, those who may verify or send it."""
        if notice.news is AppealNews.WAITING:
            return (await self._services.appeals.details(notice.appeal_id)).agreeing
        if notice.news is AppealNews.REPORT:
            draft = await self._services.reports.draft(notice.appeal_id)
            return await self._services.reports.senders(draft) if draft else ()
        return await self._services.editors.with_right(Right.VERIFY)

    async def _notify(self, editor: int, numbers: Sequence[int]) -> None:
        texts = await self._services.subscribers.texts_of(editor)
        for notice in await self._services.rechecks.untold():
            if notice.id in numbers:
                message = await self._message(notice, editor, texts)
                await self._bot.send_message(editor, **parameters(message), rate_limit_args=Lane.NOTICE)

    async def _message(self, notice: AppealNotice, editor: int, texts: Texts) -> Message:
        if notice.news is AppealNews.WAITING:
            zone = await self._services.subscribers.timezone_of(editor)
            view = await view_of(self._services, self._bot, notice.appeal_id, editor, texts)
            return cards.card(view, texts, zone, heading=texts.say("An appeal waits for you"))
        if notice.news is AppealNews.REPORT:
            draft = await self._services.reports.draft(notice.appeal_id)
            name = await name_of(self._bot, draft.written_by, texts) if draft else ""
            return reports.request(notice.appeal_id, name, texts)
        return drawn(notice, texts)


def drawn(notice: AppealNotice, texts: Texts) -> Message:
    """Draw what happened to an Appeal, before and after, and the buttons to look at its page."""
    appeal = notice.appeal
    composer = Composer().line(_head(notice, texts), "bold").line()
    composer.line(without_links(host(appeal.url)))
    for difference in notice.differences:
        before, after = (_value(difference, name) for name in ("before", "after"))
        what = SIGNS[difference["sign"]]
        composer.line().line(texts.say(what), "bold").line(f"{before} → {after}")
    return composer.buttons(*buttons(appeal, texts)).message()


def buttons(appeal: Appeal, texts: Texts) -> Sequence[Button]:
    """Return the button that opens the page, and the one to tap after a look at it."""
    open_page = Button(texts.say("Open the link"), url=appeal.url)
    if appeal.state is AppealState.VERIFIED:
        action, label = LookAction.RIGHT, texts.say("I looked: it is still right")
    else:
        action, label = LookAction.VERIFY, texts.say("I looked: verify it")
    return open_page, Button(label, LookButton(action, appeal.id, appeal.version).data())


def _head(notice: AppealNotice, texts: Texts) -> str:
    organisation = shorten(without_links(notice.appeal.organisation), _ORGANISATION)
    if notice.news in _HEADS:
        return texts.say(_HEADS[notice.news], organisation=organisation)
    if notice.news is AppealNews.SILENT:
        return texts.count(
            "The page of {organisation} could not be read for {number} day. Please look at it.",
            "The page of {organisation} could not be read for {number} days. Please look at it.",
            notice.days,
            organisation=organisation,
        )
    unseen = texts.count(
        "Nobody has looked at the page of {organisation} for {number} day.",
        "Nobody has looked at the page of {organisation} for {number} days.",
        notice.days,
        organisation=organisation,
    )
    if notice.news is AppealNews.LAPSED:
        then = texts.say("The appeal is suspended.")
    else:
        then = texts.say("After 90 days it will be suspended.")
    return f"{unseen} {then}"


def _value(difference: Mapping[str, str], name: str) -> str:
    return shorten(without_links(difference[name]), _VALUE) or _NOTHING

"""Reports: what became of an Appeal. An editor writes one, and a publisher sends it to those who helped."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.appeals.fields import checked_link
from bot.appeals.locks import require
from bot.appeals.visibility import showable
from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from bot.language.detect import detect
from bot.rendering.message import units
from bot.rendering.render import host
from bot.rendering.reports import LONGEST_TEXT
from storage.appeals import notices, reports
from storage.audit import AuditLog
from storage.broadcasts import broadcasts
from storage.broadcasts.audience import Audience
from storage.database import Database
from storage.models import Appeal, Report
from storage.words import AppealNews, BroadcastKind, BroadcastState, ReportState

REMINDED_AFTER = timedelta(days=60)
"""Time after the first verification of an Appeal when its editor is reminded of a missing Report, once."""

DUE_WITHIN = timedelta(days=90)
"""How soon after its verification an Appeal is to have a Report: what `share` counts."""

_GONE = mark("This report has changed since you opened it. Please look at it again.")


@dataclass(frozen=True, slots=True)
class ReportPreview:
    """A Report as it is, and how many chats it would be sent to now."""

    report: Report
    reach: int


@dataclass(frozen=True, slots=True)
class ReportShare:
    """Of the Appeals first verified at least DUE_WITHIN ago: how many, and how many had a Report in time."""

    due: int
    reported: int


class Reports:
    """Use cases around Reports; each is one transaction, and each change is in the audit log."""

    def __init__(self, database: Database, clock: Clock, rights: Rights, *, need_two: bool = False) -> None:
        """`need_two`: one person writes a Report and another sends it, as with every push."""
        self._database = database
        self._clock = clock
        self._rights = rights
        self._need_two = need_two
        self._audit = AuditLog("report", clock)

    async def write(
        self,
        appeal_id: int,
        text: str,
        *,
        link: str | None = None,
        picture: str | None = None,
        language: str = "",
        actor: str,
    ) -> Report:
        """Store a draft in place of the one that the Appeal may have; return it.

        `picture` is the id of a picture at Telegram. `language` is used where that of the text cannot be
        told. Raises InvalidInputError for a text of the wrong length or a wrong link, NotFoundError without
        such an Appeal, RefusedError if nobody has verified it.
        """
        words = text.strip()
        if not 1 <= units(words) <= LONGEST_TEXT:
            raise InvalidInputError(
                mark("A report has 1 to {limit} characters. This one has {number}."),
                limit=LONGEST_TEXT,
                number=units(words),
            )
        address = checked_link(link) if link else None
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.WRITE, actor)
            appeal = await _require_verified(session, appeal_id)
            await reports.drop_draft(session, appeal_id)
            report = await reports.add(
                session,
                appeal_id=appeal_id,
                organisation=appeal.organisation,
                text=words,
                language=detect(words) or language,
                link=address,
                picture=picture,
                written_by=actor,
                written_at=self._clock(),
            )
            await self._audit.record(session, actor, "write", report.id, after={"appeal": appeal_id})
            return report

    async def of(self, appeal_id: int) -> Sequence[Report]:
        """Return the Reports of an Appeal, newest first; a draft comes first."""
        async with self._database.read() as session:
            await require(session, appeal_id)
            return await reports.of(session, appeal_id)

    async def appeal(self, appeal_id: int) -> Appeal:
        """Return an Appeal in any state. Raises NotFoundError if there is none."""
        async with self._database.read() as session:
            return await require(session, appeal_id)

    async def draft(self, appeal_id: int) -> Report | None:
        """Return the draft that an Appeal has; None without one. Raises NotFoundError without the Appeal."""
        return next((one for one in await self.of(appeal_id) if one.state is ReportState.DRAFT), None)

    async def ask_to_send(self, appeal_id: int, *, actor: str) -> None:
        """Notify those who may send the draft of an Appeal. Raises NotFoundError if it is gone."""
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.WRITE, actor)
            if not any(one.state is ReportState.DRAFT for one in await reports.of(session, appeal_id)):
                raise NotFoundError(_GONE)
            await notices.add(session, appeal_id, AppealNews.REPORT, now=self._clock())

    async def senders(self, draft: Report) -> Collection[int]:
        """Return the people who may send a draft, other than the one who wrote it."""
        async with self._database.read() as session:
            return await self._rights.others(session, Right.PUBLISH, draft.written_by)

    async def needs_another(self, report: Report, *, actor: str) -> bool:
        """Return whether somebody else has to send this Report, if `actor` may send any."""
        if not self._takes_two(report) or report.written_by != actor:
            return False
        async with self._database.read() as session:
            return bool(await self._rights.others(session, Right.PUBLISH, actor))

    def _takes_two(self, report: Report) -> bool:
        return self._need_two or report.link is not None

    async def sent(self, report_id: int) -> Report:
        """Return a Report that was sent. Raises NotFoundError for any other one."""
        async with self._database.read() as session:
            report = await reports.get(session, report_id)
        if report is None or report.state is not ReportState.SENT:
            raise NotFoundError(mark("This message is no longer available. See the latest stories: /latest"))
        return report

    async def preview(self, report_id: int) -> ReportPreview:
        """Return a draft, and how many would get it. Raises NotFoundError if it is gone."""
        async with self._database.read() as session:
            report = await _require_draft(session, report_id)
            reach = await broadcasts.count(session, await audience_of(session, report.appeal_id))
            return ReportPreview(report, reach)

    async def drop(self, report_id: int, *, actor: str) -> None:
        """Delete a draft."""
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.WRITE, actor)
            report = await _require_draft(session, report_id)
            await reports.drop_draft(session, report.appeal_id)
            await self._audit.record(session, actor, "drop", report_id, before={"appeal": report.appeal_id})

    async def send(self, report_id: int, *, actor: str, starter: int | None = None) -> int:
        """Send a draft to those who helped or follow. Return the id of the Broadcast, which starts now.

        `starter` is the chat that gets the progress. A link is verified by two, as that of an Appeal: who
        wrote the Report and who sends it, if there are two who may. Raises NotFoundError if the draft is
        gone or was sent, RefusedError if `actor` may not send it.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            report = await _require_draft(session, report_id)
            await self._rights.require(session, Right.PUBLISH, actor)
            if self._takes_two(report):
                await self._rights.require_second(
                    session, Right.PUBLISH, proposed_by=report.written_by, agreed_by=actor
                )
            appeal = await _require_verified(session, report.appeal_id)
            _require_sound_link(report, appeal, is_shown=showable(appeal, now) is not None)
            if not await reports.mark_sent(session, report_id, sent_by=actor, now=now):
                raise NotFoundError(_GONE)
            broadcast = await broadcasts.add(
                session, story_id=None, now=now, kind=BroadcastKind.REPORT, report_id=report_id
            )
            await broadcasts.change(
                session, broadcast.id, state=BroadcastState.SCHEDULED, start_at=now, started_by=starter
            )
            await self._audit.record(session, actor, "send", report_id, after={"broadcast": broadcast.id})
            return broadcast.id

    async def without_report(self, older_than: timedelta = REMINDED_AFTER) -> Sequence[Appeal]:
        """Return the Appeals without a Report whose first verification is at least `older_than` ago."""
        before = self._clock() - older_than
        async with self._database.read() as session:
            found = await reports.ever_verified(session)
        return [one.appeal for one in found if one.reported_at is None and one.verified_at <= before]

    async def to_remind(self) -> Sequence[Appeal]:
        """Return the Appeals without a Report of which editors were not reminded yet."""
        return [one for one in await self.without_report() if one.reminded_at is None]

    async def mark_reminded(self, *appeal_ids: int) -> None:
        """Note that editors were reminded of these Appeals."""
        async with self._database.transaction() as session:
            await reports.note_reminded(session, appeal_ids, now=self._clock())

    async def share(self) -> ReportShare:
        """Return how many Appeals had a Report in time."""
        before = self._clock() - DUE_WITHIN
        async with self._database.read() as session:
            found = [one for one in await reports.ever_verified(session) if one.verified_at <= before]
        in_time = [
            one for one in found if one.reported_at and one.reported_at <= one.verified_at + DUE_WITHIN
        ]
        return ReportShare(len(found), len(in_time))


async def audience_of(session: AsyncSession, appeal_id: int) -> Audience:
    """Return the Audience of a Report that is sent now: who helped, and followers of Stories that name it."""
    return Audience(
        highest_id=await broadcasts.highest_subscriber(session),
        appeal=appeal_id,
        threads=tuple(await reports.threads_of(session, appeal_id)),
    )


async def _require_draft(session: AsyncSession, report_id: int) -> Report:
    """Return a draft. Raises NotFoundError if it was sent, or another one took its place."""
    report = await reports.get(session, report_id)
    if report is None or report.state is not ReportState.DRAFT:
        raise NotFoundError(_GONE)
    return report


async def _require_verified(session: AsyncSession, appeal_id: int) -> Appeal:
    """Return an Appeal whose words somebody has verified, whether it is still shown or not."""
    appeal = await require(session, appeal_id)
    if not appeal.was_verified:
        raise RefusedError(
            mark("Appeal {number} is not verified: there is nothing to report on yet."), number=appeal_id
        )
    return appeal


def _require_sound_link(report: Report, appeal: Appeal, *, is_shown: bool) -> None:
    """Raise RefusedError for a link to the Appeal's own site if readers may not see that link now."""
    if report.link and not is_shown and host(report.link) == host(appeal.url):
        raise RefusedError(
            mark("{host} is not verified now: leave the link out, or name another page."),
            host=host(report.link),
        )

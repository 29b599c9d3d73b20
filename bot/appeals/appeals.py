"""Appeals (requests for help): proposed, verified, shown, retired. Readers only ever see verified ones."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from yarl import URL

from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from storage.appeals import appeals, clicks
from storage.appeals.appeals import AppealValues
from storage.audit import AuditLog
from storage.broadcasts import aftermaths
from storage.database import Database
from storage.models import Appeal, Story
from storage.stories import stories
from storage.stories.translations import appeal_of
from storage.words import AppealState, SuspensionReason

_NOT_SHOWN = (AppealState.PROPOSED, AppealState.SUSPENDED)
_NOT_SUSPENDED: AppealValues = {"suspended_at": None, "suspended_for": None}
_HTTPS_PORT = 443
_RECENT_DAYS = 7
_LONGEST_ORGANISATION = 200  # characters
# Labels of 1 to 63 letters, digits and inner hyphens, 253 characters in all (RFC 1035); the last one begins
# with a letter, so that no IP address fits.
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_LONGEST_REGISTRATION = 60
_LONGEST_LINK = 2000  # characters; every browser accepts so many


@dataclass(frozen=True, slots=True)
class Clicks:
    """How often people followed the help link of an Appeal: in all, and in the last seven days (UTC)."""

    total: int = 0
    recent: int = 0


class Appeals:
    """Use cases around Appeals; each is one transaction, and each change is in the audit log."""

    def __init__(self, database: Database, clock: Clock, rights: Rights) -> None:
        self._database = database
        self._clock = clock
        self._rights = rights
        self._audit = AuditLog("appeal", clock)

    async def propose(
        self,
        *,
        organisation: str,
        url: str,
        purpose: str = "",
        language: str = "",
        registration: str = "",
        story_id: int | None = None,
        valid_until: datetime | None = None,
        actor: str,
    ) -> Appeal:
        """Store an Appeal that nobody has verified yet, and let the Story, if given, name it.

        purpose: what the help is for. language: that of the page behind the link. registration: the number
        under which a register lists the organisation. valid_until: from then on readers no longer see it.
        Raises InvalidInputError for an empty name or a wrong link, NotFoundError without such a Story,
        RefusedError if the Story has a verified Appeal.
        """
        organisation = organisation.strip()
        if not organisation:
            raise InvalidInputError(mark("An appeal needs the name of its organisation."))
        now = self._clock()
        async with self._database.transaction() as session:
            appeal = await appeals.add(
                session,
                organisation=organisation[:_LONGEST_ORGANISATION],
                purpose=purpose.strip(),
                url=checked_link(url),
                language=language,
                registration=registration.strip()[:_LONGEST_REGISTRATION],
                valid_until=valid_until,
                written_by=actor,
                state=AppealState.PROPOSED,
                proposed_at=now,
            )
            if story_id is not None:
                await _name_in_story(session, story_id, appeal.id)
            await self._audit.record(session, actor, "propose", appeal.id, after={"url": appeal.url})
            return appeal

    async def verify(self, appeal_id: int, *, actor: str, version: int | None = None) -> Appeal:
        """Verify a proposed or suspended Appeal: readers may see it from now on.

        version: the one that the editor looked at; None: the present one. Raises RefusedError if it has
        another version by now, or if `actor` wrote it and another editor may verify it.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            appeal = await _require(session, appeal_id, _NOT_SHOWN)
            if version not in (None, appeal.version):
                raise RefusedError(
                    mark("This appeal has changed since you opened it. Please look at it again.")
                )
            await self._rights.require(session, Right.VERIFY, actor)
            await self._rights.require_second(
                session, Right.VERIFY, proposed_by=appeal.written_by, agreed_by=actor
            )
            await appeals.change(session, appeal, verified_at=now, verified_by=actor, looked_at=now)
            await appeals.change(session, appeal, **_NOT_SUSPENDED)
            await self._move(session, appeal, AppealState.VERIFIED, "verify", actor)
            return appeal

    async def suspend(self, appeal_id: int, *, reason: SuspensionReason, actor: str) -> Appeal:
        """Suspend a verified Appeal: no message shows it until somebody verifies it again."""
        async with self._database.transaction() as session:
            appeal = await _require(session, appeal_id, [AppealState.VERIFIED])
            await self._rights.require(session, Right.PUBLISH, actor)
            await appeals.change(session, appeal, suspended_at=self._clock(), suspended_for=reason)
            await self._move(session, appeal, AppealState.SUSPENDED, "suspend", actor)
            return appeal

    async def retire(self, appeal_id: int, *, actor: str) -> Appeal:
        """Retire an Appeal: no message shows it from now on.

        A help card that a reader has open closes at the next tap.
        """
        async with self._database.transaction() as session:
            appeal = await _require(session, appeal_id, [*_NOT_SHOWN, AppealState.VERIFIED])
            await self._rights.require(session, Right.PUBLISH, actor)
            await appeals.change(session, appeal, **_NOT_SUSPENDED)
            await self._move(session, appeal, AppealState.RETIRED, "retire", actor)
            return appeal

    async def listed(self) -> Sequence[Appeal]:
        """Return all Appeals in any state, for editors."""
        async with self._database.read() as session:
            return await appeals.every(session)

    async def showable(self) -> Sequence[Appeal]:
        """Return the Appeals that readers may see now, the last verified first."""
        async with self._database.read() as session:
            return await appeals.showable(session, now=self._clock())

    async def follow(self, appeal_id: int, *, counted: bool) -> str:
        """Return the present address of an Appeal, and count the click if `counted`.

        Raises NotFoundError if there is no such Appeal, RefusedError if readers may not see it (any more).
        """
        now = self._clock()
        async with self._database.transaction() if counted else self._database.read() as session:
            appeal = await appeals.get(session, appeal_id)
            if appeal is None:
                raise NotFoundError(mark("This link does not exist."))
            if showable(appeal, now) is None:
                raise RefusedError(mark("This appeal has ended. Its link no longer works."))
            if counted:
                await clicks.count(session, appeal_id, day=now.date())
                await aftermaths.count_click(session, appeal_id, now=now)
            return appeal.url

    async def clicks(self) -> dict[int, Clicks]:
        """Return how often people followed the links, by Appeal id; an Appeal without clicks is left out."""
        since = self._clock().date() - timedelta(days=_RECENT_DAYS - 1)
        async with self._database.read() as session:
            return {number: Clicks(*of) for number, of in (await clicks.totals(session, since=since)).items()}

    def shown_with(self, story: Story) -> Appeal | None:
        """Return the Appeal of the Story or of its original if readers may see it now, else None."""
        return showable(appeal_of(story), self._clock())

    async def _move(
        self, session: AsyncSession, appeal: Appeal, to: AppealState, action: str, actor: str
    ) -> None:
        before = {"state": appeal.state}
        await appeals.change(session, appeal, state=to)
        await self._audit.record(session, actor, action, appeal.id, before=before, after={"state": to})


async def _require(session: AsyncSession, appeal_id: int, states: Sequence[AppealState]) -> Appeal:
    """Return an Appeal, which nobody else changes until the end of the transaction.

    Raises NotFoundError without it, RefusedError if it is in none of these states.
    """
    appeal = await appeals.get(session, appeal_id, lock=True)
    if appeal is None:
        raise NotFoundError(mark("There is no appeal {number}."), number=appeal_id)
    if appeal.state not in states:
        raise RefusedError(
            mark("Appeal {number} is already {state}."), number=appeal_id, state=appeal.state.value
        )
    return appeal


async def _name_in_story(session: AsyncSession, story_id: int, appeal_id: int) -> None:
    """Let a Story name an Appeal. Raises RefusedError if readers would lose a verified one by that."""
    story = await stories.get(session, story_id)
    if story is None:
        raise NotFoundError(mark("There is no story {number}."), number=story_id)
    if story.appeal is not None and story.appeal.state is AppealState.VERIFIED:
        raise RefusedError(
            mark(
                "Story {number} already has a verified appeal. Retire that one first: comeback appeal "
                "retire {appeal}"
            ),
            number=story_id,
            appeal=story.appeal.id,
        )
    await stories.set_appeal(session, story_id, appeal_id)


def showable(appeal: Appeal | None, now: datetime) -> Appeal | None:
    """Return `appeal` if readers may see it at `now`: it is verified, and still valid; else None."""
    if appeal is None or appeal.state is not AppealState.VERIFIED:
        return None
    return appeal if appeal.valid_until is None or appeal.valid_until > now else None


def checked_link(address: str) -> str:
    """Return an address in the form in which it may be a help link: https, a public host name, no password.

    A host name with other than ASCII letters is returned in its ASCII form (xn--…), so that it cannot pass
    for a name that looks the same. Raises InvalidInputError for any other address.
    """
    refusal = InvalidInputError(
        mark("{address} cannot be a help link: give a full address, such as https://example.org/help"),
        address=address.strip()[:200],
    )
    try:
        url = URL(address.strip())
    except ValueError as error:
        raise refusal from error
    host = url.raw_host or ""
    if (
        url.scheme != "https"
        or not _HOST.fullmatch(host)
        or url.user
        or url.password
        or url.port != _HTTPS_PORT
    ):
        raise refusal
    if len(str(url)) > _LONGEST_LINK or re.search(r"\s", address.strip()):
        raise refusal
    return str(url)

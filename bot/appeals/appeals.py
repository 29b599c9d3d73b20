"""Appeals (requests for help): proposed, verified, shown, retired. Readers only ever see verified ones."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession
from yarl import URL

from bot.appeals.agreement import Agreement
from bot.appeals.details import AppealDetails, read_details
from bot.appeals.fields import AppealField, checked
from bot.appeals.hosts.lookalikes import Comparison, Lookalikes
from bot.appeals.locks import lock, require
from bot.appeals.namesakes import Namesakes, namesakes
from bot.appeals.pages.fingerprints import Fingerprint
from bot.appeals.visibility import NOT_SHOWN, is_missing, showable
from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from storage.appeals import appeals, notices, rechecks
from storage.appeals.appeals import AppealValues
from storage.audit import AuditLog
from storage.database import Database
from storage.models import Appeal, Story
from storage.stories import stories
from storage.stories.translations import appeal_of
from storage.words import AppealNews, AppealState, SuspensionReason

_OPEN = (*NOT_SHOWN, AppealState.VERIFIED)  # not retired
_NOT_SUSPENDED: AppealValues = {"suspended_at": None, "suspended_for": None}
_VERIFIED_MEANWHILE = mark(
    "Readers see this appeal now, and a change hides it. Please look at it again: /appeals {number}"
)
CHECK_EVERY = timedelta(days=1)
"""How often the page behind a verified Appeal's link is read again."""

Remake = Callable[[AsyncSession, int], Awaitable[None]]
"""Draws the running Broadcasts that name an Appeal again (bot/broadcasts/remaking.py)."""


async def _nothing_is_sent(_session: AsyncSession, _appeal_id: int) -> None:
    """Draw nothing, where there are no Broadcasts: in tests."""


class LookalikeError(RefusedError):
    """The host of an Appeal looks like another one; `original` is that one."""

    def __init__(self, found: Comparison) -> None:
        super().__init__(found.sentence, **found.values)
        self.original = found.original


class Appeals:
    """Use cases around Appeals; each is one transaction, and each change is in the audit log."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rights: Rights,
        lookalikes: Lookalikes | None = None,
        remake: Remake = _nothing_is_sent,
    ) -> None:
        """`remake` is called in each transaction that shows an Appeal to readers or hides it."""
        self._database = database
        self._lookalikes = lookalikes or Lookalikes()
        self._clock = clock
        self._rights = rights
        self._remake = remake
        self._agreement = Agreement(rights)
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
        Raises InvalidInputError for what a field cannot hold, NotFoundError without such a Story,
        RefusedError if the Story has a verified Appeal.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.WRITE, actor)
            appeal = await appeals.add(
                session,
                organisation=checked(AppealField.ORGANISATION, organisation),
                purpose=checked(AppealField.PURPOSE, purpose),
                url=checked(AppealField.URL, url),
                language=checked(AppealField.LANGUAGE, language),
                registration=checked(AppealField.REGISTRATION, registration),
                valid_until=valid_until,
                written_by=actor,
                state=AppealState.PROPOSED,
                proposed_at=now,
            )
            if story_id is not None:
                await _name_in_story(session, story_id, appeal.id)
            await self._audit.record(session, actor, "propose", appeal.id, after={"url": appeal.url})
            await self._ask_others(session, appeal)
            return appeal

    async def lookalike(self, url: str) -> Comparison | None:
        """Return why the host of a link is a lookalike, for an editor to read; None if it is none."""
        async with self._database.read() as session:
            return await self._warning(session, url)

    async def change(
        self,
        appeal_id: int,
        changes: Mapping[AppealField, str],
        *,
        actor: str,
        version: int | None = None,
        hides: bool = False,
    ) -> Appeal:
        """Change what readers see of an Appeal: a new version, which is proposed and which `actor` wrote.

        version: the one that the editor looked at; None: the present one. hides: the editor, who may publish,
        knows that this takes a verified Appeal away from readers. A change to the present values does
        nothing. Raises InvalidInputError for what a field cannot hold, RefusedError for a retired Appeal,
        another version, or a verified one without `hides`.
        """
        values = {field: checked(field, text) for field, text in changes.items()}
        async with self._database.transaction() as session:
            appeal = await lock(session, appeal_id, _OPEN)
            await self._rights.require(session, Right.WRITE, actor)
            _require_version(appeal, version)
            before = {name.value: getattr(appeal, name) for name in values}
            after = {name.value: value for name, value in values.items() if before[name.value] != value}
            if not after:
                return appeal
            if appeal.state is AppealState.VERIFIED:
                await self._rights.require(session, Right.PUBLISH, actor)
                if not hides:
                    raise RefusedError(_VERIFIED_MEANWHILE, number=appeal_id)
            await appeals.change(session, appeal, **cast("AppealValues", after))
            await appeals.change(session, appeal, **_NOT_SUSPENDED)
            await appeals.change(
                session, appeal, version=appeal.version + 1, written_by=actor, proposed_at=self._clock()
            )
            old = {name: before[name] for name in after}
            await self._move(session, appeal, AppealState.PROPOSED, "change", actor, before=old, after=after)
            await self._ask_others(session, appeal)
            return appeal

    async def verify(
        self,
        appeal_id: int,
        *,
        actor: str,
        version: int | None = None,
        although_like: str | None = None,
        fingerprint: Fingerprint | None = None,
    ) -> Appeal:
        """Verify a proposed or suspended Appeal: readers may see it from now on.

        version: the one that the editor looked at; None: the present one. fingerprint: of the page behind its
        link; None: it could not be read, and the next check that reads it takes it. Use `Verification`, which
        reads the page first. Raises RefusedError if it has another version by now, or if `actor` wrote it and
        another editor may verify it, and LookalikeError if its host looks like another one, unless
        `although_like` is that one.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            appeal = await lock(session, appeal_id, NOT_SHOWN)
            await self._require_verifiable(session, appeal, actor, version, although_like)
            await appeals.change(session, appeal, verified_at=now, verified_by=actor, looked_at=now)
            await appeals.change(session, appeal, **_NOT_SUSPENDED)
            await self._begin_checks(session, appeal_id, fingerprint, now)
            await self._move(session, appeal, AppealState.VERIFIED, "verify", actor)
            return appeal

    async def may_verify(
        self, appeal_id: int, *, actor: str, version: int | None = None, although_like: str | None = None
    ) -> Appeal:
        """Return the Appeal that `verify` would verify now; raises what it would raise."""
        async with self._database.read() as session:
            appeal = await require(session, appeal_id, NOT_SHOWN)
            await self._require_verifiable(session, appeal, actor, version, although_like)
            return appeal

    async def look(self, appeal_id: int, *, actor: str, version: int | None = None) -> Appeal:
        """Note that somebody looked at the page of a verified Appeal and found it right.

        What its last check found there is what the next ones compare with. Raises RefusedError if it is not
        verified, or has another version than the editor looked at.
        """
        async with self._database.transaction() as session:
            appeal = await lock(session, appeal_id, [AppealState.VERIFIED])
            _require_version(appeal, version)
            await self._rights.require(session, Right.VERIFY, actor)
            before = {"looked_at": appeal.looked_at and appeal.looked_at.isoformat()}
            await appeals.change(session, appeal, looked_at=self._clock())
            check = await rechecks.of(session, appeal_id)
            if check is not None and check.latest is not None:
                await rechecks.change(session, appeal_id, verified=check.latest, latest=None)
            await rechecks.change(session, appeal_id, warned_of="", reminded_after=0)
            await notices.drop_of(session, appeal_id)
            await self._audit.record(session, actor, "look", appeal_id, before=before)
            return appeal

    async def suspend(self, appeal_id: int, *, reason: SuspensionReason, actor: str) -> Appeal:
        """Suspend a verified Appeal: no message shows it until somebody verifies it again."""
        async with self._database.transaction() as session:
            appeal = await lock(session, appeal_id, [AppealState.VERIFIED])
            await self._rights.require(session, Right.PUBLISH, actor)
            await self.suspend_within(session, appeal, reason=reason, actor=actor)
            return appeal

    async def suspend_within(
        self,
        session: AsyncSession,
        appeal: Appeal,
        *,
        reason: SuspensionReason,
        actor: str,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        """Suspend a verified Appeal that the transaction has locked.

        before, after: what was found to differ, for the audit log.
        """
        await appeals.change(session, appeal, suspended_at=self._clock(), suspended_for=reason)
        await self._move(session, appeal, AppealState.SUSPENDED, "suspend", actor, before=before, after=after)

    async def retire(self, appeal_id: int, *, actor: str, version: int | None = None) -> Appeal:
        """Retire an Appeal: no message shows it from now on.

        A help card that a reader has open closes at the next tap. version: as with `verify`.
        """
        async with self._database.transaction() as session:
            appeal = await lock(session, appeal_id, _OPEN)
            await self._rights.require(session, Right.PUBLISH, actor)
            _require_version(appeal, version)
            await appeals.change(session, appeal, **_NOT_SUSPENDED)
            await self._move(session, appeal, AppealState.RETIRED, "retire", actor)
            return appeal

    async def listed(self) -> Sequence[Appeal]:
        """Return all Appeals in any state, for editors."""
        async with self._database.read() as session:
            return await appeals.every(session)

    async def page(
        self, *, state: AppealState | None = None, words: str = "", limit: int, offset: int = 0
    ) -> tuple[Sequence[Appeal], int]:
        """Return a page of the Appeals in this state (None: in any), newest first, and how many there are.

        words: only those that have them in their organisation, purpose or link, whatever the letter case.
        """
        async with self._database.read() as session:
            if not words:
                found = await appeals.listed(session, state=state, limit=limit, offset=offset)
                counts = await appeals.count(session)
                return found, sum(number for key, number in counts.items() if state in (None, key))
            every = reversed(await appeals.every(session))  # SQLite folds the case of ASCII letters alone
        sought = words.casefold()
        fit = [one for one in every if state in (None, one.state) and sought in _searched(one)]
        return fit[offset : offset + limit], len(fit)

    async def states(self) -> Mapping[AppealState, int]:
        """Return how many Appeals are in each state that any is in."""
        async with self._database.read() as session:
            return await appeals.count(session)

    async def to_verify(self, person_id: int) -> frozenset[int]:
        """Return the ids of the Appeals that wait for somebody to verify them, and that this person may."""
        async with self._database.read() as session:
            if person_id not in await self._rights.people(session, Right.VERIFY):
                return frozenset()
            waiting = [one for one in await appeals.every(session) if one.state in NOT_SHOWN]
            agreeing = await self._agreement.people_of(session, waiting)
        return frozenset(number for number, people in agreeing.items() if not people or person_id in people)

    async def details(self, appeal_id: int) -> AppealDetails:
        """Return all that editors see of an Appeal, in any state. Raises NotFoundError without it."""
        async with self._database.read() as session:
            appeal = await require(session, appeal_id)
            agreeing = await self._agreement.people(session, appeal)
            alike = await self._warning(session, appeal.url)
            return await read_details(session, appeal, agreeing, alike, self._clock().date())

    async def namesakes(self, organisation: str, url: str) -> Namesakes:
        """Return the Appeals that one may take for one of this organisation with this link."""
        async with self._database.read() as session:
            proposed = Appeal(id=0, organisation=organisation, url=url)
            alike = await self._warning(session, proposed.url)
            return namesakes(proposed, await appeals.every(session), alike)

    async def showable(self) -> Sequence[Appeal]:
        """Return the Appeals that readers may see now, the last verified first."""
        async with self._database.read() as session:
            return await appeals.showable(session, now=self._clock())

    def shown_with(self, story: Story) -> Appeal | None:
        """Return the Appeal of the Story or of its original if readers may see it now, else None."""
        return showable(appeal_of(story), self._clock())

    def is_missing(self, story: Story) -> bool:
        """Return whether the Story asks for help, and readers see no Appeal with it now."""
        return is_missing(story, self._clock())

    async def checked_at(self) -> dict[int, datetime]:
        """Return when the page of each Appeal was last read, by id; without those that never were."""
        async with self._database.read() as session:
            return await rechecks.checked_at(session)

    async def _require_verifiable(
        self,
        session: AsyncSession,
        appeal: Appeal,
        actor: str,
        version: int | None,
        although_like: str | None,
    ) -> None:
        _require_version(appeal, version)
        await self._agreement.require(session, appeal, actor)
        found = await self._warning(session, appeal.url)
        if found is not None and found.original != although_like:
            raise LookalikeError(found)

    async def _warning(self, session: AsyncSession, url: str) -> Comparison | None:
        verified = await appeals.showable(session, now=self._clock())
        return self._lookalikes.warning(URL(url).host or "", organisations_by_host(verified))

    async def _begin_checks(
        self, session: AsyncSession, appeal_id: int, fingerprint: Fingerprint | None, now: datetime
    ) -> None:
        """Plan the first check a day after this verification, and forget the results of earlier ones."""
        await rechecks.put(
            session,
            appeal_id,
            next_at=now + CHECK_EVERY,
            checked_at=now if fingerprint else None,
            failures=0,
            verified=fingerprint.dump() if fingerprint else None,
            latest=None,
            warned_of="",
            reminded_after=0,
        )

    async def _move(
        self,
        session: AsyncSession,
        appeal: Appeal,
        to: AppealState,
        action: str,
        actor: str,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        was = {"state": appeal.state, **(before or {})}
        await appeals.change(session, appeal, state=to)
        await self._audit.record(
            session, actor, action, appeal.id, before=was, after={"state": to, **(after or {})}
        )
        await notices.drop_of(session, appeal.id)  # they were about the state that has ended
        await self._remake(session, appeal.id)

    async def _ask_others(self, session: AsyncSession, appeal: Appeal) -> None:
        """Let those who may verify this version be notified that it waits for them."""
        if await self._agreement.people(session, appeal):
            await notices.add(session, appeal.id, AppealNews.WAITING, now=self._clock())


def _searched(appeal: Appeal) -> str:
    return f"{appeal.organisation}\n{appeal.purpose}\n{appeal.url}".casefold()


def organisations_by_host(verified: Sequence[Appeal]) -> Mapping[str, str]:
    """Return the organisations of verified Appeals by the hosts of their links."""
    return {URL(appeal.url).host or "": appeal.organisation for appeal in verified}


def _require_version(appeal: Appeal, version: int | None) -> None:
    """Raise RefusedError unless `version`, the one that an editor looked at, is the present one, or None."""
    if version not in (None, appeal.version):
        raise RefusedError(mark("This appeal has changed since you opened it. Please look at it again."))


async def _name_in_story(session: AsyncSession, story_id: int, appeal_id: int) -> None:
    """Let a Story name an Appeal. Raises RefusedError if readers would lose a verified one by that."""
    story = await stories.get(session, story_id)
    if story is None:
        raise NotFoundError(mark("There is no story {number}."), number=story_id)
    require_replaceable(story)
    await stories.set_appeal(session, story_id, appeal_id)


def require_replaceable(story: Story) -> None:
    """Raise RefusedError if readers would lose a verified Appeal if the Story named another one."""
    if story.appeal is not None and story.appeal.state is AppealState.VERIFIED:
        raise RefusedError(
            mark("Story {number} already has a verified appeal. Pause or retire it first: /appeals {appeal}"),
            number=story.id,
            appeal=story.appeal.id,
        )

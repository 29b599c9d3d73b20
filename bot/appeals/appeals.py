"""Appeals (requests for help): proposed, verified, shown, retired. Readers only ever see verified ones."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession
from yarl import URL

from bot.appeals.details import AppealDetails, read_details
from bot.appeals.fields import AppealField, checked_words
from bot.appeals.fingerprints import Fingerprint
from bot.appeals.lookalikes import Comparison, Lookalikes
from bot.appeals.namesakes import Namesakes, namesakes
from bot.clock import Clock
from bot.editors.actors import person_of
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from storage import audit
from storage.appeals import appeals, checks, clicks, notices
from storage.appeals.appeals import AppealValues
from storage.audit import AuditLog
from storage.broadcasts import aftermaths
from storage.database import Database
from storage.models import Appeal, Story
from storage.stories import stories
from storage.stories.translations import appeal_of
from storage.words import AppealState, SuspensionReason

_NOT_SHOWN = (AppealState.PROPOSED, AppealState.SUSPENDED)
_IN_STATE = {
    AppealState.PROPOSED: mark("Appeal {number} is not verified yet."),
    AppealState.VERIFIED: mark("Appeal {number} is already verified."),
    AppealState.SUSPENDED: mark("Appeal {number} is already suspended."),
    AppealState.RETIRED: mark("Appeal {number} is already retired."),
}
_NOT_SUSPENDED: AppealValues = {"suspended_at": None, "suspended_for": None}
_VERIFIED_MEANWHILE = mark(
    "Readers see this appeal now, and a change hides it. Please look at it again: /appeals {number}"
)
CHECK_EVERY = timedelta(days=1)
"""How often the page behind a verified Appeal's link is read again."""

_HTTPS_PORT = 443
_RECENT_DAYS = 7
# Labels of 1 to 63 letters, digits and inner hyphens, 253 characters in all (RFC 1035); the last one begins
# with a letter, so that no IP address fits.
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_LONGEST_LINK = 2000  # characters; every browser accepts so many


Remake = Callable[[AsyncSession, int], Awaitable[None]]
"""Draws anew what is being sent and names this Appeal; given by bot/runtime/build.py."""

BEING_CHECKED = mark("This appeal is being checked again.")


async def _nothing_is_sent(_session: AsyncSession, _appeal_id: int) -> None:
    """Draw nothing: in a process that only verifies, or a test without Broadcasts."""


@dataclass(frozen=True, slots=True)
class Clicks:
    """How often people followed the help link of an Appeal: in all, and in the last seven days (UTC)."""

    total: int = 0
    recent: int = 0


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
        """`remake` is called in the transaction in which readers begin or cease to see an Appeal."""
        self._database = database
        self._lookalikes = lookalikes or Lookalikes()
        self._clock = clock
        self._rights = rights
        self._remake = remake
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
            appeal = await _require(session, appeal_id, [*_NOT_SHOWN, AppealState.VERIFIED], lock=True)
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
            appeal = await _require(session, appeal_id, _NOT_SHOWN, lock=True)
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
            appeal = await _require(session, appeal_id, _NOT_SHOWN, lock=False)
            await self._require_verifiable(session, appeal, actor, version, although_like)
            return appeal

    async def look(self, appeal_id: int, *, actor: str, version: int | None = None) -> Appeal:
        """Note that somebody looked at the page of a verified Appeal and found it right.

        What its last check found there is what the next ones compare with. Raises RefusedError if it is not
        verified, or has another version than the editor looked at.
        """
        async with self._database.transaction() as session:
            appeal = await _require(session, appeal_id, [AppealState.VERIFIED], lock=True)
            _require_version(appeal, version)
            await self._rights.require(session, Right.VERIFY, actor)
            before = {"looked_at": appeal.looked_at and appeal.looked_at.isoformat()}
            await appeals.change(session, appeal, looked_at=self._clock())
            check = await checks.of(session, appeal_id)
            if check is not None and check.latest is not None:
                await checks.change(session, appeal_id, verified=check.latest, latest=None)
            await checks.change(session, appeal_id, warned_of="", reminded_after=0)
            await notices.drop_of(session, appeal_id)
            await self._audit.record(session, actor, "look", appeal_id, before=before)
            return appeal

    async def suspend(self, appeal_id: int, *, reason: SuspensionReason, actor: str) -> Appeal:
        """Suspend a verified Appeal: no message shows it until somebody verifies it again."""
        async with self._database.transaction() as session:
            appeal = await _require(session, appeal_id, [AppealState.VERIFIED], lock=True)
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
            appeal = await _require(session, appeal_id, [*_NOT_SHOWN, AppealState.VERIFIED], lock=True)
            await self._rights.require(session, Right.PUBLISH, actor)
            _require_version(appeal, version)
            await appeals.change(session, appeal, **_NOT_SUSPENDED)
            await self._move(session, appeal, AppealState.RETIRED, "retire", actor)
            return appeal

    async def listed(self) -> Sequence[Appeal]:
        """Return all Appeals in any state, for editors."""
        async with self._database.read() as session:
            return await appeals.every(session)

    async def to_verify(self, person_id: int) -> frozenset[int]:
        """Return the ids of the Appeals that wait for somebody to verify them, and that this person may."""
        async with self._database.read() as session:
            if person_id not in await self._rights.people(session, Right.VERIFY):
                return frozenset()
            waiting = [one for one in await appeals.every(session) if one.state in _NOT_SHOWN]
            agreeing = {one.id: await self._agreeing(session, one) for one in waiting}
        return frozenset(number for number, people in agreeing.items() if not people or person_id in people)

    async def details(self, appeal_id: int) -> AppealDetails:
        """Return all that editors see of an Appeal, in any state. Raises NotFoundError without it."""
        async with self._database.read() as session:
            appeal = await appeals.get(session, appeal_id)
            if appeal is None:
                raise _unknown(appeal_id)
            agreeing = await self._agreeing(session, appeal)
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

    async def follow(self, appeal_id: int, *, counted: bool) -> str:
        """Return the present address of an Appeal, and count the click if `counted`.

        Raises NotFoundError if there is no such Appeal, RefusedError if readers may not see it (any more).
        """
        now = self._clock()
        async with self._database.transaction() if counted else self._database.read() as session:
            appeal = await appeals.get(session, appeal_id)
            if appeal is None:
                raise NotFoundError(mark("This link does not exist."))
            if appeal.state is AppealState.SUSPENDED:
                raise RefusedError(BEING_CHECKED)
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

    def is_missing(self, story: Story) -> bool:
        """Return whether the Story asks for help, and readers see no Appeal with it now."""
        return is_missing(story, self._clock())

    async def _agreeing(self, session: AsyncSession, appeal: Appeal) -> frozenset[int]:
        """Return the people who may verify the present version; nobody: who wrote it may do it alone."""
        others = await self._rights.others(session, Right.VERIFY, appeal.written_by)
        return others - {person_of(writer) for writer in await self._writers(session, appeal)}

    async def _writers(self, session: AsyncSession, appeal: Appeal) -> Collection[str]:
        """Return who may not verify the present version where another person can: who wrote it, and its link.

        The one who wrote only the link counts if there is a third person: a small change by the second one
        does not let the first one agree to their own link.
        """
        others = await self._rights.others(session, Right.VERIFY, appeal.written_by)
        entries = reversed(await audit.history(session, "appeal", appeal.id))
        author = next((entry.actor for entry in entries if "url" in entry.after), appeal.written_by)
        return {appeal.written_by, author} if others - {person_of(author)} else {appeal.written_by}

    def is_being_checked(self, story: Story) -> bool:
        """Return whether readers saw the Story's Appeal before, and it is suspended now."""
        appeal = appeal_of(story)
        return appeal is not None and appeal.state is AppealState.SUSPENDED

    async def checked_at(self) -> dict[int, datetime]:
        """Return when the page of each Appeal was last read, by id; without those that never were."""
        async with self._database.read() as session:
            return await checks.checked_at(session)

    async def _require_verifiable(
        self,
        session: AsyncSession,
        appeal: Appeal,
        actor: str,
        version: int | None,
        although_like: str | None,
    ) -> None:
        _require_version(appeal, version)
        await self._rights.require(session, Right.VERIFY, actor)
        for writer in await self._writers(session, appeal):
            await self._rights.require_second(session, Right.VERIFY, proposed_by=writer, agreed_by=actor)
        found = await self._warning(session, appeal.url)
        if found is not None and found.original != although_like:
            raise LookalikeError(found)

    async def _warning(self, session: AsyncSession, url: str) -> Comparison | None:
        verified = await appeals.showable(session, now=self._clock())
        return self._lookalikes.warning(URL(url).host or "", organisations_by_host(verified))

    async def _begin_checks(
        self, session: AsyncSession, appeal_id: int, fingerprint: Fingerprint | None, now: datetime
    ) -> None:
        """Plan the first check, a day after this verification, and forget what earlier ones found."""
        await checks.put(
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
        await notices.drop_of(session, appeal_id)

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
        await self._remake(session, appeal.id)


async def _require(
    session: AsyncSession, appeal_id: int, states: Sequence[AppealState], *, lock: bool
) -> Appeal:
    """Return an Appeal; with `lock`, nobody else changes it until the end of the transaction.

    Raises NotFoundError without it, RefusedError if it is in none of these states.
    """
    appeal = await appeals.get(session, appeal_id, lock=lock)
    if appeal is None:
        raise _unknown(appeal_id)
    if appeal.state not in states:
        raise RefusedError(_IN_STATE[appeal.state], number=appeal_id)
    return appeal


def organisations_by_host(verified: Sequence[Appeal]) -> Mapping[str, str]:
    """Return the organisations of verified Appeals by the hosts of their links."""
    return {URL(appeal.url).host or "": appeal.organisation for appeal in verified}


def _unknown(appeal_id: int) -> NotFoundError:
    return NotFoundError(mark("There is no appeal {number}."), number=appeal_id)


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


def showable(appeal: Appeal | None, now: datetime) -> Appeal | None:
    """Return `appeal` if readers may see it at `now`: it is verified, and still valid; else None."""
    if appeal is None or appeal.state is not AppealState.VERIFIED:
        return None
    return appeal if appeal.valid_until is None or appeal.valid_until > now else None


def waiting_for(story: Story) -> Appeal | None:
    """Return the Appeal of the Story or its original that readers see once it is verified; else None."""
    appeal = appeal_of(story)
    return appeal if appeal is not None and appeal.state in _NOT_SHOWN else None


def is_missing(story: Story, now: datetime) -> bool:
    """Return whether the Story asks for help, and readers see no Appeal with it at `now`."""
    return bool(story.plea) and showable(appeal_of(story), now) is None


def checked(field: AppealField, text: str) -> str:
    """Return what is stored for a field of an Appeal. Raises InvalidInputError if it cannot hold `text`."""
    return checked_link(text) if field is AppealField.URL else checked_words(field, text)


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

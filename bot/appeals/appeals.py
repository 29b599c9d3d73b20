"""Appeals: proposed, verified, shown, retired. Only a verified one ever reaches a reader."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from yarl import URL

from bot.clock import Clock
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from storage import audit
from storage.appeals import appeals, clicks
from storage.database import Database
from storage.models import Appeal, Story
from storage.stories import stories
from storage.stories.translations import appeal_of
from storage.words import AppealState

_HTTPS_PORT = 443
_RECENT_DAYS = 7
# Labels of 1 to 63 letters, digits and inner hyphens, 253 in all (RFC 1035); the last one is no number.
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_LONGEST_LINK = 2000  # characters; what every browser takes


@dataclass(frozen=True, slots=True)
class Clicks:
    """How often people followed the help link of an Appeal: in all, and within the last week (UTC)."""

    total: int = 0
    recent: int = 0


class Appeals:
    """The use cases around an Appeal; each is one transaction, and each change is in the audit log."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def propose(
        self,
        *,
        organisation: str,
        url: str,
        purpose: str = "",
        story_id: int | None = None,
        valid_until: datetime | None = None,
        actor: str,
    ) -> Appeal:
        """Keep a request for help that nobody has verified yet; a Story may name it as its Appeal."""
        organisation = organisation.strip()
        if not organisation:
            raise InvalidInputError(mark("An appeal needs the name of its organisation."))
        now = self._clock()
        async with self._database.transaction() as session:
            appeal = await appeals.add(
                session,
                organisation=organisation[:200],
                purpose=purpose.strip(),
                url=checked_link(url),
                valid_until=valid_until,
                state=AppealState.PROPOSED,
                proposed_at=now,
            )
            if story_id is not None:
                await _name_in_story(session, story_id, appeal.id)
            await self._record(session, actor, "propose", appeal.id, after={"url": appeal.url})
            return appeal

    async def verify(self, appeal_id: int, *, actor: str) -> Appeal:
        """From now on readers may see it."""
        return await self._move(appeal_id, [AppealState.PROPOSED], AppealState.VERIFIED, "verify", actor)

    async def retire(self, appeal_id: int, *, actor: str) -> Appeal:
        """From now on no reader is shown it; a card that somebody has open closes with their next tap."""
        come_from = [AppealState.PROPOSED, AppealState.VERIFIED]
        return await self._move(appeal_id, come_from, AppealState.RETIRED, "retire", actor)

    async def listed(self) -> Sequence[Appeal]:
        """All of them in whatever state, for editors."""
        async with self._database.read() as session:
            return await appeals.every(session)

    async def showable(self) -> Sequence[Appeal]:
        """Those that readers may see now."""
        async with self._database.read() as session:
            return await appeals.showable(session, now=self._clock())

    async def follow(self, appeal_id: int, *, counted: bool) -> str:
        """The address of an Appeal as it is now. NotFoundError, or RefusedError where it has ended."""
        now = self._clock()
        async with self._database.transaction() if counted else self._database.read() as session:
            appeal = await appeals.get(session, appeal_id)
            if appeal is None:
                raise NotFoundError(mark("This link is not known here."))
            if showable(appeal, now) is None:
                raise RefusedError(mark("This appeal has ended, and its link leads nowhere any more."))
            if counted:
                await clicks.count(session, appeal_id, day=now.date())
            return appeal.url

    async def clicks(self) -> dict[int, Clicks]:
        """How often people followed the links, by Appeal."""
        since = self._clock().date() - timedelta(days=_RECENT_DAYS - 1)
        async with self._database.read() as session:
            return {number: Clicks(*of) for number, of in (await clicks.totals(session, since=since)).items()}

    def shown_with(self, story: Story) -> Appeal | None:
        """The Story's Appeal, or its original's, if readers may see it now, else None."""
        return showable(appeal_of(story), self._clock())

    async def _move(
        self, appeal_id: int, come_from: Sequence[AppealState], to: AppealState, action: str, actor: str
    ) -> Appeal:
        now = self._clock()
        async with self._database.transaction() as session:
            moved = await appeals.move(session, appeal_id, come_from=come_from, to=to, now=now)
            appeal = await appeals.get(session, appeal_id)
            if appeal is None:
                raise NotFoundError(mark("There is no appeal {number}."), number=appeal_id)
            if not moved:
                raise RefusedError(
                    mark("Appeal {number} is {state} already."), number=appeal_id, state=appeal.state.value
                )
            await self._record(session, actor, action, appeal_id, after={"state": to.value})
            return appeal

    async def _record(
        self, session: AsyncSession, actor: str, action: str, appeal_id: int, after: dict[str, object]
    ) -> None:
        await audit.record(
            session,
            at=self._clock(),
            actor=actor,
            action=action,
            subject="appeal",
            subject_id=appeal_id,
            after=after,
        )


async def _name_in_story(session: AsyncSession, story_id: int, appeal_id: int) -> None:
    """Let a Story name a new Appeal, unless readers would lose a verified one by that."""
    story = await stories.get(session, story_id)
    if story is None:
        raise NotFoundError(mark("There is no story {number}."), number=story_id)
    if story.appeal is not None and story.appeal.state is AppealState.VERIFIED:
        raise RefusedError(
            mark("Story {number} has a verified appeal. To change it: comeback appeal retire {appeal}"),
            number=story_id,
            appeal=story.appeal.id,
        )
    await stories.set_appeal(session, story_id, appeal_id)


def showable(appeal: Appeal | None, now: datetime) -> Appeal | None:
    """`appeal` if readers may see it at `now`: verified, and not past its day."""
    if appeal is None or appeal.state is not AppealState.VERIFIED:
        return None
    return appeal if appeal.valid_until is None or appeal.valid_until > now else None


def checked_link(address: str) -> str:
    """A help link that can stand behind a button: https, a public host name, nobody's password in it.

    A host in other letters is kept in its ASCII form (xn--…), so that a lookalike cannot pass for the host
    that it looks like.
    """
    refusal = InvalidInputError(
        mark("{address} cannot be a help link: give a whole address such as https://example.org/help"),
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

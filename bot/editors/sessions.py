"""Sessions of the desk: how editors get in, who is in, and how a session ends."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.editors import browsers
from bot.editors.actors import actor_of
from bot.editors.desk_address import DeskAddress
from bot.editors.launches import Launch, Launches
from bot.editors.rights import Rights
from bot.editors.roles import Right, has, refusal
from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from storage.audit import AuditLog
from storage.database import Database
from storage.editors import sessions
from storage.models import DeskSession
from storage.words import EditorRole

LINK_LIVES = timedelta(minutes=5)
"""How long a link opens the desk; it does so once."""

LAUNCH_LIVES = timedelta(minutes=5)
"""How long after Telegram opened it the desk lets in as a Mini App; it does so once."""

CLOCK_SKEW = timedelta(minutes=1)
"""By how much Telegram's clock may be ahead of ours."""

IDLE = timedelta(hours=12)
"""A session that was not used for so long has ended."""

_MOST_LINKS = 5  # of one editor in LINK_LIVES
_SEEN_EVERY = timedelta(minutes=1)  # a session's last use is stored no more often
_SECRET_BYTES = 32

_USED_UP = mark("This link has been used or has expired. Send /desk to the bot to get a new one.")
_LAUNCH_OVER = mark("This page was opened too long ago. Close it, send /desk to the bot, and open it again.")
_TOO_MANY = mark("You asked for several links already. Please wait five minutes.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An editor who is signed in. `role` is the present one. `session_id`: the session that was used."""

    person_id: int
    role: EditorRole
    session_id: int

    @property
    def actor(self) -> str:
        """The editor's name in the audit log."""
        return actor_of(self.person_id)

    def may(self, right: Right) -> bool:
        """Return whether the editor has this right."""
        return has(self.role, right)


class Sessions:
    """The use cases around sessions of the desk; each is one transaction."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        owner_ids: Collection[int],
        address: DeskAddress,
        launches: Launches,
    ) -> None:
        """`owner_ids`: the owners that the settings name. `address`: where the desk is.

        `launches`: reads what Telegram says of a Mini App.
        """
        self.address = address
        self.launches = launches
        self._database = database
        self._clock = clock
        self._rights = Rights(owner_ids)
        self._audit = AuditLog("session", clock)

    async def link(self, person_id: int) -> str:
        """Return a new link, which lets this editor in once.

        Raises RefusedError if the person is no editor or asked too often, or if there is no desk here.
        """
        async with self._database.transaction() as session:
            return await self._link(session, person_id)

    async def owner_of(self, secret: str) -> int:
        """Return whose link it is. Raises RefusedError if it lets nobody in (any more)."""
        async with self._database.read() as session:
            person_id = await sessions.owner_of(session, _checksum(secret), now=self._clock())
        if person_id is None:
            raise RefusedError(_USED_UP)
        return person_id

    async def enter(self, secret: str, browser: str) -> str:
        """Use a link up. Return the secret of a new session. Raises RefusedError if it lets nobody in."""
        now = self._clock()
        async with self._database.transaction() as session:
            person_id = await sessions.use_link(session, _checksum(secret), now=now)
            if person_id is None:
                raise RefusedError(_USED_UP)
            return await self._open(session, person_id, browser)

    async def enter_by(self, launch: Launch, browser: str) -> str:
        """Use a launch up. Return the secret of a new session. Raises RefusedError if it lets nobody in."""
        async with self._database.transaction() as session:
            await self._use(session, launch)
            return await self._open(session, launch.person_id, browser)

    async def link_by(self, launch: Launch) -> str:
        """Use a launch up. Return a new link in its place. Raises RefusedError if it lets nobody in."""
        async with self._database.transaction() as session:
            await self._use(session, launch)
            return await self._link(session, launch.person_id)

    async def is_open(self, token: str) -> bool:
        """Return whether a session lasts and its editor has a role. To ask is no use of the session."""
        async with self._database.read() as session:
            found = await sessions.find(session, _checksum(token), seen_since=self._clock() - IDLE)
            return found is not None and await self._rights.role_of(session, found.person_id) is not None

    async def of(self, token: str) -> SignedIn | None:
        """Return who uses a session; None if it has ended, or its editor has no role any more."""
        now = self._clock()
        async with self._database.read() as session:
            found = await sessions.find(session, _checksum(token), seen_since=now - IDLE)
            role = await self._rights.role_of(session, found.person_id) if found else None
        if found is None or role is None:
            return None
        if now - found.seen_at >= _SEEN_EVERY:
            async with self._database.transaction() as session:
                await sessions.note_seen(session, found.id, now=now)
        return SignedIn(found.person_id, role, found.id)

    async def listed(self, person_id: int | None = None) -> Sequence[DeskSession]:
        """Return the open sessions of this person, or of everybody, the last used first."""
        async with self._database.read() as session:
            return await sessions.of(session, person_id, seen_since=self._clock() - IDLE)

    async def end(self, session_id: int, *, person_id: int) -> None:
        """End a session: an own one, or as one who manages editors any other.

        Raises NotFoundError if it has ended, RefusedError if it is somebody else's.
        """
        async with self._database.transaction() as session:
            owner = await sessions.drop(session, session_id)
            if owner is None:
                raise NotFoundError(mark("This session has ended already."))
            if owner != person_id and not has(await self._rights.role_of(session, person_id), Right.MANAGE):
                raise RefusedError(refusal(Right.MANAGE))
            await self._audit.record(session, actor_of(person_id), "sign out", session_id)

    async def forget_old(self) -> None:
        """Delete links and sessions that have ended."""
        now = self._clock()
        async with self._database.transaction() as session:
            await sessions.drop_links(session, before=now)
            await sessions.drop_launches(session, before=now)
            await sessions.drop_old(session, before=now - IDLE)

    async def _use(self, session: AsyncSession, launch: Launch) -> None:
        """Use a launch up. Raises RefusedError if it is too old or was used."""
        expires_at = launch.opened_at + LAUNCH_LIVES
        is_timely = launch.opened_at - CLOCK_SKEW <= self._clock() < expires_at
        if not is_timely or not await sessions.use_launch(session, launch.checksum, expires_at=expires_at):
            raise RefusedError(_LAUNCH_OVER)

    async def _link(self, session: AsyncSession, person_id: int) -> str:
        now, secret = self._clock(), secrets.token_urlsafe(_SECRET_BYTES)
        address = self.address.entry(secret)
        await self._rights.require(session, Right.WRITE, actor_of(person_id))
        if await sessions.links_of(session, person_id, now=now) >= _MOST_LINKS:
            raise RefusedError(_TOO_MANY)
        await sessions.add_link(session, _checksum(secret), person_id=person_id, expires_at=now + LINK_LIVES)
        return address

    async def _open(self, session: AsyncSession, person_id: int, browser: str) -> str:
        """Open a session for a person who is an editor now; return its secret."""
        await self._rights.require(session, Right.WRITE, actor_of(person_id))
        now, token = self._clock(), secrets.token_urlsafe(_SECRET_BYTES)
        number = await sessions.add(
            session, _checksum(token), person_id=person_id, browser=browsers.kept(browser), now=now
        )
        await self._audit.record(session, actor_of(person_id), "sign in", number)
        return token


def _checksum(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()

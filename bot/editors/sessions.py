"""Sessions of the desk: how editors get in, who is in, and how a session ends."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from bot.clock import Clock
from bot.editors.actors import actor_of
from bot.editors.desk_address import DeskAddress
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

IDLE = timedelta(hours=12)
"""A session that was not used for so long has ended."""

_MOST_LINKS = 5  # of one editor in LINK_LIVES
_SEEN_EVERY = timedelta(minutes=1)  # a session's last use is stored no more often
_SECRET_BYTES = 32
_LONGEST_BROWSER = 64  # characters

_USED_UP = mark("This link has been used or has expired. Send /desk to the bot to get a new one.")
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
        self, database: Database, clock: Clock, owner_ids: Collection[int], address: DeskAddress
    ) -> None:
        """`owner_ids`: the owners that the settings name. `address`: where the desk is."""
        self.address = address
        self._database = database
        self._clock = clock
        self._rights = Rights(owner_ids)
        self._audit = AuditLog("session", clock)

    async def link(self, person_id: int) -> str:
        """Return a new link, which lets this editor in once.

        Raises RefusedError if the person is no editor or asked too often, or if there is no desk here.
        """
        now, secret = self._clock(), secrets.token_urlsafe(_SECRET_BYTES)
        address = self.address.entry(secret)
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.WRITE, actor_of(person_id))
            if await sessions.links_of(session, person_id, now=now) >= _MOST_LINKS:
                raise RefusedError(_TOO_MANY)
            await sessions.add_link(
                session, _checksum(secret), person_id=person_id, expires_at=now + LINK_LIVES
            )
        return address

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
            await self._rights.require(session, Right.WRITE, actor_of(person_id))
            token = secrets.token_urlsafe(_SECRET_BYTES)
            name = "".join(letter for letter in browser if letter.isprintable())[:_LONGEST_BROWSER]
            number = await sessions.add(session, _checksum(token), person_id=person_id, browser=name, now=now)
            await self._audit.record(session, actor_of(person_id), "sign in", number)
        return token

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
            await sessions.drop_old(session, before=now - IDLE)


def _checksum(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()

"""Editors: who has which role, who may invite whom, and who did what last."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from bot.clock import Clock
from bot.editors.actors import actor_of
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from storage import audit
from storage.audit import AuditLog
from storage.database import Database
from storage.editors import editors, invitations, sessions
from storage.models import AuditEntry
from storage.words import EditorRole

INVITATION_DAYS = 7
_SECRET_BYTES = 18  # 24 letters in a link, of 64 that a start parameter may have
_USED = mark("Somebody has used this invitation already. Please ask for a new one.")
_IN_SETTINGS = mark("Only OWNER_IDS in the file .env changes the role of this owner.")


@dataclass(frozen=True, slots=True)
class ListedEditor:
    """An editor in a list. `in_settings`: OWNER_IDS names them. `last`: the last thing that they did."""

    person_id: int
    role: EditorRole
    in_settings: bool
    last: AuditEntry | None


class Editors:
    """Use cases around editors; each is one transaction, and each change is in the audit log."""

    def __init__(self, database: Database, clock: Clock, owner_ids: Collection[int]) -> None:
        """Take the ids of the owners that the settings name: they always have all rights."""
        self._database = database
        self._clock = clock
        self._owner_ids = frozenset(owner_ids)
        self._rights = Rights(owner_ids)
        self._audit = AuditLog("editor", clock)

    async def role_of(self, person_id: int | None) -> EditorRole | None:
        """Return the role that this person has now; None for a reader."""
        if person_id is None:
            return None
        if person_id in self._owner_ids:  # no need to read
            return EditorRole.OWNER
        async with self._database.read() as session:
            return await self._rights.role_of(session, person_id)

    async def with_right(self, right: Right) -> frozenset[int]:
        """Return the ids of all people who have this right."""
        async with self._database.read() as session:
            return await self._rights.people(session, right)

    async def others(self, right: Right, actor: str) -> frozenset[int]:
        """Return who may agree to what `actor` proposes; nobody if `actor` is alone."""
        async with self._database.read() as session:
            return await self._rights.others(session, right, actor)

    async def listed(self) -> Sequence[ListedEditor]:
        """Return all editors, the owners of the settings first, with what each of them did last."""
        async with self._database.read() as session:
            rows = await editors.every(session)
            roles = dict.fromkeys(sorted(self._owner_ids), EditorRole.OWNER)
            roles |= {row.person_id: row.role for row in rows if row.person_id not in self._owner_ids}
            return [
                ListedEditor(
                    person_id,
                    role,
                    person_id in self._owner_ids,
                    await audit.last_by(session, actor_of(person_id)),
                )
                for person_id, role in roles.items()
            ]

    async def put(self, person_id: int, role: EditorRole, *, actor: str) -> EditorRole | None:
        """Give somebody a role; return the one that they had. Raises RefusedError for OWNER_IDS."""
        self._require_not_in_settings(person_id)
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.MANAGE, actor)
            before = await editors.role_of(session, person_id)
            await editors.put(session, person_id, role=role, added_by=actor, now=self._clock())
            await self._audit.record_change(session, actor, "set role", person_id, role=(before, role))
            return before

    async def remove(self, person_id: int, *, actor: str) -> None:
        """Take somebody's role away. Raises NotFoundError if they have none, RefusedError for OWNER_IDS."""
        self._require_not_in_settings(person_id)
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.MANAGE, actor)
            before = await editors.role_of(session, person_id)
            if not await editors.remove(session, person_id):
                raise NotFoundError(mark("There is no editor {number}."), number=person_id)
            await sessions.drop_of(session, person_id)
            await self._audit.record(session, actor, "remove", person_id, before={"role": before})

    async def invite(self, role: EditorRole, *, actor: str) -> str:
        """Return the secret of a new invitation: who opens a link with it first gets the role."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        expires_at = self._clock() + timedelta(days=INVITATION_DAYS)
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.MANAGE, actor)
            number = await invitations.add(
                session, _checksum(secret), role=role, invited_by=actor, expires_at=expires_at
            )
            await self._audit.record(session, actor, "invite", number, after={"role": role})
        return secret

    async def accept(self, secret: str, person_id: int) -> EditorRole:
        """Give this person the role of an invitation; return it.

        Raises RefusedError if the invitation is unknown, was used, or has expired, or if the person has a
        role already: nobody loses rights by opening a link.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            found = await invitations.find(session, _checksum(secret))
            if found is None:
                raise RefusedError(mark("This invitation does not exist. Please ask for a new one."))
            role = (
                EditorRole.OWNER
                if person_id in self._owner_ids
                else await editors.role_of(session, person_id)
            )
            if found.used_by == person_id and role is not None:
                return role
            if found.used_at is not None:
                raise RefusedError(_USED)
            if found.expires_at <= now:
                raise RefusedError(mark("This invitation has expired. Please ask for a new one."))
            if role is not None:
                raise RefusedError(mark("You are an editor already. An owner can change your role: /editors"))
            if not await invitations.use(session, found.id, person_id=person_id, now=now):
                raise RefusedError(_USED)
            await editors.put(session, person_id, role=found.role, added_by=found.invited_by, now=now)
            await self._audit.record(
                session, actor_of(person_id), "accept invitation", person_id, after={"role": found.role}
            )
            return found.role

    def _require_not_in_settings(self, person_id: int) -> None:
        if person_id in self._owner_ids:
            raise RefusedError(_IN_SETTINGS)


def _checksum(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()

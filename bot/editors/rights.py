"""Rights of people: who may do what, and who may agree to what somebody else proposes."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from bot.editors.actors import COMMAND_LINE, person_of
from bot.editors.roles import Right, has, refusal, with_right
from bot.errors import RefusedError
from bot.i18n import mark
from storage.editors import editors
from storage.words import EditorRole


class Rights:
    """Reads rights in the transaction of what is done with them. `owner_ids`: the owners of the settings."""

    def __init__(self, owner_ids: Collection[int] = ()) -> None:
        self._owner_ids = frozenset(owner_ids)

    def is_in_settings(self, person_id: int) -> bool:
        """Return whether OWNER_IDS names this person."""
        return person_id in self._owner_ids

    async def role_of(self, session: AsyncSession, person_id: int) -> EditorRole | None:
        """Return the role that this person has now; None for a reader."""
        if person_id in self._owner_ids:
            return EditorRole.OWNER
        return await editors.role_of(session, person_id)

    async def require(self, session: AsyncSession, right: Right, actor: str) -> None:
        """Raise RefusedError if `actor` is a person without this right.

        The command line may do all, since it has the database anyway. So may what runs by itself.
        """
        person = person_of(actor)
        if person is not None and not has(await self.role_of(session, person), right):
            raise RefusedError(refusal(right))

    async def people(self, session: AsyncSession, right: Right) -> frozenset[int]:
        """Return the ids of all people who have this right."""
        roles = with_right(right)
        owners = self._owner_ids if EditorRole.OWNER in roles else frozenset()
        return owners.union(await editors.with_roles(session, roles))

    async def others(self, session: AsyncSession, right: Right, actor: str) -> frozenset[int]:
        """Return who may agree to what `actor` proposes; nobody if `actor` is the only one with the right.

        It is not known which of the people uses the command line. So it needs a second person only if there
        is more than one. What runs by itself, such as a Source, needs nobody.
        """
        return others_among(await self.people(session, right), actor)

    async def require_second(
        self, session: AsyncSession, right: Right, *, proposed_by: str, agreed_by: str
    ) -> None:
        """Raise RefusedError if somebody agrees to their own proposal, and another person could."""
        if proposed_by == agreed_by and await self.others(session, right, agreed_by):
            raise RefusedError(mark("You proposed this yourself: another publisher or owner has to agree."))


def others_among(people: frozenset[int], actor: str) -> frozenset[int]:
    """Return which of the `people` who have a right may agree to what `actor` proposes; see Rights.others."""
    person = person_of(actor)
    if person is not None:
        return people - {person}
    return people if actor == COMMAND_LINE and len(people) > 1 else frozenset()

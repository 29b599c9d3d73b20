"""Agreement: an Appeal is verified by somebody who did not write it, if there is another person who may."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.editors.actors import person_of
from bot.editors.rights import Rights, others_among
from bot.editors.roles import Right
from storage import audit
from storage.models import Appeal, AuditEntry


class Agreement:
    """Knows who may verify the present version of an Appeal."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights

    async def people(self, session: AsyncSession, appeal: Appeal) -> frozenset[int]:
        """Return the people who may verify it; nobody: who wrote it may do it alone."""
        return (await self.people_of(session, [appeal]))[appeal.id]

    async def people_of(
        self, session: AsyncSession, appeals: Collection[Appeal]
    ) -> Mapping[int, frozenset[int]]:
        """Return the people who may verify each of these Appeals, by its id; see `people`."""
        everybody = await self._rights.people(session, Right.VERIFY)
        entries = await audit.histories(session, "appeal", [one.id for one in appeals])
        writers = {one.id: _writers(one, entries.get(one.id, ()), everybody) for one in appeals}
        return {
            one.id: others_among(everybody, one.written_by) - set(map(person_of, writers[one.id]))
            for one in appeals
        }

    async def require(self, session: AsyncSession, appeal: Appeal, actor: str) -> None:
        """Raise RefusedError unless `actor` may verify links, and this one as the second person."""
        await self._rights.require(session, Right.VERIFY, actor)
        everybody = await self._rights.people(session, Right.VERIFY)
        entries = await audit.history(session, "appeal", appeal.id)
        for writer in _writers(appeal, entries, everybody):
            await self._rights.require_second(session, Right.VERIFY, proposed_by=writer, agreed_by=actor)


def _writers(appeal: Appeal, entries: Sequence[AuditEntry], everybody: frozenset[int]) -> Collection[str]:
    """Return who may not verify it where another person can: who wrote it, and who wrote its link.

    The one who wrote only the link counts if there is a third person: a small change by the second one
    does not let the first one agree to their own link.
    """
    others = others_among(everybody, appeal.written_by)
    author = next((entry.actor for entry in reversed(entries) if "url" in entry.after), appeal.written_by)
    return {appeal.written_by, author} if others - {person_of(author)} else {appeal.written_by}

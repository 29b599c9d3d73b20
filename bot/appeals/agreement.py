"""Agreement: an Appeal is verified by somebody who did not write it, if there is another person who may."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from bot.editors.actors import person_of
from bot.editors.rights import Rights
from bot.editors.roles import Right
from storage import audit
from storage.models import Appeal


class Agreement:
    """Knows who may verify the present version of an Appeal."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights

    async def people(self, session: AsyncSession, appeal: Appeal) -> frozenset[int]:
        """Return the people who may verify it; nobody: who wrote it may do it alone."""
        others = await self._rights.others(session, Right.VERIFY, appeal.written_by)
        return others - {person_of(writer) for writer in await self._writers(session, appeal)}

    async def require(self, session: AsyncSession, appeal: Appeal, actor: str) -> None:
        """Raise RefusedError unless `actor` may verify links, and this one as the second person."""
        await self._rights.require(session, Right.VERIFY, actor)
        for writer in await self._writers(session, appeal):
            await self._rights.require_second(session, Right.VERIFY, proposed_by=writer, agreed_by=actor)

    async def _writers(self, session: AsyncSession, appeal: Appeal) -> Collection[str]:
        """Return who may not verify it where another person can: who wrote it, and who wrote its link.

        The one who wrote only the link counts if there is a third person: a small change by the second one
        does not let the first one agree to their own link.
        """
        others = await self._rights.others(session, Right.VERIFY, appeal.written_by)
        entries = reversed(await audit.history(session, "appeal", appeal.id))
        author = next((entry.actor for entry in entries if "url" in entry.after), appeal.written_by)
        return {appeal.written_by, author} if others - {person_of(author)} else {appeal.written_by}

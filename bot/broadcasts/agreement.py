"""Agreement: pushes that two people must want, and who may be the second."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.editors.actors import COMMAND_LINE, person_of
from bot.editors.rights import Rights
from bot.editors.roles import Right, has
from bot.errors import RefusedError
from bot.i18n import mark
from storage.models import Broadcast


class SecondNeededError(RefusedError):
    """Another person must want the push too. `others`: the people who may send it."""

    def __init__(self, others: Collection[int]) -> None:
        super().__init__(mark("Another publisher or owner has to agree to this push. Nothing was sent."))
        self.others = frozenset(others)


@dataclass(frozen=True, slots=True)
class Agreement:
    """The rule: an urgent push and a paid one need two people, with `every_push` all that editors send.

    Where only one person may send, that one is enough. One who may not send can ask for any push. What a
    Source pushes by itself was agreed to when an operator gave it that right.
    """

    rights: Rights
    every_push: bool = False

    async def require(self, session: AsyncSession, broadcast: Broadcast, actor: str) -> None:
        """Raise SecondNeededError unless `actor` may send it, alone or because somebody else asked for it."""
        person = person_of(actor)
        if person is None and actor != COMMAND_LINE:
            return
        others = await self.rights.others(session, Right.PUBLISH, actor)
        if person is not None and not has(await self.rights.role_of(session, person), Right.PUBLISH):
            raise SecondNeededError(others)
        needs_two = broadcast.urgent or broadcast.paid or self.every_push
        if needs_two and others and not await self._is_asked_by_another(session, broadcast, actor):
            raise SecondNeededError(others)

    async def _is_asked_by_another(self, session: AsyncSession, broadcast: Broadcast, actor: str) -> bool:
        asker = broadcast.asked_by
        if asker is None or asker == actor:
            return False
        person = person_of(asker)  # they may have lost their role since
        return person is None or has(await self.rights.role_of(session, person), Right.WRITE)

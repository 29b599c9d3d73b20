"""Reads an Appeal that has to be there, and locks it for a change."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import NotFoundError, RefusedError
from bot.i18n import mark
from storage.appeals import appeals
from storage.models import Appeal
from storage.words import AppealState

_IN_STATE = {
    AppealState.PROPOSED: mark("Appeal {number} is not verified yet."),
    AppealState.VERIFIED: mark("Appeal {number} is already verified."),
    AppealState.SUSPENDED: mark("Appeal {number} is already suspended."),
    AppealState.RETIRED: mark("Appeal {number} is already retired."),
}


async def require(
    session: AsyncSession, appeal_id: int, states: Collection[AppealState] = tuple(AppealState)
) -> Appeal:
    """Return an Appeal. Raises NotFoundError without it, RefusedError if it is in none of these states."""
    return _in_state(await appeals.get(session, appeal_id), appeal_id, states)


async def lock(session: AsyncSession, appeal_id: int, states: Collection[AppealState]) -> Appeal:
    """Return an Appeal as `require` does; nobody else changes it until the end of the transaction."""
    return _in_state(await appeals.get(session, appeal_id, lock=True), appeal_id, states)


def _in_state(appeal: Appeal | None, appeal_id: int, states: Collection[AppealState]) -> Appeal:
    if appeal is None:
        raise NotFoundError(mark("There is no appeal {number}."), number=appeal_id)
    if appeal.state not in states:
        raise RefusedError(_IN_STATE[appeal.state], number=appeal_id)
    return appeal

"""Queries on Appeals: shown while verified and valid; each change of state happens once."""

from datetime import timedelta
from typing import Any

import pytest

from storage.appeals import appeals
from storage.database import Database
from storage.words import AppealState
from tests.factories import NOON, at_once


async def add(database: Database, **values: Any) -> int:
    given: dict[str, Any] = {"organisation": "Fund", "url": "https://example.org/help", "proposed_at": NOON}
    async with database.transaction() as session:
        return (await appeals.add(session, **(given | values))).id


async def verify(database: Database, appeal_id: int, minutes: int = 0) -> bool:
    async with database.transaction() as session:
        return await appeals.move(
            session,
            appeal_id,
            come_from=[AppealState.PROPOSED],
            to=AppealState.VERIFIED,
            now=NOON + timedelta(minutes=minutes),
        )


async def shown(database: Database, minutes: int = 0) -> list[int]:
    async with database.read() as session:
        found = await appeals.showable(session, now=NOON + timedelta(minutes=minutes))
    return [appeal.id for appeal in found]


async def test_a_new_appeal_is_proposed_and_shown_to_nobody(database: Database) -> None:
    """Only editors see a proposed Appeal, in their list."""
    appeal_id = await add(database)
    assert await shown(database) == []
    async with database.read() as session:
        (appeal,) = await appeals.every(session)
        assert await appeals.get(session, appeal_id + 1) is None
    assert (appeal.id, appeal.state, appeal.verified_at) == (appeal_id, AppealState.PROPOSED, None)


async def test_verified_ones_are_shown_newest_first(database: Database) -> None:
    """The order is by the time of verification, which is stored."""
    first, second = await add(database), await add(database)
    await verify(database, second, minutes=1)
    await verify(database, first, minutes=2)
    assert await shown(database) == [first, second]
    async with database.read() as session:
        appeal = await appeals.get(session, first)
    assert appeal is not None
    assert appeal.verified_at == NOON + timedelta(minutes=2)


async def test_an_appeal_is_shown_until_its_day(database: Database) -> None:
    """At `valid_until` itself an Appeal is no longer shown."""
    appeal_id = await add(database, valid_until=NOON + timedelta(minutes=5))
    await verify(database, appeal_id)
    assert await shown(database, minutes=4) == [appeal_id]
    assert await shown(database, minutes=5) == []


@pytest.mark.parametrize("state", [AppealState.VERIFIED, AppealState.RETIRED])
async def test_only_a_proposed_one_is_verified(database: Database, state: AppealState) -> None:
    """A verified, retired or unknown Appeal cannot be verified."""
    appeal_id = await add(database, state=state)
    assert not await verify(database, appeal_id)
    assert not await verify(database, appeal_id + 1)


async def test_a_retired_appeal_is_not_shown(database: Database) -> None:
    """A retired Appeal is not shown, and keeps its time of verification."""
    appeal_id = await add(database)
    await verify(database, appeal_id)
    async with database.transaction() as session:
        come_from = [AppealState.PROPOSED, AppealState.VERIFIED]
        to = AppealState.RETIRED
        assert await appeals.move(session, appeal_id, come_from=come_from, to=to, now=NOON)
        appeal = await appeals.get(session, appeal_id)
        assert appeal is not None
        assert (appeal.state, appeal.verified_at) == (AppealState.RETIRED, NOON)
    assert await shown(database) == []


async def test_of_two_editors_at_once_one_verifies(database: Database) -> None:
    """Of six transactions at once one verifies an Appeal."""
    appeal_id = await add(database)
    moved = await at_once(
        database,
        lambda session: appeals.move(
            session, appeal_id, come_from=[AppealState.PROPOSED], to=AppealState.VERIFIED, now=NOON
        ),
    )
    assert sorted(moved) == [False] * 5 + [True]

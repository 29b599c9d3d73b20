"""Queries on Appeals: shown while verified and valid; each change of state happens once."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.appeals.appeals import Appeals
from bot.editors.actors import actor_of
from bot.editors.rights import Rights
from bot.errors import NotFoundError, RefusedError
from bot.i18n import in_language, languages
from storage.appeals import appeals
from storage.database import Database
from storage.words import AppealState, SuspensionReason
from tests.factories import NOON, MovableClock

EDITH, OMAR = 11, 12


async def add(database: Database, **values: Any) -> int:
    given: dict[str, Any] = {"organisation": "Fund", "url": "https://example.org/help", "proposed_at": NOON}
    async with database.transaction() as session:
        return (await appeals.add(session, **(given | values))).id


async def verify(database: Database, appeal_id: int, minutes: int = 0) -> None:
    async with database.transaction() as session:
        appeal = await appeals.get(session, appeal_id, lock=True)
        assert appeal is not None
        at = NOON + timedelta(minutes=minutes)
        await appeals.change(session, appeal, state=AppealState.VERIFIED, verified_at=at)


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


@pytest.fixture
def service(database: Database) -> Appeals:
    return Appeals(database, MovableClock(), Rights({EDITH, OMAR}))


async def propose(service: Appeals, actor: str = actor_of(EDITH)) -> int:
    url = "https://example.org/help"
    return (await service.propose(organisation="Fund", url=url, actor=actor)).id


@pytest.mark.parametrize("state", [AppealState.VERIFIED, AppealState.RETIRED])
async def test_only_a_hidden_one_is_verified(
    service: Appeals, database: Database, state: AppealState
) -> None:
    """A verified, retired or unknown Appeal cannot be verified."""
    appeal_id = await add(database, state=state)
    with pytest.raises(RefusedError, match="already"):
        await service.verify(appeal_id, actor="test")
    with pytest.raises(NotFoundError):
        await service.verify(appeal_id + 1, actor="test")


@pytest.mark.parametrize("language", languages())
async def test_a_refusal_says_the_state_in_the_readers_language(
    service: Appeals, database: Database, language: str
) -> None:
    """Each state has a sentence of its own, and no word of ours stands in it."""
    said, suspend = [], partial(service.suspend, reason=SuspensionReason.EDITOR)
    for state in AppealState:
        appeal_id = await add(database, state=state)
        refuse = service.verify if state is AppealState.VERIFIED else suspend
        with pytest.raises(RefusedError) as refused:
            await refuse(appeal_id, actor="test")
        said.append(in_language(language).say(refused.value.sentence, **refused.value.values))
    assert len(set(said)) == len(AppealState)
    words = [state.value for state in AppealState]
    assert language == "en" or not any(word in sentence for word in words for sentence in said)


async def test_a_retired_appeal_is_not_shown(service: Appeals, database: Database) -> None:
    """A retired Appeal is not shown, keeps its time of verification, and cannot be verified again."""
    appeal_id = await propose(service)
    await service.verify(appeal_id, actor=actor_of(OMAR))
    retired = await service.retire(appeal_id, actor=actor_of(OMAR))
    assert (retired.state, retired.verified_at) == (AppealState.RETIRED, NOON)
    assert await shown(database) == []
    with pytest.raises(RefusedError):
        await service.verify(appeal_id, actor=actor_of(OMAR))


async def test_a_suspended_appeal_is_hidden_until_it_is_verified_again(
    service: Appeals, database: Database
) -> None:
    """Its suspension has a reason; a new verification ends it, and says who looked when."""
    appeal_id = await propose(service)
    await service.verify(appeal_id, actor=actor_of(OMAR))
    suspended = await service.suspend(appeal_id, reason=SuspensionReason.EDITOR, actor=actor_of(EDITH))
    assert (suspended.state, suspended.suspended_for) == (AppealState.SUSPENDED, SuspensionReason.EDITOR)
    assert await shown(database) == []
    again = await service.verify(appeal_id, actor=actor_of(OMAR))
    assert (again.suspended_for, again.suspended_at, again.looked_at) == (None, None, NOON)
    assert again.verified_by == actor_of(OMAR)
    assert await shown(database) == [appeal_id]


async def test_nobody_verifies_what_they_wrote(service: Appeals, database: Database) -> None:
    """The editor who proposed an Appeal is refused while another one may verify it."""
    appeal_id = await propose(service)
    with pytest.raises(RefusedError, match="another publisher or owner"):
        await service.verify(appeal_id, actor=actor_of(EDITH))
    assert await shown(database) == []
    await service.verify(appeal_id, actor=actor_of(OMAR))


async def test_the_only_publisher_verifies_alone(database: Database) -> None:
    """Where only one person may verify, they verify what they wrote."""
    service = Appeals(database, MovableClock(), Rights({EDITH}))
    appeal_id = await propose(service)
    assert (await service.verify(appeal_id, actor=actor_of(EDITH))).state is AppealState.VERIFIED


async def test_nobody_verifies_what_they_did_not_see(service: Appeals) -> None:
    """A verification of another version than the present one is refused."""
    appeal_id = await propose(service)
    with pytest.raises(RefusedError, match="has changed"):
        await service.verify(appeal_id, actor=actor_of(OMAR), version=2)


async def test_of_two_editors_at_once_one_verifies(service: Appeals) -> None:
    """Of six verifications at once one succeeds."""
    appeal_id = await propose(service)
    results = await asyncio.gather(
        *(service.verify(appeal_id, actor=actor_of(OMAR)) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(one, RefusedError) for one in results) == 5


async def test_pages_of_appeals_have_a_state_and_words(database: Database) -> None:
    """Newest first; words count in any alphabet and letter case, in organisation, purpose and link."""
    service = Appeals(database, MovableClock(), Rights())
    for organisation, purpose, host in (
        ("Bridge Fund", "", "bridge.example.org"),
        ("Фонд Міст", "Човни", "mist.example.org"),
        ("Road Fund", "Boats", "road.example.org"),
    ):
        await service.propose(organisation=organisation, purpose=purpose, url=f"https://{host}/", actor="x")
    await service.verify(1, actor="x")
    proposed = AppealState.PROPOSED
    for asked, numbers, total in (
        ({}, [3, 2], 3),
        ({"offset": 2}, [1], 3),
        ({"state": proposed}, [3, 2], 2),
        ({"words": "фонд"}, [2], 1),
        ({"words": "ЧОВНИ"}, [2], 1),
        ({"words": "fund"}, [3, 1], 2),
        ({"words": "fund", "state": proposed}, [3], 1),
        ({"words": "bridge.example"}, [1], 1),
    ):
        found, number = await service.page(limit=2, **asked)
        assert ([one.id for one in found], number) == (numbers, total)
    assert await service.states() == {proposed: 2, AppealState.VERIFIED: 1}

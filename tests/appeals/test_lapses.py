"""Lapses: who verified a link looks again within 90 days, and is reminded twice before that."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.appeals.appeals import Appeals
from bot.appeals.lapses import Lapses
from bot.editors.rights import Rights
from bot.errors import RefusedError
from storage.appeals import appeals, notices
from storage.database import Database
from storage.models import AppealNotice
from storage.words import AppealNews, AppealState, SuspensionReason
from tests.factories import NOON, MovableClock

URL = "https://bridge.example.org/help"


@pytest.fixture
def service(database: Database, clock: MovableClock) -> Appeals:
    return Appeals(database, clock, Rights({1}))


@pytest.fixture
async def number(service: Appeals) -> int:
    """An Appeal that was verified at noon of the first day."""
    appeal = await service.propose(organisation="Bridge Friends", url=URL, actor="test")
    await service.verify(appeal.id, actor="editor 1")
    return appeal.id


@pytest.fixture
def lapses(database: Database, clock: MovableClock, service: Appeals) -> Lapses:
    return Lapses(database, clock, service)


async def told(database: Database) -> Sequence[tuple[AppealNews, int]]:
    """What editors were told since the last question."""
    async with database.transaction() as session:
        found: Sequence[AppealNotice] = await notices.untold(session)
        await notices.drop(session, [one.id for one in found])
    return [(one.news, one.days) for one in found]


async def test_two_reminders_and_then_the_end(
    database: Database, clock: MovableClock, number: int, lapses: Lapses
) -> None:
    """Editors are reminded after 45 and 80 days, once each; after 90 days it is suspended."""
    heard = {}
    for day in range(1, 93):
        clock.now = NOON + timedelta(days=day)
        await lapses.note_due()
        await lapses.note_due()
        if news := await told(database):
            heard[day] = news
    assert heard == {
        45: [(AppealNews.AGING, 45)],
        80: [(AppealNews.AGING, 80)],
        90: [(AppealNews.LAPSED, 90)],
    }
    async with database.read() as session:
        appeal = await appeals.get(session, number)
    assert appeal is not None
    assert (appeal.state, appeal.suspended_for) == (AppealState.SUSPENDED, SuspensionReason.LAPSED)


async def test_a_look_begins_anew(
    database: Database, clock: MovableClock, number: int, lapses: Lapses, service: Appeals
) -> None:
    """After a look the next reminder comes 45 days later, and nothing is suspended before."""
    clock.advance(days=80)
    await lapses.note_due()
    assert await told(database) == [(AppealNews.AGING, 80)]  # one reminder, not two
    await service.look(number, actor="editor 1")
    clock.advance(days=44)
    await lapses.note_due()
    assert await told(database) == []
    clock.advance(days=1)
    await lapses.note_due()
    assert await told(database) == [(AppealNews.AGING, 45)]


async def test_a_look_makes_what_is_not_told_yet_needless(
    database: Database, clock: MovableClock, number: int, lapses: Lapses, service: Appeals
) -> None:
    """Nobody is reminded of a page at which somebody has just looked."""
    clock.advance(days=45)
    await lapses.note_due()
    await service.look(number, actor="editor 1")
    assert await told(database) == []


async def test_only_a_verified_appeal_is_looked_at(
    clock: MovableClock, number: int, lapses: Lapses, service: Appeals
) -> None:
    """A suspended one is verified again instead, and an older version is refused."""
    with pytest.raises(RefusedError, match="has changed"):
        await service.look(number, actor="editor 1", version=2)
    clock.advance(days=90)
    await lapses.note_due()
    with pytest.raises(RefusedError, match="already"):
        await service.look(number, actor="editor 1")

"""A machine's time of day that jumps, by an hour or by days, on and back: leases do not notice."""

from datetime import timedelta

import pytest

from bot.delivery.leased_range import LEASE_S, RENEW_S
from storage.database import Database
from storage.deliveries import deliveries
from tests.delivery.test_worker import Office, assert_once
from tests.factories import Elapsed, MovableClock, at_once

JUMPS = [timedelta(hours=1), timedelta(days=2), timedelta(days=-2)]


@pytest.fixture
def office(database: Database, clock: MovableClock) -> Office:
    return Office(database, clock)


@pytest.fixture(params=JUMPS, ids=str)
def jump(request: pytest.FixtureRequest) -> timedelta:
    found: timedelta = request.param
    return found


async def test_nobody_takes_what_another_holds(office: Office, jump: timedelta) -> None:
    """Three workers push while the clock jumps, again and again: each reader gets it once."""
    await office.open(60, size=5)

    async def set_clock() -> None:
        office.clock.now += jump

    for place in range(1, 61, 7):
        office.at_send(place, set_clock)
    await office.finish(*(office.worker(name) for name in ("one", "two", "three")))
    assert_once(office)
    assert await office.attempts() == [1] * 12
    assert (await office.progress()).sent == 60


async def test_a_worker_never_takes_what_it_holds_itself(office: Office, jump: timedelta) -> None:
    """It looks for the next Range while the last sends of a slow one are still on the wire."""
    await office.open(10, size=5)
    worker = office.worker()

    async def set_clock() -> None:
        office.clock.now += jump
        await worker.look()

    office.at_send(5, set_clock)
    await office.finish(worker)
    assert_once(office)
    assert await office.attempts() == [1, 1]


async def test_a_lease_that_was_lost_is_not_taken_again_while_its_sends_are_under_way(
    office: Office, elapsed: Elapsed
) -> None:
    """Their receipts are still written, since nobody else took the Range: so nobody gets it twice."""
    await office.open(8, size=5)
    worker = office.worker()

    async def hang() -> None:
        await worker.look()
        elapsed.now += LEASE_S + RENEW_S
        await worker.look()

    office.at_send(5, hang)
    async with office.at_work(worker):
        await worker.until(office.is_finished)
    assert_once(office)


async def test_what_a_dead_worker_held_is_taken_over_in_time(
    office: Office, elapsed: Elapsed, jump: timedelta
) -> None:
    """After the lease time, no sooner and no later, whatever the clock says meanwhile."""
    await office.open(10)
    async with office.database.transaction() as session:
        assert await deliveries.claim(session, worker="dead")
    heir = office.worker("heir")
    async with office.at_work(heir):
        await heir.look()
        office.clock.now += jump
        elapsed.now += LEASE_S - 0.1
        await heir.look()
        assert office.telegram.got == []
        elapsed.now += 0.1
        await heir.until(office.is_finished)
    assert_once(office)


async def test_what_lives_is_never_taken_over(office: Office, elapsed: Elapsed) -> None:
    """However long its holder works on it: each renewal is seen."""
    await office.open(10)
    async with office.database.transaction() as session:
        lease = await deliveries.claim(session, worker="alive")
    assert lease is not None
    other = office.worker("other")
    async with office.at_work(other):
        for _ in range(8):
            await other.look()
            elapsed.now += RENEW_S
            renewed = await at_once(office.database, lambda session: deliveries.renew(session, lease), 1)
            assert renewed == [True]
        await other.look()
    assert office.telegram.got == []

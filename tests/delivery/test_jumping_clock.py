"""Leases do not depend on the time of day, however far a machine's clock jumps."""

from datetime import timedelta

import pytest

from bot.delivery.leased_range import LEASE_S, RENEW_S
from storage.deliveries import leases
from tests.factories import Elapsed, at_once
from tests.fakes import DeliveryWorld

JUMPS = [timedelta(hours=1), timedelta(days=2), timedelta(days=-2)]


@pytest.fixture(params=JUMPS, ids=str)
def jump(request: pytest.FixtureRequest) -> timedelta:
    found: timedelta = request.param
    return found


async def test_no_worker_takes_the_range_of_another(world: DeliveryWorld, jump: timedelta) -> None:
    """Three workers push while the clock jumps again and again: each reader gets the message once."""
    await world.open(60, size=5)

    async def set_clock() -> None:
        world.clock.now += jump

    for number in range(1, 61, 7):
        world.at_send(number, set_clock)
    await world.finish(*(world.worker(name) for name in ("one", "two", "three")))
    world.assert_once()
    assert await world.attempts() == [1] * 12
    assert (await world.progress()).sent == 60


async def test_a_worker_never_takes_its_own_range(world: DeliveryWorld, jump: timedelta) -> None:
    """It claims the next Range while the last sends of a slow one are on the wire."""
    await world.open(10, size=5)
    worker = world.worker()

    async def set_clock() -> None:
        world.clock.now += jump
        await worker.look()

    world.at_send(5, set_clock)
    await world.finish(worker)
    world.assert_once()
    assert await world.attempts() == [1, 1]


async def test_a_lost_range_is_not_claimed_again_while_its_sends_are_under_way(
    world: DeliveryWorld, elapsed: Elapsed
) -> None:
    """Their receipts are written, since no other worker took the Range, and nobody gets a message twice."""
    await world.open(8, size=5)
    worker = world.worker()

    async def hang() -> None:
        await worker.look()
        elapsed.now += LEASE_S + RENEW_S
        await worker.look()

    world.at_send(5, hang)
    async with world.at_work(worker):
        await worker.until(world.is_finished)
    world.assert_once()


async def test_the_range_of_a_dead_worker_is_taken_over_in_time(
    world: DeliveryWorld, elapsed: Elapsed, jump: timedelta
) -> None:
    """It is claimed after the lease time, no sooner and no later, whatever the clock says."""
    await world.open(10)
    async with world.database.transaction() as session:
        assert await leases.claim(session, worker="dead")
    heir = world.worker("heir")
    async with world.at_work(heir):
        await heir.look()
        world.clock.now += jump
        elapsed.now += LEASE_S - 0.1
        await heir.look()
        assert world.telegram.got == []
        elapsed.now += 0.1
        await heir.until(world.is_finished)
    world.assert_once()


async def test_a_living_lease_is_never_taken_over(world: DeliveryWorld, elapsed: Elapsed) -> None:
    """Other workers see each renewal, however long the worker needs."""
    await world.open(10)
    async with world.database.transaction() as session:
        lease = await leases.claim(session, worker="alive")
    assert lease is not None
    other = world.worker("other")
    async with world.at_work(other):
        for _ in range(8):
            await other.look()
            elapsed.now += RENEW_S
            renewed = await at_once(world.database, lambda session: leases.renew(session, lease), 1)
            assert renewed == [True]
        await other.look()
    assert world.telegram.got == []

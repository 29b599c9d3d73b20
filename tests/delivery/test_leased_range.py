"""How long a worker may act on a Range that it has leased."""

import asyncio

from bot.clock import elapsed_clock
from bot.delivery.leased_range import LEASE_S, RENEW_S, SAFE_S, LeasedRange, LeaseWatch
from storage.broadcasts.audience import Audience
from storage.deliveries.leases import Lease, ObservedLease
from tests.factories import Elapsed


def leased(renewed_at: float) -> LeasedRange:
    return LeasedRange(Lease(1, 1, 1, 500, 1, Audience()), renewed_at=renewed_at)


def test_a_range_is_safe_until_well_before_its_lease_ends(elapsed: Elapsed) -> None:
    """A worker survives two missed renewals, and stops before another one may begin."""
    assert 2 * RENEW_S < SAFE_S < LEASE_S
    range_ = leased(elapsed.now)
    elapsed.now += SAFE_S
    assert range_.is_safe()
    elapsed.now += 0.001
    assert not range_.is_safe()


def test_a_lost_range_stays_lost(elapsed: Elapsed) -> None:
    """A late renewal does not bring it back: another worker may have it already."""
    range_ = leased(elapsed.now)
    elapsed.now += LEASE_S
    assert not range_.is_safe()
    range_.renewed_at = elapsed.now
    assert not range_.is_safe()
    assert range_.lost


def test_a_renewal_in_time_makes_it_safe_for_longer(elapsed: Elapsed) -> None:
    """After a renewal the time counts afresh."""
    range_ = leased(elapsed.now)
    elapsed.now += SAFE_S - 0.1
    range_.renewed_at = elapsed.now
    elapsed.now += SAFE_S - 0.1
    assert range_.is_safe()


def test_a_lease_is_dead_after_it_was_unchanged_for_long_enough(elapsed: Elapsed) -> None:
    """The time counts from when the watch first saw it so; a renewal starts it afresh."""
    watch = LeaseWatch()
    still, renewed = ObservedLease(1, 1, 0), ObservedLease(2, 1, 0)
    watch.note([still, renewed])
    elapsed.now += LEASE_S - 0.1
    watch.note([still, renewed._replace(renewals=1)])
    assert watch.dead() == []
    elapsed.now += 0.1
    assert watch.dead() == [still]
    watch.note([renewed._replace(renewals=1)])
    elapsed.now += LEASE_S - 0.2
    assert watch.dead() == []


def test_a_frozen_watch_finds_no_lease_dead_that_was_renewed_meanwhile(elapsed: Elapsed) -> None:
    """What it saw long ago says nothing about a changed or a new lease."""
    watch = LeaseWatch()
    watch.note([ObservedLease(1, 1, 0)])
    elapsed.now += 10 * LEASE_S
    watch.note([ObservedLease(1, 1, 25), ObservedLease(2, 4, 0)])
    assert watch.dead() == []


def test_a_lease_is_dead_only_after_its_worker_has_stopped(elapsed: Elapsed) -> None:
    """When a watch finds a lease dead, its worker sends no more."""
    mine, watch = leased(elapsed.now), LeaseWatch()
    watch.note([ObservedLease(1, 1, 0)])
    while not watch.dead():
        elapsed.now += 0.1
    assert not mine.is_safe()


def test_the_elapsed_clock_goes_on() -> None:
    """The clock of leases never goes back."""
    first = elapsed_clock()
    assert 0 <= elapsed_clock() - first < SAFE_S


async def test_a_range_is_drained_once_every_send_is_settled() -> None:
    """`drained` returns at once without pending receipts, otherwise after the last one is written."""
    range_ = leased(0)
    await range_.drained()
    for _ in range(3):
        range_.opened()
    waiting = asyncio.create_task(range_.drained())
    range_.closed(2)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    range_.opened()
    range_.closed()
    range_.closed()
    await waiting
    assert range_.unsettled == 0

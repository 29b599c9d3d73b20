"""How long a worker may act on a Range that it holds."""

import asyncio

from bot.clock import elapsed_clock
from bot.delivery.leased_range import LEASE_S, RENEW_S, SAFE_S, LeasedRange, LeaseWatch
from storage.broadcasts.audience import Audience
from storage.deliveries.deliveries import Lease, ObservedLease
from tests.factories import Elapsed


def held(renewed_at: float) -> LeasedRange:
    return LeasedRange(Lease(1, 1, 1, 500, 1, Audience()), renewed_at=renewed_at)


def test_a_range_is_safe_until_well_before_its_lease_ends(elapsed: Elapsed) -> None:
    """A missed renewal or two are survived; what is past `SAFE_S` is lost before another may begin."""
    assert 2 * RENEW_S < SAFE_S < LEASE_S
    holding_ = held(elapsed.now)
    elapsed.now += SAFE_S
    assert holding_.is_safe()
    elapsed.now += 0.001
    assert not holding_.is_safe()


def test_what_is_lost_stays_lost(elapsed: Elapsed) -> None:
    """A late renewal does not bring it back: somebody else may hold it already."""
    holding_ = held(elapsed.now)
    elapsed.now += LEASE_S
    assert not holding_.is_safe()
    holding_.renewed_at = elapsed.now
    assert not holding_.is_safe()
    assert holding_.lost


def test_a_renewal_in_time_makes_it_safe_for_longer(elapsed: Elapsed) -> None:
    """The count begins anew."""
    holding_ = held(elapsed.now)
    elapsed.now += SAFE_S - 0.1
    holding_.renewed_at = elapsed.now
    elapsed.now += SAFE_S - 0.1
    assert holding_.is_safe()


def test_a_lease_is_dead_once_it_stood_still_for_long_enough(elapsed: Elapsed) -> None:
    """Counted from when it was first seen so, however seldom anybody looks; a renewal begins a new count."""
    lookout = LeaseWatch()
    still, renewed = ObservedLease(1, 1, 0), ObservedLease(2, 1, 0)
    lookout.note([still, renewed])
    elapsed.now += LEASE_S - 0.1
    lookout.note([still, renewed._replace(renewals=1)])
    assert lookout.dead() == []
    elapsed.now += 0.1
    assert lookout.dead() == [still]
    lookout.note([renewed._replace(renewals=1)])
    elapsed.now += LEASE_S - 0.2
    assert lookout.dead() == []


def test_a_lookout_that_was_frozen_takes_no_lease_that_was_renewed_meanwhile(elapsed: Elapsed) -> None:
    """What it saw long ago says nothing about a lease that has changed, nor about one it sees first."""
    lookout = LeaseWatch()
    lookout.note([ObservedLease(1, 1, 0)])
    elapsed.now += 10 * LEASE_S
    lookout.note([ObservedLease(1, 1, 25), ObservedLease(2, 4, 0)])
    assert lookout.dead() == []


def test_a_lease_is_taken_over_only_after_its_holder_has_stopped(elapsed: Elapsed) -> None:
    """Whoever renewed at some moment acts no more when the first to see that may take over."""
    mine, lookout = held(elapsed.now), LeaseWatch()
    lookout.note([ObservedLease(1, 1, 0)])
    while not lookout.dead():
        elapsed.now += 0.1
    assert not mine.is_safe()


def test_time_goes_on_while_nobody_looks() -> None:
    """The clock is one that never goes back."""
    first = elapsed_clock()
    assert 0 <= elapsed_clock() - first < SAFE_S


async def test_a_range_is_drained_once_every_send_is_settled() -> None:
    """Nobody waits where nothing is open; else until the last one is closed, and no sooner."""
    holding_ = held(0)
    await holding_.drained()
    for _ in range(3):
        holding_.opened()
    waiting = asyncio.create_task(holding_.drained())
    holding_.closed(2)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    holding_.opened()
    holding_.closed()
    holding_.closed()
    await waiting
    assert holding_.unsettled == 0

"""How long a worker may act on a Range that it holds."""

import asyncio

import pytest

from bot.delivery import holding
from bot.delivery.holding import LEASE_S, RENEW_S, SAFE_S, Holding
from storage.broadcasts import Audience
from storage.deliveries import Lease


class Watch:
    """Stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    made = Watch()
    monkeypatch.setattr(holding, "elapsed_clock", made)
    return made


def held(renewed_at: float) -> Holding:
    return Holding(Lease(1, 1, 1, 500, 1, Audience()), renewed_at=renewed_at)


def test_a_range_is_safe_until_well_before_its_lease_ends(watch: Watch) -> None:
    """A missed renewal or two are survived; what is past `SAFE_S` is lost before another may begin."""
    assert 2 * RENEW_S < SAFE_S < LEASE_S
    holding_ = held(watch.now)
    watch.now += SAFE_S
    assert holding_.is_safe()
    watch.now += 0.001
    assert not holding_.is_safe()


def test_what_is_lost_stays_lost(watch: Watch) -> None:
    """A late renewal does not bring it back: somebody else may hold it already."""
    holding_ = held(watch.now)
    watch.now += LEASE_S
    assert not holding_.is_safe()
    holding_.renewed_at = watch.now
    assert not holding_.is_safe()
    assert holding_.lost


def test_a_renewal_in_time_makes_it_safe_for_longer(watch: Watch) -> None:
    """The count begins anew."""
    holding_ = held(watch.now)
    watch.now += SAFE_S - 0.1
    holding_.renewed_at = watch.now
    watch.now += SAFE_S - 0.1
    assert holding_.is_safe()


def test_time_goes_on_while_nobody_looks() -> None:
    """The clock is one that never goes back."""
    first = holding.elapsed_clock()
    assert 0 <= holding.elapsed_clock() - first < SAFE_S


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

"""Speed: what the last half minute says, and nothing that it does not."""

from datetime import timedelta

from bot.delivery.throughput import Throughput
from tests.factories import NOON


def after(seconds: float, settled: int, speed: Throughput) -> None:
    speed.note(NOON + timedelta(seconds=seconds), settled)


def test_nothing_is_told_before_it_is_known() -> None:
    """Neither of one look, nor of two at nearly the same moment."""
    speed = Throughput()
    assert (speed.rate, speed.left(5)) == (None, None)
    after(0, 10, speed)
    after(1, 50, speed)
    assert (speed.rate, speed.left(5)) == (None, None)


def test_the_last_half_minute_counts() -> None:
    """An hour at 30/s does not hide that it is 10/s now."""
    speed = Throughput()
    for second in range(0, 3600, 3):
        after(second, second * 30, speed)
    assert speed.rate == 30
    for second in range(0, 33, 3):
        after(3600 + second, 3600 * 30 + second * 10, speed)
    assert speed.rate == 10
    assert speed.left(100) == timedelta(seconds=10)


def test_a_standstill_promises_nothing() -> None:
    """Nothing was settled for half a minute: there is no time left to tell."""
    speed = Throughput()
    after(0, 0, speed)
    after(5, 100, speed)
    after(40, 100, speed)
    after(45, 100, speed)
    assert (speed.rate, speed.left(5)) == (None, None)


def test_failures_that_are_tried_again_are_no_way_back() -> None:
    """The sum went down: what was seen before says nothing any more."""
    speed = Throughput()
    after(0, 100, speed)
    after(10, 200, speed)
    after(20, 150, speed)
    assert speed.rate is None
    after(30, 170, speed)
    assert speed.rate == 2

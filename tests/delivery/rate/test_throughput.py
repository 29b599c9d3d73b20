"""The rate of a Broadcast is that of the last half minute, and no rate is shown without evidence."""

from datetime import timedelta

from bot.delivery.rate.throughput import Throughput
from tests.factories import NOON


def after(seconds: float, settled: int, throughput: Throughput) -> None:
    """Note how many receipts there were after so many seconds."""
    throughput.note(NOON + timedelta(seconds=seconds), settled)


def test_there_is_no_rate_before_two_distant_notes() -> None:
    """One note, or two at nearly the same time, give no rate."""
    throughput = Throughput()
    assert (throughput.rate, throughput.left(5)) == (None, None)
    after(0, 10, throughput)
    after(1, 50, throughput)
    assert (throughput.rate, throughput.left(5)) == (None, None)


def test_the_last_half_minute_counts() -> None:
    """An hour at 30/s does not hide that the rate is 10/s now."""
    throughput = Throughput()
    for second in range(0, 3600, 3):
        after(second, second * 30, throughput)
    assert throughput.rate == 30
    for second in range(0, 33, 3):
        after(3600 + second, 3600 * 30 + second * 10, throughput)
    assert throughput.rate == 10
    assert throughput.left(100) == timedelta(seconds=10)


def test_a_standstill_has_no_rate() -> None:
    """After half a minute without receipts there is no remaining time."""
    throughput = Throughput()
    after(0, 0, throughput)
    after(5, 100, throughput)
    after(40, 100, throughput)
    after(45, 100, throughput)
    assert (throughput.rate, throughput.left(5)) == (None, None)


def test_retried_failures_start_the_rate_afresh() -> None:
    """When the number of receipts falls, earlier notes are dropped."""
    throughput = Throughput()
    after(0, 100, throughput)
    after(10, 200, throughput)
    after(20, 150, throughput)
    assert throughput.rate is None
    after(30, 170, throughput)
    assert throughput.rate == 2

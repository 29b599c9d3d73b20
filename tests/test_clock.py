"""Clocks: durations use elapsed seconds, which only grow."""

from datetime import timedelta

import pytest

from bot import clock as module
from bot.clock import MovedClock, steady_clock, steady_now, utc_now
from tests.factories import Elapsed, MovableClock


def test_rhythms_use_no_clock_that_can_be_set() -> None:
    """Neither the time of day nor the sandbox's; the clock of a test stays as it is."""
    assert steady_clock(utc_now) is steady_now
    assert steady_clock(MovedClock()) is steady_now
    of_a_test = MovableClock()
    assert steady_clock(of_a_test) is of_a_test


def test_the_steady_time_grows_with_the_elapsed_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its day means nothing."""
    elapsed = Elapsed()
    monkeypatch.setattr(module, "elapsed_clock", elapsed)
    first = steady_now()
    elapsed.now += 90
    assert steady_now() - first == timedelta(seconds=90)

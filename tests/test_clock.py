"""Where the time is taken from: what lasts goes by seconds that only go on."""

from datetime import timedelta

import pytest

from bot import clock as module
from bot.clock import MovedClock, steady_clock, steady_now, utc_now
from tests.factories import Elapsed, MovableClock


def test_rhythms_go_by_no_clock_that_can_be_set() -> None:
    """Neither by the time of day nor by what the sandbox moves; a test's clock stays the test's."""
    assert steady_clock(utc_now) is steady_now
    assert steady_clock(MovedClock()) is steady_now
    of_a_test = MovableClock()
    assert steady_clock(of_a_test) is of_a_test


def test_the_steady_time_goes_on_as_seconds_elapse(monkeypatch: pytest.MonkeyPatch) -> None:
    """By so many, whatever day it is."""
    elapsed = Elapsed()
    monkeypatch.setattr(module, "elapsed_clock", elapsed)
    first = steady_now()
    elapsed.now += 90
    assert steady_now() - first == timedelta(seconds=90)

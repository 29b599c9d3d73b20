"""The plan of the soak moves the clock to every instant at which somebody is due."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.load.soak import plan
from tests.load.soak.expectations import first_awake, is_awake, next_digest
from tests.load.soak.readers import crowd

WEEK = [date(2027, 3, 25) + timedelta(days=number) for number in range(7)]
READERS = crowd(200, seed=3)


@pytest.fixture(scope="module")
def instants() -> set[datetime]:
    return {moment.at for number, day in enumerate(WEEK) for moment in plan.moments(READERS, day, number)}


def test_every_digest_has_a_moment(instants: set[datetime]) -> None:
    """A reader of digests gets each one of the week, also after the clocks were put forward."""
    start, end = datetime(2027, 3, 25, 2, tzinfo=UTC), datetime(2027, 4, 1, tzinfo=UTC)
    for reader in READERS:
        if reader.rhythm == "at_once":
            continue
        due = next_digest(reader, start)
        while due < end:
            assert due.astimezone(UTC) in instants
            assert is_awake(reader, due)
            due = next_digest(reader, due)


def test_every_night_ends_at_a_moment(instants: set[datetime]) -> None:
    """A reader who sleeps when a story is published gets it at a moment of the plan."""
    for day in WEEK[:5]:
        for hour, minute in plan.PUBLISHING:
            at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
            for reader in READERS:
                due = first_awake(reader, at)
                assert due == at or due.astimezone(UTC) in instants


def test_only_a_database_that_can_suffer_it_does(instants: set[datetime]) -> None:
    """A full disk and a restart of the database befall those that have a disk or a server of their own."""
    assert instants

    def accidents(*possible: str) -> set[str | None]:
        return {
            moment.accident
            for number, day in enumerate(WEEK)
            for moment in plan.moments(READERS, day, number, frozenset(possible))
        } - {None}

    usual = {"kill", "flood", "outage", "lost answers"}
    assert accidents() == usual
    assert accidents("full disk") == usual | {"full disk"}
    assert accidents("database restart") == usual | {"database restart"}

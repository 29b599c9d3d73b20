"""Pacing keeps its promises over weeks of one reader: changed Preferences, days off, a clock set back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.subscribers.pacing import (
    LONGEST_HOLD,
    PacingPreferences,
    day_off_end,
    hold,
    next_allowed_time,
    next_due_at,
)
from tests.subscribers.pacing_cases import ZONES, is_quiet, is_rest, long_enough, many, moments, preferences

pytestmark = long_enough
WHAT_HAPPENS = ("story", "story", "urgent", "wait", "change", "off", "back", "clock")


@dataclass
class ReaderModel:
    """A model of how worker and scheduler treat one reader (bot/delivery/selection.py, bot/digests)."""

    wanted: PacingPreferences
    now: datetime
    away_until: datetime | None = None
    due_at: datetime | None = None
    held: dict[int, datetime] = field(default_factory=dict)  # since when, by story
    shown: list[int] = field(default_factory=list)
    sent_at: list[tuple[datetime, bool]] = field(default_factory=list)  # and whether as urgent
    longest: timedelta = timedelta(0)

    def story(self, number: int, *, urgent: bool) -> None:
        until = hold(self.wanted, self.now, away_until=self.away_until, urgent=urgent)
        if until is None:
            self._send([number], urgent=urgent and self.wanted.allows_urgent)
            return
        self.held[number] = self.now
        self.due_at = until if self.due_at is None else min(until, self.due_at)

    def move_to(self, moment: datetime) -> None:
        """Let time pass; gather what becomes due on the way, at the instant at which it is due."""
        while self.due_at is not None and max(self.due_at, self.now) <= moment:
            self.now = max(self.due_at, self.now)
            self._gather()
        self.now = moment

    def _gather(self) -> None:
        away = self.away_until is not None and self.away_until > self.now
        allowed = next_allowed_time(self.wanted, self.away_until if away and self.away_until else self.now)
        if allowed > self.now:
            self.due_at = allowed
            return
        self._send(list(self.held), urgent=False)
        self.held, self.due_at, self.away_until = {}, None, None

    def change(self, wanted: PacingPreferences) -> None:
        """Change the Preferences as bot.subscribers.preferences does: what is held follows at once."""
        self.wanted = wanted
        if self.due_at is not None:
            over = self.away_until is not None and self.away_until <= self.now
            self.due_at = (
                next_allowed_time(wanted, self.now)
                if over
                else next_due_at(wanted, self.now, away_until=self.away_until)
            )

    def day_off(self, days: int) -> None:
        self.away_until = day_off_end(self.wanted.zone, self.now, days)
        self.due_at = next_allowed_time(self.wanted, self.away_until)

    def come_back(self) -> None:
        if self.away_until is not None and self.away_until > self.now:
            self.away_until = self.now
            self.due_at = next_allowed_time(self.wanted, self.now)

    def _send(self, stories: Sequence[int], *, urgent: bool) -> None:
        assert self.away_until is None or self.away_until <= self.now
        assert not is_rest(self.wanted, self.now)
        assert urgent or not is_quiet(self.wanted, self.now)
        self.shown += stories
        for since in (self.held[one] for one in stories if one in self.held):
            self.longest = max(self.longest, self.now - since)


@many
@given(st.data(), preferences())
def test_every_story_comes_once_and_in_time(data: st.DataObject, wanted: PacingPreferences) -> None:
    """Whatever happens, each story comes once, in no quiet hours, and not too late."""
    reader = ReaderModel(wanted, data.draw(moments(wanted.zone)))
    stories = days_off = changes = 0
    for _ in range(data.draw(st.integers(1, 25))):
        what = data.draw(st.sampled_from(WHAT_HAPPENS))
        if what in {"story", "urgent"}:
            reader.story(stories, urgent=what == "urgent")
            stories += 1
        elif what == "wait":
            reader.move_to(reader.now + timedelta(minutes=data.draw(st.integers(1, 4 * 24 * 60))))
        elif what == "change":
            reader.change(replace(data.draw(preferences()), zone=ZoneInfo(data.draw(ZONES))))
            changes += 1
        elif what == "off":
            length = data.draw(st.integers(1, 30))
            reader.day_off(length)
            days_off += length + 1
        elif what == "back":
            reader.come_back()
        else:
            reader.now -= timedelta(hours=data.draw(st.integers(1, 12)))  # the machine's clock was set back
    reader.move_to(reader.now + timedelta(days=31) + 2 * LONGEST_HOLD)
    assert sorted(reader.shown) == list(range(stories))
    assert (reader.held, reader.due_at) == ({}, None)
    assert reader.longest <= timedelta(days=days_off) + LONGEST_HOLD * (1 + changes) + timedelta(days=13)

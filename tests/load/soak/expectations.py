"""What each reader should get, and when, by what they chose and did. Written from the promises alone.

Nothing of the product is imported here: the oracle must not repeat its mistakes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.load.soak.diary import Deed, Diary, Kind, Push, Withdrawal
from tests.load.soak.readers import Reader
from tests.load.soak.stories import Tale

_DAY = timedelta(days=1)
_FORTNIGHT = 15


@dataclass(frozen=True, slots=True)
class Expected:
    """A story is to come to a chat from `due` on, as soon as the product is through with what it has to do.

    Those with the same `together` come in one message; None: it comes alone. `optional`: it may be missing,
    since the reader said /stop while it was being sent.
    """

    chat: int
    story: int
    due: datetime
    together: int | None
    is_return: bool = False
    optional: bool = False


def is_awake(reader: Reader, at: datetime) -> bool:
    """Return whether a message may come then: not in quiet hours or on a day of rest, in the local zone."""
    local = at.astimezone(ZoneInfo(reader.zone))
    if local.weekday() in reader.rest_days:
        return False
    if reader.night is None:
        return True
    start, end = reader.night
    is_night = start <= local.hour < end if start < end else local.hour >= start or local.hour < end
    return not is_night


def first_awake(reader: Reader, at: datetime) -> datetime:
    """Return the first instant from `at` on at which a message may come."""
    if is_awake(reader, at):
        return at
    return next(hour for hour in _full_hours(reader, at) if hour > at and is_awake(reader, hour))


def next_digest(reader: Reader, at: datetime) -> datetime:
    """Return the first digest after `at`: at the reader's hour, each day or on their weekday."""
    zone = ZoneInfo(reader.zone)
    today = at.astimezone(zone).date()
    for offset in range(_FORTNIGHT):
        day = today + offset * _DAY
        moment = datetime.combine(day, time(reader.hour), zone)
        if moment > at and (reader.rhythm == "daily" or day.weekday() == reader.weekday):
            return first_awake(reader, moment)
    raise ValueError("no digest within a fortnight")


def _full_hours(reader: Reader, at: datetime) -> Iterator[datetime]:
    zone = ZoneInfo(reader.zone)
    day: date = at.astimezone(zone).date()
    for offset in range(_FORTNIGHT):
        for hour in range(24):
            yield datetime.combine(day + offset * _DAY, time(hour), zone)


def concerns(reader: Reader, tale: Tale) -> bool:
    """Return whether the reader wants this story, by its topic and its language."""
    return (not reader.topics or tale.topic in reader.topics) and (
        not reader.languages or tale.language in reader.languages
    )


def expected(diary: Diary) -> list[Expected]:
    """Return all that was to come, to everybody, until the end of the diary."""
    deeds: dict[int, list[Deed]] = {}
    for deed in diary.deeds:
        deeds.setdefault(deed.chat, []).append(deed)
    end = max(diary.calm)
    found: list[Expected] = []
    for reader in diary.readers:
        life = _Life(reader, diary, deeds.get(reader.chat, []))
        found += life.until(end)
    return found


@dataclass(slots=True)
class _Life:
    """One reader's week."""

    reader: Reader
    diary: Diary
    deeds: list[Deed]
    state: str = "here"
    away_until: datetime | None = None
    held: set[int] = field(default_factory=set)
    due: datetime | None = None
    is_return: bool = False
    has_missed: bool = False
    groups: int = 0
    found: list[Expected] = field(default_factory=list)

    def until(self, end: datetime) -> list[Expected]:
        """Return what was to come until then."""
        events: list[Push | Withdrawal | Deed] = [*self.diary.pushes, *self.diary.withdrawals, *self.deeds]
        for event in sorted(events, key=lambda one: one.began):
            self._gather(event.began)
            match event:
                case Push():
                    self._push(event)
                case Withdrawal():
                    self.held.discard(event.story)
                    self.found = [one for one in self.found if one.story != event.story]
                case Deed():
                    self._do(event)
        self._gather(end)
        return self.found

    def _gather(self, now: datetime) -> None:
        """What is held comes in one message, once it is due."""
        if self.due is None or self.due > now or self.state != "here":
            return
        self.groups += 1
        chat = self.reader.chat
        self.found += [
            Expected(chat, story, self.due, self.groups, self.is_return) for story in sorted(self.held)
        ]
        self.held, self.due, self.is_return = set(), None, False

    def _push(self, push: Push) -> None:
        reader, now = self.reader, push.began
        if self.state == "stopped" or not concerns(reader, self.diary.tales[push.story]):
            return
        is_away = self.away_until is not None and self.away_until > now
        if self.state == "here" and not is_away and reader.rhythm == "at_once" and is_awake(reader, now):
            self.found.append(Expected(reader.chat, push.story, now, None))
            return
        self.held.add(push.story)
        self.has_missed |= self.state == "blocked"
        if self.state == "here":
            due = self._next(now)
            self.due = due if self.due is None else min(self.due, due)

    def _next(self, now: datetime) -> datetime:
        if self.away_until is not None and self.away_until > now:
            return first_awake(self.reader, self.away_until)
        if self.reader.rhythm == "at_once":
            return first_awake(self.reader, now)
        return next_digest(self.reader, now)

    def _do(self, deed: Deed) -> None:
        """Who leaves has left once the bot has answered; who comes back may get a message at once."""
        now = deed.began if deed.kind in {Kind.BACK, Kind.RETURN} else deed.ended
        match deed.kind:
            case Kind.AWAY:
                self.away_until, self.is_return = deed.until, True
                self.due = (
                    self._next(now)
                    if self.held or deed.until is None
                    else first_awake(self.reader, deed.until)
                )
            case Kind.BACK if self.away_until is not None and self.away_until > now:
                self.away_until = None
                self.due = first_awake(self.reader, now)
            case Kind.STOP:
                self._excuse(deed)
                self.state, self.held, self.due, self.away_until = "stopped", set(), None, None
            case Kind.BLOCK:
                self.state, self.has_missed = "blocked", False
            case Kind.START:
                self.state = "here"
            case Kind.RETURN:
                self.state = "here"
                back = max(now, self.away_until or now)  # a day off goes on
                if self.has_missed:
                    self.due, self.is_return = back, True
                if self.due is not None:  # what was held before waits for its hour, if that is still to come
                    self.due = first_awake(self.reader, max(self.due, back))
            case Kind.BACK:
                pass

    def _excuse(self, deed: Deed) -> None:
        """What was being sent when the reader said /stop came before it, or not at all."""
        under_way = {one.story for one in self.diary.pushes if one.began <= deed.began <= one.ended}
        self.found = [replace(one, optional=True) if one.story in under_way else one for one in self.found]

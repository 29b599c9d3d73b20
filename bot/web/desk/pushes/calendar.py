"""The calendar: a week by hours or a month by days, with the pushes that were sent or are scheduled."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from aiohttp import web
from babel.dates import format_skeleton

from bot.broadcasts.preparation.timeline import clashes
from bot.editors.roles import Right
from bot.i18n import capital
from bot.rendering.words.broadcasts import title_of
from bot.web.desk.pushes.words import state_of
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.models import Broadcast
from storage.words import BroadcastState

_WEEK = 7
_HOURS = range(24)
_MONTH_ROWS = 6
_FIRST, _LAST = date(2020, 1, 1), date(2100, 1, 1)  # days that one may ask for


@dataclass(frozen=True, slots=True)
class Entry:
    """A push in the calendar. `begins`: in the editor's zone. `clashes`: another begins within an hour."""

    broadcast: Broadcast
    title: str
    state: str
    begins: datetime
    clashes: bool
    movable: bool


async def show(visit: Visit) -> web.Response:
    """Show the week or the month of the day in the address, else of today."""
    today = visit.services.clock().astimezone(visit.zone).date()
    day = _day(visit.asked("day"), today)
    if visit.asked("view") == "month":
        return await _month(visit, day, today)
    return await _week(visit, day, today)


async def _week(visit: Visit, day: date, today: date) -> web.Response:
    monday = day - timedelta(days=day.weekday())
    days = [monday + timedelta(days=number) for number in range(_WEEK)]
    entries = await _entries(visit, days[0], days[-1])
    cells: Mapping[tuple[date, int], list[Entry]] = defaultdict(list)
    for one in entries:
        cells[one.begins.date(), one.begins.hour].append(one)
    counts = await visit.services.census.counts()
    return visit.render(
        "pushes/week.html",
        days=days,
        hours=_HOURS,
        cells=cells,
        entries=entries,
        counts=counts,
        digests=counts.digests,
        quiet={hour for hour in _HOURS if counts.is_quiet(hour)},
        earlier=monday - timedelta(days=_WEEK),
        later=monday + timedelta(days=_WEEK),
        today=today,
        day=day,
        name=lambda one: _named(visit, one, "MMMEd"),
    )


async def _month(visit: Visit, day: date, today: date) -> web.Response:
    first = day.replace(day=1)
    monday = first - timedelta(days=first.weekday())
    weeks = [
        [monday + timedelta(days=row * _WEEK + number) for number in range(_WEEK)]
        for row in range(_MONTH_ROWS)
    ]
    weeks = [week for week in weeks if week[0].month == first.month or week[-1].month == first.month]
    cells: Mapping[date, list[Entry]] = defaultdict(list)
    for one in await _entries(visit, weeks[0][0], weeks[-1][-1]):
        cells[one.begins.date()].append(one)
    return visit.render(
        "pushes/month.html",
        weeks=weeks,
        cells=cells,
        month=first.month,
        label=capital(_named(visit, first, "yMMMM")),
        weekdays=[capital(visit.texts.weekday(number)) for number in range(_WEEK)],
        earlier=(first - timedelta(days=1)).replace(day=1),
        later=(first + timedelta(days=32)).replace(day=1),
        today=today,
        day=day,
        name=lambda one: _named(visit, one, "MMMEd"),
    )


async def _entries(visit: Visit, first: date, last: date) -> Sequence[Entry]:
    """Return the pushes that begin from the first day up to the end of the last one, the earliest first."""
    begin = datetime.combine(first, time(), visit.zone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), visit.zone).astimezone(UTC)
    found = await visit.services.results.between(begin, end)
    clashing = clashes(found)
    may_move = visit.may(Right.PUBLISH)
    return [
        Entry(
            one,
            title_of(one, visit.texts),
            state_of(one, visit.texts),
            begins.astimezone(visit.zone),
            one.id in clashing,
            may_move and one.state is BroadcastState.SCHEDULED,
        )
        for one in found
        if (begins := one.started_at or one.start_at) is not None
    ]


def _day(written: str, today: date) -> date:
    try:
        return min(max(date.fromisoformat(written), _FIRST), _LAST)
    except ValueError:
        return today


def _named(visit: Visit, day: date, skeleton: str) -> str:
    return format_skeleton(skeleton, datetime.combine(day, time()), locale=visit.texts.language)


ROUTES = (Route("GET", "/calendar", show),)

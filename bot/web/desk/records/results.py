"""Results: when messages go out, which pushes made readers leave, and how often help links were opened."""

from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from bot.web.desk.plots import Plot
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit

_DAYS = 30  # of help taps
_APPEALS = 5  # lines in one plot
_LISTED = 20  # appeals with most taps


async def show(visit: Visit) -> web.Response:
    """Show the plots, each with a table of the same numbers."""
    services, texts = visit.services, visit.texts
    hourly = await services.results.by_hour()
    leaving = await services.results.leaving()
    most = await services.clicks.most(_DAYS, limit=_LISTED)
    drawn = {number: organisation for number, organisation, _ in most[:_APPEALS]}
    clicks = await services.clicks.by_day(drawn, _DAYS)
    days = [services.clock().date() - timedelta(days=number) for number in range(_DAYS - 1, -1, -1)]
    return visit.render(
        "results.html",
        hourly=Plot(
            [hour.timestamp() for hour in hourly],
            [(texts.say("Messages"), [round(number) for number in hourly.values()])],
            are_bars=True,
        ).values,
        busiest=sorted(
            ((hour, round(number)) for hour, number in hourly.items() if round(number)),
            key=lambda one: -one[1],
        )[:10],
        leaving=leaving[::-1],
        leavers=Plot(
            list(range(1, len(leaving) + 1)),
            [(texts.say("Of 1,000 readers, left"), [round(one.share * 1000, 2) for one in leaving])],
            is_time=False,
            are_bars=True,
        ).values,
        taps=Plot(
            [datetime.combine(day, time(), UTC).timestamp() for day in days],
            [(name, [clicks[one].get(day, 0) for day in days]) for one, name in drawn.items()],
        ).values,
        appeals=most,
        drawn=list(drawn.values()),
        by_day=[
            (texts.date(datetime.combine(day, time(), UTC), UTC), *(clicks[one].get(day, 0) for one in drawn))
            for day in reversed(days)
        ],
    )


ROUTES = (Route("GET", "/results", show),)

"""Readers: how many there are of each kind, and how that grew. The page names nobody."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import TypeVar

from aiohttp import web

from bot.rendering.words.readers import CHATS, RHYTHMS, STATES
from bot.web.desk.plots import Plot
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit

_HOURS = range(24)
K = TypeVar("K")


async def show(visit: Visit) -> web.Response:
    """Show the counts of readers."""
    counts, texts = await visit.services.census.counts(), visit.texts
    starts = [datetime.combine(one.day, time(), UTC) for one in counts.weeks]
    xs = [one.timestamp() for one in starts]
    return visit.render(
        "readers.html",
        counts=counts,
        states=_named(visit, STATES, counts.states),
        kinds=_named(visit, CHATS, counts.kinds),
        rhythms=_named(visit, RHYTHMS, counts.rhythms),
        languages=[(texts.language_name(code), number) for code, number in counts.languages.items()],
        hours=[(texts.hour(hour), counts.digests.get(hour, 0), counts.quiet.get(hour, 0)) for hour in _HOURS],
        weeks=list(zip(starts, counts.weeks, strict=True))[::-1],
        growth=Plot(xs, [(texts.say("Subscribers"), [one.members for one in counts.weeks])]).values,
        movement=Plot(
            xs,
            [
                (texts.say("Joined"), [one.joined for one in counts.weeks]),
                (texts.say("Left"), [one.left for one in counts.weeks]),
            ],
            are_bars=True,
        ).values,
    )


def _named(visit: Visit, names: Mapping[K, str], numbers: Mapping[K, int]) -> list[tuple[str, int]]:
    return [(visit.texts.say(words), numbers.get(key, 0)) for key, words in names.items()]


ROUTES = (Route("GET", "/readers", show),)

"""The live progress of a Broadcast: a stream of events for the page of one push."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from html import escape

import aiohttp_jinja2
from aiohttp import web

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.broadcasts.pilots.pilot_words import pilot_lines
from bot.web.desk.access.security import headers
from bot.web.desk.errors import NO_SESSION
from bot.web.desk.plots import Plot
from bot.web.desk.pushes.watches import WATCHES, Watch
from bot.web.desk.pushes.words import counts, state_of, why
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.words import BroadcastState

CHANGED, END = "changed", "end"
"""The names of events: the state is another one; nothing more comes."""

_WRITE_S = 10.0  # a browser that does not read for so long is gone


async def stream(visit: Visit) -> web.StreamResponse:
    """Send the progress at each change, until the Broadcast or the session ends."""
    number = visit.number("id")
    await visit.services.broadcasts.status(number)
    response = web.StreamResponse(headers=dict(headers(visit.request)) | {"X-Accel-Buffering": "no"})
    response.content_type = "text/event-stream"
    await response.prepare(visit.request)
    try:
        async with aclosing(_events(visit, number)) as events:
            async for message in events:
                async with asyncio.timeout(_WRITE_S):
                    await response.write(message.encode())
    except (ConnectionError, TimeoutError):
        return response  # the browser has left
    return response


async def _events(visit: Visit, number: int) -> AsyncGenerator[str]:
    """Yield the events for the browser. The session is asked at each beat: with it the stream ends.

    When the process stops, the stream breaks off: so the browser comes back to the next one. It names the
    state that its page shows, for that may change while nobody watches.
    """
    watches, clock = visit.request.app[WATCHES], asyncio.get_running_loop().time
    state = visit.choice("state", BroadcastState)
    checked = clock()
    async with aclosing(watches.follow(number)) as looks:
        async for watch in looks:
            if watch is None or clock() - checked >= watches.beat_s:
                checked = clock()
                if not await visit.services.sessions.is_open(visit.token):
                    yield event(f'<p role="alert" class="warning">{escape(visit.texts.say(NO_SESSION))}</p>')
                    break
            if watch is None or watch.status is None:
                yield ": beat\n\n"
                continue
            yield event(drawn(visit, watch))
            new = watch.status.broadcast.state
            if state not in {None, new}:
                yield event(new.value, name=CHANGED)
            state = new
    if not watches.is_closed:
        yield event(END, name=END)


def event(data: str, *, name: str = "") -> str:
    """Return an event as the stream has it: each line of its data on a line of its own."""
    lines = [f"event: {name}"] if name else []
    return "\n".join([*lines, *(f"data: {line}" for line in data.splitlines()), "", ""])


def drawn(visit: Visit, watch: Watch) -> str:
    """Return the progress as HTML."""
    context = {"visit": visit, "say": visit.texts.say, **progress_of(visit, watch)}
    return aiohttp_jinja2.render_string("pushes/progress.html", visit.request, context)


def watch_of(visit: Visit, status: BroadcastStatus) -> Watch:
    """Return what is known of a Broadcast now: its speed too, if somebody watches it already."""
    known = visit.request.app[WATCHES].watched(status.broadcast.id)
    return replace(known, status=status) if known else Watch(status=status)


def progress_of(visit: Visit, watch: Watch) -> dict[str, object]:
    """Return what the template of the progress shows."""
    status, texts = watch.status, visit.texts
    if status is None:
        raise LookupError("a broadcast that nobody has looked at")
    is_sending = status.broadcast.state is BroadcastState.RUNNING and status.outage_since is None
    rate = watch.speed.rate if is_sending else None
    left = watch.speed.left(status.waiting) if rate and status.waiting else None
    return {
        "state": state_of(status.broadcast, texts),
        "why": why(status.broadcast, texts),
        "pilot": pilot_lines(status.pilot, texts, visit.zone),
        "part": status.part_done,
        "counts": counts(status, texts),
        "rate": round(rate, 1) if rate else None,
        "average": round(status.average, 1) if is_sending and not rate and status.average else None,
        "speeds": _speeds(visit, watch),
        "left": texts.span(left) if left else "",
        "since": status.outage_since,
        "waiting": status.waiting,
    }


def _speeds(visit: Visit, watch: Watch) -> dict[str, object] | None:
    """Return the plot of the speed; None where there is nothing to draw yet."""
    if not watch.speeds:
        return None
    xs = [at.timestamp() for at, _ in watch.speeds]
    line = (visit.texts.say("Messages a second"), [rate for _, rate in watch.speeds])
    return Plot(xs, [line], zone=visit.zone.key).values


ROUTES = (Route("GET", "/pushes/{id}/live", stream),)

"""The progress bar of `comeback broadcast show ID --follow`."""

import asyncio
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.clock import utc_now
from bot.delivery.rate.throughput import Throughput
from bot.services import Services
from storage.words import ENDED, BroadcastState

_EVERY_S = 1.0


async def watch(services: Services, broadcast_id: int) -> BroadcastStatus:
    """Draw a Broadcast's progress on standard error once a second, and return its status when it ends."""
    throughput = Throughput()
    columns = (TextColumn("{task.fields[state]}"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bar:
        task = bar.add_task("", state="")
        while True:
            status = await services.broadcasts.status(broadcast_id)
            throughput.note(utc_now(), status.progress.done)
            _draw(bar, task, status, throughput)
            if status.broadcast.state in ENDED:
                return status
            await asyncio.sleep(_EVERY_S)


def _draw(bar: Progress, task: TaskID, status: BroadcastStatus, throughput: Throughput) -> None:
    progress = status.progress
    words = [f"{progress.sent:,} sent", f"{status.waiting:,} waiting"]
    words += [f"{progress.held:,} held"] if progress.held else []
    words += [f"{progress.blocked:,} blocked"] if progress.blocked else []
    words += [f"{progress.failed:,} failed"] if progress.failed else []
    state, pilot = status.broadcast.state.value, status.pilot
    if pilot is not None and pilot.is_open:
        state = f"{state}, pilot wave {pilot.phase}"  # the rest waits: no time that is left is known
    elif status.broadcast.state is BroadcastState.RUNNING:
        rate, left = throughput.rate, throughput.left(status.waiting)
        words += [f"{rate:,.0f}/s"] if rate else []
        words += [f"{clock(left)} left"] if left and status.waiting else []
    total = progress.done + status.waiting
    bar.update(
        task,
        description=", ".join(words),
        state=state,
        total=max(1, total),
        completed=progress.done if total else 1,
        refresh=True,
    )


def clock(span: timedelta) -> str:
    """Return a time span in hours, minutes and seconds: 1:02:03."""
    return str(timedelta(seconds=round(span.total_seconds())))

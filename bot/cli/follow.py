"""`comeback broadcast show ID --follow`: a progress bar until the Broadcast ends."""

import asyncio
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.clock import utc_now
from bot.delivery.throughput import Throughput
from bot.services import Services
from storage.words import ENDED, BroadcastState

_EVERY_S = 1.0


async def watch(services: Services, broadcast_id: int) -> BroadcastStatus:
    """Draw how far it is, once a second, on standard error; its status once it has ended."""
    speed = Throughput()
    columns = (TextColumn("{task.fields[state]}"), BarColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bar:
        task = bar.add_task("", state="")
        while True:
            status = await services.broadcasts.status(broadcast_id)
            speed.note(utc_now(), status.progress.done)
            _draw(bar, task, status, speed)
            if status.broadcast.state in ENDED:
                return status
            await asyncio.sleep(_EVERY_S)


def _draw(bar: Progress, task: TaskID, status: BroadcastStatus, speed: Throughput) -> None:
    progress = status.progress
    words = [f"{progress.sent:,} sent", f"{status.waiting:,} waiting"]
    words += [f"{progress.held:,} held"] if progress.held else []
    words += [f"{progress.blocked:,} blocked"] if progress.blocked else []
    words += [f"{progress.failed:,} failed"] if progress.failed else []
    if status.broadcast.state is BroadcastState.RUNNING:
        rate, left = speed.rate, speed.left(status.waiting)
        words += [f"{rate:,.0f}/s"] if rate else []
        words += [f"{clock(left)} left"] if left and status.waiting else []
    total = progress.done + status.waiting
    bar.update(
        task,
        description=", ".join(words),
        state=status.broadcast.state.value,
        total=max(1, total),
        completed=progress.done if total else 1,
        refresh=True,
    )


def clock(span: timedelta) -> str:
    """As a clock would show it: 1:02:03."""
    return str(timedelta(seconds=round(span.total_seconds())))

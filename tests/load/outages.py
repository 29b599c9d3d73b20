"""Outages of Telegram in the middle of a push, on the whole bot: the part `outages` of `make chaos`.

Each cell is a kind of outage, its length, a rate and a database. Its line tells who was missed, how many
messages came again, how many the window allows, and how long after the outage it took to the full rate.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from storage.words import BroadcastState
from tests.load import counted
from tests.load.counted import Bot, Telegram
from tests.load.counting import Away

Say = Callable[[str], None]

KINDS: Final = [*Away, "trickle"]
LENGTHS: Final = (5.0, 30.0, 300.0)
RATES: Final = (30.0, 300.0, 1000.0)
HEAD: Final = (
    "database\tkind\tseconds\trate\tpeople\tmissed\tfailed\trepeats\twindow\tfirst after\tfull rate after\tof"
)
_ANSWER_MS = 75.0
_BEFORE_S = 4.0
_AFTER_S = 14.0
_TRICKLED = 40_000
_PATIENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One outage; with `trickle` 1 % of 502 and 1 % of closed connections all the time instead."""

    kind: str
    seconds: float
    rate: float
    database: str

    @property
    def window(self) -> int:
        """What bot.runtime.sending allows."""
        return max(5, int(self.rate * 0.15))

    @property
    def people(self) -> int:
        return _TRICKLED if self.kind == "trickle" else int(self.rate * (_BEFORE_S + _AFTER_S))


def cells(
    kinds: Sequence[str], lengths: Sequence[float], rates: Sequence[float], databases: Sequence[str]
) -> list[Cell]:
    """The longest first, so that those beside one another end together."""
    outages = [Cell(*one) for one in product(set(kinds) - {"trickle"}, lengths, rates, databases)]
    if "trickle" in kinds:
        outages += [Cell("trickle", 0.0, max(rates), database) for database in databases]
    return sorted(outages, key=lambda cell: (-cell.seconds, cell.kind, cell.rate, cell.database))


def run(wanted: Sequence[Cell], beside: int, say: Say) -> None:
    """Run them, so many beside one another, and say a line of each as it ends."""
    say(HEAD)
    # In processes: neither Alembic nor the embedded PostgreSQL can be used by several threads.
    with ProcessPoolExecutor(beside, multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(_line, cell) for cell in wanted]):
            say(done.result())


def _line(cell: Cell) -> str:
    with tempfile.TemporaryDirectory(prefix="outage") as name:
        folder = Path(name)
        sqlite = nullcontext(f"sqlite:///{folder / 'outage.db'}")
        try:
            with sqlite if cell.database == "sqlite" else counted.postgres(folder / "pg") as url:
                told = _measure(cell, url, folder)
        except Exception as error:  # noqa: BLE001  # the other cells' figures are not lost for this one
            told = {"missed": f"{type(error).__name__}: {error}"}
        named = ("missed", "failed", "repeats")
        found = [str(told.get(one, "")) for one in named]
        rate = told.get("before")
        after = "\t".join(_seconds(told.get(name)) for name in ("first_after", "full_after"))
        of = "" if rate is None else f"{rate:.0f}/s"
        first = [cell.database, cell.kind, f"{cell.seconds:g}", f"{cell.rate:g}", str(cell.people)]
        return "\t".join([*first, *found, str(cell.window), after, of])


def _seconds(found: float | None) -> str:
    return "" if found is None else f"{found:.1f}"


def _measure(cell: Cell, url: str, folder: Path) -> dict[str, Any]:
    asyncio.run(counted.fill(url, cell.people))
    broadcast = asyncio.run(counted.push(url))
    trouble = {"errors": 0.01, "lost": 0.01} if cell.kind == "trickle" else {}
    with (
        Telegram(answer_ms=_ANSWER_MS, **trouble) as telegram,
        Bot(url, telegram, rate=cell.rate, log=folder / "bot.log"),
    ):
        recovery: dict[str, Any] = {}
        if cell.kind != "trickle":
            telegram.until(int(cell.rate * _BEFORE_S * 0.75), 120)
            telegram.go_away(cell.kind, cell.seconds)
            time.sleep(cell.seconds + 1)
        _until_finished(url, broadcast)
        if cell.kind != "trickle":
            recovery = telegram.recovery(cell.rate)
        counts = telegram.counts(cell.people)
    progress = asyncio.run(counted.status(url, broadcast)).progress
    repeats = counts["delivered"] - counts["reached"]
    return {"missed": len(counts["missed"]), "failed": progress.failed, "repeats": repeats} | recovery


def _until_finished(url: str, broadcast: int) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        state: BroadcastState = asyncio.run(counted.status(url, broadcast)).broadcast.state
        if state is BroadcastState.FINISHED:
            return
        time.sleep(2)
    raise TimeoutError("the broadcast does not finish")

"""Delivery, measured: ours whole (ledger, pace, replies and all) beside loops that only send.

`make bench-delivery` (ARGS="--only ledger --database sqlite --subscribers 10000"). Everything talks to the
counting Telegram on 127.0.0.1, which has a process of its own, as has each contender: CPU is that of the
client's process alone. On a shared machine trust the CPU and the ratios, not the messages a second.
The table goes to standard output, and with a plot to tests/load/results.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.clock import utc_now
from bot.runtime.build import open_services
from storage.database import Database
from tests.load import counted
from tests.load.contenders import CONTENDERS
from tests.load.counted import READER, Bot, Telegram
from tests.paths import REPOSITORY

RESULTS = Path(__file__).parent / "results"
THEIRS = REPOSITORY / ".venv-bench" / "bin" / "python"  # make bench-delivery sets it up
IN_FLIGHT = 75  # what is on the wire at 1,000/s where an answer takes 75 ms
SECONDS = 6.0
READERS = 40  # questions put to the bot while it sends
ASK_EVERY_S = 0.1
OLD_BROADCASTS = 5
PARTS = ("contenders", "saturated", "held", "growth", "ledger")

Row = dict[str, Any]


def contenders(seconds: float) -> Iterator[Row]:
    """The loops of others, as fast as they can."""
    if not THEIRS.exists():
        print("The contenders are left out: .venv-bench could not be made.", file=sys.stderr)
        return
    for answer_ms in (0.0, 75.0):
        for name in CONTENDERS:
            with Telegram(answer_ms=answer_ms) as telegram:
                script = str(Path(__file__).parent / "contenders.py")
                asked = [str(THEIRS), script, name, str(telegram.port), str(IN_FLIGHT), str(seconds)]
                done = subprocess.run(asked, capture_output=True, text=True, check=False)  # our own
            if done.returncode:
                print(f"{name} is left out: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
                continue
            told = json.loads(done.stdout)
            yield {
                "what": name,
                "answer_ms": answer_ms,
                "rate": told["messages"] / told["seconds"],
                "cpu_ms": told["cpu_s"] / told["messages"] * 1000,
                "memory_mib": told["memory_mib"],
            }


def ours(  # one run has many figures
    url: str,
    folder: Path,
    *,
    people: int,
    rate: float,
    answer_ms: float,
    seconds: float,
    unbound: bool = False,
) -> Row:
    """The whole bot, started as an operator starts it, in the middle of a Broadcast."""
    asyncio.run(counted.fill(url, people))
    program = ("tests.load.unbound",) if unbound else ("bot", "run")
    with (
        Telegram(answer_ms=answer_ms) as telegram,
        Bot(url, telegram, rate=rate, log=folder / "bot.log", program=program) as bot,
    ):
        telegram.ask("/help", READER)
        while telegram.counts()["unanswered"]:
            time.sleep(0.1)  # it runs, and nobody's first call is measured
        began = time.monotonic()
        asyncio.run(counted.push(url))
        asked = time.monotonic()
        first = telegram.until(1, 60)
        telegram.until(int(min(rate, people / 4)), 60)
        before, at, usage = telegram.requests(), time.monotonic(), bot.usage()
        answered = len(telegram.counts()["waits"])
        for number in range(READERS):
            if time.monotonic() > at + seconds:
                break
            telegram.ask("/help", READER + 1 + number)
            time.sleep(ASK_EVERY_S)
        time.sleep(max(0.0, at + seconds - time.monotonic()))
        sent, took, after = telegram.requests() - before, time.monotonic() - at, bot.usage()
        counts = telegram.counts()
    sent += len(counts["waits"]) - answered  # answers to readers take slots of the same rate
    waits = sorted(counts["waits"][1:])
    full = counts["seconds"][1:-1]
    return {
        "what": "ours, whole",
        "database": url.partition(":")[0].partition("+")[0],
        "subscribers": people,
        "answer_ms": answer_ms,
        "allowed": None if unbound else rate,
        "rate": sent / took,
        "cpu_ms": (after.cpu_s - usage.cpu_s) / sent * 1000,
        "memory_mib": after.memory_mib,
        "first_s": first,
        "push_s": asked - began,
        "busiest_second": counts["busiest_second"],
        "slowest_second": min(full) if full else None,
        "reader_p50_ms": counted.percentile_ms(waits, 0.5),
        "reader_p99_ms": counted.percentile_ms(waits, 0.99),
        "repeats": counts["repeats"],
    }


def ledger(url: str, *, people: int, deliveries: int, old: int) -> Row:
    """The ledger alone, with so many old Broadcasts to everybody in the table."""
    asyncio.run(counted.fill(url, people))
    if old:
        asyncio.run(_deliver_old(url, old))
    asyncio.run(counted.push(url))
    started = asyncio.run(_start(url))
    asked = [sys.executable, "-m", "tests.load.ledger", url, str(deliveries)]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=REPOSITORY)  # our own
    told = json.loads(done.stdout)
    return {
        "what": f"ledger alone, {old} old broadcasts",
        "database": url.partition(":")[0].partition("+")[0],
        "subscribers": people,
        "rate": told["deliveries"] / told["seconds"],
        "cpu_ms": told["cpu_s"] / told["deliveries"] * 1000,
        "start_s": started,
    }


async def _start(url: str) -> float:
    """How long the fan-out takes."""
    async with open_services(counted.settings(url)) as services:
        began = time.monotonic()
        assert await services.broadcasts.start_due()
        return time.monotonic() - began


async def _deliver_old(url: str, number: int) -> None:
    """Finished Broadcasts with a receipt for everybody."""
    for _ in range(number):
        broadcast_id = await counted.push(url)
        database = Database(url)
        async with database.transaction() as session:
            now = utc_now() if not database.is_sqlite else utc_now().isoformat(sep=" ")
            await session.execute(
                text("UPDATE broadcasts SET state = 'finished' WHERE id = :id"), {"id": broadcast_id}
            )
            await session.execute(
                text(
                    "INSERT INTO deliveries"
                    " (broadcast_id, subscriber_id, state, message_id, settled_at, appeal)"
                    " SELECT :id, id, 'sent', id, :now, false FROM subscribers"
                ),
                {"id": broadcast_id, "now": now},
            )
        await database.close()


@contextmanager
def fresh(kind: str) -> Iterator[tuple[str, Path]]:
    """A database of this kind, and a folder for the rest."""
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        if kind == "sqlite":
            yield f"sqlite:///{folder / 'bench.db'}", folder
        else:
            with counted.postgres(folder / "pg") as url:
                yield url, folder


def rows(only: list[str], databases: list[str], subscribers: list[int], seconds: float) -> Iterator[Row]:
    """All that was asked for, one after another."""
    if "contenders" in only:
        yield from contenders(seconds)
    for kind in databases:
        yield from _of_database(kind, only, subscribers, seconds)


def _of_database(kind: str, only: list[str], subscribers: list[int], seconds: float) -> Iterator[Row]:
    def run(**given: Any) -> Row:
        with fresh(kind) as (url, folder):
            return ours(url, folder, **given)

    if "saturated" in only:
        for answer_ms in (0.0, 75.0):
            yield run(people=60_000, rate=4000, answer_ms=answer_ms, seconds=seconds, unbound=True)
    if "held" in only:
        yield run(people=2_000, rate=30, answer_ms=75, seconds=max(20.0, seconds))
        yield run(people=60_000, rate=1000, answer_ms=75, seconds=max(20.0, seconds))
    if "growth" in only:
        for people in subscribers:
            yield run(people=people, rate=1000, answer_ms=75, seconds=min(seconds, people / 2000))
    if "ledger" in only:
        for old in (0, OLD_BROADCASTS):
            with fresh(kind) as (url, _):
                yield ledger(url, people=subscribers[-1], deliveries=50_000, old=old)


COLUMNS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "what": ("", str),
    "database": ("database", str),
    "subscribers": ("people", "{:,}".format),
    "answer_ms": ("answer ms", "{:.0f}".format),
    "allowed": ("allowed", "{:.0f}".format),
    "rate": ("per s", "{:.0f}".format),
    "cpu_ms": ("CPU-ms", "{:.3f}".format),
    "memory_mib": ("MiB", "{:.0f}".format),
    "first_s": ("first s", "{:.2f}".format),
    "start_s": ("fan-out s", "{:.2f}".format),
    "slowest_second": ("slowest", str),
    "busiest_second": ("busiest", str),
    "reader_p50_ms": ("reader p50", "{:.0f}".format),
    "reader_p99_ms": ("p99 ms", "{:.0f}".format),
    "repeats": ("repeats", str),
}


def line(row: Row | None) -> str:
    """A row of the table; None: its head."""
    cells = []
    for name, (head, form) in COLUMNS.items():
        cell = head if row is None else "" if row.get(name) is None else form(row[name])
        cells.append(cell.ljust(30) if name == "what" else cell.rjust(max(8, len(head)) + 1))
    return " ".join(cells).rstrip()


def plot(found: list[Row], path: Path) -> None:
    """CPU a message of each contender, and what it costs with how many subscribers."""
    import matplotlib as mpl  # noqa: PLC0415  # only where there is something to draw

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    compared = [row for row in found if row.get("answer_ms") == 75 and not row.get("allowed")]
    names = [row["what"] + (f", {row['database']}" if "database" in row else "") for row in compared]
    left.barh(names, [row["cpu_ms"] for row in compared])
    left.set(title="CPU a message, 75 ms answers, as fast as it goes", xlabel="ms of the sending process")
    left.invert_yaxis()
    for kind in ("sqlite", "postgresql"):
        grown = [row for row in found if row.get("database") == kind and row.get("allowed") == 1000]
        grown.sort(key=lambda row: row["subscribers"])
        right.plot([row["subscribers"] for row in grown], [row["cpu_ms"] for row in grown], "o-", label=kind)
    right.set(
        xscale="log", ylim=(0, None), title="Ours at 1,000/s", xlabel="subscribers", ylabel="CPU-ms a message"
    )
    right.legend()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Print the table while it grows."""
    options = argparse.ArgumentParser(prog="python -m tests.load.bench_delivery", description=__doc__)
    options.add_argument("--only", choices=PARTS, action="append", help="a part; may be repeated")
    options.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    options.add_argument("--subscribers", type=int, action="append", help="default: 10000 100000 1200000")
    options.add_argument("--seconds", type=float, default=SECONDS, help="of each measurement")
    given = options.parse_args()
    RESULTS.mkdir(exist_ok=True)
    print(line(None))
    found: list[Row] = []
    subscribers = given.subscribers or [10_000, 100_000, 1_200_000]
    databases = given.database or ["sqlite", "postgresql"]
    for row in rows(given.only or list(PARTS), databases, subscribers, given.seconds):
        print(line(row), flush=True)
        found.append(row)
        (RESULTS / "delivery.json").write_text(json.dumps(found, indent=1))
    plot(found, RESULTS / "delivery.png")
    print(f"The plot: {RESULTS / 'delivery.png'}")


if __name__ == "__main__":
    main()

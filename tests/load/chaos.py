"""Kill -9 and other accidents, on the whole bot: is anybody missed, and what comes twice?

`make chaos` (ARGS="--kills 12 --only sqlite --rate 1000", or for outages of Telegram alone ARGS="--part
outages --kind 502 --seconds 5 --beside 2"). Each run pushes to as many as it takes, kills the
bot at random moments (while it starts and fans out, claims, sends, settles), starts it again, and counts at
the other end. A message that came again after its answer had been lost is *maybe sent*: it is counted apart,
since no kill is to blame for it. The log is tests/load/results/chaos.log, the table of outages outages.tsv.
"""

import argparse
import asyncio
import random
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy.engine import make_url

from bot.delivery.leased_range import LEASE_S
from storage.words import BroadcastState
from tests.load import counted, outages
from tests.load.counted import Bot, Telegram

RESULTS = Path(__file__).parent / "results"
ANSWER_MS = 75.0
FAULTS = {"floods": 0.01, "errors": 0.01, "lost": 0.01, "blocked": 0.05}
QUIET = {"blocked": 0.05}
ALIVE_S = 3.0  # at the most between a first message and the kill
STARTING = 0.25  # this part of the kills comes at any moment after the start of the process instead
STARTING_S = 4.0
_PATIENCE_S = 1200.0

Say = Callable[[str], None]


def kills(url: str, folder: Path, *, rate: float, number: int, faults: bool, say: Say) -> dict[str, Any]:
    """Kill the bot so often in the middle of one Broadcast, and let it finish in the end."""
    trouble = FAULTS if faults else QUIET
    # 429s keep the rate at a tenth of 1,000/s; what is left after the last kill should not take long.
    people = int(number * ALIVE_S * 0.6 * (min(rate, 120) if faults else rate)) + 400
    asyncio.run(counted.fill(url, people))
    broadcast = asyncio.run(counted.push(url))
    with Telegram(answer_ms=ANSWER_MS, **trouble) as telegram:
        bot = Bot(url, telegram, rate=rate, log=folder / "bot.log")
        done = 0
        while done < number and not _is_finished(url, broadcast):
            moment = _kill_once(bot, telegram)
            done += 1
            say(f"  kill {done}, {moment}: {telegram.requests()} messages so far")
        with bot:
            _until_finished(url, broadcast)
            counts = telegram.counts(people)
    return _told(counts, url, broadcast) | {"kills": done, "people": people}


def _kill_once(bot: Bot, telegram: Telegram) -> str:
    bot.start()
    if random.random() < STARTING:  # no secret
        wait = random.uniform(0, STARTING_S)
        time.sleep(wait)
        bot.kill()
        return f"{wait:.2f} s after its start"
    before = telegram.requests()
    telegram.until(before + 1, 60)
    wait = random.uniform(0, ALIVE_S)
    time.sleep(wait)
    bot.kill()
    return f"{wait:.2f} s after its first message"


def frozen_worker(url: str, folder: Path, *, rate: float, say: Say) -> dict[str, Any]:
    """Two bots; one is stopped for twice its lease and goes on then."""
    people = int(rate * LEASE_S * 3)
    asyncio.run(counted.fill(url, people))
    broadcast = asyncio.run(counted.push(url))
    with Telegram(answer_ms=ANSWER_MS) as telegram:
        with (
            Bot(url, telegram, rate=rate, log=folder / "bot.log") as bot,
            Bot(url, telegram, rate=rate, log=folder / "bot.log"),
        ):
            telegram.until(int(rate), 60)
            time.sleep(2)
            bot.signal(signal.SIGSTOP)
            say(f"  stopped at {telegram.requests()} messages for {2 * LEASE_S} s")
            time.sleep(2 * LEASE_S)
            before = telegram.counts(people)["repeats"]  # what was on its wire, sent again by the other
            bot.signal(signal.SIGCONT)
            say(f"  goes on at {telegram.requests()}, {before} repeats so far")
            _until_finished(url, broadcast)
            time.sleep(1)
        told = _told(telegram.counts(people), url, broadcast)
        return told | {"people": people, "repeats_since": told["repeats"] - before}


def frozen_database(url: str, folder: Path, *, rate: float, say: Say, seconds: float = 4.0) -> dict[str, Any]:
    """The database answers nobody for a while."""
    people = int(rate * 12)
    asyncio.run(counted.fill(url, people))
    broadcast = asyncio.run(counted.push(url))
    with Telegram(answer_ms=ANSWER_MS) as telegram, Bot(url, telegram, rate=rate, log=folder / "bot.log"):
        telegram.until(int(rate * 2), 60)
        with _frozen(url):
            say(f"  database frozen at {telegram.requests()} messages")
            time.sleep(seconds)
            say(f"  goes on at {telegram.requests()}")
        _until_finished(url, broadcast)
        return _told(telegram.counts(people), url, broadcast) | {"people": people}


@contextmanager
def _frozen(url: str) -> Iterator[None]:
    """PostgreSQL: all of its processes are stopped. SQLite: somebody keeps the write lock."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.partition("///")[2], isolation_level=None, timeout=30)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
        connection.close()
        return
    folder = Path(str(make_url(url).query["host"]))
    main = psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
    stopped = [main, *main.children(recursive=True)]
    for one in stopped:
        one.suspend()
    yield
    for one in stopped:
        one.resume()


def _is_finished(url: str, broadcast: int) -> bool:
    state: BroadcastState = asyncio.run(counted.status(url, broadcast)).broadcast.state
    return state is BroadcastState.FINISHED


def _until_finished(url: str, broadcast: int) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not _is_finished(url, broadcast):
        if time.monotonic() > end:
            raise TimeoutError("the broadcast does not finish")
        time.sleep(1)


def _told(counts: dict[str, Any], url: str, broadcast: int) -> dict[str, Any]:
    """What counts; who got nothing for a reason that their receipt tells is not missed."""
    progress = asyncio.run(counted.status(url, broadcast)).progress
    names = ("delivered", "repeats", "maybe_sent", "refused", "floods", "errors", "lost", "busiest_second")
    told = {name: counts[name] for name in names}
    return told | {"missed": len(counts["missed"]), "failed": progress.failed, "blocked": progress.blocked}


def main() -> None:
    """Print one line for each run, and leave the log."""
    options = argparse.ArgumentParser(prog="python -m tests.load.chaos", description=__doc__)
    options.add_argument("--kills", type=int, default=25, help="in each run")
    options.add_argument("--only", choices=["sqlite", "postgresql"], help="one database")
    options.add_argument(
        "--rate", type=float, action="append", help="default: 1000 and 30, in outages 300 too"
    )
    options.add_argument("--part", choices=["kills", "frozen", "outages"], help="one part")
    options.add_argument("--kind", choices=outages.KINDS, action="append", help="of outages; default: all")
    options.add_argument("--seconds", type=float, action="append", help="of outages; default: 5, 30 and 300")
    options.add_argument("--beside", type=int, default=1, help="outages that are measured at once")
    given = options.parse_args()
    RESULTS.mkdir(exist_ok=True)
    databases = [given.only] if given.only else ["sqlite", "postgresql"]
    if given.part in {None, "outages"}:
        _run_outages(given, databases)
    if given.part == "outages":
        return
    with (RESULTS / "chaos.log").open("a") as log:

        def say(line: str) -> None:
            print(line, flush=True)
            log.write(f"{time.strftime('%F %T')} {line}\n")
            log.flush()

        for kind in databases:
            for rate in given.rate or [1000.0, 30.0]:
                _run(kind, rate, given.kills, given.part, say)


def _run_outages(given: argparse.Namespace, databases: list[str]) -> None:
    lengths, rates = given.seconds or outages.LENGTHS, given.rate or outages.RATES
    wanted = outages.cells(given.kind or outages.KINDS, lengths, rates, databases)
    with (RESULTS / "outages.tsv").open("a") as table:

        def say(line: str) -> None:
            print(line, flush=True)
            table.write(line + "\n")
            table.flush()

        outages.run(wanted, given.beside, say)


def _run(kind: str, rate: float, number: int, part: str | None, say: Say) -> None:
    with tempfile.TemporaryDirectory(prefix="chaos") as name:
        folder = Path(name)
        sqlite = nullcontext(f"sqlite:///{folder / 'chaos.db'}")
        with sqlite if kind == "sqlite" else counted.postgres(folder / "pg") as url:
            for faults in (False, True) if part in {None, "kills"} else ():
                what = "with" if faults else "without"
                say(f"{kind}, {rate:g}/s, {number} kills {what} 429, 5xx and lost answers")
                told = kills(url, folder, rate=rate, number=number, faults=faults, say=say)
                each = told["repeats"] / max(1, told["kills"])
                say(f"  {told['missed']} missed, {each:.1f} repeats a kill: {told}")
                _forget(url)
            if part in {None, "frozen"}:
                for accident in (frozen_worker, frozen_database):
                    say(f"{kind}, {rate:g}/s, {accident.__name__.replace('_', ' ')}")
                    told = accident(url, folder, rate=rate, say=say)
                    say(f"  {told['missed']} missed, {told['repeats']} repeats: {told}")
                    _forget(url)


def _forget(url: str) -> None:
    """The next run begins with an empty database."""
    if url.startswith("sqlite"):
        for path in Path(url.partition("///")[2]).parent.glob("chaos.db*"):
            path.unlink()


if __name__ == "__main__":
    main()

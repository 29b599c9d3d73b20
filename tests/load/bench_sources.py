"""What do 500 Sources cost? `python -m tests.load.bench_sources`.

A server on 127.0.0.1, in a process of its own, is 500 hosts with a feed each (30 entries with their full
text) and the pages that they lead to. All are polled as the timetable would, into a fresh SQLite file: for
the first time, with nothing new, and with one new entry each; then their pages are read. Meanwhile a clock
ticks in the same event loop: how late it ticks is how long a reader may wait for the bot.
"""

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from statistics import median, quantiles

import uvloop
from aiohttp import ClientSession, web
from aiohttp.abc import AbstractResolver, ResolveResult

from bot.articles.article import FetchedPage
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.fetch.public_hosts import ConnectPolicy
from bot.articles.process_pool import ProcessPool
from bot.broadcasts import pushes
from bot.broadcasts.agreement import Agreement
from bot.editors.rights import Rights
from bot.feeds.entries import Entries
from bot.feeds.opml import Outline
from bot.feeds.poller import Poller
from bot.feeds.sources import Sources
from bot.stories.intake.analysis import TOO_SLOW, analyse_page, analysis_pool
from bot.stories.review.review import Review
from bot.stories.stories import Stories
from storage import schema
from storage.database import Database
from storage.words import EntryState
from tests.factories import MovableClock

ENTRIES = 30
TICK_S = 0.01
PAGE = "<html lang=en><body><article><h1>Story {} of {}</h1>{}</article></body></html>"
SYLLABLES = [first + last for first in "bdfgklmnprstv" for last in ("ar", "en", "il", "o", "un")]


class Here(AbstractResolver):
    """Every name leads to this machine."""

    async def resolve(self, host: str, port: int = 0, _family: object = 0) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=2, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def text(name: str) -> str:
    """Paragraphs that no other story has."""
    chosen = Random(name)  # words, no secret
    words = ["".join(chosen.choices(SYLLABLES, k=2)) for _ in range(200)]
    sentences = [" ".join(["The", *words[start : start + 10], "again."]) for start in range(0, 200, 10)]
    return "".join(f"<p>{' '.join(sentences[start : start + 4])}</p>" for start in range(0, 20, 4))


def feed(host: str, newest: int) -> str:
    items = "".join(
        f"<item><title>Story {number} of {host}</title><link>/{number}</link>"
        f"<description><![CDATA[{text(f'{host} {number}')}]]></description></item>"
        for number in range(newest, newest - ENTRIES, -1)
    )
    return f'<rss version="2.0"><channel><title>{host}</title><link>/</link>{items}</channel></rss>'


async def answer(request: web.Request) -> web.Response:
    host, place = request.url.host or "", request.path.strip("/")
    if place == "newest":
        request.app["newest"][0] += 1
        return web.Response()
    if place != "feed":
        return web.Response(text=PAGE.format(place, host, text(f"{host} {place}")), content_type="text/html")
    etag = f'"{request.app["newest"][0]}"'
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={"ETag": etag})
    told = feed(host, request.app["newest"][0])
    return web.Response(text=told, content_type="application/rss+xml", headers={"ETag": etag})


async def serve(port_file: Path) -> None:
    """The 500 hosts, until the process is ended."""
    app = web.Application()
    app["newest"] = [100]
    app.router.add_get("/{place:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    partial = port_file.with_suffix(".part")
    partial.write_text(str(runner.addresses[0][1]))
    partial.rename(port_file)
    await asyncio.Event().wait()


def cpu(process: int) -> float:
    """CPU seconds that a process has taken until now (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(
    name: str, unit: str, number: int, pool: ProcessPool, work: Callable[[], Awaitable[object]]
) -> None:
    """Do the work and print what it cost."""
    lags: list[float] = []

    async def tick() -> None:
        while True:
            asked = time.perf_counter()
            await asyncio.sleep(TICK_S)
            lags.append(time.perf_counter() - asked - TICK_S)

    readers = await pool.pids()
    ticking = asyncio.create_task(tick())
    started, own, others = time.perf_counter(), time.process_time(), sum(map(cpu, readers))
    await work()
    took, own = time.perf_counter() - started, time.process_time() - own
    others = sum(map(cpu, readers)) - others
    ticking.cancel()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:<28} {number / took:6.1f} {unit}/s in {took:5.1f} s   "
        f"CPU ms each: bot {own / number * 1000:5.1f}, "
        f"reader {others / number * 1000:5.1f}   late ms: p50 {median(lags) * 1000:4.1f}, "
        f"p99 {quantiles(lags, n=100)[98] * 1000:5.1f}, max {max(lags) * 1000:5.1f}   {memory:.0f} MiB"
    )


async def bench(folder: Path, number: int, port: int) -> None:
    database = Database(f"sqlite:///{folder / 'bench.db'}")
    await schema.migrate(database)
    clock = MovableClock()
    fetcher = Fetcher(contact="", policy=ConnectPolicy(frozenset({("127.0.0.1", port)})), resolver=Here())
    with analysis_pool(1) as pool:  # as the running bot has it
        entries = Entries(
            database,
            fetcher,
            pool,
            clock,
            stories=Stories(database, clock, Rights()),
            review=Review(
                database, clock, Rights(), partial(pushes.schedule_first, agreement=Agreement(Rights()))
            ),
            pushes_per_hour=4,
        )
        made = Sources(database, clock, poller=Poller(database, fetcher, pool, clock), entries=entries)
        addresses = [f"http://n{place}.example.org:{port}/feed" for place in range(number)]
        started = time.perf_counter()
        await made.import_(map(Outline, addresses), actor="bench")
        print(f"{number} Sources imported in {time.perf_counter() - started:.1f} s")
        page = FetchedPage(PAGE.format("x", "x", text("x")).encode(), addresses[0])
        await pool.run(page.address, TOO_SLOW, analyse_page, page)  # load sumy

        async def poll() -> None:
            clock.advance(minutes=16)
            while due := await made.due():
                await made.poll(due, lambda _polled: None)

        async def take() -> None:
            while await made.take_due():
                pass

        async def idle() -> None:
            for _ in range(200):
                await made.poll_due()

        await measure("first polls", "polls", number, pool, poll)
        await measure("their three newest read", "pages", 3 * number, pool, take)
        await measure("polls with nothing new (304)", "polls", number, pool, poll)
        async with ClientSession() as session, session.get(f"http://127.0.0.1:{port}/newest"):
            pass
        await measure("polls with one new entry", "polls", number, pool, poll)
        await measure("these read", "pages", number, pool, take)
        await measure("turns with nothing due", "turns", 200, pool, idle)
        listed = await made.listed()
        taken = sum(one.entries[EntryState.TAKEN] for one in listed)
        spread = sorted(one.source.next_poll_at - clock() for one in listed)
        failures = sum(one.source.failures for one in listed)
        seconds = (spread[-1] - spread[0]) / timedelta(seconds=1)
        print(
            f"{taken} of {4 * number} taken, {failures} failures; "
            f"the next polls are spread over {seconds:.0f} s"
        )
    await database.close()


async def main(number: int) -> None:
    """Start the server, and end it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port_file = folder / "port"
        command = (sys.executable, "-m", "tests.load.bench_sources", "--serve", str(port_file))
        server = await asyncio.create_subprocess_exec(*command)
        try:
            while not port_file.exists():  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(0.05)
            await bench(folder, number, int(port_file.read_text()))
        finally:
            server.terminate()
            await server.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    uvloop.run(serve(given.serve) if given.serve else main(given.sources))

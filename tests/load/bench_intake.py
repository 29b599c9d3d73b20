"""Does the bot answer while stories are taken in? `python -m tests.load.bench_intake`.

The bot, the command line and the sandbox run as three processes, as they do in real life. A reader asks
/latest again and again: first while nothing else happens, then while `comeback story add` reads 1,000
pages into the same SQLite database. Then the same files once more, which are all here. Stops by itself;
talks to 127.0.0.1 only.

The pages are 150 real ones; each story of the bench is one of them with every paragraph's words in another
order, so that it costs what the page costs and is a story of its own.
"""

import argparse
import asyncio
import gzip
import os
import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles

from bot.sandbox.server import Sandbox
from tests.paths import SHARED_DATA

DATA = SHARED_DATA / "pages" / "html"
# Two copies of a page must not be one story for its address.
_CANONICAL = re.compile(
    r"""<(?:link|meta)[^>]*(?:canonical|og:url)[^>]*>|"(?:mainEntityOfPage|@id|url)"\s*:"""
)
_PARAGRAPH = re.compile(r"(<p(?:\s[^>]*)?>)([^<]{40,})")
TOKEN = "42:bench"
ANNA = 1002
CALM_S = 5.0
BETWEEN_S = 0.1


def stories(folder: Path, number: int) -> list[Path]:
    """So many pages, each as large as a real one and with a text of its own."""
    rng = random.Random(20)  # the same pages each time
    pages = [
        gzip.decompress(page.read_bytes()).decode("utf-8", "replace") for page in sorted(DATA.glob("*.gz"))
    ]
    files = []
    for place, page in zip(range(number), cycle(pages), strict=False):
        file = folder / f"{place:04}.html"
        own = _CANONICAL.sub("", page)
        file.write_text(_shuffled(own, rng) if place >= len(pages) else own)
        files.append(file)
    return files


def _shuffled(page: str, rng: random.Random) -> str:
    def shuffled(paragraph: re.Match[str]) -> str:
        words = paragraph[2].split(" ")
        rng.shuffle(words)
        return paragraph[1] + " ".join(words)

    return _PARAGRAPH.sub(shuffled, page)


async def ask_until(sandbox: Sandbox, readers: Iterator[int], over: asyncio.Event) -> list[float]:
    """One reader after another asks /latest (one alone gets a message a second); the seconds it took."""
    waits = []
    while not over.is_set():
        started = time.perf_counter()
        await sandbox.world.ask(next(readers), "/latest")
        waits.append(time.perf_counter() - started)
        await asyncio.sleep(BETWEEN_S)
    return waits


def show(name: str, waits: list[float]) -> None:
    cuts = quantiles(waits, n=100)
    print(
        f"{name:<22} {len(waits):>5} answers   p50 {median(waits) * 1000:6.1f} ms   "
        f"p95 {cuts[94] * 1000:6.1f} ms   max {max(waits) * 1000:6.1f} ms"
    )


async def run(*command: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *command, env=environment, stdout=asyncio.subprocess.DEVNULL
    )


async def bench(folder: Path, number: int) -> None:
    async with Sandbox(TOKEN) as sandbox:
        environment = os.environ | {
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": sandbox.url,
            "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
            "LOG_LEVEL": "WARNING",
        }
        pages = folder / "pages"
        pages.mkdir()
        files = stories(pages, number)
        bot = await run("run", environment=environment)
        first = await run("story", "add", str(files[0]), "--publish-quietly", environment=environment)
        await first.wait()
        await sandbox.world.ask(ANNA, "/start", patience=30)

        readers = cycle(sandbox.world.add_readers(1000))
        over = asyncio.Event()
        asyncio.get_running_loop().call_later(CALM_S, over.set)
        show("nothing else happens", await ask_until(sandbox, readers, over))

        over = asyncio.Event()
        asking = asyncio.create_task(ask_until(sandbox, readers, over))
        started = time.perf_counter()
        adding = await run("story", "add", *map(str, files), "--publish-quietly", environment=environment)
        status = await adding.wait()
        took = time.perf_counter() - started
        over.set()
        show("stories are taken in", await asking)
        print(f"{number} pages in {took:.1f} s: {number / took:.1f} a second (exit status {status})")
        started = time.perf_counter()
        again = await run(
            "story", "add", str(files[0].parent), "--yes", "--publish-quietly", environment=environment
        )
        await again.wait()
        print(f"the same files again: {time.perf_counter() - started:.1f} s")
        bot.terminate()
        await bot.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stories", type=int, default=1000)
    given = parser.parse_args()
    if not DATA.exists():
        sys.exit(f"No pages at {DATA}.")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(bench(Path(folder), given.stories))

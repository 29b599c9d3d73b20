"""What the daily check of 500 Appeals costs, and how often it is wrong about real pages.

A server on this machine speaks https for 500 hosts, whose pages are as large as real ones. Their Appeals are
in a SQLite file. The pages are read for the first time, then unchanged, and then one in ten is another's.

With ../shared, the pages of news sites are taken for those of organisations: another page of the same site
stands for one that its owner has changed, and a page of another site for one that changed hands.
"""

import argparse
import asyncio
import gzip
import itertools
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import uvloop
from aiohttp import web

from bot.appeals.appeals import Appeals
from bot.appeals.hosts.sites import site_of
from bot.appeals.pages import signs
from bot.appeals.pages.fingerprints import Fingerprint, compare
from bot.appeals.pages.pages import AppealPages
from bot.appeals.pages.rechecks import Rechecks
from bot.articles.article import FetchedPage
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.fetch.public_hosts import ConnectPolicy
from bot.editors.rights import Rights
from bot.errors import UserError
from bot.stories.intake.analysis import analysis_pool
from storage import schema
from storage.appeals import appeals
from storage.database import Database
from storage.words import AppealState
from tests.factories import NOON, MovableClock
from tests.load.bench_sources import Here, cpu
from tests.paths import REPOSITORY

PAGES = REPOSITORY.parent / "shared" / "data" / "pages"
ROBBED_EVERY = 10
_ROUNDS = ("first readings", "pages as they were", "one in ten is another's")


def page(number: int, *, robbed: bool) -> str:
    """Return a page of 150 KB, the median of 150 real ones."""
    chosen = Random(number)  # words, no secret
    words = " ".join(f"{chosen.getrandbits(40):x}" for _ in range(10_000))
    form = "https://quick-aid.example.net/pay" if robbed else "https://www.paypal.com/donate"
    items = "".join(f"<li class=x><a href=/{one}>Page {one}</a></li>" for one in range(300))
    return (
        f"<!doctype html><title>Donate to Fund {number}</title><h1>Fund {number}</h1><ul>{items}</ul>"
        f"<p>{words}</p><form action='{form}'><input name=amount></form><footer>Fund {number}</footer>"
    )


async def serve(folder: Path) -> None:
    """Answer for all hosts, until the process is ended."""

    async def answer(request: web.Request) -> web.Response:
        robbed = (folder / "robbed").exists()
        number = int((request.url.host or "n0").partition(".")[0].removeprefix("n"))
        text = page(number, robbed=robbed and number % ROBBED_EVERY == 0)
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{place:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "both.pem")
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    partial = folder / "port.part"
    partial.write_text(str(runner.addresses[0][1]))
    partial.rename(folder / "port")
    await asyncio.Event().wait()


def certify(folder: Path) -> Path:
    """Make a certificate for all hosts."""
    path = folder / "both.pem"
    wanted = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 -subj /CN=example.org"
    )
    files = ["-addext", "subjectAltName=DNS:*.example.org", "-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run([*wanted.split(), *files], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


async def bench(folder: Path, number: int, port: int) -> None:
    """Check all Appeals three times, and print what each time costs."""
    database, clock = Database(f"sqlite:///{folder / 'bench.db'}"), MovableClock()
    await schema.migrate(database)
    async with database.transaction() as session:
        for one in range(number):
            url = f"https://n{one}.example.org:{port}/help"
            given = {"organisation": f"Fund {one}", "url": url, "proposed_at": NOON}
            await appeals.add(session, **given, state=AppealState.VERIFIED)  # type: ignore[arg-type]
    policy = ConnectPolicy(frozenset({("127.0.0.1", port)}))
    trust = ssl.create_default_context(cafile=str(folder / "both.pem"))
    fetcher = Fetcher(contact="", policy=policy, resolver=Here(), trust=trust)
    with analysis_pool(1) as pool:
        service = Appeals(database, clock, Rights({1}))
        rechecks = Rechecks(database, clock, service, AppealPages(fetcher, pool))
        readers = await pool.pids()
        for name in _ROUNDS:
            if name == _ROUNDS[-1]:
                (folder / "robbed").touch()
            started, own, others = time.perf_counter(), time.process_time(), sum(map(cpu, readers))
            checked, until = 0, clock() + timedelta(days=1)
            while clock() < until:
                checked += await rechecks.check_due()
                clock.advance(minutes=20)
            own, others = time.process_time() - own, sum(map(cpu, readers)) - others
            took = time.perf_counter() - started
            print(
                f"{name:<26} {checked} checks in {took:5.1f} s   CPU s: bot {own:5.1f}, reader {others:5.1f}"
            )
        states = Counter(one.state.value for one in await service.listed())
        print(f"at the end: {dict(states)}")
    await database.close()


class RealPages:
    """Real pages by the site that they come from; a site's name stands for the organisation's."""

    def __init__(self) -> None:
        self.by_site: dict[str, list[dict[str, str]]] = defaultdict(list)
        for line in (PAGES / "articles.jsonl").read_text().splitlines():
            found = json.loads(line)
            if found.get("url"):
                self.by_site[site_of(urlsplit(found["url"]).hostname or "")].append(found)

    def fingerprint(self, site: str, of: dict[str, str]) -> Fingerprint | None:
        """Return the Fingerprint of a page as if it stood on this site; None if a check would not read it."""
        data, address = gzip.decompress((PAGES / of["html"]).read_bytes()), f"https://{site}/"
        try:
            found = signs.read(FetchedPage(data, address, of.get("charset")), site.partition(".")[0])
        except UserError:
            return None
        return Fingerprint(address, (site,), "", found)

    def verdicts(self, pairs: Iterable[tuple[str, dict[str, str], dict[str, str]]]) -> Counter[str]:
        """Count what the check says of these pairs of pages on a site."""
        made = ((self.fingerprint(site, one), self.fingerprint(site, other)) for site, one, other in pairs)
        return Counter(
            "not read" if one is None or other is None else compare(one, other).verdict.value
            for one, other in made
        )


def real_pages() -> None:
    """Print how often real pages of the same site, and of another one, count as a change of hands."""
    pages, chosen = RealPages(), Random(1)
    own = [
        (site, one, other)
        for site, found in pages.by_site.items()
        for one, other in itertools.permutations(found, 2)
    ]
    firsts = {site: found[0] for site, found in pages.by_site.items()}
    others = [
        (site, one, firsts[other])
        for site, one in firsts.items()
        for other in chosen.sample(sorted(firsts.keys() - {site}), 4)
    ]
    print(f"another real page of the same site: {dict(pages.verdicts(own))}")
    print(f"a real page of another site at the same address: {dict(pages.verdicts(others))}")


async def main(number: int) -> None:
    """Start the server, and end it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        certify(folder)
        command = (sys.executable, "-m", "tests.load.bench_rechecks", "--serve", str(folder))
        server = await asyncio.create_subprocess_exec(*command, env=dict(os.environ))
        try:
            while not (folder / "port").exists():  # noqa: ASYNC110  # another process writes it
                await asyncio.sleep(0.05)
            await bench(folder, number, int((folder / "port").read_text()))
        finally:
            server.terminate()
            await server.wait()
    if PAGES.is_dir():
        real_pages()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--appeals", type=int, default=500)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    uvloop.run(serve(asked.serve) if asked.serve else main(asked.appeals))

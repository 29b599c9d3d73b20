"""The bench of the desk on a small newsroom: it visits every page that there is."""

import pytest

from bot.web.desk.routes import ROUTES
from storage.database import Database
from tests.factories import NOON
from tests.load import bench_desk
from tests.load.bench_desk import Times, Took, measure, pages, report, variants, visitor
from tests.load.newsroom import Made, Newsroom
from tests.load.newsroom_rows import SMALL


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to servers of their own on 127.0.0.1."""


@pytest.fixture
async def made(database: Database) -> Made:
    """A small newsroom in the database."""
    return await Newsroom(database, SMALL, NOON).fill()


async def test_every_page_is_visited(database_url: str, made: Made) -> None:
    """Each route that shows something, with the id of something that is there, and each of its variants."""
    addresses = pages(SMALL, made)
    assert set(addresses) == {route.path for route in ROUTES if route.method == "GET"}
    assert set(variants(SMALL, made)) <= set(addresses)
    times = await measure(_driver(database_url), addresses, rounds=1, warm=1)
    assert set(times) == {one for found in addresses.values() for one in found}
    assert all(len(one.cold) == len(one.warm) == 1 for one in times.values())


async def test_the_bytes_of_a_first_page(sqlite_url: str) -> None:
    """What is sent is what the wire carries: less than what the browser reads of it."""
    async with visitor(_driver(sqlite_url)) as browser:
        weights = await browser.weights("/")
    assert weights[0].name == "/desk/"
    assert len(weights) > 5
    assert all(0 < one.sent < one.read for one in weights)


def test_a_slow_page_is_seen(capsys: pytest.CaptureFixture[str]) -> None:
    """One above the bound is marked and counted, cold or warm."""
    soon, late = Took(10, 9), Took(151, 9)
    quick, cold, warm = Times([soon], [soon]), Times([late], [soon]), Times([soon], [soon, late])
    assert report("SQLite", {"/quick": quick, "/cold": cold, "/warm": warm}) == 2
    marked = [line for line in capsys.readouterr().out.splitlines() if line.endswith("!")]
    assert len(marked) == 2


def test_a_new_page_needs_an_id() -> None:
    """A route whose id nobody named is refused, instead of being left out."""
    with pytest.raises(LookupError, match="unknown"):
        bench_desk._address(type(ROUTES[0])("GET", "/unknown/{id}", ROUTES[0].handler), {})


def _driver(url: str) -> str:
    return url.replace("sqlite:", "sqlite+aiosqlite:")

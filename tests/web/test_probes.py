"""The pages for monitoring: what each answers, and who may read the numbers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.probes import PATHS, Probes, is_near

TOKEN = "a-token-of-the-tests"

Open = Callable[..., Awaitable["TestClient[web.Request, web.Application]"]]


class FakeCondition:
    """What a process says about itself."""

    def __init__(self) -> None:
        self.reasons: Sequence[str] = ()
        self.trouble: Sequence[str] = ()

    def dead(self) -> Sequence[str]:
        return self.reasons

    async def unready(self) -> Sequence[str]:
        return self.reasons

    async def failing(self) -> Sequence[str]:
        return self.reasons

    def troubles(self) -> Sequence[str]:
        return self.trouble


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to a server of their own on 127.0.0.1."""


@pytest.fixture
def condition() -> FakeCondition:
    return FakeCondition()


@pytest.fixture
async def opened(condition: FakeCondition) -> AsyncIterator[Open]:
    """Return what opens the pages with this token, and a client on this machine."""
    clients = []

    async def open_pages(token: str = "") -> "TestClient[web.Request, web.Application]":
        probes = Probes(condition, metrics=lambda accept: (b"sent 1\n", accept or "text/plain"), token=token)
        app = web.Application()
        app.add_routes(probes.routes())
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        return client

    yield open_pages
    for client in clients:
        await client.close()


@pytest.mark.parametrize(
    ("path", "word", "why"),
    [("/live", "live", "reasons"), ("/ready", "ready", "reasons"), ("/health", "healthy", "failing")],
)
async def test_a_page_says_whether_all_is_well_and_why_not(
    opened: Open, condition: FakeCondition, path: str, word: str, why: str
) -> None:
    """With the status that an orchestrator looks at, and never from a cache."""
    client = await opened()
    for reasons, status in (((), 200), (("inbox has ended",), 503)):
        condition.reasons = reasons
        async with client.get(path) as answer:
            told: dict[str, Any] = await answer.json()
            assert (answer.status, told[word], told[why]) == (status, status == 200, list(reasons))
            assert answer.headers["Cache-Control"] == "no-store"


async def test_an_outage_of_telegram_makes_no_process_unready(opened: Open, condition: FakeCondition) -> None:
    """It is named, and the status stays: no other process would do better."""
    condition.trouble = ["Telegram does not answer"]
    client = await opened()
    async with client.get("/ready") as answer:
        assert answer.status == 200
        assert (await answer.json())["troubles"] == ["Telegram does not answer"]


async def test_the_numbers_are_for_this_machine_and_not_for_who_comes_through_a_proxy(opened: Open) -> None:
    """A proxy on this machine would make every stranger near."""
    client = await opened()
    async with client.get("/metrics") as answer:
        assert (answer.status, await answer.read()) == (200, b"sent 1\n")
    for header in ("X-Forwarded-For", "x-real-ip", "Forwarded", "Via"):
        async with client.get("/metrics", headers={header: "203.0.113.5"}) as answer:
            assert (answer.status, await answer.read()) == (403, b"")


async def test_with_a_token_the_numbers_are_for_who_shows_it(opened: Open) -> None:
    """From anywhere; and without it not even for this machine."""
    client = await opened(TOKEN)
    for shown, status in (
        (f"Bearer {TOKEN}", 200),
        ("Bearer wrong", 403),
        (f"Basic {TOKEN}", 403),
        ("", 403),
    ):
        headers = {"Authorization": shown, "X-Forwarded-For": "203.0.113.5"}
        async with client.get("/metrics", headers=headers) as answer:
            assert answer.status == status, shown
    async with client.get("/metrics", headers={"Authorization": "Bearer \udcff"}) as answer:
        assert answer.status == 403


async def test_the_numbers_come_in_the_format_that_is_asked_for(opened: Open) -> None:
    """Prometheus says which it likes best."""
    client = await opened()
    async with client.get("/metrics", headers={"Accept": "application/openmetrics-text"}) as answer:
        assert answer.headers["Content-Type"] == "application/openmetrics-text"


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("172.18.0.4", True),
        ("10.1.2.3", True),
        ("fd00::7", True),
        ("fe80::1%eth0", True),
        ("::ffff:192.168.1.9", True),
        ("::ffff:8.8.8.8", False),
        ("8.8.8.8", False),
        ("2606:4700::1", False),
        ("not an address", False),
        (None, False),
    ],
)
def test_what_is_near(address: str | None, near: bool) -> None:
    """This machine and private networks, as containers have them."""
    assert is_near(address) is near


def test_the_paths_are_those_of_the_routes() -> None:
    """The web server lets through what is in one list, while the bot starts."""
    assert {route.path for route in Probes(FakeCondition()).routes()} == PATHS

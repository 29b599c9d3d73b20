"""The clock that follows the sandbox's, and only one on this machine."""

from datetime import timedelta

import pytest
from aiohttp import web

from bot.clock import MovedClock, machine_clock, utc_now
from bot.runtime.sandbox_clock import clock_of, is_on_this_machine
from bot.sandbox.server import Sandbox
from tests.factories import MovableClock


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to servers of their own on 127.0.0.1."""


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:8090", True),
        ("http://127.8.8.8", True),
        ("http://[::1]:8090", True),
        ("http://[::ffff:127.0.0.1]:8090", True),
        ("http://[::ffff:10.0.0.7]:8090", False),
        ("http://localhost:8081", True),
        ("https://api.telegram.org", False),
        ("http://10.0.0.7:8081", False),
        ("http://127.0.0.1.example.org", False),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1@example.org/", False),
        ("http://0.0.0.0", False),
    ],
)
def test_only_this_machine_may_move_the_time(address: str, expected: bool) -> None:
    """By its name or a loopback address; what only looks like one is somewhere else."""
    assert is_on_this_machine(address) is expected


async def test_elsewhere_nobody_is_asked() -> None:
    """Telegram itself has no say in what time it is; no request leaves."""
    assert await clock_of("https://api.telegram.org") is utc_now


async def test_the_command_line_sees_the_sandbox_s_time() -> None:
    """A clock made for its address is moved as far."""
    async with Sandbox() as sandbox:
        sandbox.world.clock.move_by(3 * 86400)
        clock = await clock_of(sandbox.url)
        assert timedelta(days=3) <= clock() - utc_now() + timedelta(seconds=1)
    assert machine_clock(clock) is utc_now


async def test_without_an_answer_the_time_is_our_own(unused_tcp_port: int) -> None:
    """The sandbox may be started later."""
    clock = await clock_of(f"http://127.0.0.1:{unused_tcp_port}")
    assert isinstance(clock, MovedClock)
    assert not clock.offset


@pytest.mark.parametrize("answer", ['{"offset": "soon"}', "[]", "{}", '{"offset": 1e12}', "no JSON"])
async def test_another_server_on_this_machine_moves_nothing(answer: str, unused_tcp_port: int) -> None:
    """Such as a Bot API server of one's own; nonsense is no time."""

    async def anything(_request: web.Request) -> web.Response:
        return web.Response(text=answer)

    app = web.Application()
    app.router.add_get("/sandbox/clock", anything)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    try:
        clock = await clock_of(f"http://127.0.0.1:{unused_tcp_port}")
        assert isinstance(clock, MovedClock)
        assert not clock.offset
    finally:
        await runner.cleanup()


def test_leases_keep_the_clock_that_tests_move() -> None:
    """Only what the sandbox moves is left out of them."""
    clock = MovableClock()
    assert machine_clock(clock) is clock

"""The clock that follows a sandbox, which must be on this machine."""

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
    """Its name or a loopback address counts; an address that only looks like one does not."""
    assert is_on_this_machine(address) is expected


async def test_a_server_elsewhere_is_not_asked() -> None:
    """For Telegram itself the clock is the machine's, and no request leaves."""
    assert await clock_of("https://api.telegram.org") is utc_now


async def test_the_command_line_sees_the_sandbox_s_time() -> None:
    """A clock that is made for its address has the same offset."""
    async with Sandbox() as sandbox:
        sandbox.world.clock.move_by(3 * 86400)
        clock = await clock_of(sandbox.url)
        assert timedelta(days=3) <= clock() - utc_now() + timedelta(seconds=1)
    assert machine_clock(clock) is utc_now


async def test_without_an_answer_the_time_is_the_machine_s(unused_tcp_port: int) -> None:
    """The clock can still be moved: the sandbox may start later."""
    clock = await clock_of(f"http://127.0.0.1:{unused_tcp_port}")
    assert isinstance(clock, MovedClock)
    assert not clock.offset


@pytest.mark.parametrize("answer", ['{"offset": "soon"}', "[]", "{}", '{"offset": 1e12}', "no JSON"])
async def test_another_server_on_this_machine_does_not_move_the_time(
    answer: str, unused_tcp_port: int
) -> None:
    """Such as a local Bot API server; an answer of another shape is ignored."""

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


def test_only_the_sandbox_s_offset_is_left_out_for_leases() -> None:
    """A clock that a test moves stays as it is."""
    clock = MovableClock()
    assert machine_clock(clock) is clock

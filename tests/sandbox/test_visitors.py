"""The sandbox answers its own page and programs on this machine, and nobody else."""

import aiohttp
import pytest

from bot.sandbox.server import Sandbox
from bot.sandbox.visitors import own_hosts
from tests.sandbox.conftest import ANNA, TOKEN

# One path of each kind: the page, its files, its interface, its events, the Bot API and its files.
PATHS = (
    "/",
    "/static/js/main.js",
    "/sandbox/state",
    "/sandbox/events",
    f"/bot{TOKEN}/getMe",
    f"/file/bot{TOKEN}/photos/file_1.png",
    "/nothing",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    ["evil.example:{port}", "127.0.0.1.evil.example:{port}", "evil.example", "127.0.0.1:1", "127.0.0.1", ""],
)
async def test_another_host_is_refused(sandbox: Sandbox, path: str, host: str) -> None:
    """A request that names another host is refused whatever it asks for, also if its name leads here."""
    port = sandbox.url.rpartition(":")[2]
    named = {"Host": host.format(port=port)}
    async with aiohttp.ClientSession() as session, session.get(sandbox.url + path, headers=named) as answer:
        assert answer.status == 403
        body = await answer.json()
        assert body["ok"] is False
        assert body["error"] == f"The sandbox answers only at 127.0.0.1:{port} and localhost:{port}."


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
async def test_its_own_names_are_answered(sandbox: Sandbox, host: str) -> None:
    """The address and `localhost` are answered, with the port."""
    named = {"Host": f"{host}:{sandbox.url.rpartition(':')[2]}"}
    async with aiohttp.ClientSession() as session, session.get(f"{sandbox.url}/", headers=named) as answer:
        assert answer.status == 200


async def test_a_form_of_another_site_is_refused(sandbox: Sandbox) -> None:
    """A browser names the page that sends a form; beyond loopback it sends no other mark."""
    call = f"{sandbox.url}/bot{TOKEN}/getMe"
    async with aiohttp.ClientSession() as session:
        for origin, status in (("https://evil.example", 403), ("null", 403), (sandbox.url, 200)):
            async with session.post(call, headers={"Origin": origin}) as answer:
                assert answer.status == status, origin


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_sites_page_may_only_open_the_page(sandbox: Sandbox, site: str) -> None:
    """A picture on another site cannot call the bot, whose token may be known; a link opens the page."""
    before = len(sandbox.world.messages(ANNA))
    headers = {"Sec-Fetch-Site": site}
    call = f"{sandbox.url}/bot{TOKEN}/sendMessage?chat_id={ANNA}&text=Hello"
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(call) as answer:
            assert answer.status == 403
        async with session.get(f"{sandbox.url}/") as answer:
            assert answer.status == 200
    assert len(sandbox.world.messages(ANNA)) == before


@pytest.mark.parametrize(
    ("address", "port", "hosts"),
    [
        ("127.0.0.1", 80, ["127.0.0.1:80", "localhost:80", "127.0.0.1", "localhost"]),
        ("::1", 8090, ["[::1]:8090", "localhost:8090"]),
        ("::ffff:127.0.0.1", 8090, ["127.0.0.1:8090", "localhost:8090"]),
        ("192.0.2.7", 8090, ["192.0.2.7:8090"]),
    ],
)
def test_the_hosts_of_an_address(address: str, port: int, hosts: list[str]) -> None:
    """Only an address of this machine is `localhost` too, and only port 80 may be left out."""
    assert own_hosts(address, port) == hosts

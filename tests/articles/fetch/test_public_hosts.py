"""Which addresses and names are on the open web."""

import json
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.articles.fetch.public_hosts import OPEN_WEB, ConnectPolicy, is_public, is_public_name
from tests.paths import SHARED_DATA

HOSTILE = SHARED_DATA / "hostile" / "addresses.json"

any_ipv4 = st.ip_addresses(v=4)


def test_the_collected_addresses_are_told_apart() -> None:
    """33 addresses at the edges of the special blocks, each with the verdict that it should get."""
    if not HOSTILE.exists():
        pytest.skip(f"no {HOSTILE.name} beside the repository")
    for row in json.loads(HOSTILE.read_text()):
        assert is_public(row["address"]) is (row["expect"] == "allow"), row["address"]


@pytest.mark.parametrize(
    "address",
    [
        *(
            "9.255.255.255",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "192.167.255.255",
            "198.20.0.0",
        ),
        *("223.255.255.255", "168.63.129.15", "2000::", "2001:200::", "2001:4860:4860::8888", "2003::1"),
        *("2a00:1450::1", "3ffd:ffff::1", "::ffff:1.1.1.1"),
    ],
)
def test_the_neighbours_of_closed_blocks_are_open(address: str) -> None:
    """No block is closed wider than it is."""
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.1", "10.255.255.255", "100.127.255.255", "169.254.169.254", "172.16.0.1", "192.0.2.1"),
        *("192.88.99.1", "192.168.255.255", "198.19.255.255", "198.51.100.1", "168.63.129.16", "240.0.0.1"),
        *("2001:db8::1", "2002:101:101::1", "3ffe::1"),
        *("127.0.0.1", "192.0.0.192", "203.0.113.255", "255.255.255.255", "100.100.100.200", "239.1.1.1"),
        *("::1", "1fff::1", "4000::1", "2001:0:4136:e378::1", "2001:2::1", "2001:1ff:ffff::1", "3fff:fff::1"),
        *("fc00::1", "fec0::1", "ff0e::1", "::ffff:0:1.1.1.1", "64:ff9b::1.1.1.1", "2606:4700::1%1"),
    ],
)
def test_closed_addresses(address: str) -> None:
    """Loopback, private, translated, tunnelled, multicast, reserved, and any with a zone."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "spelling",
    ["", "1", "1.1", "16843009", "0x1010101", "01.1.1.1", "1.1.1.1 ", "1.1.1.1/32", "::g", "a.org"],
)
def test_what_is_no_address_is_not_public(spelling: str) -> None:
    """Only the whole and usual spelling counts: others are read differently from program to program."""
    assert not is_public(spelling)


@given(any_ipv4)
def test_we_are_stricter_than_the_standard_library(address: IPv4Address) -> None:
    """What it holds to be private or multicast is never open to us."""
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast


@given(any_ipv4)
def test_an_address_cannot_hide_in_another(address: IPv4Address) -> None:
    """Mapped, it is judged as itself; by 6to4, NAT64 or as "compatible" it cannot be policyed at all."""
    number = int(address)
    assert is_public(str(IPv6Address((0xFFFF << 32) + number))) is is_public(str(address))
    assert not is_public(str(IPv6Address((0x2002 << 112) + (number << 80) + 1)))
    assert not is_public(str(IPv6Address((0x64FF9B << 96) + number)))
    assert not is_public(str(IPv6Address(number)))


@pytest.mark.parametrize(
    "host",
    ["localhost", "a.localhost", "nas", "nas.local", "metadata.google.internal", "1.0.0.127.in-addr.arpa"],
)
def test_names_of_networks_of_their_own(host: str) -> None:
    """What no public name server should be asked for."""
    assert not is_public_name(host)


@pytest.mark.parametrize(
    "host", ["example.org", "local.example.org", "xn--b1amarcd.xn--j1amh", "127.0.0.1", "::1"]
)
def test_names_of_the_web(host: str) -> None:
    """A closed word within a name closes nothing, and an IP address is judged elsewhere."""
    assert is_public_name(host)


def test_the_open_web_is_public_addresses_at_two_ports() -> None:
    """Neither a public address at another port, nor another address at a port of the web."""
    assert OPEN_WEB.allows("1.1.1.1", 80)
    assert OPEN_WEB.allows("2606:4700::1111", 443)
    assert not OPEN_WEB.allows("1.1.1.1", 8080)
    assert not OPEN_WEB.allows("127.0.0.1", 80)
    assert not OPEN_WEB.allows_port(8080)


def test_what_is_open_besides_opens_nothing_else() -> None:
    """One address at one port: not its other ports, and not its neighbours at that port."""
    policy = ConnectPolicy(besides=frozenset({("127.0.0.1", 8080)}))
    assert policy.allows_port(8080)
    assert policy.allows("127.0.0.1", 8080)
    for address, port in (("127.0.0.1", 80), ("127.0.0.1", 8081), ("127.0.0.2", 8080), ("1.1.1.1", 8080)):
        assert not policy.allows(address, port)

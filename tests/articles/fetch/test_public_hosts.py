"""Public hosts: which addresses and names are on the public web."""

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
    """33 addresses at the edges of special blocks are classified as the data says."""
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
    """The addresses right before and after a closed block are open."""
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
    """Loopback, private, translated, tunnelled, multicast and reserved addresses are closed, and any with a
    zone.
    """
    assert not is_public(address)


@pytest.mark.parametrize(
    "spelling",
    ["", "1", "1.1", "16843009", "0x1010101", "01.1.1.1", "1.1.1.1 ", "1.1.1.1/32", "::g", "a.org"],
)
def test_what_is_not_an_address_is_not_public(spelling: str) -> None:
    """Only a full address in its usual spelling is public, since programs read others differently."""
    assert not is_public(spelling)


@given(any_ipv4)
def test_we_are_stricter_than_the_standard_library(address: IPv4Address) -> None:
    """An address that the standard library calls private or multicast is never public."""
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast


@given(any_ipv4)
def test_an_address_cannot_hide_in_another(address: IPv4Address) -> None:
    """A mapped IPv4 address is checked as itself; in 6to4, NAT64 or "compatible" form it is closed."""
    number = int(address)
    assert is_public(str(IPv6Address((0xFFFF << 32) + number))) is is_public(str(address))
    assert not is_public(str(IPv6Address((0x2002 << 112) + (number << 80) + 1)))
    assert not is_public(str(IPv6Address((0x64FF9B << 96) + number)))
    assert not is_public(str(IPv6Address(number)))


@pytest.mark.parametrize(
    "host",
    ["localhost", "a.localhost", "nas", "nas.local", "metadata.google.internal", "1.0.0.127.in-addr.arpa"],
)
def test_names_of_private_networks(host: str) -> None:
    """Names that public DNS does not have are not public."""
    assert not is_public_name(host)


@pytest.mark.parametrize(
    "host", ["example.org", "local.example.org", "xn--b1amarcd.xn--j1amh", "127.0.0.1", "::1"]
)
def test_names_of_the_web(host: str) -> None:
    """A closed word inside a name closes nothing, and an IP address passes, since it is checked elsewhere."""
    assert is_public_name(host)


def test_the_open_web_is_public_addresses_at_two_ports() -> None:
    """The policy allows public addresses at ports 80 and 443, and nothing else."""
    assert OPEN_WEB.allows("1.1.1.1", 80)
    assert OPEN_WEB.allows("2606:4700::1111", 443)
    assert not OPEN_WEB.allows("1.1.1.1", 8080)
    assert not OPEN_WEB.allows("127.0.0.1", 80)
    assert not OPEN_WEB.allows_port(8080)


def test_a_further_pair_allows_nothing_else() -> None:
    """A further pair allows one address at one port: no other port, and no neighbour."""
    policy = ConnectPolicy(besides=frozenset({("127.0.0.1", 8080)}))
    assert policy.allows_port(8080)
    assert policy.allows("127.0.0.1", 8080)
    for address, port in (("127.0.0.1", 80), ("127.0.0.1", 8081), ("127.0.0.2", 8080), ("1.1.1.1", 8080)):
        assert not policy.allows(address, port)

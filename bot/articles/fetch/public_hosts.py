"""Which hosts are on the open web: the difference between a newsroom's site and our own machine room.

Everything here is pure; `bot.articles.fetch.fetcher` asks it before each connection. The standard library's
`is_global` does not do: it lets mapped, translated and tunnelled addresses through, among others.
"""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

WEB_PORTS = frozenset({80, 443})

# The IANA IPv4 Special-Purpose Address Registry (RFC 6890 and its updates), as far as it is not plain
# unicast, with multicast, the reserved top, and one cloud's own service.
_CLOSED_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # "this network"; Linux takes it for the machine itself
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # behind a carrier's NAT; one cloud's metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; most clouds' metadata at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments; one cloud's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
        "168.63.129.16/32",  # Azure's service to its own machines; looks public, is not
    )
)

# The only IPv6 block that IANA gives out as global unicast. Loopback, link-local, unique local, multicast,
# NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), IPv4-compatible and segment routing addresses lie outside.
_OPEN_6 = IPv6Network("2000::/3")

# What within it is not plain unicast: the IANA IPv6 Special-Purpose Address Registry.
_CLOSED_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address
        "3ffe::/16",  # 6bone, returned
        "3fff::/20",  # documentation
    )
)

# Names that public DNS does not hold: RFC 6761, 6762, 7686, 8375 and 9476, what ICANN keeps for private use
# (.internal; clouds answer there with their metadata), and what it gives nobody since networks use it.
_CLOSED_NAMES = frozenset(
    {
        *("localhost", "local", "internal", "arpa", "onion", "test", "invalid", "alt"),
        *("intranet", "private", "corp", "home", "lan", "localdomain"),
    }
)


def is_public(address: str) -> bool:
    """Whether an address as the socket takes it ("1.1.1.1", "2606:4700::1111") is on the open internet.

    An IPv4 address inside an IPv6 one (::ffff:1.1.1.1) is judged as the system would connect to it. One with
    a zone (fe80::1%eth0) and anything that is not a whole address are not public.
    """
    try:
        return _is_public_6(IPv6Address(address)) if ":" in address else _is_public_4(IPv4Address(address))
    except AddressValueError:
        return False


def is_public_name(host: str) -> bool:
    """Whether public DNS can hold this host (lower case, no dot at the end): not "localhost" or "nas.lan".

    An IP address is no name and passes: it is judged where it is connected to.
    """
    *parents, top = host.split(".")
    return ":" in host or (bool(parents) and top not in _CLOSED_NAMES)


class OutOfReachError(OSError):
    """A connection was not made, since where it would have gone is not to be reached."""


@dataclass(frozen=True, slots=True)
class ConnectPolicy:
    """Where a fetch may connect to: public addresses at the two ports of the web.

    `besides` are single (address, port) pairs that are open too: the servers of a test.
    """

    besides: frozenset[tuple[str, int]] = frozenset()

    def has_port(self, port: int) -> bool:
        """Whether there is any address to reach at this port."""
        return port in WEB_PORTS or any(port == other for _, other in self.besides)

    def has(self, address: str, port: int) -> bool:
        """Whether this very address may be connected to at this port."""
        return (address, port) in self.besides or (port in WEB_PORTS and is_public(address))


OPEN_WEB = ConnectPolicy()


def _is_public_4(address: IPv4Address) -> bool:
    return not any(address in block for block in _CLOSED_4)


def _is_public_6(address: IPv6Address) -> bool:
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return _is_public_4(address.ipv4_mapped)
    return address in _OPEN_6 and not any(address in block for block in _CLOSED_6)

"""Public hosts: decide whether a host, address or port is on the public web, so that it may be fetched.

Nothing here opens a connection. The standard library's `is_global` does not do: among others it accepts
mapped, translated and tunnelled addresses.
"""

from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

WEB_PORTS = frozenset({80, 443})

# IPv4 blocks that are not public unicast: from the IANA IPv4 Special-Purpose Address Registry (RFC 6890 and
# its updates), with multicast, the reserved range, and one cloud's own service.
_CLOSED_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # "this network"; Linux connects to the machine itself
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
        "168.63.129.16/32",  # Azure's service for its own machines, although it looks public
    )
)

# The only IPv6 block that IANA assigns as global unicast. Loopback, link-local, unique local, multicast,
# NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), IPv4-compatible and segment routing addresses lie outside.
_OPEN_6 = IPv6Network("2000::/3")

# Blocks within it that are not public unicast: from the IANA IPv6 Special-Purpose Address Registry.
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

# Top-level names that public DNS does not have: from RFC 6761, 6762, 7686, 8375 and 9476, the one that ICANN
# reserves for private use (.internal, where clouds serve their metadata), and those that it does not assign
# because private networks use them.
_CLOSED_NAMES = frozenset(
    {
        *("localhost", "local", "internal", "arpa", "onion", "test", "invalid", "alt"),
        *("intranet", "private", "corp", "home", "lan", "localdomain"),
    }
)


def is_public(address: str) -> bool:
    """Return whether an address as sockets take it ("1.1.1.1", "2606:4700::1111") is on the public internet.

    For an IPv4 address inside an IPv6 one (::ffff:1.1.1.1) the inner one counts, since the system connects to
    that. An address with a zone (fe80::1%eth0) and anything that is not a full address are not public.
    """
    try:
        return _is_public_6(IPv6Address(address)) if ":" in address else _is_public_4(IPv4Address(address))
    except AddressValueError:
        return False


def is_public_name(host: str) -> bool:
    """Return whether public DNS can have this host (lower case, no final dot): not "localhost" or "nas.lan".

    An IP address passes: it is checked before the connection.
    """
    *parents, top = host.split(".")
    return ":" in host or (bool(parents) and top not in _CLOSED_NAMES)


class OutOfReachError(OSError):
    """A connection was refused because the policy forbids its address."""


@dataclass(frozen=True, slots=True)
class ConnectPolicy:
    """Where a fetch may connect to: public addresses at the two ports of the web.

    `besides` are further (address, port) pairs that are allowed: the servers of a test.
    """

    besides: frozenset[tuple[str, int]] = frozenset()

    def allows_port(self, port: int) -> bool:
        """Return whether any address is allowed at this port."""
        return port in WEB_PORTS or any(port == other for _, other in self.besides)

    def allows(self, address: str, port: int) -> bool:
        """Return whether a connection to this address and port is allowed."""
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

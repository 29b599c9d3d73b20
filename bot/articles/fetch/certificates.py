"""Certificates: what a server's certificate says about the one that it was issued to."""

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse
from aiohttp.connector import Connection


@dataclass(frozen=True, slots=True)
class Certificate:
    """The subject of a certificate that was found valid.

    organisation: whom the issuer has looked at; "" in the many certificates that only prove the host.
    host: its common name, often that of a network which serves many sites.
    """

    organisation: str = ""
    host: str = ""


class CertifiedResponse(ClientResponse):
    """An answer that remembers the certificate of its connection, which is gone once all is received."""

    certificate: Certificate | None = None

    async def start(self, connection: Connection) -> ClientResponse:
        """Note the certificate; None without TLS. Then process the answer."""
        transport = connection.transport
        found = transport.get_extra_info("peercert") if transport is not None else None
        self.certificate = _read(found) if found else None
        return await super().start(connection)


def _read(found: dict[str, Any]) -> Certificate:
    """Read what `ssl.SSLSocket.getpeercert` returns."""
    subject = {name: value for part in found.get("subject", ()) for name, value in part}
    return Certificate(str(subject.get("organizationName", "")), str(subject.get("commonName", "")))

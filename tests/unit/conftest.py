"""Unit tests talk to nobody: any socket but a Unix one is refused."""

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    """An event loop needs a pair of Unix sockets, and the embedded PostgreSQL listens on one."""
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()

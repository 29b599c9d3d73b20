"""Fixtures of the tests that use the network."""

import pytest


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """Allow sockets: these tests run their own servers on 127.0.0.1."""

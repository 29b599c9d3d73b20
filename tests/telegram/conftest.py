"""The tests of Telegram's transport use the network."""

import pytest


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to servers of their own on 127.0.0.1."""

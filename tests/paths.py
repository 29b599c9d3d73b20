"""Where the checkout is, and the real data beside it."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED_DATA = REPOSITORY.parent / "shared" / "data"
"""Tests that read it skip where it is missing."""

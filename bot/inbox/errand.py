"""Errands: what is left to do of an update that was handled, and may take long."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Errand:
    """What is left to do, as JSON. It is kept with the update, so that it survives a kill."""

    kind: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Runner:
    """How errands of a kind are run: at most `places` at once, and at most `width` of one chat."""

    run: Callable[[dict[str, Any]], Awaitable[None]]
    places: int
    width: int = 1

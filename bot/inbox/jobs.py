"""Errands: what is left to do of an update that was handled, and may take long."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """What is left to do, as JSON. It is kept with the update, so that it survives a kill."""

    kind: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobRunner:
    """How errands of a kind are run: at most `places` at once, and at most `width` of one chat."""

    run: Callable[[dict[str, Any]], Awaitable[None]]
    places: int
    width: int = 1


@dataclass(slots=True)
class Turn:
    """An update in hand. `errand` is what an earlier turn has left of it, `left` what this one leaves."""

    update: dict[str, Any]
    errand: dict[str, Any] | None = None
    left: Job | None = None


_TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)


@contextmanager
def turn(update: dict[str, Any], errand: dict[str, Any] | None = None) -> Iterator[Turn]:
    """Meanwhile this update is handled, or this errand of it."""
    begun = Turn(update, errand)
    token = _TURN.set(begun)
    try:
        yield begun
    finally:
        _TURN.reset(token)


def present_turn() -> Turn:
    """The update that is being handled here. Raises LookupError outside of any."""
    found = _TURN.get()
    if found is None:
        raise LookupError("no update is being handled here")
    return found

"""Jobs: slow work that a handler leaves for later; the inbox stores it, so that it survives a restart.

A handler leaves a Job by `current_update()`. The inbox stores it in place of the update, so that it survives
a kill, and the runner of its kind does it.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

_UPDATE, _REST = "update", "errand"  # in the content of a Job that repeats its update; rows in use hold them


@dataclass(frozen=True, slots=True)
class Job:
    """What is left to do: the kind of job, and what its runner gets, as JSON."""

    kind: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobRunner:
    """How jobs of a kind are run: at most `limit` at once, and at most `chat_limit` of one chat."""

    run: Callable[[dict[str, Any]], Awaitable[None]]
    limit: int
    chat_limit: int = 1


@dataclass(slots=True)
class CurrentUpdate:
    """An update that is being handled.

    `job_content` is that of the Job that repeats it, None the first time; `next_job` is the Job that its
    handler leaves. `handler` is the name under which its time is measured: one of few, whatever people send.
    `is_last_try`: it is not handled again if the database does not answer; `is_undone`: it will be.
    """

    update: dict[str, Any]
    job_content: dict[str, Any] | None = None
    is_last_try: bool = True
    next_job: Job | None = None
    handler: str = "other"
    is_undone: bool = False

    def repeat(self, kind: str, content: dict[str, Any]) -> None:
        """Leave a Job that handles this update once more: then `job_content` is `content`."""
        self.next_job = Job(kind, {_UPDATE: self.update, _REST: content})


_CURRENT: ContextVar[CurrentUpdate | None] = ContextVar("current update", default=None)


@contextmanager
def handling(current: CurrentUpdate) -> Iterator[None]:
    """Make this the current update for the time of the `with`."""
    token = _CURRENT.set(current)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def repeated(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the update of a Job that `CurrentUpdate.repeat` made, and the content for its handler."""
    return content[_UPDATE], content[_REST]


def name_handler(name: str) -> None:
    """Note which handler the current update has come to; do nothing if there is none."""
    current = _CURRENT.get()
    if current is not None:
        current.handler = name


def try_again() -> bool:
    """Let the current update be handled once more after a pause. Return False if this was its last try."""
    current = _CURRENT.get()
    if current is None or current.is_last_try:
        return False
    current.is_undone = True
    return True


def current_update() -> CurrentUpdate:
    """Return the update that is being handled in this task. Raises LookupError if there is none."""
    found = _CURRENT.get()
    if found is None:
        raise LookupError("no update is being handled here")
    return found

"""Tries to get in: too many wrong ones in a minute make everybody wait."""

from collections import deque
from time import monotonic

from bot.errors import RefusedError
from bot.i18n import mark

_MOST = 30  # from everywhere in _WINDOW_S: nobody mistypes a link, and nobody can guess one
_WINDOW_S = 60.0


class Tries:
    """Counts the wrong tries at one door of the desk."""

    def __init__(self) -> None:
        self._wrong: deque[float] = deque(maxlen=_MOST)

    def note_wrong(self) -> None:
        """Note that somebody tried what lets nobody in."""
        self._wrong.append(monotonic())

    def require_calm(self) -> None:
        """Raise RefusedError while too many wrong ones are tried."""
        if len(self._wrong) == _MOST and monotonic() - self._wrong[0] < _WINDOW_S:
            raise RefusedError(mark("Too many wrong links were tried. Please wait a minute."))

"""Notifies each editor once of what waits for a decision, and tries again where Telegram does not answer."""

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence

from telegram.error import BadRequest, Forbidden, TelegramError

log = logging.getLogger(__name__)

Notify = Callable[[int, Sequence[int]], Awaitable[None]]
"""Sends an editor, by chat id, what these items are about. It raises what Telegram raises."""


class Notices:
    """Remembers which editors were notified of which items, until all of them were.

    What is remembered ends with the process: after a kill an editor may get a notice a second time.
    """

    def __init__(self, notify: Notify) -> None:
        self._notify = notify
        self._notified: set[tuple[int, int]] = set()  # items and editors

    def forget_all_but(self, items: Collection[int]) -> None:
        """Forget items that ended before every editor knew of them."""
        self._notified = {(item, editor) for item, editor in self._notified if item in items}

    async def send(self, items: Sequence[int], editors: Collection[int]) -> list[int]:
        """Notify each editor of the items that are new to them.

        Return the items that need no further try: every editor knows them, or cannot be reached at all.
        """
        for editor in sorted(editors):
            new = [item for item in items if (item, editor) not in self._notified]
            if new and await self._reaches(editor, new):
                self._notified.update((item, editor) for item in new)
        known = [item for item in items if all((item, editor) in self._notified for editor in editors)]
        self._notified -= {(item, editor) for item in known for editor in editors}
        return known

    async def _reaches(self, editor: int, items: Sequence[int]) -> bool:
        """Notify an editor. Return False where it must be tried again."""
        try:
            await self._notify(editor, items)
        except (BadRequest, Forbidden) as error:  # they never wrote to the bot, or blocked it
            log.info("an editor cannot be notified", extra={"reason": str(error)})
        except TelegramError as error:
            log.warning("an editor was not notified", extra={"reason": str(error)})
            return False
        return True

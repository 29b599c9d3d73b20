"""What the tests of appeals in the chat begin with."""

import pytest

from bot.runtime.app import App
from tests.waiting import comes_true


@pytest.fixture(autouse=True)
async def _first_turn(app: App) -> None:
    """The duty that tells news of appeals has had its first turn; the next one comes with the clock.

    Otherwise an editor gets the notice of an appeal that a test verifies a moment later.
    """

    async def is_over() -> bool:
        turn = app.scheduler._slow.get("tell news of appeals")
        return turn is not None and turn.done()

    await comes_true(is_over)

"""python-telegram-bot's calls, carried into a sandbox of the same process: quick, and no socket is needed."""

from typing import Any

import orjson
from telegram.request import BaseRequest, RequestData

from bot.sandbox.refusals import Refusal
from bot.sandbox.server import Sandbox


class Wire(BaseRequest):
    """Stands in for HTTP alone: what goes in and comes out is JSON, and the sandbox is as strict as ever."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def read_timeout(self) -> float | None:
        """None: nothing gets lost here."""
        return None

    async def initialize(self) -> None:
        """Do nothing: there is no connection to open."""

    async def shutdown(self) -> None:
        """Do nothing: there is no connection to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_timeouts: Any, **_more: Any
    ) -> tuple[int, bytes]:
        """Make one call; return the status and the body that HTTP would carry."""
        called = url.rpartition("/")[2]
        given = orjson.loads(orjson.dumps(request_data.parameters)) if request_data else {}
        try:
            result = await self._sandbox.api.call(called, given)
        except Refusal as refusal:
            return refusal.code, orjson.dumps(refusal.as_json())
        return 200, orjson.dumps({"ok": True, "result": result})

"""Carries the bot's requests into a sandbox of the same process: quick, and no socket is needed."""

import orjson
import pytest

from bot.sandbox.refusals import Refusal
from bot.sandbox.server import Sandbox
from bot.telegram.transport import AiohttpRequest


def wired(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AiohttpRequest:
    """Our transport, real but for the connection: the sandbox gets the bytes, and is as strict as ever."""

    async def exchange(_method: str, url: str, *, body: bytes, **_how: object) -> tuple[int, bytes]:
        called = url.rpartition("/")[2]
        try:
            result = await sandbox.api.call(called, orjson.loads(body) if body else {})
        except Refusal as refusal:
            return refusal.code, orjson.dumps(refusal.as_json())
        return 200, orjson.dumps({"ok": True, "result": result})

    request = AiohttpRequest()
    monkeypatch.setattr(request, "_exchange", exchange)
    return request

"""Carries the bot's requests into a sandbox of the same process: quick, and no socket is needed."""

from email import message_from_bytes, policy

import orjson
import pytest

from bot.sandbox.bot_api.refusals import Refusal
from bot.sandbox.server import Sandbox
from bot.sandbox.world.files import Upload
from bot.telegram.transport import AiohttpRequest


def wired(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> AiohttpRequest:
    """Our transport, real but for the connection: the sandbox gets the bytes, and is as strict as ever."""

    async def exchange(
        _method: str, url: str, *, body: bytes, headers: dict[str, str], **_how: object
    ) -> tuple[int, bytes]:
        called = url.rpartition("/")[2]
        is_form = headers.get("Content-Type", "").startswith("multipart/")
        raw, uploads = _form(body, headers["Content-Type"]) if is_form else (body and orjson.loads(body), {})
        try:
            result = await sandbox.api.call(called, raw or {}, uploads)
        except Refusal as refusal:
            return refusal.code, orjson.dumps(refusal.as_json())
        return 200, orjson.dumps({"ok": True, "result": result})

    request = AiohttpRequest()
    monkeypatch.setattr(request, "_exchange", exchange)
    return request


def _form(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, Upload]]:
    """The fields and the files of a request with files."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    fields, files = dict[str, str](), dict[str, Upload]()
    for part in message_from_bytes(head + body, policy=policy.HTTP).iter_parts():
        name, content = str(part.get_param("name", header="content-disposition")), part.get_content()
        data = content if isinstance(content, bytes) else str(content).encode()
        if part.get_filename():
            files[name] = Upload(str(part.get_filename()), data, part.get_content_type())
        else:
            fields[name] = data.decode()
    return fields, files
